/** Locks that the kernel has to find when a thread ends: each thread has a list of those that it holds (get_robust_list(2)). */
import { memoryAddress } from "../../addresses";
import type { ProcessMemory } from "../processMemory";
import type { ThreadRecords } from "../threads/threadRecords";
import type { Owner } from "./lockOwners";

/**
 * Where locks in the lists of stopped threads have their owner's id: glibc's robust ones; musl's of every kind, once there is one that is
 * shared between processes. To be asked while the memory that threads share
 * with other processes, where such locks may be, is as it is meant.
 */
export function robustLocksOf(records: ThreadRecords, memory: ProcessMemory): Owner[] {
  const places: Owner[] = [];
  for (let index = 0; index < records.count; index++) {
    if (!records.holdsLock(index)) continue;
    const tid = records.knownTid(index);
    for (const lock of locksIn(records.robustList(index), memory))
      // Its lock word has the owner's id, and with glibc so has what stands eight bytes behind it (nptl/pthreadP.h).
      places.push([lock, tid], [lock + 8n, tid]);
  }
  return places;
}

/** The kernel follows no more (linux/futex.h, ROBUST_LIST_LIMIT). */
const LONGEST_LIST = 2048;

function locksIn(head: bigint, memory: ProcessMemory): bigint[] {
  const locks: bigint[] = [];
  const start = memory.read(memoryAddress(head), 16);
  if (start.length < 16) return locks;
  const offset = start.readBigInt64LE(8);
  // The lowest bit says that the lock inherits priority.
  let entry = start.readBigUInt64LE(0) & ~1n;
  while (entry !== head && locks.length < LONGEST_LIST) {
    const next = memory.read(memoryAddress(entry), 8);
    if (next.length < 8) break;
    locks.push(memoryAddress(entry + offset));
    entry = next.readBigUInt64LE(0) & ~1n;
  }
  return locks;
}
