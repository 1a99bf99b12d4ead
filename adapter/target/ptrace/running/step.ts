/** A step under way: one thread, where it must stay, and a signal handler that may have come in between. */
import { contains, type AddressRange, type MemoryAddress } from "../../addresses";
import type { ResumeRequest, StopEvent } from "../../target";
import { eventBuffer, decodeEvent, shim, type WaitEvent } from "../shim";
import type { Tracee } from "../threads/tracee";
import type { Outcome } from "./events";
import type { LiveProcess } from "./liveProcess";
import { SignalReturn } from "./signalReturn";

/** Single steps before the event loop gets its turn (so that a pause gets through). */
const LIMIT = 1000;

export class Step {
  private handler: SignalReturn | undefined;
  /** A handler has had the thread go on elsewhere, and it has come there. */
  private hasLanded = false;
  /** Where the thread stood when the step began. */
  private readonly start: MemoryAddress | undefined;
  private readonly ranges: readonly AddressRange<MemoryAddress>[];
  private readonly rangeBytes: Buffer;
  private readonly event = eventBuffer();

  constructor(
    private readonly process: LiveProcess,
    readonly tracee: Tracee,
    private readonly request: ResumeRequest,
  ) {
    this.start = request.begun ?? tracee.readPc();
    this.ranges = request.mode === "range" ? (request.ranges ?? []) : [];
    this.rangeBytes = Buffer.alloc(Math.max(this.ranges.length, 1) * 16);
    this.ranges.forEach(({ low, high }, index) => {
      this.rangeBytes.writeBigUInt64LE(low, index * 16);
      this.rangeBytes.writeBigUInt64LE(high, index * 16 + 8);
    });
  }

  /** Whether the thread has a signal that this step is to deal with. */
  get hasSignal(): boolean {
    return this.tracee.signal !== undefined && this.request.signal !== "keep";
  }

  /** Delivers the thread's signal, or throws it away, as the request says. */
  dealWithSignal(): void {
    if (this.request.signal === "discard") this.tracee.signal = undefined;
    else this.deliver();
  }

  /** The stop of a step that was over when it was taken up again. */
  get endedBefore(): StopEvent | undefined {
    const { request, tracee } = this;
    if (request.begun === undefined || tracee.state !== "stopped") return undefined;
    return tracee.handler !== undefined || this.hasSignal ? undefined : this.arrived();
  }

  /** Of a step that is taken up again: lets the handler go on that has come in between, while all stand still. */
  takeUp(): void {
    const { tracee } = this;
    if (tracee.handler === undefined) return;
    this.handler = SignalReturn.again(this.process, tracee.handler, this.request.handlerExits?.() ?? []);
    tracee.handler = undefined;
  }

  /** The program stands still, and the step may be taken up again. */
  end(): void {
    this.tracee.handler = this.handler?.state;
    this.cancel();
  }

  /** Steps until the thread leaves the ranges, or something else happens. Undefined: it runs, or the limit is reached. */
  run(): WaitEvent | undefined {
    const { tracee, ranges, rangeBytes, event } = this;
    const sites = this.process.sites.sortedAddresses();
    tracee.shortenWait();
    // It leaves that place, and may come to it again.
    tracee.toldAt = undefined;
    const end = shim.stepRange(tracee.tid, rangeBytes, ranges.length, sites.bytes, sites.count, LIMIT, event);
    if (end === 1) return decodeEvent(event);
    // 2 is the limit; else it runs on in a system call, or was killed, and an event tells the rest.
    if (end === 2) tracee.stopped();
    else tracee.started();
    return undefined;
  }

  /** Goes on after an event of the thread that is no stop by itself. */
  goOn(outcome: Outcome): StopEvent | undefined {
    if (outcome.kind === "stepped" && !this.handler) return this.done();
    if (outcome.kind === "pass" && this.tracee.signal && !this.handler) this.deliver();
    else if (this.handler) this.goInHandler(this.handler, outcome);
    else if (outcome.kind === "inCall" || this.tracee.groupStopped)
      this.process.go(this.tracee, "deliver", true);
    return undefined;
  }

  /**
   * Whether a hit of a breakpoint is only the return of the handler that came in between. `back`: the step's own
   * thread is where it was interrupted. `other`: another thread, or a deeper call, which nobody but the step asked of.
   * The step's own thread at an exit of the handler is a stop.
   */
  handlerReturn(stop: StopEvent): "back" | "other" | undefined {
    if (stop.kind !== "breakpoint" || this.handler?.isAt(stop.address) !== true) return undefined;
    const own = stop.threadId === this.tracee.id;
    if (own && this.handler.isReturn(this.tracee)) {
      this.hasLanded = this.handler.hasMoved;
      this.cancel();
      return "back";
    }
    if (own && this.handler.isRestoring(this.tracee)) this.handler.follow(this.tracee);
    if (own && this.handler.isExit(stop.address)) return undefined;
    return this.handler.isAlone(stop.address) ? "other" : undefined;
  }

  /**
   * The stop of a thread that is outside of where the step is to stay already: a handler has had it go on there, or the event of
   * its step was taken while threads were being stopped for another's.
   */
  arrived(): StopEvent | undefined {
    if (!this.hasLanded && this.tracee.readPc() === this.start) return undefined;
    this.hasLanded = false;
    return this.done();
  }

  /** Lets a handler that came in between go on, whose thread was stopped for another's event. Gives whether there is one. */
  continueHandler(): boolean {
    const { handler, tracee } = this;
    if (handler === undefined) return false;
    if (handler.isEntering && !handler.isReturn(tracee)) handler.enters(tracee);
    this.process.go(tracee, "deliver", handler.isEntering);
    return true;
  }

  /** Takes out the trap where a handler was to come back. */
  private cancel(): void {
    this.handler?.cancel();
    this.handler = undefined;
  }

  /** The handler, if there is one, runs as a whole: it is no part of the step. So does one that comes in the midst of it. */
  private deliver(): void {
    if (this.handler !== undefined) {
      this.process.go(this.tracee, "deliver", this.handler.isEntering);
      return;
    }
    this.handler = SignalReturn.enter(this.process, this.tracee, this.request.handlerExits?.() ?? []);
    if (this.handler === undefined) this.process.go(this.tracee, "deliver", true);
  }

  /** A step leads to the handler's first instruction; from there it runs. */
  private goInHandler(handler: SignalReturn, { kind }: Outcome): void {
    if (kind === "stepped" && handler.isEntering) handler.enters(this.tracee);
    this.process.go(this.tracee, "deliver", handler.isEntering);
  }

  /** In a call that is made again the thread has come nowhere, whether a stop or its single step has ended the call. */
  private done(): StopEvent | undefined {
    if (this.tracee.isBlocked) return undefined;
    const { pc, id, toldAt } = this.tracee;
    if (toldAt !== pc && this.process.sites.originalAt(pc) !== undefined)
      return { kind: "breakpoint", threadId: id, address: pc };
    if (this.ranges.some((range) => contains(range, pc))) return undefined;
    return { kind: "step", threadId: id };
  }
}
