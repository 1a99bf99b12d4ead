/** Timers of timerfd_create(2): the time that was left, the interval, and the expirations that were not read yet. */
import type { Fidelity } from "../checkpointer";
import { TargetError } from "../target";
import type { Carried, Subject } from "./carried";
import { counted } from "./descriptors";
import { field, numberField, readOpenFiles, type OpenFile } from "./openFiles";
import { runOperations, type RemoteOperation } from "./remoteOperations";
import type { RemoteThread } from "./remoteThread";

/** asm/unistd_64.h */
const SYS_IOCTL = 16;
const SYS_TIMERFD_SETTIME = 286;
const SYS_TIMERFD_GETTIME = 287;
/** ioctl_timerfd: _IOW('T', 0, __u64), linux/timerfd.h. */
const TFD_IOC_SET_TICKS = 0x40085400;
/** timerfd_settime(2). */
const TFD_TIMER_CANCEL_ON_SET = 2;
const ITIMERSPEC_SIZE = 32;

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
  const timers = files.map(timerOf);
  const unread = timers
    .filter(({ setting, ticks }) => ticks > 0n && isDue(setting))
    .map(({ number }) => number);
  if (unread.length === 0) return timers;
  /* A periodic timer that has expired stands still until it is asked for. The file is shared with the copy. */
  runOperations(
    live,
    unread.map((number) => ({
      what: "",
      data: Buffer.alloc(ITIMERSPEC_SIZE),
      calls: (address) => [[SYS_TIMERFD_GETTIME, number, address]],
    })),
  );
  return readOpenFiles(
    copy,
    files.map(({ number }) => number),
  ).map((file) => waitingOn(timerOf(file)));
}

/** One that has expired again meanwhile waits for its next time. */
function waitingOn(timer: Timer): Timer {
  if (isDue(timer.setting)) timer.setting.copy(timer.setting, 16, 0, 16);
  return timer;
}

/** Whether it repeats, and nothing is left of its time. */
function isDue(setting: Buffer): boolean {
  const [interval, seconds, nanoseconds] = [0, 16, 24].map((at) => setting.readBigInt64LE(at));
  const repeats = interval !== 0n || setting.readBigInt64LE(8) !== 0n;
  return repeats && seconds === 0n && nanoseconds === 0n;
}

function timerOf(file: OpenFile): Timer {
  const setting = Buffer.alloc(ITIMERSPEC_SIZE);
  ["it_interval", "it_value"].forEach((name, index) => {
    const time = /^\((\d+), (\d+)\)$/.exec(field(file, name) ?? "");
    if (!time) throw new TargetError(`This kernel does not tell the time of descriptor ${file.number}.`);
    setting.writeBigInt64LE(BigInt(time[1] ?? 0), index * 16);
    setting.writeBigInt64LE(BigInt(time[2] ?? 0), index * 16 + 8);
  });
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
