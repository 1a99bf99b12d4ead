/** Letting the live process run, and stopping it: the Execution of the ptrace target. */
import { setImmediate } from "node:timers/promises";
import { contains, offsetBy, type AddressRange, type MemoryAddress } from "../addresses";
import {
  TargetError,
  type BreakpointToken,
  type ConditionProgram,
  type Execution,
  type ResumeRequest,
  type StopEvent,
  type TargetThread,
} from "../target";
import { EventInterpreter, settle, type EventPolicy, type Outcome } from "./events";
import type { LiveProcess } from "./liveProcess";
import { decodeEvent, eventBuffer, shim, type WaitEvent } from "./shim";
import { SignalReturn } from "./signalReturn";
import type { TerminalOutput } from "./terminalOutput";
import type { Tracee } from "./tracee";
import { Waker } from "./waker";

/** Most stops come soon; looking for this long costs less than a turn of the event loop. */
const NEAR_STOP = 300;
const STOP_WAIT = 2_000_000;
/** Single steps, or false conditions, before the event loop gets its turn (so that a pause gets through). */
const STEP_LIMIT = 1000;
const CONDITION_LIMIT = 500;
const CONDITION_WAIT = 200;

/** The wait status of a thread that met a trap, and its siginfo's si_code. */
const TRAP_STATUS = 0x57f;
const SI_KERNEL = 0x80;

/** How fp_run_conditional begins. */
const Begin = { continue: 0, atTrap: 1, stepOver: 2 } as const;

/** What is being stepped: the thread and where it must stay. */
interface Step {
  readonly tracee: Tracee;
  readonly ranges: readonly AddressRange<MemoryAddress>[];
  readonly rangeBytes: Buffer;
  readonly policy: ResumeRequest["signal"];
  handler?: SignalReturn;
}

export class PtraceExecution implements Execution, EventPolicy {
  passSignals: ReadonlySet<number> = new Set();
  pauseAtExit = false;
  running = false;
  onForeignEvent: (event: WaitEvent) => void = () => undefined;
  private readonly interpreter: EventInterpreter;
  private readonly event = eventBuffer();
  private interruptRequested = false;
  private step: Step | undefined;
  /** The only thread stands on a trap whose condition is known to be false. */
  private falseConditionAt: Tracee | undefined;

