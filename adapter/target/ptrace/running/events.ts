/** What an event of a tracee means for the program: the one place that reads wait statuses of the live process. */
import { existsSync, readFileSync, readlinkSync } from "node:fs";
import { offsetBy } from "../../addresses";
import type { ExitStatus, StopEvent } from "../../target";
import type { Birth, ForkFollower } from "../forks/forkFollower";
import {
  decodeEvent,
  decodeStatus,
  eventBuffer,
  PtraceEvent,
  ResumeHow,
  shim,
  type WaitEvent,
  type WaitStatus,
} from "../shim";
import { decodeSignalInfo, killedBy, Signal } from "../signals";
import { ThreadRecords } from "../threads/threadRecords";
import type { Tracee } from "../threads/tracee";
import { addStranger, claimStranger, forgetDeadStrangers, waitForThread } from "../threads/traceeEvents";
import type { LiveProcess } from "./liveProcess";

const SI_KERNEL = 0x80;
const SI_TKILL = -6;
/** SIGRTMIN as the kernel has it: from there on any number of one signal can wait (signal(7)). */
const FIRST_QUEUED = 32;
const SYSCALL_STOP = 0x85;
/** TRAP_BRKPT, TRAP_TRACE (sigaction(2)), and SIGTRAP itself when a handler has just been entered. */
const stepCodes: ReadonlySet<number> = new Set([1, 2, 5]);
const CHILD_WAIT = 1_000_000;
const TRAP_BYTE = 0xcc;
/** exit_group(2), asm/unistd_64.h */
const EXIT_GROUP = 231n;

/**
 * stop: the program is to stop. go: the thread goes on. pass: it goes on with its signal. inCall: it goes on, and must
 * not be left where it is, inside a system call. gone: nothing is left of it. stepped: a single step is done.
 */
export type Outcome =
  | { readonly kind: "stop"; readonly stop: StopEvent }
  | { readonly kind: "go" | "pass" | "inCall" | "gone" | "stepped" | "interrupted" };

/** What the interpreter must know of how the program is being run. */
export interface EventPolicy {
  readonly passSignals: ReadonlySet<number>;
  readonly pauseAtExit: boolean;
  /** Whether a thread is one of this target's processes. */
  owns(tid: number): boolean;
  /** An event of a process that is not the live one: a frozen copy. */
  onForeignEvent(event: WaitEvent): void;
}

/** Whether a siginfo_t is that of a signal sent by fp_signal_thread; the sender of another pid namespace is 0. */
function isSentByDebugger(info: Buffer): boolean {
  const sender = info.readInt32LE(16);
  return info.readInt32LE(8) === SI_TKILL && (sender === process.pid || sender === 0);
}

/** The wait status of a whole process as an exit status. */
export function exitStatusOf(status: number): ExitStatus {
  const decoded = decodeStatus(status);
  if (decoded.kind === "exited") return { exitCode: decoded.exitCode };
  return killedBy(decoded.signal);
}

/** The signal that a stopped thread is to be given when it is let go. */
function signalOf({ signal, event }: Extract<WaitStatus, { kind: "stopped" }>): number {
  return event === 0 && signal !== SYSCALL_STOP && signal !== Signal.TRAP ? signal : 0;
}

export class EventInterpreter {
  constructor(
    private readonly process: LiveProcess,
    private readonly policy: EventPolicy,
    private readonly follower: ForkFollower,
  ) {}

  /** `again`: of an event that has been interpreted before and was put off. */
  interpret(event: WaitEvent, again = false): Outcome {
    if (this.follower.takes(event)) return { kind: "gone" };
    const status = decodeStatus(event.status);
    if (status.kind !== "stopped") return this.ended(event);
    let tracee = this.process.tracees.get(event.tid);
    // A thread that runs exec takes the leader's id, also when the leader had gone.
    if (tracee === undefined && status.event === PtraceEvent.exec && event.tid === this.process.processId)
      tracee = this.process.addThread(event.tid);
    if (tracee === undefined && this.follower.arrived(event.tid, signalOf(status))) return { kind: "gone" };
    if (tracee === undefined) {
      if (this.policy.owns(event.tid)) this.policy.onForeignEvent(event);
      // A newborn's exit: its maker was killed with it, and will not tell of it.
      else if (status.event === PtraceEvent.exit) shim.resume(event.tid, ResumeHow.continue, 0);
      else addStranger(event.tid);
      return { kind: "gone" };
    }
    if (!again) tracee.stopped(event);
    this.process.closeSite(tracee);
    if (status.event !== 0) return this.ptraceEvent(tracee, event, status.event, status.signal);
    if (status.signal === SYSCALL_STOP) return { kind: "go" };
    return this.signal(tracee, event, status.signal, again);
  }

