/** What a program has beside its memory, in one number: what it has none of is not looked at more closely. */
import type { Subject } from "./carried";

/** Bits. The first 16 are of the formats of its descriptors, as the shim gives them (st_mode >> 12, inode(7)). */
export const Trait = {
  /** Descriptors without an inode of their own (eventfd(2), epoll(7)). */
  anonymous: 1 << 0,
  pipe: 1 << 1,
  character: 1 << 2,
  directory: 1 << 4,
  block: 1 << 6,
  regular: 1 << 8,
  socket: 1 << 12,
  /** A descriptor that sends signals (fcntl(2), O_ASYNC). */
  sendsSignals: 1 << 16,
  pendingSignals: 1 << 17,
  /** Several threads, or one whose clones do not get its schedule. */
  schedules: 1 << 18,
  /** Interval timers that run, or that it is a subreaper (intervalTimers.ts). */
  answers: 1 << 19,
  posixTimers: 1 << 20,
  sharedMemory: 1 << 21,
  lockedMemory: 1 << 22,
  dispatch: 1 << 23,
  /** What hardly any program holds (holdings.ts). */
  holdings: 1 << 24,
  children: 1 << 25,
  /** The contents of files are to be kept. */
  contents: 1 << 26,
  /** Every program has it. */
  always: 1 << 30,
} as const;

/** All traits of a stopped program. */
export function traitsOf({ traits, memory, holdings, hasForked, keepsContents }: Subject): number {
  return (
    traits |
    Trait.always |
    (memory.shared > 0 ? Trait.sharedMemory : 0) |
    (memory.locked > 0 ? Trait.lockedMemory : 0) |
    (holdings.areNone ? 0 : Trait.holdings) |
    (hasForked ? Trait.children : 0) |
    (keepsContents ? Trait.contents : 0)
  );
}
