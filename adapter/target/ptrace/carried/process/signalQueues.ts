/**
 * The signals that are pending for a stopped program. Its timers go on while they are looked at: what has a timer left is asked
 * first, so that one that expires in between is in a queue and does not seem to be running still.
 */
import { TargetError } from "../../../target";
import { errorName, shim } from "../../shim";
import type { Subject } from "../carried";
import { SIGEV_THREAD_ID, timersOf } from "./posixTimerList";

/** siginfo_t (sigaction(2)): si_signo is its first word. */
export const INFO_SIZE = 128;
const AT_ONCE = 64;

/** The queue of a thread, or the shared one, in its order. */
export interface Queue {
  /** The thread's place in the records; undefined: the shared queue. */
  readonly thread: number | undefined;
  readonly infos: readonly Buffer[];
}

export interface SignalQueues {
  readonly queues: readonly Queue[];
  /** What a timer had left when it was asked has passed if it was not more than this (nanoseconds). */
  readonly elapsed: bigint;
}

const known = new WeakMap<Subject, SignalQueues>();

/** Those that have something in them. Throws TargetError when they cannot be read. */
export function signalQueuesOf(subject: Subject): SignalQueues {
  const queues = known.get(subject) ?? read(subject);
  known.set(subject, queues);
  return queues;
}

function read(subject: Subject): SignalQueues {
  const { live, records, intervals } = subject;
  const timers = timersOf(subject);
  const threads = new Set<number>();
  // The records tell of before (fp_freeze).
  for (let thread = 0; thread < records.count; thread++)
    if (records.hasSignalPending(thread)) threads.add(thread);
  for (const { notification, target } of timers)
    if ((notification & SIGEV_THREAD_ID) !== 0) threads.add(records.indexOf(target));
  const queues = [...threads]
    .filter((thread) => thread >= 0)
    .map((thread): Queue => ({ thread, infos: readQueue(records.tid(thread), 0) }));
  if (records.hasSharedSignalPending || timers.length > 0 || intervals.isRunning)
    queues.push({ thread: undefined, infos: readQueue(live.tid, 1) });
  return {
    queues: queues.filter(({ infos }) => infos.length > 0),
    elapsed: process.hrtime.bigint() - intervals.askedAt,
  };
}

function readQueue(tid: number, shared: 0 | 1): Buffer[] {
  const infos: Buffer[] = [];
  for (;;) {
    const some = Buffer.alloc(AT_ONCE * INFO_SIZE);
    const count = shim.peekSignals(tid, shared, infos.length, some, AT_ONCE);
    if (count < 0)
      throw new TargetError(`The signals that are pending cannot be read (${errorName(count)}).`);
    for (let index = 0; index < count; index++)
      infos.push(some.subarray(index * INFO_SIZE, (index + 1) * INFO_SIZE));
    if (count < AT_ONCE) return infos;
  }
}
