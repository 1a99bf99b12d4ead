// Makes one script of each test file with all of ours that it imports. Loading some hundred modules one by one through a
// compiler takes most of a second, for each of more than a hundred files.
import { existsSync, mkdirSync, readdirSync, rmSync } from "node:fs";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { root } from "./run.mjs";

const demangler = "gecko-profiler-demangle/index_bg.js";
const out = "test/.out";
/** Several runs may be under way. */
const folder = `${out}/tests-${process.pid}`;

/** Removes what runs have left that were killed. */
function removeLeftovers() {
  mkdirSync(path.join(root, out), { recursive: true });
  for (const name of readdirSync(path.join(root, out))) {
    const [, run] = /^tests-(\d+)$/.exec(name) ?? [];
    if (run !== undefined && !existsSync(`/proc/${run}`))
      rmSync(path.join(root, out, name), { recursive: true, force: true });
  }
}

/** Gives the bundles' paths, in the order of the files. They are gone when this process ends. */
export async function bundleTests(files) {
  // Not there before the set-up has installed it.
  const { build } = await import("esbuild");
  removeLeftovers();
  process.on("exit", () => rmSync(path.join(root, folder), { recursive: true, force: true }));
  await build({
    absWorkingDir: root,
    entryPoints: files,
    outdir: folder,
    outbase: root,
    outExtension: { ".js": ".cjs" },
    bundle: true,
    platform: "node",
    format: "cjs",
    target: "node20",
    packages: "external",
    // A module that a script cannot require.
    alias: { [demangler]: `./node_modules/${demangler}` },
    sourcemap: "linked",
    sourcesContent: false,
    logLevel: "warning",
    // Where the modules stand, of those that ask: test/helpers/compile.ts, adapter/native.ts.
    define: {
      "import.meta.url": JSON.stringify(pathToFileURL(path.join(root, "test/helpers/compile.ts")).href),
      __dirname: JSON.stringify(path.join(root, "adapter")),
    },
  });
  return files.map((file) =>
    path.join(folder, path.relative(root, path.resolve(root, file)).replace(/\.ts$/, ".cjs")),
  );
}
