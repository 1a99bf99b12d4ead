/**
 * Interest lists of epoll(7). A set is shared by all copies, and an entry in it is of an open file *and* the number that
 * the file had where it was added: only a process that has the file under that number can take it out again.
 */
import { TargetError, type Fidelity } from "../target";
import type { Carried, Subject } from "./carried";
import { counted } from "./descriptors";
import { readOpenFiles, type OpenFile } from "./openFiles";
import { runOperations, type RemoteOperation } from "./remoteOperations";
import type { RemoteThread } from "./remoteThread";
import { shim } from "./shim";

/** asm/unistd_64.h, sys/epoll.h. */
const SYS_EPOLL_CTL = 233;
const ADD = 1;
const DEL = 2;
/** -EBADF */
const NOT_OPEN = -9;
const MOD = 3;
const EDGE_TRIGGERED = 0x80000000;
const ONE_SHOT = 0x40000000;
const EXCLUSIVE = 0x10000000;
/** What is always waited for: without it, a one-shot entry has told its event. */
const ALWAYS = 0x18;
/** What says how, and not what for: EPOLLET, EPOLLONESHOT, EPOLLWAKEUP, EPOLLEXCLUSIVE. */
const MANNER = 0xf0000000;

/** An entry of an interest list. */
interface Interest {
  readonly number: number;
  readonly events: number;
  readonly data: bigint;
  /** Device and inode of the file, as the kernel prints them. */
  readonly file: string;
  /** How many entries of the same number are before it. */
  readonly place: number;
  /** The process has that file under that number. */
  readonly own: boolean;
}

interface EpollSet {
  readonly number: number;
  readonly interests: readonly Interest[];
  /** Of files that the program has closed, but others hold open. */
  readonly closed: readonly Interest[];
}

/** Copies that may hold files that were added to sets. */
const copies = new Set<number>();

export function carryEpolls(files: readonly OpenFile[], { copy }: Subject): Carried {
  const sets = files.map((file) => {
    const all = interestsOf(file, copy);
    const closed = all.filter(({ own }) => !own);
    return { number: file.number, interests: all.filter(({ own }) => own), closed };
  });
  copies.add(copy);
  return {
    reach: "shared",
    restore: (fresh) => restore(fresh, sets),
    fidelity: () => fidelity(sets),
    release: () => copies.delete(copy),
  };
}

/** The entries of a set, as it is now, seen from a process that has it. */
function interestsOf({ number: set, info }: OpenFile, processId: number): Interest[] {
  const lines = info.matchAll(
    /^tfd:\s*(\d+) events:\s*([0-9a-f]+) data:\s*([0-9a-f]+).*?(ino:\S+ sdev:\S+)/gm,
  );
  const seen = new Map<number, number>();
  const entries = [...lines].map(([, text = "0", events = "0", data = "0", file = ""]) => {
    const number = Number(text);
    const place = seen.get(number) ?? 0;
    seen.set(number, place + 1);
    return { number, place, events: parseInt(events, 16), data: BigInt(`0x${data}`), file };
  });
  const compared = compare(processId, set, processId, entries);
  // Where the kernel does not compare files, an entry is taken for what it was added as.
  return entries.map((entry, index) => {
    const result = compared[index] ?? 0;
    return { ...entry, own: result <= 0 && result !== NOT_OPEN };
  });
}

/** For each entry: 0 when the holder has its file under its number, else 1 or -errno. */
function compare(
  processId: number,
  set: number,
  holder: number,
  entries: readonly Pick<Interest, "number" | "place">[],
): number[] {
  const records = Buffer.from(
    Int32Array.from(entries.flatMap(({ number, place }) => [number, place, 0])).buffer,
  );
  if (entries.length > 0) shim.epollCompare(processId, set, holder, records, entries.length);
  return entries.map((_, index) => records.readInt32LE(index * 12 + 8));
}

