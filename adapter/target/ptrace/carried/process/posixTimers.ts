/** The POSIX timers of a program (timer_create(2)), with their ids. */
import type { Fidelity } from "../../../checkpointer";
import { TargetError } from "../../../target";
import type { RemoteCall, RemoteThread } from "../../remote/remoteThread";
import { errorName } from "../../shim";
import type { ThreadRecords } from "../../threads/threadRecords";
import { NOTHING, type Carried, type Subject, type ThreadAt } from "../carried";
import {
  inBatches,
  ITIMERSPEC_SIZE,
  SIGEV_NONE,
  SIGEV_THREAD_ID,
  timersOf,
  type Timer,
} from "./posixTimerList";
import { signalQueuesOf, type SignalQueues } from "./signalQueues";

/** asm/unistd_64.h */
const PRCTL = 157;
const TIMER_CREATE = 222;
const TIMER_SETTIME = 223;
const TIMER_DELETE = 226;
/** prctl(2), since Linux 6.15: timer_create takes the id that it finds where it is to write it. */
const PR_TIMER_CREATE_RESTORE_IDS = 77;

/** struct sigevent with its value, signal, notification and thread id (sigevent(7)). */
const SIGEVENT_SIZE = 64;
/** A timer in the data of calls: a sigevent, and the id as it is asked for and given. */
const BIRTH_SIZE = SIGEVENT_SIZE + 8;

/** The kernel's id of the clock of a thread's CPU time, when no thread is named (posix-cpu-timers). */
const OWN_CPU_CLOCK = -2;
const CLOCK_TYPE = 3;
const CLOCK_OF_FILE = 3;
const PER_THREAD = 4;

/** Up to this id timers are made in the order of their ids, on any kernel. */
const COUNTED_AT_ONCE = 64;
/** Without a kernel that takes ids, counting further would take too long. */
const HIGHEST_COUNTED = 10_000;

/** siginfo_t (sigaction(2)). */
const CODE = 8;
const TIMER_ID = 16;
const SI_TIMER = -2;
/** struct itimerspec. */
const LEFT = 16;
const SECOND = 1_000_000_000n;

/** Lists the timers and asks for the time that each has left. */
export function carryPosixTimers(subject: Subject): Carried {
  const { live, records } = subject;
  const timers = timersOf(subject);
  if (timers.length === 0) return NOTHING;
  expire(timers, signalQueuesOf(subject));
  return {
    reach: "process",
    restore: (fresh, threadAt) => {
      create(
        fresh,
        timers.map((timer) => translate(timer, live.processId, records, fresh, threadAt)),
      );
      arm(fresh, timers);
    },
    fidelity: () => describe(timers, records),
  };
}

/** Of timers whose signal waits already: what they had left when they were asked may have passed meanwhile. */
function expire(timers: readonly Timer[], { queues, elapsed }: SignalQueues): void {
  const waiting = new Set(
    queues
      .flatMap(({ infos }) => infos)
      .filter((info) => info.readInt32LE(CODE) === SI_TIMER)
      .map((info) => info.readInt32LE(TIMER_ID)),
  );
  for (const { times } of timers.filter(({ id }) => waiting.has(id))) {
    const interval = nanoseconds(times, 0);
    let left = nanoseconds(times, LEFT);
    if (left === 0n || left > elapsed) continue;
    left = interval === 0n ? 0n : left + ((elapsed - left) / interval + 1n) * interval;
    times.writeBigInt64LE(left / SECOND, LEFT);
    times.writeBigInt64LE(left % SECOND, LEFT + 8);
  }
}

/** Of a struct timespec. */
function nanoseconds(bytes: Buffer, at: number): bigint {
  return bytes.readBigInt64LE(at) * SECOND + bytes.readBigInt64LE(at + 8);
}

/** What timer_create is given for a timer: its clock, and its sigevent followed by its id. */
interface Birth {
  readonly id: number;
  readonly clock: number;
  readonly bytes: Buffer;
}

/** The same timer with the ids that the process and its threads have in a copy. */
function translate(
  timer: Timer,
  processId: number,
  records: ThreadRecords,
  fresh: RemoteThread,
  threadAt: ThreadAt,
): Birth {
  const renamed = (tid: number): number => {
    if (tid === processId) return fresh.knownProcessId;
    for (let index = 0; index < records.count; index++)
      if (records.tid(index) === tid) return threadAt(index).knownTid;
    return tid;
  };
  const bytes = Buffer.alloc(BIRTH_SIZE);
  const toThread = (timer.notification & SIGEV_THREAD_ID) !== 0;
  bytes.writeBigUInt64LE(timer.value, 0);
  bytes.writeInt32LE(timer.signal, 8);
  bytes.writeInt32LE(timer.notification, 12);
  if (toThread) bytes.writeInt32LE(renamed(timer.target), 16);
  bytes.writeInt32LE(timer.id, SIGEVENT_SIZE);
  const owner = toThread ? renamed(timer.target) : fresh.knownTid;
  return { id: timer.id, clock: clockIn(timer.clock, owner, renamed), bytes };
}

