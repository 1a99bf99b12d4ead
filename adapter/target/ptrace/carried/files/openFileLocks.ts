/**
 * Locks that belong to an open file (flock(2); fcntl(2), F_OFD_SETLK). All copies share the program's open files and so their
 * locks, those taken since the checkpoint included, also on files that only a copy still has open.
 */
import { readlinkSync } from "node:fs";
import type { Fidelity } from "../../../checkpointer";
import { TargetError } from "../../../target";
import type { RemoteThread } from "../../remote/remoteThread";
import { errorName, shim } from "../../shim";
import type { Carried, Subject } from "../carried";
import { counted, type Descriptors } from "./descriptors";
import { allLocks, canLock, lockable, locksAt, recordOf, takeLocks, type FileLock } from "./fileLocks";
import { readOpenFiles } from "./openFiles";

/** The kernel's number of the first pid namespace (linux/proc_ns.h, PROC_PID_INIT_INO): from others not all locks are seen. */
const FIRST_NAMESPACE = "pid:[4026531836]";

/** What may have locks in a process. */
interface Holder {
  readonly processId: number;
  readonly descriptors: Descriptors;
}

/** The frozen copies that there are, by process id. */
const copies = new Map<number, Holder>();

let isInFirst: boolean | undefined;

/** Lists the locks of the program's open files. */
export function carryOpenFileLocks(subject: Subject): Carried {
  const { live, copy, hasForked, descriptors } = subject;
  const locks = readLocks({ processId: live.tid, descriptors }, lockedInodes(locksAt(subject)));
  if (canLock(descriptors)) copies.set(copy, { processId: copy, descriptors });
  return {
    reach: "shared",
    restore: (fresh) => {
      releaseAll(fresh, descriptors);
      takeLocks(fresh, locks);
    },
    fidelity: () => describe(locks.length, hasForked),
    release: () => copies.delete(copy),
  };
}

/** The inodes with locks of open files, from /proc/locks; undefined: they cannot be told. */
function lockedInodes(locks: string): ReadonlySet<bigint> | undefined {
  if (locks === "") return new Set();
  if (!(isInFirst ??= readlinkSync("/proc/self/ns/pid") === FIRST_NAMESPACE)) return undefined;
  const pattern = /^\d+: (?:FLOCK|OFDLCK) .* [0-9a-f]+:[0-9a-f]+:(\d+) /gm;
  return new Set([...locks.matchAll(pattern)].map(([, inode = "0"]) => BigInt(inode)));
}

/** The locks of some of a process's open files. */
function readLocks({ processId, descriptors }: Holder, inodes: ReadonlySet<bigint> | undefined): FileLock[] {
  if (inodes?.size === 0) return [];
  const numbers = lockable(descriptors)
    .filter(({ inode }) => inodes?.has(inode) ?? true)
    .map(({ number }) => number);
  if (numbers.length === 0) return [];
  return readOpenFiles(processId, numbers).flatMap(({ number, info }) =>
    [...info.matchAll(/^lock:.*$/gm)]
      .flatMap(([line]) => recordOf(line, number) ?? [])
      .filter(({ kind }) => kind !== "POSIX"),
  );
}

/** Nobody but the program and its copies has them: what the program had at the checkpoint it takes again. */
function releaseAll(fresh: RemoteThread, descriptors: Descriptors): void {
  if (!canLock(descriptors) && copies.size === 0) return;
  const inodes = lockedInodes(allLocks());
  if (inodes?.size === 0) return;
  for (const holder of [{ processId: fresh.processId, descriptors }, ...copies.values()])
    release(holder.processId, readLocks(holder, inodes));
}

function release(processId: number, locks: readonly FileLock[]): void {
  const numbers = [...new Set(locks.map(({ descriptor }) => descriptor))];
  if (numbers.length === 0) return;
  const fds = Buffer.from(Int32Array.from(numbers).buffer);
  const result = shim.releaseLocks(processId, fds, numbers.length);
  if (result < 0)
    throw new TargetError(`Locks taken since the checkpoint could not be released (${errorName(result)}).`);
}

function describe(count: number, hasForked: boolean): Fidelity[] {
  if (count === 0) return [];
  const detail =
    `${counted(count, "lock")} taken again at a restart; those taken since are released` +
    (hasForked ? ", also from children with the same open file" : "") +
    "; when the program only closes the file, its checkpoints hold the lock on";
  return [{ resource: "locks of open files", state: "approximate", detail }];
}
