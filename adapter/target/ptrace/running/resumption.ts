/** One resume of the program: from the request, event by event, to the stop that ends it. */
import { setImmediate } from "node:timers/promises";
import type { FrozenState } from "../../checkpointer";
import type { ResumeRequest, StopEvent } from "../../target";
import type { ForkFollower } from "../forks/forkFollower";
import type { Suspended } from "../forks/suspended";
import { VforkHold } from "../forks/vforkHold";
import { decodeEvent, eventBuffer, shim, type WaitEvent } from "../shim";
import type { Tracee } from "../threads/tracee";
import { waitForAny, type Claimant } from "../threads/traceeEvents";
import { Waker } from "../waker";
import type { ConditionLoop } from "./conditionLoop";
import { settle, type EventInterpreter } from "./events";
import type { Interludes } from "./interludes";
import type { LiveProcess } from "./liveProcess";
import { stepOverTrap } from "./overTrap";
import { Step } from "./step";
import { deferredStop, goAsked, stopAll, takeStopping } from "./stopper";

/** Microseconds. Most stops come soon; looking for this long costs less than a turn of the event loop. */
const NEAR_STOP = 300;

/** What every resume of a program has to do with. */
export interface ResumptionGround {
  readonly process: LiveProcess;
  readonly interpreter: EventInterpreter;
  readonly follower: ForkFollower;
  readonly conditions: ConditionLoop;
  readonly interludes: Interludes;
  /** Tells a person something. */
  readonly note: (sentence: string) => void;
  /** Whose events are waited for. */
  readonly claimant: Claimant;
  /** A child of the program's stands still from now on. */
  suspended(child: Suspended): FrozenState | undefined;
}

export class Resumption {
  private readonly process: LiveProcess;
  private readonly interpreter: EventInterpreter;
  private readonly follower: ForkFollower;
  private readonly conditions: ConditionLoop;
  private readonly step: Step | undefined;
  private readonly hold: VforkHold;
  private readonly event = eventBuffer();
  private interruptRequested = false;

  /** Throws TargetError when the thread that is to be stepped is not there. */
  constructor(
    private readonly ground: ResumptionGround,
    private readonly request: ResumeRequest,
  ) {
    const { process, interpreter, follower, conditions } = ground;
    this.process = process;
    this.interpreter = interpreter;
    this.follower = follower;
    this.conditions = conditions;
    this.hold = new VforkHold(process, interpreter);
    const asked = request.mode === "run" ? undefined : process.thread(request.threadId ?? 0);
    // At its exit a thread has no instruction left.
    const stepping = asked?.state === "exiting" ? undefined : asked;
    // A function that is called comes in between.
    if (request.begun === undefined && request.signal !== "keep")
      for (const tracee of process.threads) tracee.handler = undefined;
    this.step = stepping && new Step(process, stepping, request);
  }

  /** Lets the program go on until it stops: then every thread stands, or the program has ended. */
  async toStop(): Promise<StopEvent> {
    this.conditions.reset();
    let stop =
      this.forked() ?? deferredStop(this.process, this.interpreter, this.request) ?? this.step?.endedBefore;
    stop ??= this.setGoing(this.request);
    try {
      while (stop === undefined) stop = this.interlude() ?? this.advance() ?? (await this.rest());
    } finally {
      this.hold.dispose();
    }
    this.step?.end();
    return stop.kind === "exited" ? stop : this.allStopped(stop);
  }

  /** Asks for a stop; `toStop` gives it, or another one that came first. */
  interrupt(): void {
    this.interruptRequested = true;
    const tracee = this.process.threads.find((thread) => thread.state === "running" && !thread.inVfork);
    this.process.sleepers.find(this.process);
    if (tracee) shim.interrupt(tracee.tid);
    else Waker.get().cancelWait();
    this.hold.stopAsked(this.ground.note);
  }

  /** Stops the running threads for what waits for that, and sets them going as they were. */
  private interlude(): StopEvent | undefined {
    const { interludes } = this.ground;
    if (!interludes.areWaiting) return undefined;
    stopAll(this.process, this.interpreter);
    interludes.serve();
    return this.goAgain();
  }