/** The id of a clock, which may have that of a process or a thread in it. `owner`: whose a clock without one is. */
function clockIn(clock: number, owner: number, renamed: (tid: number) => number): number {
  if (clock >= 0 || (clock & CLOCK_TYPE) === CLOCK_OF_FILE) return clock;
  const named = ~(clock >> 3);
  if (named !== 0) return (~renamed(named) << 3) | (clock & 7);
  return (clock & PER_THREAD) === 0 ? clock : (~owner << 3) | (clock & 7);
}

function create(fresh: RemoteThread, births: readonly Birth[]): void {
  const highest = Math.max(...births.map(({ id }) => id));
  if (highest < COUNTED_AT_ONCE || fresh.call(PRCTL, PR_TIMER_CREATE_RESTORE_IDS, 1, 0, 0, 0) < 0n) {
    createInOrder(fresh, births, highest);
    return;
  }
  try {
    inBatches(fresh, births, BIRTH_SIZE, (some) => {
      createSome(fresh, some);
    });
  } finally {
    fresh.call(PRCTL, PR_TIMER_CREATE_RESTORE_IDS, 0, 0, 0, 0);
  }
}

/** Throws TargetError when one has not the id that it is to have. */
function createSome(fresh: RemoteThread, births: readonly Birth[]): void {
  const data = Buffer.concat(births.map(({ bytes }) => bytes));
  const results = fresh.calls(
    births.map(({ clock }, index): RemoteCall => {
      const event = fresh.dataAddress + BigInt(index * BIRTH_SIZE);
      return [TIMER_CREATE, clock, event, event + BigInt(SIGEVENT_SIZE)];
    }),
    data,
  );
  births.forEach(({ id }, index) => {
    const result = Number(results[index]);
    if (result < 0) throw new TargetError(`Timer ${id} could not be made again (${errorName(result)}).`);
    if (data.readInt32LE(index * BIRTH_SIZE + SIGEVENT_SIZE) !== id)
      throw new TargetError(`Timer ${id} could not be made again: the kernel gave it another id.`);
  });
}

/** The kernel counts ids up from 0 in a new process: those that the program has not are made and deleted again. */
function createInOrder(fresh: RemoteThread, births: readonly Birth[], highest: number): void {
  const wanted = new Map(births.map((birth) => [birth.id, birth]));
  if (highest > HIGHEST_COUNTED) throw new TargetError("The timers' ids are too high to be counted up to.");
  const all = Array.from({ length: highest + 1 }, (_, id) => wanted.get(id) ?? filler(id));
  inBatches(fresh, all, BIRTH_SIZE, (some) => {
    createSome(fresh, some);
    const unwanted = some.filter(({ id }) => !wanted.has(id));
    if (unwanted.length > 0) fresh.calls(unwanted.map(({ id }): RemoteCall => [TIMER_DELETE, id]));
  });
}

function filler(id: number): Birth {
  const bytes = Buffer.alloc(BIRTH_SIZE);
  bytes.writeInt32LE(SIGEV_NONE, 12);
  return { id, clock: 1, bytes };
}

function arm(fresh: RemoteThread, timers: readonly Timer[]): void {
  inBatches(fresh, timers, ITIMERSPEC_SIZE, (some) => {
    const data = Buffer.concat(some.map(({ times }) => times));
    const results = fresh.calls(
      some.map(({ id }, index): RemoteCall => [
        TIMER_SETTIME,
        id,
        0,
        fresh.dataAddress + BigInt(index * ITIMERSPEC_SIZE),
        0,
      ]),
      data,
    );
    if (results.some((result) => result < 0n))
      throw new TargetError("Not all POSIX timers could be set again.");
  });
}

function describe(timers: readonly Timer[], records: ThreadRecords): Fidelity[] {
  const unclear = timers.filter(
    ({ clock, notification }) =>
      clock === OWN_CPU_CLOCK && (notification & SIGEV_THREAD_ID) === 0 && records.count > 1,
  ).length;
  const detail = `${timers.length}, with their ids and the time that they had left; overruns are counted from 0`;
  return [
    { resource: "POSIX timers", state: "restored", detail },
    ...(unclear > 0
      ? [
          {
            resource: "POSIX timers",
            state: "approximate" as const,
            detail: `${unclear} of a thread's CPU time: taken to be the first thread's`,
          },
        ]
      : []),
  ];
}
