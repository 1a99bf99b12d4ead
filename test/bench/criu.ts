/** CRIU, which dumps and restores a program of several threads without a debugger. It needs root. */
import { spawn, spawnSync, type ChildProcess } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import type { Program } from "./debuggers";
import { timed } from "./lines";

/** Nothing takes CRIU this long, in milliseconds. */
const PATIENCE = 30_000;

export class Criu {
  private readonly program: ChildProcess;
  private readonly folder = mkdtempSync(path.join(os.tmpdir(), "forkpoint-criu-"));
  private readonly pid: number;

  /** Starts the program by itself, with nothing that belongs to a terminal. */
  constructor({ path: file, args, env }: Program) {
    this.program = spawn(file, args, { env, detached: true, stdio: "ignore" });
    this.pid = this.program.pid ?? 0;
  }

  /** Why CRIU cannot be measured here; undefined when it can. */
  static refusal(): string | undefined {
    const check = spawnSync("criu", ["check"], { encoding: "utf8" });
    if (check.error !== undefined) return "CRIU is not installed (package criu)";
    if (check.status === 0) return undefined;
    const [first = "criu check fails"] = check.stderr.trim().split("\n");
    return `CRIU does not run on this kernel: ${first.replace(/^Error \([^)]*\): /, "")}`;
  }

  /** Milliseconds that a dump takes, the program going on. */
  dump(): Promise<number> {
    return this.timed(["dump", "--leave-running", "--tree", String(this.pid)]);
  }

  /** Milliseconds that a restore takes, once the program is gone. */
  async restore(): Promise<number> {
    process.kill(this.pid, "SIGKILL");
    while (this.isAlive()) await new Promise((resolve) => setTimeout(resolve, 1));
    return this.timed(["restore", "--restore-detached"]);
  }

  end(): void {
    if (this.isAlive()) process.kill(this.pid, "SIGKILL");
    rmSync(this.folder, { recursive: true, force: true });
  }

  private isAlive(): boolean {
    try {
      return process.kill(this.pid, 0);
    } catch {
      return false;
    }
  }

  private timed(command: readonly string[]): Promise<number> {
    return timed(async () => {
      const criu = spawn("criu", [...command, "--images-dir", this.folder, "--shell-job"], {
        stdio: "ignore",
        timeout: PATIENCE,
      });
      const code = await new Promise((resolve) => criu.once("exit", resolve));
      if (code !== 0) throw new Error(`criu ${command[0] ?? ""} failed (${String(code)}).`);
    });
  }
}
