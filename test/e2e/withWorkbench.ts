import { execFileSync } from "node:child_process";
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { repository, sourceOf } from "../helpers/compile";
import { startCodeServer } from "./codeServer";
import { Workbench } from "./workbench";

/** The package that is tested: the one just made, or another that the environment names. */
const vsix = process.env.FORKPOINT_VSIX ?? path.join(repository, "dist/forkpoint-linux-x64.vsix");

/** What stands in the folder that VS Code opens, and how VS Code is set. */
export interface Scene {
  /** Programs of test/debuggees, or paths of C files; each is put there as source and compiled. */
  readonly programs: readonly string[];
  /** Configurations of a launch.json; without them there is none. */
  readonly configurations?: readonly Record<string, unknown>[];
  /** User settings. */
  readonly settings?: Record<string, unknown>;
}

/**
 * Runs a test in a fresh VS Code with the packaged extension, on a folder called NAME, and ends all that was started.
 * When the test fails, a picture of the window is kept as FAILED-NAME.png.
 */
export async function withWorkbench(
  name: string,
  scene: Scene,
  run: (workbench: Workbench) => Promise<void>,
): Promise<void> {
  const home = mkdtempSync(path.join(os.tmpdir(), "forkpoint-"));
  const folder = path.join(home, name);
  try {
    mkdirSync(folder);
    fill(folder, scene);
    const server = await startCodeServer(folder, vsix, scene.settings);
    try {
      await inWindow(server.url, name, run);
    } finally {
      await server.stop();
    }
  } finally {
    rmSync(home, { recursive: true, force: true });
  }
}

async function inWindow(
  url: string,
  name: string,
  run: (workbench: Workbench) => Promise<void>,
): Promise<void> {
  const workbench = await Workbench.open(url);
  try {
    await run(workbench);
  } catch (error) {
    await workbench.page.keyboard.press("Escape");
    await workbench.runCommand("Notifications: Show Notifications").catch(() => undefined);
    await workbench.screenshot(`FAILED-${name}`);
    throw error;
  } finally {
    await workbench.close();
  }
}

/** Compiles in the folder itself, so that the debug information names the source that the editor shows. */
function fill(folder: string, { programs, configurations }: Scene): void {
  for (const program of programs) {
    const { base, name } = path.parse(sourceOf(program));
    copyFileSync(sourceOf(program), path.join(folder, base));
    execFileSync("gcc", ["-g", "-O0", "-pthread", path.join(folder, base), "-o", path.join(folder, name)]);
  }
  if (!configurations) return;
  mkdirSync(path.join(folder, ".vscode"));
  const launch = { version: "0.2.0", configurations };
  writeFileSync(path.join(folder, ".vscode/launch.json"), JSON.stringify(launch));
}
