/** The worker of a sweep, seen from the tests: started as some user, asked one program at a time, ended when it hangs. */
import { spawn, type ChildProcessWithoutNullStreams } from "node:child_process";
import { once } from "node:events";
import path from "node:path";
import { createInterface } from "node:readline";
import { repository } from "../helpers/compile";
import type { SweepFailure } from "./sweepProgram";
import type { SweepAnswer, SweepTask } from "./worker";

export class SweepWorker {
  private process: ChildProcessWithoutNullStreams | undefined;
  private lines: AsyncIterator<string> | undefined;
  private stderr = "";

  /** @param userId of the worker and of the programs; undefined: the own one. */
  constructor(private readonly userId: number | undefined) {}

  /** What failed; a worker that does not answer within `limitMs` is killed, with all that it holds. */
  async sweep(task: SweepTask, limitMs: number): Promise<readonly SweepFailure[]> {
    this.process ??= this.start();
    const { process } = this;
    process.stdin.write(`${JSON.stringify(task)}\n`);
    const late = setTimeout(() => process.kill("SIGKILL"), limitMs);
    const answer = await this.lines?.next();
    clearTimeout(late);
    if (answer?.done === false) return (JSON.parse(answer.value) as SweepAnswer).failures;
    this.process = undefined;
    return [
      {
        position: "all",
        problem: `the debugger hung or died (signal ${process.signalCode}): ${this.stderr}`,
      },
    ];
  }

  async end(): Promise<void> {
    const { process } = this;
    if (process === undefined || process.exitCode !== null) return;
    const ended = once(process, "exit");
    process.stdin.end();
    await ended;
  }

  private start(): ChildProcessWithoutNullStreams {
    const user = this.userId === undefined ? {} : { uid: this.userId, gid: this.userId };
    const worker = path.join(repository, "test/sweep/worker.ts");
    const child = spawn(process.execPath, ["--import", "tsx", worker], {
      cwd: repository,
      stdio: "pipe",
      ...user,
    });
    this.stderr = "";
    child.stderr.on("data", (data: Buffer) => (this.stderr += data.toString()));
    child.stdin.on("error", () => undefined);
    this.lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
    return child;
  }
}
