/** CRIU, which dumps and restores a program of several threads without a debugger. It needs root. */
import { once } from "node:events";
import { spawn, type ChildProcess } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import type { CriuProgram } from "./criuProgram";
import type { Program } from "./debuggers";
import { timed } from "./lines";

/** Nothing takes CRIU this long, in milliseconds. */
const PATIENCE = 10_000;
/** And the program, to have all its threads. */
const START = 300;

/**
 * It lets a process go at a hardware breakpoint, which some virtual machines never report: it waits for ever then. With
 * this of its settings (FI_NO_BREAKPOINTS) it follows the system calls instead.
 */
const withoutBreakpoints = { CRIU_FAULT: "130" };

/** Has what follows run without descriptors of outside: CRIU knows only what is of the program's own mount namespace. */
const WITHOUT_INPUT = ["sh", "-c", 'exec "$0" "$@" </dev/null >/dev/null 2>&1'];

/**
 * A mount namespace with a file system in memory at /run, where alone CRIU keeps what it has found out about the kernel: it
 * would find it out again at every start.
 */
class Room {
  private constructor(private readonly keeper: ChildProcess) {}

  static async open(): Promise<Room> {
    // It ends with the benchmark, however that does.
    const work = "mount -t tmpfs none /run && echo ready && exec cat";
    const keeper = spawn("unshare", ["--mount", "--propagation", "private", "sh", "-c", work], {
      stdio: ["pipe", "pipe", "inherit"],
    });
    const room = new Room(keeper);
    const ready = await Promise.race([
      once(keeper.stdout, "data").then(() => true),
      once(keeper, "exit").then(() => false),
    ]);
    if (!ready) throw new Error("CRIU's mount namespace cannot be made.");
    return room;
  }

  /** What runs a command there, as the process that is started. */
  inside(command: readonly string[]): readonly [string, ...string[]] {
    return ["nsenter", `--mount=/proc/${this.keeper.pid ?? 0}/ns/mnt`, "--", ...command];
  }

  close(): void {
    this.keeper.kill("SIGKILL");
  }
}

export class Criu {
  private readonly folder = mkdtempSync(path.join(os.tmpdir(), "forkpoint-criu-"));
  private program: ChildProcess;
  private settings: NodeJS.ProcessEnv = {};

  private constructor(
    private readonly criu: CriuProgram,
    private readonly debuggee: Program,
    private readonly room: Room,
  ) {
    this.program = this.start();
  }

  /** Starts the program, and finds out how CRIU can dump it. */
  static async launch(criu: CriuProgram, program: Program): Promise<Criu> {
    const subject = new Criu(criu, program, await Room.open());
    await new Promise((resolve) => setTimeout(resolve, START));
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
    await new Promise((resolve) => setTimeout(resolve, START));
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

  /** Milliseconds that it takes to start CRIU, and to have it do nothing. */
  startAlone(): Promise<number> {
    return this.timed(["--version"], []);
  }

  end(): void {
    this.kill();
    this.room.close();
    rmSync(this.folder, { recursive: true, force: true });
  }

  private get pid(): number {
    return this.program.pid ?? 0;
  }

  /** By itself, with nothing that belongs to a terminal. */
  private start(): ChildProcess {
    const { path: file, args, env } = this.debuggee;
    const [program, ...rest] = this.room.inside([...WITHOUT_INPUT, file, ...args]);
    return spawn(program, rest, { env, detached: true, stdio: "ignore" });
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

  private timed(
    args: readonly string[],
    how: readonly string[] = ["--images-dir", this.folder, "--shell-job"],
  ): Promise<number> {
    const [program, ...rest] = this.room.inside([...this.criu.command, ...args, ...how]);
    return timed(async () => {
      const criu = spawn(program, rest, {
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
