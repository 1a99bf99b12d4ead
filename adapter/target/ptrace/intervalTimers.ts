/** The three interval timers of a program (setitimer(2)), alarm(2)'s among them. */
import { TargetError, type Fidelity } from "../target";
import type { Carried, Subject } from "./carried";
import { CALL_SIZE, encodeCalls, type RemoteCall, type RemoteThread } from "./remoteThread";

/** asm/unistd_64.h */
const GETITIMER = 36;
const SETITIMER = 38;
const GETPGRP = 111;
const GETSID = 124;
/** ITIMER_REAL, ITIMER_VIRTUAL, ITIMER_PROF, in the order of their numbers. */
const names = ["real", "virtual", "profiling"] as const;
/** struct itimerval: the interval, then the time left, each as seconds and microseconds. */
const ITIMERVAL_SIZE = 32;
const INTERVAL_SIZE = 16;

/** The timers, and the group and session, as they are asked for in the run that makes the copy. */
export class Intervals {
  readonly calls: Buffer;
  /** Three struct itimerval. */
  readonly values = Buffer.alloc(names.length * ITIMERVAL_SIZE);

  /** `dataAddress`: where `values` is in the program meanwhile. */
  constructor(dataAddress: bigint) {
    this.calls = encodeCalls([
      ...names.map((_, timer): RemoteCall => [
        GETITIMER,
        timer,
        dataAddress + BigInt(timer * ITIMERVAL_SIZE),
      ]),
      [GETPGRP],
      [GETSID, 0],
    ]);
  }

  /** The ids of the program's process group and session, as it knows them. */
  groups(): { processGroup: bigint; session: bigint } {
    const result = (index: number): bigint => this.calls.readBigInt64LE(index * CALL_SIZE + CALL_SIZE - 8);
    return { processGroup: result(names.length), session: result(names.length + 1) };
  }
}

/** Notes the timers that run. */
export function carryIntervalTimers({ intervals }: Subject): Carried {
  const values = Buffer.from(intervals.values);
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

function isZero(bytes: Buffer): boolean {
  return bytes.every((byte) => byte === 0);
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
