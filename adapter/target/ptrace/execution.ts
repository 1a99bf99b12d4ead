/** Letting the live process run, and stopping it: the Execution of the ptrace target. */
import { setImmediate } from "node:timers/promises";
import type { MemoryAddress } from "../addresses";
import {
  TargetError,
  type BreakpointToken,
  type ConditionProgram,
  type Execution,
  type ExitStatus,
  type FollowFork,
  type ForkedTarget,
  type FrozenState,
  type ResumeRequest,
  type StopEvent,
  type TargetThread,
  type TrapRequest,
} from "../target";
import { ConditionLoop } from "./conditionLoop";
import { EventInterpreter, settle, type EventPolicy } from "./events";
import type { LiveProcess } from "./liveProcess";
import { decodeEvent, decodeStatus, eventBuffer, PtraceEvent, shim, type WaitEvent } from "./shim";
import { Step } from "./step";
import { ForkFollower } from "./forkFollower";
import { IdleWatch } from "./idleWatch";
import { Interludes } from "./interludes";
import { ProgramAsParent } from "./programAsParent";
import { stopAll, takeStopping } from "./stopper";
import { detachThreads, type Suspended } from "./suspended";
import type { ProgramOutput } from "./terminalOutput";
import {
  dropKept,
  forgetDeadStrangers,
  joinTracing,
  leaveTracing,
  waitForAny,
  waitForThread,
  type Claimant,
} from "./traceeEvents";
import type { Tracee } from "./tracee";
import { Waker } from "./waker";

/** Microseconds. Most stops come soon; looking for this long costs less than a turn of the event loop. */
const NEAR_STOP = 300;

export class PtraceExecution implements Execution, EventPolicy, Claimant {
  passSignals: ReadonlySet<number> = new Set();
  pauseAtExit = false;
  running = false;
  onForeignEvent: (event: WaitEvent) => void = () => undefined;
  onKilled: (status: ExitStatus) => void = () => undefined;
  onNote: (sentence: string) => void = () => undefined;
  /** A child of the program's stands still from now on. */
  onSuspended: ((child: Suspended) => FrozenState) | undefined;
  /** A child of the program's is to be debugged by itself. */
  onBorn: (child: Suspended) => void = detachThreads;
  onForked: (child: ForkedTarget) => void = (child) => child.release();
  /** Whether a thread is that of a frozen copy or of a suspended process. */
  ownsCopy: (tid: number) => boolean = () => false;
  readonly follower: ForkFollower;
  readonly asParent: ProgramAsParent;
  private readonly interpreter: EventInterpreter;
  private readonly event = eventBuffer();
  private interruptRequested = false;
  private endTold = false;
  private step: Step | undefined;
  private readonly conditions: ConditionLoop;
  private readonly interludes = new Interludes();
  private readonly idleWatch: IdleWatch;

  constructor(
    private readonly process: LiveProcess,
    private readonly output: ProgramOutput,
    followFork: FollowFork,
  ) {
    this.follower = new ForkFollower(
      process,
      followFork,
      (sentence) => this.onNote(sentence),
      (child) => this.onBorn(child),
    );
    this.interpreter = new EventInterpreter(process, this, this.follower);
    this.conditions = new ConditionLoop(process);
    this.idleWatch = new IdleWatch(process, this.follower, this);
    joinTracing(this);
    this.asParent = new ProgramAsParent(process, this.interludes, () => this.running);
  }

  owns(tid: number): boolean {
    const { tracees, leaving, processId } = this.process;
    if (tracees.has(tid) || tid === processId || leaving.has(tid)) return true;
    return this.follower.owns(tid) || this.ownsCopy(tid);
  }

  get revision(): number {
    return this.process.revision;
  }

  set onThreadStarted(listener: (thread: TargetThread) => void) {
    this.process.onThreadStarted = listener;
  }
  get onThreadStarted(): (thread: TargetThread) => void {
    return this.process.onThreadStarted;
  }
  set onThreadExited(listener: (thread: TargetThread) => void) {
    this.process.onThreadExited = listener;
  }
  get onThreadExited(): (thread: TargetThread) => void {
    return this.process.onThreadExited;
  }
  set onOutput(listener: (stream: "stdout" | "stderr", bytes: Buffer) => void) {
    this.output.listener = listener;
  }
  get onOutput(): (stream: "stdout" | "stderr", bytes: Buffer) => void {
    return this.output.listener;
  }

  drainOutput(): void {
    this.output.drain();
  }

  insertBreakpoint(address: MemoryAddress, condition?: ConditionProgram): BreakpointToken {
    if (this.process.ended) throw new TargetError("The program has ended.");
    return this.process.sites.insert(address, condition);
  }

