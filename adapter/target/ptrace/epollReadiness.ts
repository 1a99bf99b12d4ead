/** What an epoll set knows of its entries and does not show: edges that were told of, one-shot entries that have fired. */
import {
  ALWAYS,
  change,
  EDGE_TRIGGERED,
  EVENT_SIZE,
  MANNER,
  ONE_SHOT,
  type Interest,
} from "./epollInterests";
import { runOperations } from "./remoteOperations";
import type { RemoteThread } from "./remoteThread";

/** asm/unistd_64.h */
const SYS_POLL = 7;
const SYS_EPOLL_WAIT = 232;
/** Of an entry that has fired: EPOLLIN, EPOLLPRI, EPOLLOUT, EPOLLRDHUP. */
const ANYTHING = 0x2007;
/** struct pollfd. */
const POLL_SIZE = 8;
/** More are not tried: they would not fit. */
const MOST = 500;

function isFired({ events }: Interest): boolean {
  return (events & ONE_SHOT) !== 0 && (events & ~MANNER & ~ALWAYS) === 0;
}

export interface Edges {
  /** Edge-triggered entries that have told of what is ready, or have nothing to tell of. */
  readonly told: ReadonlySet<Interest>;
  /** How many there are of which that is not known. */
  readonly unknown: number;
}

/** Of a set in which others wait too: a wait would take what they wait for. */
export function leaveAlone(entries: readonly Interest[]): Edges {
  return { told: new Set(), unknown: edgesOf(entries).length };
}

function edgesOf(entries: readonly Interest[]): Interest[] {
  return entries.filter((entry) => (entry.events & EDGE_TRIGGERED) !== 0 && !isFired(entry));
}

/**
 * Which edges have been told of: those that a wait does not give. What it gives is set again, so that the program's own
 * wait gives it too. Entries that cannot be told apart are left alone.
 */
export function awaitReady(live: RemoteThread, set: number, entries: readonly Interest[]): Edges {
  const edges = edgesOf(entries);
  if (edges.length === 0) return { told: new Set(), unknown: 0 };
  const byData = new Map(entries.map((entry) => [entry.data, entry]));
  const room = Math.min(MOST, Math.floor(live.dataLimit(1) / EVENT_SIZE));
  if (byData.size < entries.length || entries.length > room)
    return { told: new Set(), unknown: edges.length };
  const data = Buffer.alloc(entries.length * EVENT_SIZE);
  const [count = 0n] = live.calls([[SYS_EPOLL_WAIT, set, live.dataAddress, entries.length, 0]], data);
  const given = Array.from({ length: Math.max(0, Number(count)) }, (_, index) =>
    byData.get(data.readBigUInt64LE(index * EVENT_SIZE + 4)),
  ).flatMap((entry) => entry ?? []);
  runOperations(
    live,
    given
      .filter(({ events }) => (events & (EDGE_TRIGGERED | ONE_SHOT)) !== 0)
      .flatMap((entry) => change(set, entry)),
  );
  return { told: new Set(edges.filter((edge) => !given.includes(edge))), unknown: 0 };
}

/** One-shot entries that have fired: those whose files are ready for something can be made to fire again. */
export function findFired(
  live: RemoteThread,
  entries: readonly Interest[],
): { ready: ReadonlySet<Interest>; idle: number } {
  const fired = entries.filter(isFired);
  const some = fired.slice(0, Math.min(MOST, Math.floor(live.dataLimit(1) / POLL_SIZE)));
  if (some.length === 0) return { ready: new Set(), idle: 0 };
  const data = Buffer.alloc(some.length * POLL_SIZE);
  some.forEach(({ number }, index) => {
    data.writeInt32LE(number, index * POLL_SIZE);
    data.writeInt16LE(ANYTHING, index * POLL_SIZE + 4);
  });
  live.calls([[SYS_POLL, live.dataAddress, some.length, 0]], data);
  const ready = new Set(some.filter((_, index) => data.readInt16LE(index * POLL_SIZE + 6) !== 0));
  return { ready, idle: fired.length - ready.size };
}
