/** What is told of the program: each stop, an activity that could not be done, and, once, its end. */
import type { Execution, ExitStatus, Target } from "../target/target";
import type { Breakpoints } from "./breakpoints/breakpoints";
import { exceptionType } from "./breakpoints/exceptions";
import type { Checkpoints } from "./checkpoints/checkpoints";
import { sentenceOf } from "./failure";
import type { LaunchSettings } from "./launchSettings";
import type { RunControl, RunStop } from "./runControl";
import { describeEnd } from "./signals";
import { describeStop } from "./stops";
import type { DebuggerEvents, ModuleList, Stop } from "./types";

/** How a program has ended that is not there any more, and that nothing is known of. */
const KILLED: ExitStatus = { signal: 9, signalName: "SIGKILL" };

/** What there is to stop and to end. */
export interface StopGround {
  readonly target: Target;
  readonly execution: Execution;
  readonly run: RunControl;
  readonly breakpoints: Breakpoints;
  readonly modules: ModuleList;
  readonly settings: Pick<LaunchSettings, "checkpoints">;
  readonly events: Pick<
    DebuggerEvents,
    "output" | "stopped" | "checkpointsChanged" | "exited" | "terminated"
  >;
  checkpoints(): Checkpoints | undefined;
  /** The thread to name where a stop has none. */
  anyThread(): number;
  /** Ends the program and everything made of it; calls `close`. */
  dispose(): void;
  /** Called once, when the program is gone for good and everybody was told. */
  ended(): void;
}

export class ProgramStops {
  private lastStop: Stop | undefined;
  private exiting: ExitStatus | undefined;
  /** The program is being ended: nothing but the end is told any more. */
  private over = false;
  private closed = false;
  /** It has been said, since the last stop, that job control keeps the program from running. */
  private waitIsTold = false;

  constructor(private readonly ground: StopGround) {}

  /** The stop that was told last. */
  get last(): Stop | undefined {
    return this.lastStop;
  }

  /** How the program ends, while it stands at its exit. */
  get exitStatus(): ExitStatus | undefined {
    return this.exiting;
  }

  /** The program does not stand at its exit, or not any more. */
  notExiting(): void {
    this.exiting = undefined;
  }

  /** The program was to go on, and waits: for the person it seems to run. Said once after each stop. */
  waitsForContinue(): void {
    if (this.waitIsTold || this.over) return;
    this.waitIsTold = true;
    const { target, events } = this.ground;
    events.output(
      "console",
      "The program is stopped by job control: it goes on when it gets SIGCONT " +
        `(kill -CONT ${target.processId}).\n`,
    );
  }

  /** Nothing is told any more. */
  close(): void {
    this.over = true;
    this.closed = true;
  }

  /** Tells the stop that an activity, or a task, has come to. */
  async told(heard: RunStop): Promise<void> {
    if (this.closed) return;
    const { execution, breakpoints, events, settings, target, modules } = this.ground;
    const checkpoints = this.ground.checkpoints();
    execution.drainOutput();
    const stop = this.stillAtExit(heard) ?? heard;
    const { event } = stop;
    if (event.kind === "exited") return this.gone(event.status, event.unexpected);
    if (this.over) return;
    this.waitIsTold = false;
    this.exiting = event.kind === "exiting" ? event.status : undefined;
    this.lastStop = describeStop(stop, {
      breakpointOf: (id) => breakpoints.find(id),
      anyThread: this.ground.anyThread(),
      exceptionAt: (filter, threadId) => exceptionType(filter, threadId, target, modules),
    });
    if (this.exiting !== undefined && checkpoints !== undefined && checkpoints.count > 0)
      events.checkpointsChanged();
    events.stopped(this.lastStop);
    checkpoints?.stopped();
    const automatic = settings.checkpoints.auto === "stops" && this.lastStop.reason !== "checkpoint";
    if (automatic && this.exiting === undefined) await checkpoints?.createAutomatically();
  }

  /** An activity that could not be done: the program stands where it was, and the person hears why. */
  failed(error: unknown): void {
    if (this.over) return;
    const { target, execution, events } = this.ground;
    const sentence =
      sentenceOf(error) ?? (error instanceof Error ? (error.stack ?? error.message) : String(error));
    execution.drainOutput();
    events.output("important", `${sentence}\n`);
    if (target.threads.length === 0) {
      this.finish(this.exiting ?? KILLED);
      return;
    }
    this.lastStop = { reason: "pause", description: sentence, threadId: this.ground.anyThread() };
    events.stopped(this.lastStop);
  }

  /** The program was killed from outside while it stood still. */
  killed(status: ExitStatus): void {
    this.gone(status, true).catch((error: unknown) => this.failed(error));
  }

  /** Nothing is left of the program after a create that failed: that is dealt with after its answer. */
  createLost(): void {
    setImmediate(() => this.killed(KILLED));
  }

  /** Nothing is left of the program after a restore that failed: its end is told after the answer. */
  restoreLost(): void {
    const status = this.exiting ?? KILLED;
    setImmediate(() => this.finish(status));
  }

  /** Kills the program; its end is told by the activity under way, or here. */
  terminate(): void {
    if (this.over) return;
    this.over = true;
    const { running } = this.ground.run;
    this.ground.execution.kill();
    if (!running) this.finish(this.exiting ?? KILLED);
  }

  /** A pause before the program has gone on from its exit finds it there still. */
  private stillAtExit({ event }: RunStop): RunStop | undefined {
    if (event.kind !== "interrupted" || this.exiting === undefined) return undefined;
    return { event: { kind: "exiting", threadId: event.threadId, status: this.exiting }, hits: [] };
  }

  /** The program has ended: goes back to a checkpoint if that was unexpected and there is one, else tells the end. */
  private async gone(status: ExitStatus, unexpected: boolean): Promise<void> {
    const checkpoints = this.ground.checkpoints();
    if (!unexpected || this.over || checkpoints === undefined || checkpoints.count === 0) {
      this.finish(status);
      return;
    }
    const revived = await this.ground.run.whileStopped(async () => {
      const stop = await checkpoints.revive(status);
      return { value: stop !== undefined, ...(stop === undefined ? {} : { stop }) };
    });
    if (!revived) this.finish(status);
  }

  private finish(status: ExitStatus): void {
    const { events, execution } = this.ground;
    if (this.closed) return;
    execution.drainOutput();
    if (!this.over) events.output("console", `${describeEnd(status)}\n`);
    this.ground.dispose();
    events.exited(status);
    events.terminated();
    this.ground.ended();
  }
}