function restore(fresh: RemoteThread, sets: readonly EpollSet[]): void {
  const now = readOpenFiles(
    fresh.processId,
    sets.map(({ number }) => number),
  );
  const failed: string[] = [];
  const operations = sets.flatMap((set, index) => {
    const file = now[index];
    if (file === undefined) return [];
    const present = interestsOf(file, fresh.processId);
    failed.push(...takeOutForeign(fresh.processId, set, present));
    const own = present.filter((one) => one.own);
    const added = own.filter(({ number }) => !set.interests.some((other) => other.number === number));
    return [
      ...added.map((interest) => control(set.number, DEL, interest)),
      ...set.interests.flatMap((interest) => putIn(set.number, interest, own)),
    ];
  });
  failed.push(...runOperations(fresh, operations));
  if (failed.length > 0) throw new TargetError(`An epoll set watches ${failed.join(", ")}.`);
}

/** Nothing to do for what is as it was, but for an edge: whether it had been told of cannot be known. */
function putIn(set: number, interest: Interest, own: readonly Interest[]): RemoteOperation[] {
  const same = own.find(({ number }) => number === interest.number);
  if (same === undefined) return [control(set, ADD, interest)];
  const isEdge = (interest.events & EDGE_TRIGGERED) !== 0;
  if (same.events === interest.events && same.data === interest.data && !isEdge) return [];
  // EPOLLEXCLUSIVE is only taken by an addition (epoll_ctl(2)).
  if (((same.events | interest.events) & EXCLUSIVE) !== 0)
    return [control(set, DEL, interest), control(set, ADD, interest)];
  return [control(set, MOD, interest)];
}

function control(
  set: number,
  operation: number,
  { number, events, data: cookie }: Interest,
): RemoteOperation {
  const data = Buffer.alloc(16);
  data.writeUInt32LE(events >>> 0, 0);
  data.writeBigUInt64LE(cookie, 4);
  return {
    what: `descriptor ${number} otherwise than it did`,
    data,
    calls: (address) => [[SYS_EPOLL_CTL, set, operation, number, address]],
  };
}

/**
 * Takes out what was added since, of files that the fresh process does not have under that number, with the help of
 * whoever does. The last first: the others keep their places.
 */
function takeOutForeign(freshId: number, set: EpollSet, present: readonly Interest[]): string[] {
  const foreign = present.filter(({ own, number, data, file }) => {
    const isOld = set.closed.some((one) => one.number === number && one.data === data && one.file === file);
    return !own && !isOld;
  });
  return foreign.reverse().flatMap((entry) => {
    const { number } = entry;
    const holder = [...copies].find((copy) => compare(freshId, set.number, copy, [entry])[0] === 0);
    const isOut = holder !== undefined && shim.epollDelete(freshId, set.number, holder, number) === 0;
    return isOut ? [] : [`descriptor ${number}, which was closed since but is held open by others`];
  });
}

function fidelity(sets: readonly EpollSet[]): Fidelity[] {
  const all = sets.flatMap(({ interests }) => interests);
  const edges = all.filter(({ events }) => (events & EDGE_TRIGGERED) !== 0).length;
  const told = all.filter(({ events }) => (events & ONE_SHOT) !== 0 && (events & ~MANNER & ~ALWAYS) === 0);
  const closed = sets.reduce((sum, set) => sum + set.closed.length, 0);
  const line = (state: Fidelity["state"], detail: string): Fidelity => ({
    resource: "epoll sets",
    state,
    detail,
  });
  return [
    line("restored", `${counted(sets.length, "set")} with ${counted(all.length, "descriptor")}`),
    ...(edges > 0
      ? [line("approximate", `${counted(edges, "edge-triggered descriptor")} may be told of once more`)]
      : []),
    ...(told.length > 0
      ? [
          line(
            "approximate",
            `${counted(told.length, "one-shot descriptor")} that had fired may tell of an error`,
          ),
        ]
      : []),
    ...(closed > 0
      ? [
          line(
            "notRestored",
            `${counted(closed, "descriptor")} that the program has closed, but others hold open`,
          ),
        ]
      : []),
  ];
}