  /** Threads have been stopped for a moment: sets them going as they were. */
  private goAgain(): StopEvent | undefined {
    const { request } = this;
    const { ended, leaderFirst } = this.process;
    if (ended) return { kind: "exited", status: ended, unexpected: true };
    // The stop that was asked for may be among those just taken.
    const standing = leaderFirst.find(({ state }) => state !== "running");
    if (this.interruptRequested && standing) return { kind: "interrupted", threadId: standing.id };
    const forked = this.forked() ?? deferredStop(this.process, this.interpreter, request);
    return forked ?? this.setGoing({ ...request, signal: request.signal === "keep" ? "keep" : "deliver" });
  }

  /** Stops the other threads too. Gives the stop that is to be told. */
  private allStopped(stop: Exclude<StopEvent, { kind: "exited" }>): StopEvent {
    const takenBack = stopAll(this.process, this.interpreter);
    this.follower.look();
    if (this.process.ended) return { kind: "exited", status: this.process.ended, unexpected: true };
    if (stop.kind === "forked") return this.follow();
    const told = this.process.thread(stop.threadId);
    const pc = (told.toldAt = told.readPc());
    if (stop.kind !== "interrupted" || pc === undefined || !takenBack.includes(told)) return stop;
    return { kind: "breakpoint", threadId: told.id, address: pc };
  }

  /** A child has been made that the program is not to go on without. */
  private forked(): StopEvent | undefined {
    if (!this.follower.pending) return undefined;
    return { kind: "forked", threadId: this.follower.pendingThread, sentence: "", suspended: [] };
  }

  /** Does with the children that were made what is asked for. */
  private follow(): StopEvent {
    const { sentence, threadId, suspended } = this.follower.follow();
    const states = suspended.flatMap((child) => this.ground.suspended(child) ?? []);
    return { kind: "forked", threadId, sentence, suspended: states };
  }

  /** Steps every thread that stands on a trap over it, then lets all go that are to. */
  private setGoing(request: ResumeRequest): StopEvent | undefined {
    const stepped = this.step?.tracee;
    this.hold.begins();
    // They were in a copy's way, or this is one.
    if (this.process.sites.areLifted) this.process.lowerTraps();
    this.process.sleepers.going();
    this.step?.takeUp();
    // While the others stand still: they must not run through the place while its trap is out.
    const first = stepped && !this.step?.hasSignal ? this.passTrap(stepped) : undefined;
    if (first) return first;
    const going = this.process.threads.filter(
      (tracee) =>
        tracee.state !== "running" &&
        tracee !== stepped &&
        !this.hold.keeps(tracee) &&
        (!stepped || request.others === "run"),
    );
    const others = request.threadId !== undefined && request.others === "hold" && !stepped;
    const chosen = others ? going.filter((tracee) => tracee.id === request.threadId) : going;
    for (const tracee of chosen) {
      const stop = this.passTrap(tracee);
      if (stop) return stop;
    }
    for (const tracee of chosen)
      if (tracee.state !== "running" && (stepped || !this.conditions.takes(tracee)))
        this.process.go(tracee, request.signal);
    return undefined;
  }

  /** Steps over the trap a thread stands on, when it has been told of. */
  private passTrap(tracee: Tracee): StopEvent | undefined {
    const event = stepOverTrap(this.process, tracee, this.interruptRequested);
    return event && this.take(event, true);
  }

  /** One event while the program runs: gives the stop, or lets the thread go on. */
  private take(event: WaitEvent, overTrap = false): StopEvent | undefined {
    this.hold.before(event);
    const wasOpen = this.process.tracees.get(event.tid)?.openSite !== undefined;
    const outcome = this.interpreter.interpret(event);
    const tracee = this.process.tracees.get(event.tid);
    if (tracee && this.follower.pending) return this.bringToStop(tracee);
    if (outcome.kind === "stop") return this.isHandlersReturn(outcome.stop) ? undefined : outcome.stop;
    if (outcome.kind === "interrupted" && this.interruptRequested && tracee)
      return { kind: "interrupted", threadId: tracee.id };
    if (tracee === undefined || outcome.kind === "gone") {
      // It may have been the one that was asked to stop.
      if (this.interruptRequested) this.interrupt();
      return undefined;
    }
    const { step } = this;
    if (tracee === step?.tracee) {
      // A stop that was asked for while it was in vfork was not to be had then.
      if (outcome.kind !== "inCall") return step.goOn(outcome);
      return goAsked(tracee, this.interruptRequested, () => step.goOn(outcome));
    }
    // After a step over a trap, unless it took long, whoever asked for it sets the thread going. Any other step is one
    // that another thread's stop had cut short.
    if (outcome.kind !== "stepped" || wasOpen || !overTrap) {
      // A function that is called runs on also when job control stops the program in the midst of it.
      const isCalled = this.request.signal === "keep" && tracee.groupStopped && tracee.signal === undefined;
      goAsked(tracee, this.interruptRequested, () => this.process.go(tracee, isCalled ? "keep" : "deliver"));
    }
    return undefined;
  }

