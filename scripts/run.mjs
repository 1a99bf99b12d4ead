// Running a child process from a script: its output goes to the terminal, a failure ends the script.
import { spawnSync } from "node:child_process";
import path from "node:path";
import { fileURLToPath } from "node:url";

/** The repository's top folder. */
export const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));

/**
 * Runs a program to its end with the terminal's output and an empty stdin.
 * @throws when it cannot be started, is killed or exits with another code than 0.
 */
export function run(program, args, options = {}) {
  const result = spawnSync(program, args, { cwd: root, stdio: ["ignore", "inherit", "inherit"], ...options });
  if (result.error) throw new Error(`${program} could not be started: ${result.error.message}`);
  if (result.status !== 0)
    throw new Error(`${program} ${args.join(" ")} failed (${result.signal ?? result.status}).`);
}
