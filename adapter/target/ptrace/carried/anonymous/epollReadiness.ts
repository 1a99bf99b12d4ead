/** What an epoll set knows of its entries and does not show: edges that were told of, one-shot entries that have fired. */
import { runOperations } from "../../remote/remoteOperations";
import type { RemoteThread } from "../../remote/remoteThread";
import {
  ALWAYS,
  change,
  EDGE_TRIGGERED,
  EVENT_SIZE,
  eventsIn,
  MANNER,
  ONE_SHOT,
  type Interest,
} from "./epollInterests";

/** asm/unistd_64.h */
const SYS_POLL = 7;
const SYS_EPOLL_WAIT = 232;
/** Of an entry that has fired: EPOLLIN, EPOLLPRI, EPOLLOUT, EPOLLRDHUP. */
const ANYTHING = 0x2007;
/** Of an entry's events, those that poll(2) has, too. */
const ANY_READINESS = 0xffff;
/** struct pollfd. */
const POLL_SIZE = 8;
/** More are not tried: they would not fit. */
const MOST = 500;

function isFired({ events }: Interest): boolean {
  return (events & ONE_SHOT) !== 0 && (events & ~MANNER & ~ALWAYS) === 0;
}

export interface Edges {
  /** Edge-triggered entries that have told of what is ready: what that is (poll(2)). */
  readonly told: ReadonlyMap<Interest, number>;
  /** How many there are of which that is not known. */
  readonly unknown: number;
}

/** Of a set in which others wait too: a wait would take what they wait for. */
export function leaveAlone(entries: readonly Interest[]): Edges {
  return { told: new Map(), unknown: edgesOf(entries).length };
}

function edgesOf(entries: readonly Interest[]): Interest[] {
  return entries.filter((entry) => (entry.events & EDGE_TRIGGERED) !== 0 && !isFired(entry));
}

/** What is ready of files, by their numbers, and what a wait on a set gives then; in one go. */
function lookAndWait(
  live: RemoteThread,
  set: number,
  edges: readonly Interest[],
  most: number,
): { ready: number[]; given: ReadonlyMap<bigint, number> } {
  const polled = pollRecords(edges, ({ events }) => events & ANY_READINESS);
  const data = Buffer.concat([polled, Buffer.alloc(most * EVENT_SIZE)]);
  const events = live.dataAddress + BigInt(polled.length);
  live.calls(
    [
      [SYS_POLL, live.dataAddress, edges.length, 0],
      [SYS_EPOLL_WAIT, set, events, most, 0],
    ],
    data,
  );
  return {
    ready: edges.map((_, index) => readinessAt(data, index)),
    given: eventsIn(data.subarray(polled.length)),
  };
}

/**
 * Which edges have been told of: those of ready files that a wait does not give. What it gives is set again, so that the
 * program's own wait gives it too. Entries that cannot be told apart are left alone. `count`: of entries in the set, with those of
 * files that are not the program's any more.
 */
export function awaitReady(
  live: RemoteThread,
  set: number,
  entries: readonly Interest[],
  count: number,
): Edges {
  const edges = edgesOf(entries);
  if (edges.length === 0) return { told: new Map(), unknown: 0 };
  const isDistinct = new Set(entries.map(({ data }) => data)).size === entries.length;
  const room = Math.min(MOST, Math.floor(live.dataLimit(2) / (EVENT_SIZE + POLL_SIZE)));
  if (!isDistinct || count > room) return { told: new Map(), unknown: edges.length };
  const { ready, given } = lookAndWait(live, set, edges, count);
  runOperations(
    live,
    entries
      .filter(({ events, data }) => given.has(data) && (events & (EDGE_TRIGGERED | ONE_SHOT)) !== 0)
      .flatMap((entry) => change(set, entry)),
  );
  const told = edges.flatMap((edge, index): [Interest, number][] => {
    const bits = ready[index] ?? 0;
    return bits === 0 || given.has(edge.data) ? [] : [[edge, bits]];
  });
  return { told: new Map(told), unknown: 0 };
}

/** struct pollfd for files. */
function pollRecords(entries: readonly Interest[], wanted: (entry: Interest) => number): Buffer {
  const data = Buffer.alloc(entries.length * POLL_SIZE);
  entries.forEach((entry, index) => {
    data.writeInt32LE(entry.number, index * POLL_SIZE);
    data.writeUInt16LE(wanted(entry), index * POLL_SIZE + 4);
  });
  return data;
}

function readinessAt(data: Buffer, index: number): number {
  return data.readUInt16LE(index * POLL_SIZE + 6);
}

/** One-shot entries that have fired: those whose files are ready for something can be made to fire again. */
export function findFired(
  live: RemoteThread,
  entries: readonly Interest[],
): { ready: ReadonlySet<Interest>; idle: number } {
  const fired = entries.filter(isFired);
  const some = fired.slice(0, Math.min(MOST, Math.floor(live.dataLimit(1) / POLL_SIZE)));
  if (some.length === 0) return { ready: new Set(), idle: 0 };
  const data = pollRecords(some, () => ANYTHING);
  live.calls([[SYS_POLL, live.dataAddress, some.length, 0]], data);
  const ready = new Set(some.filter((_, index) => readinessAt(data, index) !== 0));
  return { ready, idle: fired.length - ready.size };
}
