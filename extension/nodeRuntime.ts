import { execFile } from "node:child_process";
import { access, constants } from "node:fs/promises";
import path from "node:path";
import { promisify } from "node:util";

/** The oldest major version of Node that the adapter runs on. */
const oldestNode = 20;

/** A program and its surroundings that runs a JavaScript file as Node does. */
export interface Runtime {
  readonly command: string;
  /** Variables to set on top of those that are there. */
  readonly env: Record<string, string>;
}

/**
 * Picks what runs the adapter: the first Node of at least version 20 on the search path, else VS Code's own runtime.
 * @param searchPath the value of PATH.
 * @param ownRuntime the program that this code runs in (`process.execPath`): Node itself, or Electron.
 */
export async function findRuntime(searchPath: string | undefined, ownRuntime: string): Promise<Runtime> {
  for (const folder of (searchPath ?? "").split(path.delimiter)) {
    const command = path.join(folder, "node");
    if (path.isAbsolute(folder) && (await isRecentNode(command))) return { command, env: {} };
  }
  return { command: ownRuntime, env: { ELECTRON_RUN_AS_NODE: "1" } };
}

async function isRecentNode(command: string): Promise<boolean> {
  try {
    await access(command, constants.X_OK);
    const { stdout } = await promisify(execFile)(command, ["--version"], { timeout: 5000 });
    return Number(/^v(\d+)\./.exec(stdout)?.[1]) >= oldestNode;
  } catch {
    return false;
  }
}
