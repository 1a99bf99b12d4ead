/** Locks on files: fcntl(2) record locks, which belong to a process, and those of open files, which copies share. */
import { readFileSync } from "node:fs";
import { TargetError, type Fidelity } from "../target";
import type { Carried, Subject } from "./carried";
import type { Descriptors } from "./descriptors";
import type { RemoteCall, RemoteThread } from "./remoteThread";

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

interface Lock {
  readonly kind: "POSIX" | "OFDLCK" | "FLOCK";
  readonly descriptor: number;
  readonly exclusive: boolean;
  readonly start: bigint;
  /** 0: to the end of the file. */
  readonly length: bigint;
}

/** Lists the locks that are held. */
export function carryRecordLocks({ live, descriptors }: Subject): Carried {
  const locks = list(live, descriptors);
  return {
    reach: "shared",
    restore: (fresh) => {
      for (let first = 0; first < locks.length; first += AT_ONCE)
        takeAgain(fresh, locks.slice(first, first + AT_ONCE));
    },
    fidelity: () => describe(locks),
  };
}

/** Which descriptors hold locks is in /proc/PID/fdinfo; that any do, in /proc/locks (proc(5)). */
function list({ processId, tid }: RemoteThread, descriptors: Descriptors): Lock[] {
  const lockable = descriptors.withoutFormats(unlockable);
  if (lockable.length === 0) return [];
  // An open file's lock names the process that took it, which may be a former one, or none (-1).
  const holder = new RegExp(`^\\d+: (?:POSIX +\\S+ +\\S+ +${processId} |FLOCK |OFDLCK )`, "m");
  if (!holder.test(readFileSync("/proc/locks", "utf8"))) return [];
  // Duplicates of a descriptor show the same lock.
  const seen = new Set<string>();
  return lockable
    .flatMap(({ number }) => locksOf(tid, number))
    .filter(({ line, lock }) => lock.kind !== "POSIX" || (!seen.has(line) && seen.add(line)))
    .map(({ lock }) => lock);
}

function locksOf(tid: number, descriptor: number): { line: string; lock: Lock }[] {
  const pattern = /^lock:\s+\d+: (POSIX|OFDLCK|FLOCK) +\S+ +(READ|WRITE) +(-?\d+ \S+ (\d+) (\d+|EOF))$/gm;
  return [...fileInformation(tid, descriptor).matchAll(pattern)].map(
    ([, kind = "", access = "", where = "", start = "0", end = "EOF"]) => ({
      line: `${kind} ${access} ${where}`,
      lock: {
        kind: kind as Lock["kind"],
        descriptor,
        exclusive: access === "WRITE",
        start: BigInt(start),
        length: end === "EOF" ? 0n : BigInt(end) - BigInt(start) + 1n,
      },
    }),
  );
}

function fileInformation(tid: number, descriptor: number): string {
  try {
    return readFileSync(`/proc/${tid}/fdinfo/${descriptor}`, "utf8");
  } catch {
    return "";
  }
}

/** The live process is dead by now, and its record locks are free. */
function takeAgain(fresh: RemoteThread, locks: readonly Lock[]): void {
  if (locks.length === 0) return;
  const data = Buffer.concat(locks.map(encode));
  const calls = locks.map(({ kind, descriptor, exclusive }, index): RemoteCall => {
    if (kind === "FLOCK") return [FLOCK, descriptor, (exclusive ? LOCK_EX : LOCK_SH) | LOCK_NB];
    const command = kind === "POSIX" ? F_SETLK : F_OFD_SETLK;
    return [FCNTL, descriptor, command, fresh.dataAddress + BigInt(index * FLOCK_SIZE)];
  });
  const lost = fresh.calls(calls, data).filter((result) => result < 0n).length;
  if (lost > 0)
    throw new TargetError(
      `${count(lost, "file lock")} could not be taken again: another process has it now.`,
    );
}

function encode({ exclusive, start, length }: Lock): Buffer {
  const bytes = Buffer.alloc(FLOCK_SIZE);
  bytes.writeInt16LE(exclusive ? F_WRLCK : F_RDLCK, 0);
  bytes.writeBigInt64LE(start, 8);
  bytes.writeBigInt64LE(length, 16);
  return bytes;
}

function count(number: number, what: string): string {
  return `${number} ${what}${number === 1 ? "" : "s"}`;
}

function describe(locks: readonly Lock[]): Fidelity[] {
  const own = locks.filter(({ kind }) => kind === "POSIX").length;
  const shared = locks.length - own;
  return [
    ...(own > 0
      ? [{ resource: "record locks", state: "restored" as const, detail: `${own}, taken again at a restart` }]
      : []),
    ...(shared > 0
      ? [
          {
            resource: "locks of open files",
            state: "approximate" as const,
            detail: `${count(shared, "lock")} taken again at a restart; those taken since stay`,
          },
        ]
      : []),
  ];
}
