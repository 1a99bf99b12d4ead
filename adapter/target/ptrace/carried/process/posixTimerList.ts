/** Which POSIX timers a program has, and the time that each has left (timer_create(2), timer_gettime(2)). */
import { readFileSync } from "node:fs";
import { CALL_SIZE, type RemoteCall, type RemoteThread } from "../../remote/remoteThread";
import type { Subject } from "../carried";

/** asm/unistd_64.h */
const TIMER_GETTIME = 224;

/** sigevent(7): the notifications. */
export const SIGEV_SIGNAL = 0;
export const SIGEV_NONE = 1;
export const SIGEV_THREAD = 2;
export const SIGEV_THREAD_ID = 4;
const notifications: Readonly<Record<string, number>> = {
  signal: SIGEV_SIGNAL,
  none: SIGEV_NONE,
  thread: SIGEV_THREAD,
};
/** struct itimerspec: the interval, then the time left. */
export const ITIMERSPEC_SIZE = 32;

export interface Timer {
  readonly id: number;
  readonly clock: number;
  readonly signal: number;
  readonly value: bigint;
  readonly notification: number;
  /** Whom the signal is for. */
  readonly target: number;
  /** struct itimerspec. */
  readonly times: Buffer;
}

const known = new WeakMap<Subject, readonly Timer[]>();

/** The program's timers, with the times that they had when this was asked first. */
export function timersOf(subject: Subject): readonly Timer[] {
  const timers = known.get(subject) ?? read(subject);
  known.set(subject, timers);
  return timers;
}

function read({ live, timers: text }: Subject): readonly Timer[] {
  const timers = list(text ?? readTimers(live.tid));
  if (timers.length > 0) askTimes(live, timers);
  return timers;
}

function list(text: string): Timer[] {
  if (text === "") return [];
  const pattern =
    /^ID: (\d+)\nsignal: (\d+)\/([0-9a-f]+)\nnotify: (\w+)\/(tid|pid)\.(-?\d+)\nClockID: (-?\d+)$/gm;
  return [...text.matchAll(pattern)].map(([, id, signal, value, how = "", whose, target, clock]) => ({
    id: Number(id),
    clock: Number(clock),
    signal: Number(signal),
    value: BigInt(`0x${value ?? "0"}`),
    notification: (notifications[how] ?? SIGEV_NONE) | (whose === "tid" ? SIGEV_THREAD_ID : 0),
    target: Number(target),
    times: Buffer.alloc(ITIMERSPEC_SIZE),
  }));
}

/** /proc/PID/timers (proc(5)). Empty, too, on a kernel that does not tell (CONFIG_CHECKPOINT_RESTORE). */
function readTimers(tid: number): string {
  try {
    return readFileSync(`/proc/${tid}/timers`, "utf8");
  } catch {
    return "";
  }
}

/** Runs calls for as many timers at once as there is room for; `size`: bytes of data for each. */
export function inBatches<T>(
  remote: RemoteThread,
  items: readonly T[],
  size: number,
  work: (some: readonly T[]) => void,
): void {
  const limit = Math.max(1, Math.floor(remote.dataLimit(0) / (size + CALL_SIZE)));
  for (let first = 0; first < items.length; first += limit) work(items.slice(first, first + limit));
}

function askTimes(live: RemoteThread, timers: readonly Timer[]): void {
  inBatches(live, timers, ITIMERSPEC_SIZE, (some) => {
    const data = Buffer.alloc(some.length * ITIMERSPEC_SIZE);
    live.calls(
      some.map(({ id }, index): RemoteCall => [
        TIMER_GETTIME,
        id,
        live.dataAddress + BigInt(index * ITIMERSPEC_SIZE),
      ]),
      data,
    );
    some.forEach(({ times }, index) => data.copy(times, 0, index * ITIMERSPEC_SIZE));
  });
}