  removeBreakpoint(token: BreakpointToken): void {
    this.process.sites.remove(token);
  }

  insertBreakpoints(requests: readonly TrapRequest[]): (BreakpointToken | undefined)[] {
    return this.process.ended ? requests.map(() => undefined) : this.process.sites.insertAll(requests);
  }

  removeBreakpoints(tokens: readonly BreakpointToken[]): void {
    this.process.sites.removeAll(tokens);
  }

  interrupt(): void {
    if (!this.running) return;
    this.interruptRequested = true;
    const tracee = this.process.threads.find((thread) => thread.state === "running" && !thread.inVfork);
    if (tracee) shim.interrupt(tracee.tid);
    else Waker.get().cancelWait();
  }

  kill(): void {
    if (this.process.ended) return;
    this.follower.releaseAll();
    if (this.running) shim.kill(this.process.processId, 0);
    else {
      this.process.kill();
      this.endTold = true;
    }
  }

  /** Ends the program at once and leaves nothing to wait for, so that no other session's events are taken here. */
  dispose(): void {
    this.idleWatch.stop();
    this.follower.dispose();
    if (!this.process.ended) this.process.kill();
    this.interludes.serve();
    Waker.get().cancelWait();
    leaveTracing(this);
    this.asParent.dispose();
  }

  /** The program, which stands still, goes on by itself, without traps. */
  release(): void {
    this.idleWatch.stop();
    this.follower.releaseAll();
    if (!this.process.ended) detachThreads(this.process.abandon());
    leaveTracing(this);
    this.asParent.dispose();
  }

  async resume(request: ResumeRequest): Promise<StopEvent> {
    if (this.running) throw new TargetError("The program is running already.");
    if (this.process.ended) return this.endOf(this.process.ended);
    const asked = request.mode === "run" ? undefined : this.process.thread(request.threadId ?? 0);
    // At its exit a thread has no instruction left.
    const stepping = asked?.state === "exiting" ? undefined : asked;
    this.idleWatch.stop();
    this.running = true;
    this.interruptRequested = false;
    this.conditions.reset();
    if (this.process.isShared) this.process.lowerTraps();
    this.step = stepping && new Step(this.process, stepping, request);
    try {
      let stop = this.forked() ?? this.deferredStop(request) ?? this.setGoing(request);
      while (stop === undefined) stop = this.interlude(request) ?? this.advance() ?? (await this.rest());
      this.step?.cancel();
      const told = stop.kind === "exited" ? stop : this.allStopped(stop);
      this.endTold = told.kind === "exited";
      return told;
    } finally {
      this.running = false;
      this.step = undefined;
      this.interludes.serve();
      this.idleWatch.start();
    }
  }

  /** Stops the running threads for what waits for that, and sets them going as they were. */
  private interlude(request: ResumeRequest): StopEvent | undefined {
    if (!this.interludes.areWaiting) return undefined;
    stopAll(this.process, this.interpreter);
    this.interludes.serve();
    const { ended, leader } = this.process;
    if (ended) return { kind: "exited", status: ended, unexpected: true };
    // The stop that was asked for may be among those just taken.
    if (this.interruptRequested && leader) return { kind: "interrupted", threadId: leader.id };
    const forked = this.forked() ?? this.deferredStop(request);
    return forked ?? this.setGoing({ ...request, signal: request.signal === "keep" ? "keep" : "deliver" });
  }

  /** An end that was met on the way of something else is told once. */
  private endOf(status: ExitStatus): StopEvent {
    if (this.endTold) throw new TargetError("The program has ended; there is nothing to go on with.");
    this.endTold = true;
    return { kind: "exited", status, unexpected: true };
  }

  /** Stops the other threads too. Gives the stop that is to be told. */
  private allStopped(stop: Exclude<StopEvent, { kind: "exited" }>): StopEvent {
    stopAll(this.process, this.interpreter);
    this.follower.look();
    if (this.process.ended) return { kind: "exited", status: this.process.ended, unexpected: true };
    if (stop.kind === "forked") return this.follow();
    const told = this.process.thread(stop.threadId);
    told.toldAt = told.readPc();
    return stop;
  }

  /** A child has been made that the program is not to go on without. */
  private forked(): StopEvent | undefined {
    if (!this.follower.pending) return undefined;
    return { kind: "forked", threadId: this.follower.pendingThread, sentence: "", suspended: [] };
  }

  /** Does with the children that were made what is asked for. */
  private follow(): StopEvent {
    const { sentence, threadId, suspended } = this.follower.follow();
    const states = suspended.flatMap((child) => this.onSuspended?.(child) ?? []);
    return { kind: "forked", threadId, sentence, suspended: states };
  }

