// Builds what runs: the native shim and the two bundles in dist/. The bundles need no node_modules: what
// they load as files of their own (ffi-rs' binary, the wasm of capstone and of the demangler) is copied beside them.
import path from "node:path";
import { place } from "./files.mjs";
import { installed, main, make, root, run } from "./run.mjs";

/** Files of packages that are loaded from beside the bundle, not from within it; some under a name that says what it is. */
const besideTheBundle = [
  ["@yuuang/ffi-rs-linux-x64-gnu", "ffi-rs.linux-x64-gnu.node"],
  ["@alexaltea/capstone-js", "dist/capstone.wasm"],
  ["gecko-profiler-demangle", "index_bg.wasm", "demangle.wasm"],
];

const shared = {
  absWorkingDir: root,
  bundle: true,
  platform: "node",
  format: "cjs",
  target: "node20",
  sourcemap: true,
  logLevel: "warning",
};

await main(async () => {
  const { build } = await installed("esbuild", () => import("esbuild"));
  const [program, ...args] = make();
  run(program, args);
  for (const [packageName, file, name = path.basename(file)] of besideTheBundle) {
    place(path.join(root, "node_modules", packageName, file), path.join(root, "dist", name));
  }

  await build({
    ...shared,
    entryPoints: ["adapter/main.ts"],
    outfile: "dist/adapter.js",
    external: ["*.node", "@yuuang/*"],
  });
  await build({
    ...shared,
    entryPoints: ["extension/extension.ts"],
    outfile: "dist/extension.js",
    external: ["vscode"],
  });
});
