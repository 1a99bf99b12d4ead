/** Waits with a time-out that a stop has interrupted. The kernel goes on with none of epoll_wait(2): what is left of it is set anew. */
import { Register, shim, type WaitEvent } from "../shim";
import { EINTR } from "./blockedX64";

/** asm/unistd_64.h */
const EPOLL_WAIT = 232n;
const EPOLL_PWAIT = 281n;

/** Nanoseconds. */
const MILLISECOND = 1_000_000n;

/** A system call with a time-out that was interrupted and that the kernel goes on with by restart_syscall(2), or epoll_wait(2). */
export interface BlockedCall {
  /** asm/unistd_64.h */
  readonly number: bigint;
  /** When the thread has stopped in it last (CLOCK_MONOTONIC, nanoseconds). */
  readonly stoppedAt: bigint;
  /** When it began, and when it ends; undefined: that is not known. */
  readonly began?: bigint;
  readonly end?: bigint;
  /** How long it was to wait in all, in nanoseconds; of an epoll_wait alone. */
  readonly span?: bigint;
}

/** When an epoll_wait(2) ends that a stop has interrupted; undefined: that is not known, or it is another call. */
export function endOfWait({ began, end, span }: BlockedCall): bigint | undefined {
  if (span === undefined) return undefined;
  return end ?? (began === undefined ? undefined : began + span);
}

/**
 * Before a stopped thread is set going in a call: an epoll_wait that is made again waits for what is left of its time. Gives that,
 * in milliseconds; undefined: it is in none.
 */
export function shortenWait(tid: number, blocked: BlockedCall): number | undefined {
  const end = endOfWait(blocked);
  if (end === undefined) return undefined;
  const rest = (end - process.hrtime.bigint() + MILLISECOND - 1n) / MILLISECOND;
  const left = rest > 0n ? Number(rest) : 0;
  return shim.shortenWait(tid, left) === 1 ? left : undefined;
}

/** The time-out of an epoll_wait(2) that the stop has ended with EINTR; undefined: it is none, or waits for ever. */
export function spanOfWait({ call, result, registers }: WaitEvent): bigint | undefined {
  if (result !== EINTR || (call !== EPOLL_WAIT && call !== EPOLL_PWAIT)) return undefined;
  const span = registers?.readInt32LE(Register.r10) ?? 0;
  return span > 0 ? BigInt(span) * MILLISECOND : undefined;
}
