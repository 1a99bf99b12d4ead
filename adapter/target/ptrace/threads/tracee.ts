/** One ptraced thread. */
import { readFileSync } from "node:fs";
import { memoryAddress, type MemoryAddress } from "../../addresses";
import { TargetError, type TargetThread } from "../../target";
import { whyInVfork } from "../refusals";
import type { InterruptedHandler } from "../running/signalReturn";
import {
  decodeStatus,
  errorName,
  PtraceEvent,
  Register,
  REGISTERS_SIZE,
  shim,
  type WaitEvent,
} from "../shim";
import { Signal } from "../signals";
import { backInCall, ERESTART_RESTARTBLOCK, isBlocked, isInterrupted, RESTART_SYSCALL } from "./blockedX64";
import { shortenWait, spanOfWait, type BlockedCall } from "./interruptedWaits";

/** siginfo_t, si_code (sigaction(2)): at most this of a signal that was sent. */
const SIGNAL_CODE = 8;
const SI_USER = 0;

/**
 * stopped: in a ptrace stop, may be read and resumed. running: set going, no event taken yet. exiting: in its exit
 * stop; can be read, nothing can be run in it.
 */
export type TraceeState = "stopped" | "running" | "exiting";

/** A signal that a thread stopped with and that it has not been given yet. */
export interface HeldSignal {
  readonly number: number;
  readonly info: Buffer;
}

/** A signal that was sent to the thread once more, only so that it stops with one of that number. */
export interface ResentSignal extends HeldSignal {
  /** The program has stopped with it already: it is delivered without a stop. */
  readonly told: boolean;
}

/** Whether an event is a stop that may be one in front of a call that is made again: by a signal, or one that was asked for. */
function comesAnywhere({ status, signalInfo }: WaitEvent): boolean {
  const decoded = decodeStatus(status);
  if (decoded.kind !== "stopped") return false;
  if (decoded.event !== 0) return decoded.event === PtraceEvent.stop;
  return decoded.signal !== Signal.TRAP || signalInfo.readInt32LE(SIGNAL_CODE) <= SI_USER;
}

/** Whether an event is the stop in front of SIGCONT's delivery, which comes behind the end of a stop by job control. */
function isOfContinue({ status }: WaitEvent): boolean {
  const decoded = decodeStatus(status);
  return decoded.kind === "stopped" && decoded.event === 0 && decoded.signal === Signal.CONT;
}

export class Tracee implements TargetThread {
  state: TraceeState = "stopped";
  /** Taken while the others were being stopped; to be told when the program is resumed. */
  deferred: WaitEvent | undefined;
  signal: HeldSignal | undefined;
  /** Still in the stop that `signal` came with: it is delivered by resuming with it. */
  inSignalStop = false;
  /** To be delivered with the information that they came with, in this order; as many are on their way. */
  resent: readonly ResentSignal[] = [];
  /**
   * Where it stood when a stop of it was told. Only there is a trap stepped over; anywhere else it has yet to be
   * met, be it that the thread was stopped just before it or that its hit has not been told.
   */
  toldAt: MemoryAddress | undefined;
  /** Stopped by job control: goes on only by SIGCONT. */
  groupStopped = false;
  /** That came, and the thread has not been anywhere else since. */
  private leavesJobStop = false;
  /** In vfork(2): the kernel lets it go on when its child has gone its own way. */
  inVfork = false;
  /** What it will be when it comes back from there (ThreadRecords.atVfork). */
  vforkRecord: Buffer | undefined;
  /** The process that it waits for there. */
  vforkChild = 0;
  /** Since when, by performance.now(). */
  vforkBegun = 0;
  /** A stop of the program has waited for it to come back from there. */
  vforkAwaited = false;
  /** A trap that is out while the thread is in the system call under it. */
  openSite: MemoryAddress | undefined;
  /** The handler that its step was stopped in. */
  handler: InterruptedHandler | undefined;
  /** What it was interrupted in: after a second stop only restart_syscall(2) is to be seen. */
  blocked: BlockedCall | undefined;
  private cached: Buffer | undefined;
  /** Its registers, when a stop has interrupted it in a call; once it is set going, those that it was set going with. */
  private inCall: Buffer | undefined;

  constructor(
    readonly id: number,
    readonly tid: number,
    private readonly processId: number,
  ) {}

  get name(): string {
    try {
      return readFileSync(`/proc/${this.processId}/task/${this.tid}/comm`, "utf8").trimEnd();
    } catch {
      return `thread ${this.tid}`;
    }
  }

  /** General registers, struct user_regs_struct. Throws TargetError when the thread runs or is gone. */
  get registers(): Buffer {
    if (this.cached !== undefined) return this.cached;
    const bytes = Buffer.alloc(REGISTERS_SIZE);
    if (this.state === "running" && this.inVfork)
      throw whyInVfork(this, "look at it, or step it, after that");
    const result = this.state === "running" ? -3 : shim.getRegisters(this.tid, bytes);
    if (result < 0)
      throw new TargetError(`Thread ${this.id} cannot be read: it is not stopped (${errorName(result)}).`);
    this.cached = bytes;
    return bytes;
  }

