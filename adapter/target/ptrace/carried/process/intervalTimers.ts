/** The three interval timers of a program (setitimer(2)), alarm(2)'s among them. */
import type { Fidelity } from "../../../checkpointer";
import { TargetError } from "../../../target";
import { resultOf, type RemoteCall, type RemoteThread } from "../../remote/remoteThread";
import type { Carried, Subject } from "../carried";
import { signalQueuesOf, type SignalQueues } from "./signalQueues";

/** asm/unistd_64.h */
const GETITIMER = 36;
const SETITIMER = 38;
const GETPGRP = 111;
const GETSID = 124;
const PRCTL = 157;
/** prctl(2) */
const PR_GET_CHILD_SUBREAPER = 37;
const PR_GET_MDWE = 66;
const KEYCTL = 250;
/** keyctl_get_keyring_ID(3): KEYCTL_GET_KEYRING_ID, of the thread and of the process. */
const GET_KEYRING = 0;
const keyrings = [-1, -2] as const;
/** ITIMER_REAL, ITIMER_VIRTUAL, ITIMER_PROF, in the order of their numbers. */
const names = ["real", "virtual", "profiling"] as const;
/** SIGALRM, SIGVTALRM and SIGPROF, as the kernel sends them (siginfo_t, sigaction(2)). */
const signals = [14, 26, 27] as const;
const CODE = 8;
const SI_KERNEL = 0x80;
/** struct itimerval: the interval, then the time left, each as seconds and microseconds. */
const ITIMERVAL_SIZE = 32;
const INTERVAL_SIZE = 16;

/** Bytes that the answers to `intervalCalls` have. */
export const INTERVALS_SIZE = names.length * ITIMERVAL_SIZE + 8;

/**
 * What asks for the timers, the group and session, whether it is a subreaper, its keyrings and what it may execute; `data`: where their
 * values are to be in the program.
 */
export function intervalCalls(data: bigint): RemoteCall[] {
  return [
    ...names.map((_, timer): RemoteCall => [GETITIMER, timer, data + BigInt(timer * ITIMERVAL_SIZE)]),
    [GETPGRP],
    [GETSID, 0],
    [PRCTL, PR_GET_CHILD_SUBREAPER, data + BigInt(names.length * ITIMERVAL_SIZE)],
    ...keyrings.map((keyring): RemoteCall => [KEYCTL, GET_KEYRING, keyring, 0]),
    [PRCTL, PR_GET_MDWE],
  ];
}

/** The timers, and the ids of the process group and session as the program knows them. */
export class Intervals {
  /**
   * `values`: three struct itimerval and an int; `calls`: `intervalCalls`, with their results; `askedAt`: not later than the
   * timers were asked (process.hrtime).
   */
  constructor(
    readonly values: Buffer,
    private readonly calls: Buffer,
    readonly askedAt: bigint,
  ) {}

  /** Whether a timer was running. */
  get isRunning(): boolean {
    return !this.values.subarray(0, noTimer.length).equals(noTimer);
  }

  groups(): { processGroup: bigint; session: bigint } {
    return {
      processGroup: resultOf(this.calls, names.length),
      session: resultOf(this.calls, names.length + 1),
    };
  }

  /** Whether orphans among its descendants become its children (prctl(2), PR_SET_CHILD_SUBREAPER). */
  get isSubreaper(): boolean {
    return this.values.readInt32LE(names.length * ITIMERVAL_SIZE) !== 0;
  }

  /** What it has refused itself of executable memory, bits of PR_SET_MDWE (prctl(2)); negative: the kernel does not know that. */
  get executionRefused(): bigint {
    return resultOf(this.calls, names.length + 3 + keyrings.length);
  }

  /** Whether it has a keyring that no child gets (keyrings(7)). */
  get hasKeyring(): boolean {
    return keyrings.some((_, index) => resultOf(this.calls, names.length + 3 + index) > 0n);
  }
}

/** Notes the timers that run. */
export function carryIntervalTimers(subject: Subject): Carried {
  const values = Buffer.from(subject.intervals.values);
  if (subject.intervals.isRunning) expire(values, signalQueuesOf(subject));
  const running = names.flatMap((_, timer) => {
    const value = values.subarray(timer * ITIMERVAL_SIZE, (timer + 1) * ITIMERVAL_SIZE);
    const left = value.subarray(INTERVAL_SIZE);
    // It has expired, and starts again when its pending SIGALRM is taken: in a copy that signal starts nothing.
    if (isZero(left)) value.copy(value, INTERVAL_SIZE, 0, INTERVAL_SIZE);
    return isZero(left) ? [] : [timer];
  });
  return {
    reach: "process",
    restore: (fresh) => rearm(fresh, running, values),
    fidelity: () => running.map((timer) => describe(timer, values)),
  };
}

/** Sets to zero what a timer whose signal waits had left when it was asked, where it may have passed meanwhile. */
function expire(values: Buffer, { queues, elapsed }: SignalQueues): void {
  const waiting = new Set(
    queues
      .flatMap(({ infos }) => infos)
      .filter((info) => info.readInt32LE(CODE) === SI_KERNEL)
      .map((info) => info.readInt32LE(0)),
  );
  signals.forEach((signal, timer) => {
    const left = values.subarray(timer * ITIMERVAL_SIZE + INTERVAL_SIZE, (timer + 1) * ITIMERVAL_SIZE);
    const microseconds = left.readBigInt64LE(0) * 1_000_000n + left.readBigInt64LE(8);
    if (waiting.has(signal) && microseconds * 1000n <= elapsed) left.fill(0);
  });
}

const noTime = Buffer.alloc(INTERVAL_SIZE);
const noTimer = Buffer.alloc(names.length * ITIMERVAL_SIZE);

function isZero(bytes: Buffer): boolean {
  return bytes.equals(noTime);
}

function rearm(fresh: RemoteThread, running: readonly number[], values: Buffer): void {
  if (running.length === 0) return;
  const calls = running.map((timer): RemoteCall => [
    SETITIMER,
    timer,
    fresh.dataAddress + BigInt(timer * ITIMERVAL_SIZE),
    0,
  ]);
  if (fresh.calls(calls, values).some((result) => result < 0n))
    throw new TargetError("The interval timers could not be set again.");
}

function describe(timer: number, values: Buffer): Fidelity {
  const at = timer * ITIMERVAL_SIZE + INTERVAL_SIZE;
  const left = Number(values.readBigInt64LE(at)) + Number(values.readBigInt64LE(at + 8)) / 1e6;
  return {
    resource: "interval timers",
    state: "restored",
    detail: `the ${names[timer] ?? ""} one, with the ${left.toFixed(3)} s that it had left`,
  };
}