  /** Whether a child of the program's is held until every thread stands still. */
  get holdsChild(): boolean {
    return this.follower.pending;
  }

  private ended(event: WaitEvent): Outcome {
    if (event.tid !== this.process.processId || this.process.ended !== undefined) {
      if (this.process.tracees.has(event.tid)) this.process.removeThread(event.tid);
      else if (!this.process.leaving.delete(event.tid)) this.policy.onForeignEvent(event);
      return { kind: "gone" };
    }
    const status = exitStatusOf(event.status);
    this.follower.releaseAll();
    const unexpected = "signal" in status && status.signal === Signal.KILL;
    this.process.end(status);
    return { kind: "stop", stop: { kind: "exited", status, unexpected } };
  }

  private ptraceEvent(tracee: Tracee, event: WaitEvent, kind: number, signal: number): Outcome {
    switch (kind) {
      case PtraceEvent.clone:
        this.threadCreated(tracee, Number(event.message));
        return { kind: "inCall" };
      case PtraceEvent.fork:
        this.childBorn(tracee, Number(event.message), "fork");
        return { kind: "inCall" };
      case PtraceEvent.vfork:
        tracee.entersVfork(
          Number(event.message),
          ThreadRecords.atVfork(tracee.tid, this.process.memory.descriptor, tracee.name),
        );
        this.childBorn(tracee, Number(event.message), "vfork");
        return { kind: "inCall" };
      case PtraceEvent.vforkDone:
        tracee.leavesVfork();
        this.process.lowerTraps();
        return { kind: "inCall" };
      case PtraceEvent.exec:
        return this.executed(tracee);
      case PtraceEvent.exit:
        return this.exiting(tracee, event);
      default:
        tracee.jobStopped(signal !== Signal.TRAP);
        return { kind: "interrupted" };
    }
  }

  private threadCreated(maker: Tracee, tid: number): void {
    // A process is told of as a thread is when clone(2) was given another signal than SIGCHLD.
    if (!existsSync(`/proc/${this.process.processId}/task/${tid}`)) {
      this.childBorn(maker, tid, "clone");
      return;
    }
    const tracee = this.process.addThread(tid);
    this.process.onThreadStarted(tracee);
    if (claimStranger(tid)) {
      shim.resume(tid, ResumeHow.continue, 0);
    }
    tracee.started();
  }

  private childBorn(parent: Tracee, pid: number, birth: Birth): void {
    this.process.hasForked = true;
    this.follower.childBorn(parent, pid, birth, claimStranger(pid));
  }

  /** Leaves the exec stop, in which registers cannot be set: the system call has not returned yet. */
  private executed(tracee: Tracee): Outcome {
    const leader = this.process.tracees.get(this.process.processId) ?? tracee;
    this.follower.releaseAll();
    this.process.replaceImage(leader);
    forgetDeadStrangers();
    const outcome = settle(leader);
    if (outcome !== undefined) return this.interpret(outcome);
    const path = readlinkSync(`/proc/${this.process.processId}/exe`);
    return { kind: "stop", stop: { kind: "exec", threadId: leader.id, path } };
  }