  setRegisters(bytes: Buffer): void {
    const result = shim.setRegisters(this.tid, bytes);
    if (result < 0)
      throw new TargetError(`The registers of thread ${this.id} cannot be set (${errorName(result)}).`);
    this.cached = undefined;
    this.standsWith(bytes);
  }

  /** Notes what registers the stopped thread has. */
  standsWith(registers: Buffer | undefined): void {
    this.inCall = registers && isInterrupted(registers) ? registers : undefined;
  }

  get pc(): MemoryAddress {
    return memoryAddress(this.registers.readBigUInt64LE(Register.rip));
  }

  /** Whether the stopped thread can still be read: it may have been killed in its stop. */
  isThere(): boolean {
    return shim.getRegisters(this.tid, Buffer.alloc(REGISTERS_SIZE)) >= 0;
  }

  /** The pc; undefined when the thread was killed in its stop. */
  readPc(): MemoryAddress | undefined {
    try {
      return this.pc;
    } catch {
      return undefined;
    }
  }

  set pc(address: MemoryAddress) {
    const registers = Buffer.from(this.registers);
    registers.writeBigUInt64LE(address, Register.rip);
    this.setRegisters(registers);
    // The kernel takes a pc as it is.
    this.cached = registers;
  }

  get sp(): MemoryAddress {
    return memoryAddress(this.registers.readBigUInt64LE(Register.rsp));
  }

  /** To be called before the thread is set going. */
  shortenWait(): void {
    const left = this.blocked && shortenWait(this.tid, this.blocked);
    if (left === undefined || this.inCall === undefined) return;
    this.inCall = Buffer.from(this.inCall);
    this.inCall.writeBigInt64LE(BigInt(left), Register.r10);
  }

  /** Notes that the thread has been set going. */
  started(): void {
    this.state = "running";
    this.cached = undefined;
    this.inSignalStop = false;
    this.toldAt = undefined;
  }

  /** Notes that the thread waits in vfork(2) once it is set going. */
  entersVfork(child: number, record: Buffer | undefined): void {
    this.inVfork = true;
    this.vforkRecord = record;
    this.vforkChild = child;
    this.vforkBegun = performance.now();
    this.vforkAwaited = false;
  }

  /** Notes that it has come back from there. */
  leavesVfork(): void {
    this.inVfork = false;
    this.vforkRecord = undefined;
  }

  /** Notes that the thread is in a system call that it was stepped over; the trap there is out until it stops. */
  startedOverTrap(address: MemoryAddress): void {
    this.started();
    this.openSite = address;
  }

  /** Notes that an event of it was taken. */
  stopped(event?: WaitEvent): void {
    this.state = "stopped";
    this.cached = event?.registers;
    this.leavesJobStop &&= event !== undefined && isOfContinue(event);
    // What the kernel has said of the time that is left holds still, too.
    if (event && this.isBackInCall(event)) return;
    this.standsWith(event?.registers);
    const span = event && spanOfWait(event);
    const isIn = event?.result === ERESTART_RESTARTBLOCK;
    const stoppedAt = isIn || span !== undefined ? process.hrtime.bigint() : 0n;
    if (event && span !== undefined) this.blocked = { number: event.call, stoppedAt, span };
    else if (event && isIn && event.call !== RESTART_SYSCALL)
      this.blocked = { number: event.call, stoppedAt };
    else if (isIn && this.blocked) this.blocked = { ...this.blocked, stoppedAt };
    else this.blocked = undefined;
  }

  /** Notes a stop by job control, or that SIGCONT has ended it. */
  jobStopped(isStopped: boolean): void {
    this.leavesJobStop = this.groupStopped && !isStopped;
    this.groupStopped = isStopped;
  }

  /** It is in a stop by job control, or in the last one of it: that ends some calls with EINTR (signal(7)), as no other stop does. */
  get isInJobStop(): boolean {
    return this.groupStopped || this.leavesJobStop;
  }

  /** Whether a stop has interrupted it in a system call, which is made again when it goes on. */
  get isInCall(): boolean {
    return this.inCall !== undefined;
  }

  /** Whether the kernel takes it back to the instruction of that call, or on with its rest, when it goes on. */
  get isBlocked(): boolean {
    return this.inCall !== undefined && isBlocked(this.inCall);
  }

  /** Takes a thread that has stopped in front of the call that it was let go in back into it. */
  private isBackInCall(event: WaitEvent): boolean {
    const before = this.inCall;
    const { registers } = event;
    const back = before && registers && comesAnywhere(event) ? backInCall(before, registers) : undefined;
    if (back === undefined || shim.setRegisters(this.tid, back) < 0) return false;
    this.cached = back;
    this.inCall = back;
    return true;
  }

  /** Notes that injected calls went through the thread: it is in another stop now, with the same registers. */
  injected(): void {
    this.cached = undefined;
    this.inSignalStop = false;
  }
}
