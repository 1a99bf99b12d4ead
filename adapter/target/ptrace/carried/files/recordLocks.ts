/** Record locks of fcntl(2), which belong to a process: a copy has none. */
import { NOTHING, type Carried, type Subject } from "../carried";
import { lockable, locksAt, recordOf, takeLocks, type FileLock } from "./fileLocks";
import { readOpenFiles } from "./openFiles";

/** Lists the locks that are held. */
export function carryRecordLocks(subject: Subject): Carried {
  const locks = list(subject);
  if (locks.length === 0) return NOTHING;
  const detail = `${locks.length}, taken again at a restart`;
  return {
    reach: "shared",
    // The live process is dead by now, and its record locks are free.
    restore: (fresh) => takeLocks(fresh, locks),
    fidelity: () => [{ resource: "record locks", state: "restored", detail }],
  };
}

/** Which descriptors hold locks is in /proc/PID/fdinfo; that any do, in /proc/locks (proc(5)). */
function list(subject: Subject): FileLock[] {
  const { processId, tid } = subject.live;
  const holder = new RegExp(`^\\d+: POSIX +\\S+ +\\S+ +${processId} `, "m");
  if (!holder.test(locksAt(subject))) return [];
  const numbers = lockable(subject.descriptors).map(({ number }) => number);
  // Duplicates of a descriptor show the same lock.
  const seen = new Set<string>();
  return readOpenFiles(tid, numbers).flatMap(({ number, info }) =>
    [...info.matchAll(/^lock:.*$/gm)].flatMap(([line]) => {
      const lock = recordOf(line, number);
      const words = line.replace(/^lock:\s+\d+:/, "");
      if (lock?.kind !== "POSIX" || seen.has(words)) return [];
      seen.add(words);
      return [lock];
    }),
  );
}
