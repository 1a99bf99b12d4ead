/** CRIU, which dumps and restores a program of several threads without a debugger. It needs root. */
import { spawn, type ChildProcess } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import type { CriuProgram } from "./criuProgram";
import type { Program } from "./debuggers";
import { timed } from "./lines";

/** Nothing takes CRIU this long, in milliseconds. */
const PATIENCE = 3_000;

/**
 * It lets a process go at a hardware breakpoint, which some virtual machines never report: it waits for ever then. With
 * this of its settings (FI_NO_BREAKPOINTS) it follows the system calls instead.
 */
const withoutBreakpoints = { CRIU_FAULT: "130" };

export class Criu {
  private readonly folder = mkdtempSync(path.join(os.tmpdir(), "forkpoint-criu-"));
  private program: ChildProcess;
  private settings: NodeJS.ProcessEnv = {};

  private constructor(
    private readonly criu: CriuProgram,
    private readonly debuggee: Program,
  ) {
    this.program = this.start();
  }

  /** Starts the program, and finds out how CRIU can dump it. */
  static async launch(criu: CriuProgram, program: Program): Promise<Criu> {
    const subject = new Criu(criu, program);
    try {
      await subject.dump();
    } catch {
      await subject.startAnew(withoutBreakpoints);
    }
    return subject;
  }

  private async startAnew(settings: NodeJS.ProcessEnv): Promise<void> {
    this.kill();
    this.settings = settings;
    this.program = this.start();
    try {
      await this.dump();
    } catch (error) {
      this.end();
      throw error;
    }
    console.log("CRIU does not come to an end with hardware breakpoints here, and is measured without.");
  }

  /** Milliseconds that a dump takes, the program going on. */
  dump(): Promise<number> {
    return this.timed(["dump", "--leave-running", "--tree", String(this.pid)]);
  }

  /** Milliseconds that a restore takes, once the program is gone. */
  async restore(): Promise<number> {
    this.kill();
    while (this.isAlive()) await new Promise((resolve) => setTimeout(resolve, 1));
    return this.timed(["restore", "--restore-detached"]);
  }

  end(): void {
    this.kill();
    rmSync(this.folder, { recursive: true, force: true });
  }

  private get pid(): number {
    return this.program.pid ?? 0;
  }

  /** By itself, with nothing that belongs to a terminal. */
  private start(): ChildProcess {
    const { path: file, args, env } = this.debuggee;
    return spawn(file, args, { env, detached: true, stdio: "ignore" });
  }

  private kill(): void {
    if (this.isAlive()) process.kill(this.pid, "SIGKILL");
  }

  private isAlive(): boolean {
    try {
      return process.kill(this.pid, 0);
    } catch {
      return false;
    }
  }

  private timed(args: readonly string[]): Promise<number> {
    const [program = "", ...first] = this.criu.command;
    return timed(async () => {
      const criu = spawn(program, [...first, ...args, "--images-dir", this.folder, "--shell-job"], {
        stdio: "ignore",
        timeout: PATIENCE,
        killSignal: "SIGKILL",
        env: { ...process.env, ...this.settings },
      });
      const code = await new Promise((resolve) => criu.once("exit", resolve));
      if (code !== 0) throw new Error(`criu ${args[0] ?? ""} failed (${String(code)}).`);
    });
  }
}
