/** Locks on files as /proc/PID/fdinfo tells of them (proc(5)), and how a program takes them again. */
import { readFileSync } from "node:fs";
import { TargetError } from "../../../target";
import type { RemoteCall, RemoteThread } from "../../remote/remoteThread";
import type { Subject } from "../carried";
import { counted, type Descriptor, type Descriptors } from "./descriptors";

/** asm/unistd_64.h, fcntl(2), flock(2) */
const FCNTL = 72;
const FLOCK = 73;
const F_SETLK = 6;
const F_OFD_SETLK = 37;
const F_RDLCK = 0;
const F_WRLCK = 1;
const LOCK_SH = 1;
const LOCK_EX = 2;
const LOCK_NB = 4;
/** struct flock: type and whence as 16 bits, start at 8, length at 16 (0: to the end). */
const FLOCK_SIZE = 32;
const AT_ONCE = 100;

/** Sockets, pipes and character devices (inode(7)). */
const unlockable: ReadonlySet<number> = new Set([0o140000, 0o010000, 0o020000]);

export interface FileLock {
  /** OFDLCK and FLOCK: of the open file; POSIX: of the process. */
  readonly kind: "POSIX" | "OFDLCK" | "FLOCK";
  readonly descriptor: number;
  readonly exclusive: boolean;
  readonly start: bigint;
  /** 0: to the end of the file. */
  readonly length: bigint;
}

const found = new WeakMap<Descriptors, readonly Descriptor[]>();

/** The descriptors that can have locks. */
export function lockable(descriptors: Descriptors): readonly Descriptor[] {
  let some = found.get(descriptors);
  if (some === undefined) found.set(descriptors, (some = descriptors.withoutFormats(unlockable)));
  return some;
}

/** Whether there are any. */
export function canLock(descriptors: Descriptors): boolean {
  return descriptors.hasOtherThan(unlockable);
}

/** All locks of files in the system (proc(5), /proc/locks). */
export function allLocks(): string {
  return readFileSync("/proc/locks", "latin1");
}

/** The same at a checkpoint, as far as it may matter to it. */
export function locksAt({ locks }: Subject): string {
  return locks ?? allLocks();
}

/** A lock from a line of an fdinfo; undefined: it is another kind of lock (fcntl(2), F_SETLEASE). */
export function recordOf(line: string, descriptor: number): FileLock | undefined {
  const pattern = /^lock:\s+\d+: (POSIX|OFDLCK|FLOCK) +\S+ +(READ|WRITE) +-?\d+ \S+ (\d+) (\d+|EOF)$/;
  const [, kind, access, start = "0", end = "EOF"] = pattern.exec(line) ?? [];
  if (kind === undefined) return undefined;
  return {
    kind: kind as FileLock["kind"],
    descriptor,
    exclusive: access === "WRITE",
    start: BigInt(start),
    length: end === "EOF" ? 0n : BigInt(end) - BigInt(start) + 1n,
  };
}

/** Has the program take them. Throws TargetError saying how many it did not get. */
export function takeLocks(fresh: RemoteThread, locks: readonly FileLock[]): void {
  let lost = 0;
  for (let first = 0; first < locks.length; first += AT_ONCE)
    lost += takeSome(fresh, locks.slice(first, first + AT_ONCE));
  if (lost === 0) return;
  throw new TargetError(
    `${counted(lost, "file lock")} could not be taken again: another process has it now.`,
  );
}

function takeSome(fresh: RemoteThread, locks: readonly FileLock[]): number {
  const data = Buffer.concat(locks.map(encode));
  const calls = locks.map(({ kind, descriptor, exclusive }, index): RemoteCall => {
    if (kind === "FLOCK") return [FLOCK, descriptor, (exclusive ? LOCK_EX : LOCK_SH) | LOCK_NB];
    const command = kind === "POSIX" ? F_SETLK : F_OFD_SETLK;
    return [FCNTL, descriptor, command, fresh.dataAddress + BigInt(index * FLOCK_SIZE)];
  });
  return fresh.calls(calls, data).filter((result) => result < 0n).length;
}

function encode({ exclusive, start, length }: FileLock): Buffer {
  const bytes = Buffer.alloc(FLOCK_SIZE);
  bytes.writeInt16LE(exclusive ? F_WRLCK : F_RDLCK, 0);
  bytes.writeBigInt64LE(start, 8);
  bytes.writeBigInt64LE(length, 16);
  return bytes;
}
