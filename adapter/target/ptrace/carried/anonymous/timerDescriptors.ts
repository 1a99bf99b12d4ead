/** Timers of timerfd_create(2): the time that was left, the interval, and the expirations that were not read yet. */
import type { Fidelity } from "../../../checkpointer";
import { TargetError } from "../../../target";
import { runOperations, type RemoteOperation } from "../../remote/remoteOperations";
import type { RemoteThread } from "../../remote/remoteThread";
import type { Carried, Subject } from "../carried";
import { counted } from "../files/descriptors";
import { field, numberField, readOpenFiles, type OpenFile } from "../files/openFiles";

/** asm/unistd_64.h */
const SYS_IOCTL = 16;
const SYS_TIMERFD_SETTIME = 286;
const SYS_TIMERFD_GETTIME = 287;
/** ioctl_timerfd: _IOW('T', 0, __u64), linux/timerfd.h. */
const TFD_IOC_SET_TICKS = 0x40085400;
/** timerfd_settime(2). */
const TFD_TIMER_CANCEL_ON_SET = 2;
const ITIMERSPEC_SIZE = 32;
/** Its fields: it_interval and it_value. */
const INTERVAL = 0;
const VALUE = 16;
const SECOND = 1_000_000_000n;
/** Longest time that passes between two things that the kernel tells of a timer at once; nanoseconds. */
const AT_ONCE = 5000n;
/**
 * How long a timer's interrupt may take to come. On a virtual machine it is 0.06 ms mostly; on a processor that idles it was
 * more than 0.5 once in 200 times, more than 2 once in 1,400, and 3.8 at most in 60,000.
 */
const LATENESS_MS = 5;

interface Timer {
  readonly number: number;
  readonly ticks: bigint;
  readonly cancels: boolean;
  /** struct itimerspec. */
  readonly setting: Buffer;
}

export function carryTimerDescriptors(files: readonly OpenFile[], { live, copy }: Subject): Carried {
  const timers = readTimers(files, live, copy);
  return {
    reach: "shared",
    restore: (fresh) => {
      const failed = runOperations(fresh, timers.map(setting));
      if (failed.length > 0) throw new TargetError(`The time of ${failed.join(", ")}.`);
    },
    fidelity: () => fidelity(timers),
  };
}

function readTimers(files: readonly OpenFile[], live: RemoteThread, copy: number): Timer[] {
  const running = new Set<number>();
  const timers = settled(files.map(timerOf), copy, running);
  const unread = timers.filter((timer) => timer.ticks > 0n && isDue(timer)).map(({ number }) => number);
  if (unread.length === 0) return timers.map((timer) => waitingOn(timer, running));
  /* A periodic timer that has expired stands still until it is asked for. The file is shared with the copy. */
  runOperations(
    live,
    unread.map((number) => ({
      what: "",
      data: Buffer.alloc(ITIMERSPEC_SIZE),
      calls: (address) => [[SYS_TIMERFD_GETTIME, number, address]],
    })),
  );
  return settled(readAgain(timers, copy), copy, running).map((timer) => waitingOn(timer, running));
}

function readAgain(timers: readonly Timer[], copy: number): Timer[] {
  const numbers = timers.map(({ number }) => number);
  return readOpenFiles(copy, numbers).map(timerOf);
}

/**
 * Reads them again as long as one may just expire. Nothing tells one that has from one that is not set, which is waited for in vain.
 * Adds those that are seen to run to `running`.
 */
function settled(timers: Timer[], copy: number, running: Set<number>): Timer[] {
  const patience = performance.now() + LATENESS_MS;
  for (let now = timers; ; now = readAgain(timers, copy)) {
    for (const { number, setting } of now) if (timeAt(setting, VALUE) > 0n) running.add(number);
    if (!now.some(mayBeDue) || performance.now() > patience) return now;
  }
}

/**
 * Whether it expires just now. A timer has no time left for a while before its expiration is counted (timerfd_show in
 * fs/timerfd.c), and looks like one that is not set; the count, which is read a little later than the time, may have it already.
 */
function mayBeDue({ setting, ticks }: Timer): boolean {
  const left = timeAt(setting, VALUE);
  return left < AT_ONCE && (left > 0n || ticks === 0n);
}

/** One that has expired again meanwhile waits for its next time; one that ran, and is still to be counted, expires at once. */
function waitingOn(timer: Timer, running: ReadonlySet<number>): Timer {
  if (!isDue(timer)) return timer;
  if (timer.ticks > 0n) timer.setting.copy(timer.setting, VALUE, INTERVAL, VALUE);
  else if (running.has(timer.number)) timer.setting.writeBigInt64LE(1n, VALUE + 8);
  return timer;
}

/** Whether it repeats, and nothing is left of its time. */
function isDue({ setting }: Timer): boolean {
  return timeAt(setting, INTERVAL) > 0n && timeAt(setting, VALUE) === 0n;
}

/** A struct timespec, in nanoseconds. */
function timeAt(setting: Buffer, offset: number): bigint {
  return setting.readBigInt64LE(offset) * SECOND + setting.readBigInt64LE(offset + 8);
}

function timerOf(file: OpenFile): Timer {
  const setting = Buffer.alloc(ITIMERSPEC_SIZE);
  for (const [name, offset] of [
    ["it_interval", INTERVAL],
    ["it_value", VALUE],
  ] as const) {
    const time = /^\((\d+), (\d+)\)$/.exec(field(file, name) ?? "");
    if (!time) throw new TargetError(`This kernel does not tell the time of descriptor ${file.number}.`);
    setting.writeBigInt64LE(BigInt(time[1] ?? 0), offset);
    setting.writeBigInt64LE(BigInt(time[2] ?? 0), offset + 8);
  }
  const flags = parseInt(field(file, "settime flags") ?? "0", 8);
  return {
    number: file.number,
    ticks: numberField(file, "ticks"),
    cancels: (flags & TFD_TIMER_CANCEL_ON_SET) !== 0,
    setting,
  };
}

/** Setting a timer forgets its expirations. */
function setting({ number, ticks, setting: spec }: Timer): RemoteOperation {
  const data = Buffer.alloc(ITIMERSPEC_SIZE + 8);
  spec.copy(data);
  data.writeBigUInt64LE(ticks, ITIMERSPEC_SIZE);
  return {
    what: `the timerfd that is descriptor ${number}`,
    data,
    calls: (address) => [
      [SYS_TIMERFD_SETTIME, number, 0, address, 0],
      ...(ticks > 0n
        ? ([[SYS_IOCTL, number, TFD_IOC_SET_TICKS, address + BigInt(ITIMERSPEC_SIZE)]] as const)
        : []),
    ],
  };
}

function fidelity(timers: readonly Timer[]): Fidelity[] {
  const cancelled = timers.filter(({ cancels }) => cancels).length;
  const detail = `${counted(timers.length, "timerfd")}, with the time that was left`;
  return [
    { resource: "timer descriptors", state: "restored", detail },
    ...(cancelled > 0
      ? [
          {
            resource: "timer descriptors",
            state: "approximate" as const,
            detail: `${counted(cancelled, "timerfd")} no longer cancelled when the clock is set`,
          },
        ]
      : []),
  ];
}
