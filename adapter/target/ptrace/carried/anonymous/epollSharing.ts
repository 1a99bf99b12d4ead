/**
 * Epoll sets that a child of the program has as well, by fork(2), or the process that forked it. What one puts into such a
 * set, the other waits for too. As long as the other has it, a restart leaves the set where it is and puts the program's own entries in
 * it back; new sets take the place of all others (epoll.ts).
 */
import { runOperations, type RemoteOperation } from "../../remote/remoteOperations";
import type { RemoteThread } from "../../remote/remoteThread";
import { add, change, control, DEL, interestsOf, type Interest } from "./epollInterests";
import { sharedWith } from "./sharedAnonymous";

/** Whether one of them still has a set that a fresh copy has. */
export function isStillShared(fresh: RemoteThread, set: number, sharers: readonly number[]): boolean {
  return sharers.some((other) => sharedWith(fresh.processId, [set], other).length > 0);
}

/**
 * Takes the program's own entries out of a shared set, before the program is killed: those of files that
 * copies have as well would stay in it, and nobody could take them out.
 */
export function takeOut(live: RemoteThread, set: number, entries: readonly Interest[]): void {
  runOperations(
    live,
    entries.map((entry) => control(set, DEL, entry, 0)),
  );
}

/** What makes a fresh copy's own entries of a shared set those of the checkpoint. */
export function settle(fresh: RemoteThread, set: number, entries: readonly Interest[]): RemoteOperation[] {
  const now = new Map(
    interestsOf(set, fresh.processId)
      .filter(({ own }) => own)
      .map((entry) => [entry.number, entry]),
  );
  const then = new Set(entries.map(({ number }) => number));
  return [
    ...[...now.values()]
      .filter(({ number }) => !then.has(number))
      .map((entry) => control(set, DEL, entry, 0)),
    ...entries.flatMap((entry) => bringBack(set, entry, now.get(entry.number))),
  ];
}

function bringBack(set: number, entry: Interest, now: Interest | undefined): RemoteOperation[] {
  if (now === undefined) return [add(set, entry)];
  return now.events === entry.events && now.data === entry.data ? [] : change(set, entry, now);
}