  /**
   * The thread that ends the process is held; the others, which the kernel ends for it, go, with a stop of this kind or
   * without. One that ends by itself goes, unless it is the last.
   */
  private exiting(tracee: Tracee, { message, call }: WaitEvent): Outcome {
    const status = Number(message);
    const others = [...this.process.tracees.values()].filter((other) => other !== tracee);
    const isHeld = others.some((other) => other.state === "exiting");
    const endsAll = call === EXIT_GROUP || decodeStatus(status).kind === "killed";
    tracee.state = "exiting";
    if (isHeld || (others.length > 0 && !endsAll)) {
      shim.resume(tracee.tid, ResumeHow.continue, 0);
      this.process.letThreadLeave(tracee.tid);
      return { kind: "gone" };
    }
    const killed = decodeStatus(status);
    const unexpected = killed.kind === "killed" && killed.signal === Signal.KILL;
    if (unexpected || !this.policy.pauseAtExit) return { kind: "inCall" };
    return { kind: "stop", stop: { kind: "exiting", threadId: tracee.id, status: exitStatusOf(status) } };
  }

  private signal(tracee: Tracee, event: WaitEvent, number: number, again: boolean): Outcome {
    const code = event.signalInfo.readInt32LE(8);
    if (number === Signal.TRAP && code === SI_KERNEL) return this.trap(tracee);
    if (number === Signal.TRAP && stepCodes.has(code)) return { kind: "stepped" };
    tracee.inSignalStop = true;
    if (!again && this.takeResent(tracee, event, number)) return { kind: "pass" };
    tracee.signal = { number, info: event.signalInfo };
    if (this.policy.passSignals.has(number)) return { kind: "pass" };
    const signal = decodeSignalInfo(number, event.signalInfo);
    return { kind: "stop", stop: { kind: "signal", threadId: tracee.id, signal } };
  }

  /**
   * A stop with the number of a signal that was sent again is that signal's. When it came with another one of the same number,
   * which was waiting already, that one takes the place of the one that was sent again. Gives whether the signal has been
   * told of; one that has not is what the event has now.
   */
  private takeResent(tracee: Tracee, event: WaitEvent, number: number): boolean {
    const first = tracee.resent.find((signal) => signal.number === number);
    if (first === undefined) return false;
    const arrived = Buffer.from(event.signalInfo);
    const isOurs = isSentByDebugger(arrived);
    const others = tracee.resent.filter((signal) => signal !== first);
    tracee.resent = isOurs ? others : [...others, { number, info: arrived, told: false }];
    // Of these only one waits at a time: ours was dropped.
    if (!isOurs && number < FIRST_QUEUED) shim.signalThread(this.process.processId, tracee.tid, number);
    shim.setSignalInfo(tracee.tid, first.info);
    first.info.copy(event.signalInfo);
    if (first.told) tracee.signal = first;
    return first.told;
  }

  private trap(tracee: Tracee): Outcome {
    const address = offsetBy(tracee.pc, -1);
    if (this.process.sites.originalAt(address) !== undefined) {
      tracee.pc = address;
      return { kind: "stop", stop: { kind: "breakpoint", threadId: tracee.id, address } };
    }
    // The trap was taken out after the thread had met it.
    if (this.process.memory.read(address, 1)[0] !== TRAP_BYTE) {
      tracee.pc = address;
      return { kind: "go" };
    }
    return { kind: "stop", stop: { kind: "trap", threadId: tracee.id } };
  }
}

/**
 * Brings a thread out of a stop inside a system call into one from which registers may be set. Gives an event
 * that came instead.
 */
export function settle(tracee: Tracee): WaitEvent | undefined {
  const event = eventBuffer();
  shim.interrupt(tracee.tid);
  shim.resume(tracee.tid, ResumeHow.continue, 0);
  tracee.started();
  if (waitForThread(tracee.tid, CHILD_WAIT, event) !== 1) return undefined;
  const taken = decodeEvent(event);
  const status = decodeStatus(taken.status);
  if (status.kind !== "stopped" || status.event !== PtraceEvent.stop) return taken;
  tracee.stopped();
  return undefined;
}

/** Whether the program has a handler of its own for a signal (SigCgt in /proc/PID/status, proc(5)). */
export function catches(processId: number, signal: number): boolean {
  try {
    const [, mask = "0"] =
      /^SigCgt:\s*([0-9a-f]+)/m.exec(readFileSync(`/proc/${processId}/status`, "utf8")) ?? [];
    return ((BigInt(`0x${mask}`) >> BigInt(signal - 1)) & 1n) === 1n;
  } catch {
    return false;
  }
}