  /** A thread that has made a child is stopped where it can be left; one in vfork cannot before its child is gone. */
  private bringToStop(tracee: Tracee): StopEvent | undefined {
    const next = tracee.inVfork ? undefined : settle(tracee);
    if (next) takeStopping(this.process, this.interpreter, next);
    return this.forked();
  }

  /** Whether a stop is only that of a handler which interrupted a step: then the step goes on. */
  private isHandlersReturn(stop: StopEvent): boolean {
    const whose = this.step?.handlerReturn(stop);
    if (whose === "other" && stop.kind === "breakpoint") {
      const tracee = this.process.thread(stop.threadId);
      tracee.toldAt = stop.address;
      this.passTrap(tracee);
      if (tracee.state === "stopped") this.process.go(tracee);
    }
    return whose !== undefined;
  }

  /** Does what can be done at once: steps, false conditions, events that are there. */
  private advance(): StopEvent | undefined {
    if (this.process.ended) return { kind: "exited", status: this.process.ended, unexpected: true };
    if (this.hold.isOver(this.interruptRequested)) return this.goAgain();
    const step = this.step;
    if (step && this.isDriven(step.tracee) && step.tracee.state !== "running") return this.advanceStep(step);
    const only = this.process.threads.length === 1 ? this.process.leader : undefined;
    if (!step && only?.state === "stopped") return this.goConditional(only);
    return this.drain(NEAR_STOP);
  }

  private advanceStep(step: Step): StopEvent | undefined {
    const { tracee } = step;
    if (this.interruptRequested) return { kind: "interrupted", threadId: tracee.id };
    const other = this.process.tracees.size > 1 ? this.drain(0) : undefined;
    // A thread may have come to hold this one.
    if (other || tracee.state !== "stopped" || !this.isDriven(tracee)) return other;
    if (step.hasSignal) {
      step.dealWithSignal();
      return undefined;
    }
    if (step.continueHandler()) return undefined;
    const arrived = step.arrived();
    if (arrived) return arrived;
    const pc = tracee.readPc();
    if (pc !== undefined && this.process.sites.originalAt(pc) !== undefined && tracee.toldAt === pc)
      return this.passTrap(tracee);
    const event = step.run();
    return event && this.take(event);
  }

  private goConditional(only: Tracee): StopEvent | undefined {
    if (this.interruptRequested) return { kind: "interrupted", threadId: only.id };
    const event = this.conditions.go(only);
    return event && this.take(event);
  }

  /** Takes every event that is there, waiting up to `microseconds` for the first. */
  private drain(microseconds: number): StopEvent | undefined {
    let wait = microseconds;
    while (waitForAny(this.ground.claimant, wait, this.event) === 1) {
      wait = 0;
      const event = decodeEvent(this.event);
      const alone = this.step ? undefined : this.conditions.threadAt(event);
      const left = alone ? this.conditions.decide(alone) : event;
      const stop = left && this.take(left);
      if (stop || alone?.state === "stopped") return stop;
    }
    return undefined;
  }

  /** Waits for the next event, or gives the event loop its turn when there is more to do at once. */
  private async rest(): Promise<undefined> {
    const busy = this.process.threads.some((tracee) => tracee.state === "stopped" && this.isDriven(tracee));
    if (busy) await setImmediate();
    else await Waker.get().nextEvent();
    return undefined;
  }

  /** Whether `advance` itself moves the thread. */
  private isDriven(tracee: Tracee): boolean {
    if (this.hold.keeps(tracee)) return false;
    return this.step ? tracee === this.step.tracee : this.process.tracees.size === 1;
  }
}
