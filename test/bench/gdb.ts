/** GDB through its machine interface (the GDB manual, "GDB/MI"). */
import type { Breakpoint, Program, Subject } from "./debuggers";
import { LineProcess } from "./lines";

export class Gdb implements Subject {
  private readonly process: LineProcess;
  private breakpoints: string[] = [];
  /** GDB's number of the newest copy; 0 is the process that was launched. */
  private newest = 0;

  private constructor(private readonly program: Program) {
    const args = ["-q", "-nx", "--interpreter=mi3", "--args", program.path, ...program.args];
    this.process = new LineProcess("gdb", ["gdb", ...args], program.env);
  }

  /** Starts GDB and the program, up to a line. */
  static async launch(program: Program, line: number): Promise<Gdb> {
    const gdb = new Gdb(program);
    for (const setting of ["confirm off", "startup-with-shell off", "debuginfod enabled off"])
      await gdb.command(`-gdb-set ${setting}`);
    await gdb.setBreakpoints([{ line }]);
    await gdb.resume("-exec-run");
    return gdb;
  }

  private async command(text: string): Promise<string> {
    this.process.send(text);
    const answer = await this.process.line(/^\^(done|error|exit|connected)/);
    if (answer.startsWith("^error")) throw new Error(`gdb: ${text}: ${answer}`);
    return answer;
  }

  private async resume(text: string): Promise<void> {
    this.process.send(text);
    const answer = await this.process.line(/^(\*stopped|\^error)/);
    if (/^\^error|exited|signal-received/.test(answer)) throw new Error(`gdb: ${text}: ${answer}`);
  }

  async create(): Promise<void> {
    this.process.send("checkpoint");
    const told = await this.process.line(/^~"[Cc]heckpoint \d+|^\^(done|error)/);
    const [, id] = /heckpoint (\d+)/.exec(told) ?? [];
    if (id === undefined) throw new Error(`gdb: checkpoint: ${told}`);
    await this.process.line(/^\^done/);
    this.newest = Number(id);
  }

  async restart(): Promise<void> {
    await this.command(`restart ${this.newest}`);
  }

  /** After a restart GDB runs the copy itself. Deleting process 0 from there is an internal error of GDB 13: go back first. */
  async clear(): Promise<void> {
    await this.command("restart 0");
    await this.command(`delete checkpoint ${this.newest}`);
  }

  next(): Promise<void> {
    return this.resume("-exec-next");
  }

  stepInstruction(): Promise<void> {
    return this.resume("-exec-step-instruction");
  }

  goOn(): Promise<void> {
    return this.resume("-exec-continue");
  }

  async setBreakpoints(breakpoints: readonly Breakpoint[]): Promise<void> {
    if (this.breakpoints.length > 0) await this.command(`-break-delete ${this.breakpoints.join(" ")}`);
    this.breakpoints = [];
    for (const { line, condition } of breakpoints) {
      const when = condition === undefined ? "" : `-c "${condition}" `;
      const answer = await this.command(`-break-insert ${when}${this.program.source}:${line}`);
      this.breakpoints.push(/number="(\d+)"/.exec(answer)?.[1] ?? "");
    }
  }

  async end(): Promise<void> {
    if (this.process.child.exitCode !== null) return;
    this.process.send("kill");
    this.process.send("-gdb-exit");
    await new Promise((resolve) => {
      const timer = setTimeout(() => this.process.child.kill("SIGKILL"), 3000);
      this.process.child.once("close", () => {
        clearTimeout(timer);
        resolve(undefined);
      });
    });
  }
}