  /** Another process stands in the live one's place: forgets what is left of the one before. */
  adopt(): void {
    this.follower.releaseAll();
    this.endTold = false;
    const { tracees, processId } = this.process;
    dropKept([...tracees.keys(), processId]);
    forgetDeadStrangers();
  }

  /** Whether the program, which should stand still, was killed from outside; then nothing is left of it. */
  wasKilled(): boolean {
    return this.idleWatch.wasKilled();
  }

  /** Another process stands still in the live one's place: its death is looked out for. */
  watchWhileIdle(): void {
    this.idleWatch.start();
  }

  /** Takes events of processes other than the live one, if there are any. */
  takeForeign(processIds: readonly number[]): void {
    for (const processId of processIds)
      if (waitForThread(processId, 0, this.event) === 1) this.onForeignEvent(decodeEvent(this.event));
  }

  /** Something that a thread stopped with while another's stop was told; those of threads that are held stay. */
  private deferredStop({ threadId, others }: ResumeRequest): StopEvent | undefined {
    for (const tracee of this.process.threads) {
      const event = tracee.deferred;
      const held = others === "hold" && threadId !== undefined && tracee.id !== threadId;
      if (event === undefined || held) continue;
      tracee.deferred = undefined;
      const { inSignalStop } = tracee;
      const outcome = this.interpreter.interpret(event, true);
      // Calls may have been made in it since.
      tracee.inSignalStop &&= inSignalStop;
      if (outcome.kind === "stop") return outcome.stop;
    }
    return undefined;
  }

  /** Steps every thread that stands on a trap over it, then lets all go that are to. */
  private setGoing(request: ResumeRequest): StopEvent | undefined {
    const stepped = this.step?.tracee;
    // While the others stand still: they must not run through the place while its trap is out.
    const first = stepped && !this.step?.hasSignal ? this.passTrap(stepped) : undefined;
    if (first) return first;
    const going = this.process.threads.filter(
      (tracee) => tracee.state !== "running" && tracee !== stepped && (!stepped || request.others === "run"),
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
    if (tracee.state !== "stopped" || (tracee.signal && tracee.inSignalStop)) return undefined;
    // Stepping over a trap puts it in again, also for the child of a vfork.
    if (tracee.toldAt === undefined || this.process.sites.areLifted) return undefined;
    const pc = tracee.readPc();
    if (pc === undefined || tracee.toldAt !== pc) return undefined;
    const original = this.process.sites.originalAt(pc);
    if (original === undefined) return undefined;
    const { descriptor } = this.process.memory;
    let result = shim.stepOver(tracee.tid, descriptor, pc, original, this.event);
    // A stop that was asked for when the thread had met the trap already comes now; it has gone nowhere.
    if (result === 1 && !this.interruptRequested && isStaleStop(decodeEvent(this.event), pc))
      result = shim.stepOver(tracee.tid, descriptor, pc, original, this.event);
    if (result === 0) tracee.startedOverTrap(pc);
    return result <= 0 ? undefined : this.take(decodeEvent(this.event), true);
  }

  /** One event while the program runs: gives the stop, or lets the thread go on. */
  private take(event: WaitEvent, overTrap = false): StopEvent | undefined {
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
    if (tracee === this.step?.tracee) return this.step.goOn(outcome);
    // After a step over a trap, unless it took long, whoever asked for it sets the thread going. Any other step is one
    // that another thread's stop had cut short.
    if (outcome.kind !== "stepped" || wasOpen || !overTrap) {
      this.process.go(tracee);
      if (this.interruptRequested && !tracee.inVfork) shim.interrupt(tracee.tid);
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
    const step = this.step;
    if (step && step.tracee.state !== "running") return this.advanceStep(step);
    const only = this.process.threads.length === 1 ? this.process.leader : undefined;
    if (!step && only && only.state === "stopped") return this.goConditional(only);
    return this.drain(NEAR_STOP);
  }

  private advanceStep(step: Step): StopEvent | undefined {
    const { tracee } = step;
    if (this.interruptRequested) return { kind: "interrupted", threadId: tracee.id };
    const other = this.process.tracees.size > 1 ? this.drain(0) : undefined;
    if (other || this.step !== step || tracee.state !== "stopped") {
      return other;
    }
    if (step.hasSignal) {
      step.dealWithSignal();
      return undefined;
    }
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
    while (waitForAny(this, wait, this.event) === 1) {
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
    return this.step ? tracee === this.step.tracee : this.process.tracees.size === 1;
  }
}

/** A PTRACE_EVENT_STOP of a thread that has not moved. */
function isStaleStop({ status, pc }: WaitEvent, before: MemoryAddress): boolean {
  const decoded = decodeStatus(status);
  return decoded.kind === "stopped" && decoded.event === PtraceEvent.stop && pc === before;
}
