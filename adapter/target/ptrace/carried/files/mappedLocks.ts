/**
 * Locks by flock(2) on files that are mapped shared and no longer open. Such a lock lasts as long as the mapping, in copies of the
 * program too, and nothing can release it there. So copies have the same file mapped anew, without the lock.
 */
import type { Fidelity } from "../../../checkpointer";
import { TargetError } from "../../../target";
import { deviceOf, mappingsOf, protectionOf, type FileMapping } from "../../mappings";
import { ProcessMemory } from "../../processMemory";
import { RemoteThread, type RemoteCall } from "../../remote/remoteThread";
import { NOTHING, type Carried, type Subject } from "../carried";
import { counted } from "./descriptors";
import { allLocks, canLock, lockable, locksAt } from "./fileLocks";
import { readOpenFiles } from "./openFiles";

/** asm/unistd_64.h, open(2), mmap(2), flock(2). */
const SYS_OPEN = 2;
const SYS_CLOSE = 3;
const SYS_FSTAT = 5;
const SYS_MMAP = 9;
const SYS_FLOCK = 73;
const O_RDWR = 2;
const MAP_SHARED_FIXED = 0x11;
const LOCK_SH = 1;
const LOCK_EX = 2;
const LOCK_NB = 4;
/** struct stat (asm/stat.h): st_dev, then st_ino. */
const STAT_SIZE = 144;
/** Areas of one file; with more it is left as it is. */
const MOST_AREAS = 32;

const RESOURCE = "locks of mapped files";

/** A lock, and all areas of its file. */
interface MappedLock {
  readonly exclusive: boolean;
  readonly areas: readonly FileMapping[];
}

/** Looks for locks where the program has shared mappings, and takes them from the copy. */
export function carryMappedLocks(subject: Subject): Carried {
  const locks = list(subject);
  if (locks.length === 0) return NOTHING;
  // A child may have the same open file; a lock of it could not be taken again.
  const renewed = subject.hasForked ? [] : renewInCopy(subject, locks);
  const left = locks.length - renewed.length;
  return {
    reach: "shared",
    restore: (fresh) => {
      const lost = renewed.filter((lock) => !mapAnew(fresh, lock, true)).length;
      if (lost > 0)
        throw new TargetError(`${counted(lost, "lock")} of mapped files could not be taken again.`);
    },
    fidelity: () => describe(renewed.length, left),
  };
}

/** Those that the program has taken itself: others may have locked what it has mapped, too. */
function list(subject: Subject): MappedLock[] {
  const { live, descriptors } = subject;
  const text = canLock(descriptors) ? locksAt(subject) : allLocks();
  const pattern = new RegExp(
    `^\\d+: FLOCK +\\S+ +(READ|WRITE) +${live.processId} [0-9a-f]+:[0-9a-f]+:(\\d+) `,
    "gm",
  );
  const locked = [...text.matchAll(pattern)];
  if (locked.length === 0) return [];
  const open = inodesLockedByDescriptor(subject);
  return locked.flatMap(([, access, inode = "0"]) => {
    if (open.has(BigInt(inode))) return [];
    const isOf = (mapping: FileMapping): boolean =>
      mapping.permissions.endsWith("s") && mapping.inode === Number(inode);
    const areas = mappingsOf(subject).filter(isOf);
    return areas.length === 0 ? [] : [{ exclusive: access === "WRITE", areas }];
  });
}

/** Files whose lock an open descriptor has (/proc/PID/fdinfo, proc(5)): openFileLocks.ts sees to these. */
function inodesLockedByDescriptor({ live, descriptors }: Subject): ReadonlySet<bigint> {
  const inodes = new Map(lockable(descriptors).map(({ number, inode }) => [number, inode]));
  const files = readOpenFiles(live.tid, [...inodes.keys()]);
  return new Set(
    files
      .filter(({ info }) => /^lock:\s+\d+: FLOCK /m.test(info))
      .map(({ number }) => inodes.get(number) ?? 0n),
  );
}

function renewInCopy({ copy, live }: Subject, locks: readonly MappedLock[]): MappedLock[] {
  const memory = ProcessMemory.open(copy);
  try {
    const thread = new RemoteThread(copy, copy, memory, live.site);
    return locks.filter((lock) => mapAnew(thread, lock, false));
  } finally {
    memory.close();
  }
}

/** Maps the file's areas again in a stopped process, by an open file of their own. Gives whether that, and the lock if wanted, was had. */
function mapAnew(thread: RemoteThread, { exclusive, areas }: MappedLock, locks: boolean): boolean {
  const [first] = areas;
  if (first === undefined || areas.length > MOST_AREAS) return false;
  const file = open(thread, first);
  if (file === undefined) return false;
  const lock: RemoteCall[] = locks ? [[SYS_FLOCK, file, (exclusive ? LOCK_EX : LOCK_SH) | LOCK_NB]] : [];
  const results = thread.calls([...areas.map((area) => mapping(area, file)), ...lock, [SYS_CLOSE, file]]);
  const isMapped = areas.every(({ low }, index) => results[index] === BigInt(low));
  return isMapped && (!locks || results[areas.length] === 0n);
}

function mapping(area: FileMapping, file: bigint): RemoteCall {
  const { low, high, offset } = area;
  return [SYS_MMAP, low, high - low, protectionOf(area), MAP_SHARED_FIXED, file, offset];
}

/** The file by its mapping, which takes CAP_CHECKPOINT_RESTORE (proc(5), map_files), or by its name if that is still its. */
function open(thread: RemoteThread, area: FileMapping): bigint | undefined {
  const range = `${area.low.toString(16)}-${area.high.toString(16)}`;
  for (const path of [`/proc/self/map_files/${range}`, area.path])
    for (const access of area.permissions[1] === "w" ? [O_RDWR] : [O_RDWR, 0]) {
      const [file = -1n] = thread.calls([[SYS_OPEN, thread.dataAddress, access]], Buffer.from(`${path}\0`));
      if (file < 0n) continue;
      if (isSame(thread, file, area)) return file;
      thread.call(SYS_CLOSE, file);
    }
  return undefined;
}

function isSame(thread: RemoteThread, file: bigint, area: FileMapping): boolean {
  const stat = Buffer.alloc(STAT_SIZE);
  thread.calls([[SYS_FSTAT, file, thread.dataAddress]], stat);
  return stat.readBigUInt64LE(0) === deviceOf(area) && stat.readBigUInt64LE(8) === BigInt(area.inode);
}

function describe(renewed: number, left: number): Fidelity[] {
  const lines: Fidelity[] = [];
  if (renewed > 0) {
    const detail = `${counted(renewed, "lock")} of files that are no longer open, taken again at a restart`;
    lines.push({ resource: RESOURCE, state: "restored", detail });
  }
  if (left > 0) {
    const detail = `${counted(left, "lock")} of files that are no longer open: the checkpoint holds them on, also when the program has unmapped the file or has gone back to before it was locked`;
    lines.push({ resource: RESOURCE, state: "approximate", detail });
  }
  return lines;
}
