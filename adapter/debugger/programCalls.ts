/** When the program's functions may be called, and what becomes of a program that ends in a call. */
import type { MemoryAddress } from "../target/addresses";
import type { StopEvent, Target } from "../target/target";
import { functionCaller } from "./calls";
import type { RunControl, RunStop, TaskOutcome } from "./runControl";
import type { Frames } from "./stack/frames";
import { UserError } from "./types";
import type { CallResult, FunctionCaller } from "./types";

export interface CallGround {
  readonly target: Target;
  readonly run: RunControl;
  readonly frames: Frames;
  /** Where calls return to; undefined: nothing can be called. */
  entry(): MemoryAddress | undefined;
  isExiting(): boolean;
  /** Names a place for the sentence of a call that stopped elsewhere. */
  describe(address: MemoryAddress): string;
}

/** Of a call that begins in another one. */
export class CallUnderWay extends UserError {}

export class ProgramCalls {
  private underWay = false;
  private endAtHit: RunStop | undefined;

  constructor(private readonly ground: CallGround) {}

  /** For requests: the program stands still, and calls wait for one another. */
  onRequest(threadId: number): FunctionCaller {
    return async (...call) => {
      const outcome = await this.ground.run.whileStopped(async (interrupted) => {
        if (interrupted || this.ground.isExiting())
          throw new UserError("A function can only be called while the program is stopped and alive.");
        return this.callOn(threadId, call, "run");
      });
      if ("failure" in outcome) throw outcome.failure;
      return outcome.result;
    };
  }

  /**
   * For the condition and the log message of a breakpoint that a thread has come to, in the middle of a run. The other
   * threads are held, so that they do not come to breakpoints meanwhile, as long as the call does not wait for one of them.
   */
  atHit(threadId: number): FunctionCaller {
    return async (...call) => {
      const { value, stop } = await this.callOn(threadId, call, "hold");
      this.endAtHit = stop;
      if ("failure" in value) throw value.failure;
      return value.result;
    };
  }

  /** The stop of a program that ended in a call at a breakpoint; each is given once. */
  takeEnd(): RunStop | undefined {
    const end = this.endAtHit;
    this.endAtHit = undefined;
    return end;
  }

  /** One call; a program that ends in it stops there, as it would on its own. */
  private async callOn(
    threadId: number,
    call: Parameters<FunctionCaller>,
    others: "run" | "hold",
  ): Promise<TaskOutcome<{ result: CallResult } | { failure: unknown }>> {
    const { target, run, frames } = this.ground;
    const entry = this.ground.entry();
    if (entry === undefined)
      throw new UserError("The program's executable is not known: nothing can be called.");
    // A breakpoint in the called function may have a condition that calls one.
    if (this.underWay) throw new CallUnderWay("A function of the program is being called already.");
    this.underWay = true;
    const restoreFrames = frames.setAside();
    run.generation++;
    let end: StopEvent | undefined;
    const caller = functionCaller({
      target,
      threadId,
      returnAddress: entry,
      others,
      handleStop: (event) => run.isInternal(event),
      onEnd: (event) => (end = event.kind === "exec" ? { kind: "interrupted", threadId } : event),
      describe: (address) => this.ground.describe(address),
    });
    try {
      return { value: { result: await caller(...call) } };
    } catch (failure) {
      if (end === undefined) throw failure;
      return { value: { failure }, stop: { event: end, hits: [] } };
    } finally {
      this.underWay = false;
      if (end === undefined) restoreFrames();
    }
  }
}
