// Running a child process from a script: its output goes to the terminal, its stdin is empty.
import { execFile, spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";

/** The repository's top folder. */
export const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));

/** Runs a program to its end, in the top folder unless `options.cwd` says otherwise, and throws unless it exits with 0. */
export function run(program, args, options = {}) {
  const result = spawnSync(program, args, { cwd: root, stdio: ["ignore", "inherit", "inherit"], ...options });
  if (result.error) throw new Error(`${program} could not be started: ${result.error.message}`);
  if (result.status !== 0)
    throw new Error(`${program} ${args.join(" ")} failed (${result.signal ?? result.status}).`);
}

/** Runs a program as `run` does, and tells whether it exited with 0. */
export function succeeds(program, args) {
  const { status } = spawnSync(program, args, { cwd: root, stdio: ["ignore", "inherit", "inherit"] });
  return status === 0;
}

/** Runs a program as `run` does, but gives whether it exited with 0 and what it wrote, with what kept it from that. */
export function outcome(program, args) {
  return new Promise((resolve) => {
    execFile(program, args, { cwd: root, maxBuffer: Infinity, encoding: "utf8" }, (error, stdout, stderr) => {
      const why = error && typeof error.code !== "number" ? `${error.message} ${error.signal ?? ""}\n` : "";
      resolve({ good: error === null, output: stdout + stderr + why });
    }).stdin?.end();
  });
}

/** The shim's make, with as many jobs as there are processors. */
export function make(...targets) {
  const jobs = `--jobs=${os.availableParallelism()}`;
  return ["make", "--no-print-directory", jobs, "-C", "native-shim", ...targets];
}

function whyMissing(name) {
  return new Error(
    `${name} is not installed: npm start or npm test installs what is missing; run one of them first.`,
  );
}

/** The path of a development tool that npm installed. */
export function tool(name) {
  const file = path.join(root, "node_modules/.bin", name);
  if (!existsSync(file)) throw whyMissing(name);
  return file;
}

/** A package that npm installed, as `load` gives it. */
export async function installed(name, load) {
  if (!existsSync(path.join(root, "node_modules", name))) throw whyMissing(name);
  return load();
}

/** Runs a script's body; what it throws is shown as a sentence, and the process exits with 1. */
export async function main(body) {
  try {
    await body();
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    process.exitCode = 1;
  }
}
