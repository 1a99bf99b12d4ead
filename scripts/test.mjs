// npm test: from whatever state the clone is in to tested. With paths (npm test -- test/symbols) only those tests run.
import { readdirSync, statSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { installBrowser } from "./browser.mjs";
import { bundleTests } from "./bundleTests.mjs";
import { installCodeServer } from "./codeServer.mjs";
import { needs } from "./machine.mjs";
import { closedFolder, runWhereAllMayEnter } from "./ordinaryUsers.mjs";
import { main, make, root, run, succeeds } from "./run.mjs";
import { setUp } from "./setUp.mjs";

/** No test file takes longer than this, or it hangs. */
const fileTimeoutMs = 10 * 60_000;

/** The test files that a path names: itself, or all below it. */
function testFiles(where) {
  if (statSync(path.resolve(root, where), { throwIfNoEntry: false }) === undefined) {
    throw new Error(`There is no ${where}: give paths below test/, as in npm test -- test/symbols.`);
  }
  if (where.endsWith(".ts")) return [where];
  const files = readdirSync(path.resolve(root, where), { recursive: true }).map((file) =>
    path.join(where, file),
  );
  return files.filter((file) => file.endsWith(".test.ts")).sort();
}

async function testCommand(files) {
  const concurrency = os.availableParallelism();
  const limits = [`--test-concurrency=${concurrency}`, `--test-timeout=${fileTimeoutMs}`];
  const bundles = await bundleTests(files);
  return [process.execPath, "--enable-source-maps", "--test", "--test-reporter=spec", ...limits, ...bundles];
}

/** All that is to pass, in order; the tests are last, so that their closing lines are what one sees. */
async function steps(paths) {
  if (paths.length > 0) return [["tests", ...(await testCommand(paths.flatMap(testFiles)))]];
  return [
    ["lint", process.execPath, "scripts/lint.mjs"],
    ["the shim's own tests", ...make("test")],
    ["tests", ...(await testCommand(testFiles("test")))],
  ];
}

await main(async () => {
  if (process.getuid() === 0 && closedFolder(root) !== undefined) {
    process.exitCode = runWhereAllMayEnter(root, "scripts/test.mjs", process.argv.slice(2));
    return;
  }
  setUp(needs.test);
  installBrowser();
  installCodeServer();
  run(process.execPath, ["scripts/package.mjs"]);
  const all = await steps(process.argv.slice(2));
  const failed = all.filter(([, program, ...args]) => !succeeds(program, args));
  if (failed.length > 0) throw new Error(`Failed: ${failed.map(([name]) => name).join(", ")}.`);
});
