/**
 * Locks that belong to an open file (flock(2); fcntl(2), F_OFD_SETLK). All copies share the program's open files and so their
 * locks, those taken since the checkpoint included, also on files that only a copy still has open.
 */
import { readFileSync, readlinkSync } from "node:fs";
import { TargetError, type Fidelity } from "../target";
import type { Carried, Subject } from "./carried";
import { counted, type Descriptor } from "./descriptors";
import { lockable, recordOf, takeLocks, type FileLock } from "./fileLocks";
import { readOpenFiles } from "./openFiles";
import type { RemoteThread } from "./remoteThread";
import { errorName, shim } from "./shim";

/** The kernel's number of the first pid namespace (linux/proc_ns.h, PROC_PID_INIT_INO): from others not all locks are seen. */
const FIRST_NAMESPACE = "pid:[4026531836]";

/** What may have locks in each of the frozen copies that there are, by process id. */
const copies = new Map<number, readonly Descriptor[]>();

/** Lists the locks of the program's open files. */
export function carryOpenFileLocks({ live, copy, descriptors, hasForked }: Subject): Carried {
  const own = lockable(descriptors);
  const locks = own.length === 0 ? [] : readLocks(live.tid, own, lockedInodes());
  copies.set(copy, own);
  return {
    reach: "shared",
    restore: (fresh) => {
      releaseAll(fresh, own);
      takeLocks(fresh, locks);
    },
    fidelity: () => describe(locks.length, hasForked),
    release: () => copies.delete(copy),
  };
}

/** The inodes with locks of open files, from /proc/locks (proc(5)); undefined: they cannot be told. */
function lockedInodes(): ReadonlySet<bigint> | undefined {
  if (readlinkSync("/proc/self/ns/pid") !== FIRST_NAMESPACE) return undefined;
  const pattern = /^\d+: (?:FLOCK|OFDLCK) .* [0-9a-f]+:[0-9a-f]+:(\d+) /gm;
  return new Set(
    [...readFileSync("/proc/locks", "latin1").matchAll(pattern)].map(([, inode = "0"]) => BigInt(inode)),
  );
}

/** The locks of some of a process's open files. */
function readLocks(
  processId: number,
  descriptors: readonly Descriptor[],
  inodes: ReadonlySet<bigint> | undefined,
): FileLock[] {
  const numbers = descriptors.filter(({ inode }) => inodes?.has(inode) ?? true).map(({ number }) => number);
  if (numbers.length === 0) return [];
  return readOpenFiles(processId, numbers).flatMap(({ number, info }) =>
    [...info.matchAll(/^lock:.*$/gm)]
      .flatMap(([line]) => recordOf(line, number) ?? [])
      .filter(({ kind }) => kind !== "POSIX"),
  );
}

/** Nobody but the program and its copies has them: what the program had at the checkpoint it takes again. */
function releaseAll(fresh: RemoteThread, own: readonly Descriptor[]): void {
  const holders = [[fresh.processId, own] as const, ...copies];
  if (holders.every(([, descriptors]) => descriptors.length === 0)) return;
  const inodes = lockedInodes();
  if (inodes?.size === 0) return;
  for (const [processId, descriptors] of holders)
    release(processId, readLocks(processId, descriptors, inodes));
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