  constructor(
    private readonly process: LiveProcess,
    private readonly output: TerminalOutput,
  ) {
    this.interpreter = new EventInterpreter(process, this);
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

  interrupt(): void {
    if (!this.running) return;
    this.interruptRequested = true;
    const tracee = this.process.threads.find((thread) => thread.state === "running" && !thread.inVfork);
    if (tracee) shim.interrupt(tracee.tid);
  }

  kill(): void {
    if (this.process.ended) return;
    if (this.running) shim.kill(this.process.processId, 0);
    else this.process.kill();
  }

  async resume(request: ResumeRequest): Promise<StopEvent> {
    if (this.running) throw new TargetError("The program is running already.");
    if (this.process.ended) throw new TargetError("The program has ended; there is nothing to go on with.");
    const stepping = request.mode === "run" ? undefined : this.process.thread(request.threadId ?? 0);
    this.running = true;
    this.interruptRequested = false;
    this.falseConditionAt = undefined;
    this.step = stepping && { tracee: stepping, ...rangesOf(request), policy: request.signal };
    try {
      let stop = this.deferredStop() ?? this.setGoing(request);
      while (stop === undefined) stop = this.advance() ?? (await this.rest());
      this.step?.handler?.cancel();
      if (stop.kind !== "exited") {
        this.stopAll();
        const told = this.process.thread(stop.threadId);
        told.toldAt = told.readPc();
      }
      return stop;
    } finally {
      this.running = false;
      this.step = undefined;
    }
  }

  /** Another process stands in the live one's place: forgets what is left of the one before. */
  adopt(): void {
    this.interpreter.reset();
  }

  /** Takes events of processes other than the live one, if there are any. */
  takeForeign(processIds: readonly number[]): void {
    for (const processId of processIds)
      if (shim.waitThread(processId, 0, this.event) === 1) this.onForeignEvent(decodeEvent(this.event));
  }

  /** Something that a thread stopped with while another's stop was told. */
  private deferredStop(): StopEvent | undefined {
    for (const tracee of this.process.threads) {
      const event = tracee.deferred;
      if (event === undefined) continue;
      tracee.deferred = undefined;
      const outcome = this.interpreter.interpret(event);
      if (outcome.kind === "stop") return outcome.stop;
    }
    return undefined;
  }

  /** Steps every thread that stands on a trap over it, then lets all go that are to. */
  private setGoing(request: ResumeRequest): StopEvent | undefined {
    const stepped = this.step?.tracee;
    const going = this.process.threads.filter(
      (tracee) => tracee.state !== "running" && tracee !== stepped && (!stepped || request.others === "run"),
    );
    const others = request.threadId !== undefined && request.others === "hold" && !stepped;
    const chosen = others ? going.filter((tracee) => tracee.id === request.threadId) : going;
    for (const tracee of chosen) {
      const stop = this.passTrap(tracee);
      if (stop) return stop;
    }
    for (const tracee of chosen) if (tracee.state !== "running") this.start(tracee, request.signal);
    return undefined;
  }

  private start(tracee: Tracee, policy: ResumeRequest["signal"]): void {
    const alone = this.process.tracees.size === 1 && this.step === undefined;
    // Handed to the loop in the shim, which continues it.
    if (alone && tracee.state === "stopped" && !tracee.signal && !tracee.groupStopped && this.hasConditions())
      return;
    this.process.go(tracee, policy);
  }

  private hasConditions(): boolean {
    const { sites, count } = this.process.sites.conditionTable();
    for (let index = 0; index < count; index++) if (sites.readUInt32LE(index * 24 + 16) > 0) return true;
    return false;
  }

  /** Steps over the trap a thread stands on, when it has been told of. */
  private passTrap(tracee: Tracee): StopEvent | undefined {
    if (tracee.state !== "stopped" || (tracee.signal && tracee.inSignalStop)) return undefined;
    const pc = tracee.readPc();
    if (pc === undefined || tracee.toldAt !== pc) return undefined;
    const original = this.process.sites.originalAt(pc);
    if (original === undefined) return undefined;
    const result = shim.stepOver(tracee.tid, this.process.memory.descriptor, pc, original, this.event);
    if (result === 0) leaveOpen(tracee, pc);
    return result <= 0 ? undefined : this.take(decodeEvent(this.event));
  }

  /** One event while the program runs: gives the stop, or lets the thread go on. */
  private take(event: WaitEvent): StopEvent | undefined {
    const wasOpen = this.process.tracees.get(event.tid)?.openSite !== undefined;
    const outcome = this.interpreter.interpret(event);
    const tracee = this.process.tracees.get(event.tid);
    if (outcome.kind === "stop") return this.isHandlersReturn(outcome.stop) ? undefined : outcome.stop;
    if (outcome.kind === "interrupted" && this.interruptRequested && tracee)
      return { kind: "interrupted", threadId: tracee.id };
    if (tracee === undefined || outcome.kind === "gone") return undefined;
    if (tracee === this.step?.tracee) return this.goOnStepping(tracee, outcome);
    // A step that is done here was one over a trap; unless it took long, whoever asked for it sets the thread going.
    if (outcome.kind !== "stepped" || wasOpen) this.process.go(tracee);
    return undefined;
  }

  private goOnStepping(tracee: Tracee, outcome: Outcome): StopEvent | undefined {
    const { step } = this;
    if (!step) return undefined;
    if (outcome.kind === "stepped") return this.stepDone(step);
    if (outcome.kind === "pass" && tracee.signal && !step.handler) {
      step.handler = SignalReturn.enter(this.process, tracee);
      if (step.handler === undefined) this.process.go(tracee, "deliver", true);
    } else if (outcome.kind === "inCall" || tracee.groupStopped) {
      this.process.go(tracee, "deliver", step.handler === undefined);
    } else if (step.handler) {
      this.process.go(tracee);
    }
    return undefined;
  }

  private stepDone(step: Step): StopEvent | undefined {
    const { tracee } = step;
    if (step.handler) {
      this.process.go(tracee);
      return undefined;
    }
    const { pc } = tracee;
    if (this.process.sites.originalAt(pc) !== undefined)
      return { kind: "breakpoint", threadId: tracee.id, address: pc };
    if (step.ranges.some((range) => contains(range, pc))) return undefined;
    return { kind: "step", threadId: tracee.id };
  }

  /** Whether a stop is only that of a handler which interrupted a step: then the step goes on. */
  private isHandlersReturn(stop: StopEvent): boolean {
    const step = this.step;
    if (stop.kind !== "breakpoint" || step?.handler?.isAt(stop.address) !== true) return false;
    const tracee = this.process.thread(stop.threadId);
    if (tracee === step.tracee && step.handler.isReturn(tracee)) {
      step.handler.cancel();
      delete step.handler;
      return true;
    }
    // Another thread, or a deeper call: nobody but the step wants to know.
    if (!step.handler.isAlone()) return false;
    tracee.toldAt = stop.address;
    this.passTrap(tracee);
    if (tracee.state === "stopped") this.process.go(tracee);
    return true;
  }

  /** Does what can be done at once: steps, false conditions, events that are there. */
  private advance(): StopEvent | undefined {
    if (this.process.ended) return { kind: "exited", status: this.process.ended, unexpected: true };
    const step = this.step;
    if (step && step.tracee.state !== "running") return this.advanceStep(step);
    const only = this.process.threads.length === 1 ? this.process.leader : undefined;
    if (!step && only && only.state === "stopped") return this.runConditional(only);
    return this.drain(NEAR_STOP);
  }

  private advanceStep(step: Step): StopEvent | undefined {
    const { tracee } = step;
    if (this.interruptRequested) return { kind: "interrupted", threadId: tracee.id };
    const other = this.drain(0);
    if (other || this.step !== step || tracee.state !== "stopped") {
      return other;
    }
    if (tracee.signal && step.policy !== "keep") return this.stepWithSignal(step, tracee);
    const pc = tracee.readPc();
    if (pc !== undefined && this.process.sites.originalAt(pc) !== undefined && tracee.toldAt === pc)
      return this.passTrap(tracee);
    const sites = this.process.sites.sortedAddresses();
    const { rangeBytes, ranges } = step;
    const result = shim.stepRange(
      tracee.tid,
      rangeBytes,
      ranges.length,
      sites.bytes,
      sites.count,
      STEP_LIMIT,
      this.event,
    );
    // Running on in a system call, or killed: either way an event tells the rest.
    if (result <= 0) tracee.started();
    if (result === 2) tracee.stopped();
    return result === 1 ? this.take(decodeEvent(this.event)) : undefined;
  }

  private stepWithSignal(step: Step, tracee: Tracee): StopEvent | undefined {
    if (step.policy === "discard") tracee.signal = undefined;
    else {
      step.handler = SignalReturn.enter(this.process, tracee);
      if (step.handler === undefined) this.process.go(tracee, "deliver", true);
    }
    return undefined;
  }

  private runConditional(only: Tracee): StopEvent | undefined {
    if (this.interruptRequested) return { kind: "interrupted", threadId: only.id };
    const begin = this.falseConditionAt === only ? Begin.stepOver : Begin.continue;
    return this.conditionLoop(only, begin);
  }

  private conditionLoop(tracee: Tracee, begin: number): StopEvent | undefined {
    const table = this.process.sites.conditionTable();
    this.falseConditionAt = undefined;
    const result = shim.runConditional(
      tracee.tid,
      this.process.memory.descriptor,
      begin,
      table.sites,
      table.count,
      table.code,
      CONDITION_LIMIT,
      CONDITION_WAIT,
      this.event,
    );
    if (result === 1) return this.take(decodeEvent(this.event));
    if (result === 2) {
      tracee.stopped();
      this.falseConditionAt = tracee;
      return undefined;
    }
    if (result === 3) leaveOpen(tracee, tracee.pc);
    else tracee.started();
    return undefined;
  }

  /** Takes every event that is there, waiting up to `microseconds` for the first. */
  private drain(microseconds: number): StopEvent | undefined {
    let wait = microseconds;
    while (shim.waitAny(wait, this.event) === 1) {
      wait = 0;
      const event = decodeEvent(this.event);
      const alone = this.atConditionalTrap(event);
      const stop = alone ? this.conditionLoop(alone, Begin.atTrap) : this.take(event);
      if (stop || alone?.state === "stopped") return stop;
    }
    return undefined;
  }

  /** The program's only thread, when the event is a trap of it that the shim may decide. */
  private atConditionalTrap(event: WaitEvent): Tracee | undefined {
    const tracee = this.process.tracees.get(event.tid);
    if (this.step || this.process.tracees.size !== 1 || tracee === undefined) return undefined;
    const isTrap = event.status === TRAP_STATUS && event.signalInfo.readInt32LE(8) === SI_KERNEL;
    if (!isTrap || !this.process.sites.isConditional(offsetBy(event.pc, -1))) return undefined;
    tracee.stopped();
    return tracee;
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

  /** Stops every thread. What others stopped with by themselves is kept for the next resume. */
  private stopAll(): void {
    const stuck = new Set<Tracee>();
    const toStop = (): Tracee[] =>
      this.process.threads.filter(
        (tracee) => tracee.state === "running" && !tracee.inVfork && !stuck.has(tracee),
      );
    // Again and again: threads are born meanwhile.
    for (let running = toStop(); running.length > 0; running = toStop()) {
      for (const tracee of running) shim.interrupt(tracee.tid);
      for (const tracee of running) {
        if (shim.waitThread(tracee.tid, STOP_WAIT, this.event) === 1)
          this.takeStopping(decodeEvent(this.event));
        else if (tracee.state === "running") stuck.add(tracee);
      }
    }
  }

  private takeStopping(event: WaitEvent): void {
    const outcome = this.interpreter.interpret(event);
    const tracee = this.process.tracees.get(event.tid);
    if (tracee === undefined || outcome.kind === "gone") return;
    if (outcome.kind === "inCall") {
      const next = tracee.inVfork ? undefined : settle(tracee);
      if (tracee.inVfork) this.process.go(tracee);
      if (next) this.takeStopping(next);
    } else if (
      outcome.kind === "stop" &&
      outcome.stop.kind !== "breakpoint" &&
      outcome.stop.kind !== "exited"
    ) {
      // A trap will simply be met again.
      tracee.deferred = event;
    }
  }
}

/** The thread is in a system call that it was stepped over; its trap is out until it stops. */
function leaveOpen(tracee: Tracee, address: MemoryAddress): void {
  tracee.started();
  tracee.openSite = address;
}

function rangesOf(request: ResumeRequest): Pick<Step, "ranges" | "rangeBytes"> {
  const ranges = request.mode === "range" ? (request.ranges ?? []) : [];
  const rangeBytes = Buffer.alloc(Math.max(ranges.length, 1) * 16);
  ranges.forEach(({ low, high }, index) => {
    rangeBytes.writeBigUInt64LE(low, index * 16);
    rangeBytes.writeBigUInt64LE(high, index * 16 + 8);
  });
  return { ranges, rangeBytes };
}
