/** Entries of an epoll set: of an open file *and* the number that the file had where it was added (epoll(7)). */
import type { RemoteOperation } from "../../remote/remoteOperations";
import { shim } from "../../shim";
import { readOpenFiles, type OpenFile } from "../files/openFiles";

/** asm/unistd_64.h, sys/epoll.h. */
const SYS_EPOLL_WAIT = 232;
const SYS_EPOLL_CTL = 233;
export const ADD = 1;
export const DEL = 2;
export const MOD = 3;
export const EDGE_TRIGGERED = 0x80000000;
export const ONE_SHOT = 0x40000000;
const EXCLUSIVE = 0x10000000;
/** EPOLLERR, EPOLLHUP: what is always waited for. Without it, a one-shot entry has told its event. */
export const ALWAYS = 0x18;
/** What says how, and not what for: EPOLLET, EPOLLONESHOT, EPOLLWAKEUP, EPOLLEXCLUSIVE. */
export const MANNER = 0xf0000000;
/** struct epoll_event, packed. */
export const EVENT_SIZE = 12;
/** -EBADF */
const NOT_OPEN = -9;

export interface Interest {
  readonly number: number;
  readonly events: number;
  readonly data: bigint;
  /** How many entries of the same number are before it. */
  readonly place: number;
  /** The process has that file under that number. */
  readonly own: boolean;
}

/** The entries of a set, as it is now, seen from a thread or process that has it. */
export function interestsOf(set: OpenFile | number, tid: number): Interest[] {
  const file = typeof set === "number" ? readOpenFiles(tid, [set])[0] : set;
  if (file === undefined) return [];
  const lines = file.info.matchAll(/^tfd:\s*(\d+) events:\s*([0-9a-f]+) data:\s*([0-9a-f]+)/gm);
  const seen = new Map<number, number>();
  const entries = [...lines].map(([, text = "0", events = "0", data = "0"]) => {
    const number = Number(text);
    const place = seen.get(number) ?? 0;
    seen.set(number, place + 1);
    return { number, place, events: parseInt(events, 16), data: BigInt(`0x${data}`) };
  });
  if (entries.length === 0) return [];
  const records = Buffer.from(
    Int32Array.from(entries.flatMap(({ number, place }) => [number, place, 0])).buffer,
  );
  shim.epollCompare(tid, file.number, tid, records, entries.length);
  // Where the kernel does not compare files, an entry is taken for what it was added as.
  return entries.map((entry, index) => {
    const result = records.readInt32LE(index * 12 + 8);
    return { ...entry, own: result <= 0 && result !== NOT_OPEN };
  });
}

/** Puts an entry in as it was. */
export function add(set: number, interest: Interest): RemoteOperation {
  return control(set, ADD, interest, interest.events);
}

/** ADD, DEL or MOD (epoll_ctl(2)). */
export function control(
  set: number,
  operation: number,
  { number, data: cookie }: Interest,
  events: number,
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

/** Makes an entry what it was; `now`: what it is. EPOLLEXCLUSIVE is only taken by an addition (epoll_ctl(2)). */
export function change(set: number, interest: Interest, now = interest): RemoteOperation[] {
  return ((now.events | interest.events) & EXCLUSIVE) !== 0
    ? [control(set, DEL, interest, 0), add(set, interest)]
    : [control(set, MOD, interest, interest.events)];
}

/** Has entries that are ready tell of it, `count` at most: an edge is told once, a one-shot entry fires. */
export function takeFrom(set: number, count: number): RemoteOperation {
  return {
    what: "what it has told of already",
    data: Buffer.alloc(count * EVENT_SIZE),
    calls: (address) => [[SYS_EPOLL_WAIT, set, address, count, 0]],
  };
}

/** What a wait has given, by the entries' data. */
export function eventsIn(given: Buffer): ReadonlyMap<bigint, number> {
  const events = new Map<bigint, number>();
  for (let at = 0; at + EVENT_SIZE <= given.length; at += EVENT_SIZE) {
    const bits = given.readUInt32LE(at);
    if (bits !== 0) events.set(given.readBigUInt64LE(at + 4), bits);
  }
  return events;
}
