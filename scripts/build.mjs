// Builds what runs: the native shim and the two bundles in dist/. The bundles need no node_modules: ffi-rs' binary is copied beside them.
import { copyFileSync, mkdirSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import { build } from "esbuild";
import { root, run } from "./run.mjs";

const require = createRequire(import.meta.url);
const ffiBinaryPackage = "@yuuang/ffi-rs-linux-x64-gnu";
const ffiBinary = "ffi-rs.linux-x64-gnu.node";

const shared = {
  absWorkingDir: root,
  bundle: true,
  platform: "node",
  format: "cjs",
  target: "node20",
  sourcemap: true,
  logLevel: "warning",
};

run("make", ["--no-print-directory", "-C", "native-shim"]);
mkdirSync(path.join(root, "dist"), { recursive: true });
copyFileSync(path.join(path.dirname(require.resolve(`${ffiBinaryPackage}/package.json`)), ffiBinary), path.join(root, "dist", ffiBinary));

await build({ ...shared, entryPoints: ["adapter/main.ts"], outfile: "dist/adapter.js", external: ["*.node", "@yuuang/*"] });
await build({ ...shared, entryPoints: ["extension/extension.ts"], outfile: "dist/extension.js", external: ["vscode"] });
