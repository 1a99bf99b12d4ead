/**
 * Interest lists of epoll(7). A set is shared by all copies, so a restart makes new ones, unless other processes have it
 * (epollSharing.ts). What the kernel does not show is found by trying: whether an edge has been told of, by waiting and setting
 * the entry again.
 */
import type { Fidelity } from "../../../checkpointer";
import { TargetError } from "../../../target";
import { replaceAll } from "../../remote/handover";
import { runOperations, type RemoteOperation } from "../../remote/remoteOperations";
import type { RemoteThread } from "../../remote/remoteThread";
import { NOTHING, type Carried, type Subject } from "../carried";
import { counted } from "../files/descriptors";
import { placeOf, type OpenFile, type Place } from "../files/openFiles";
import {
  add,
  ADD,
  ALWAYS,
  change,
  control,
  eventsIn,
  interestsOf,
  MOD,
  ONE_SHOT,
  takeFrom,
  type Interest,
} from "./epollInterests";
import { awaitReady, findFired, leaveAlone } from "./epollReadiness";
import { isStillShared, settle, takeOut } from "./epollSharing";
import { renewedFilesOf } from "./renewedFiles";
import { AnonymousLink, anonymousFilesOf, groupedFiles, sharersOf } from "./sharedAnonymous";

/** asm/unistd_64.h, sys/epoll.h. */
const SYS_EPOLL_CREATE1 = 291;
const CLOSE_ON_EXEC = 0o2000000;
/** EPOLLIN, EPOLLPRI, EPOLLOUT, EPOLLRDHUP. */
const ANYTHING = 0x2007;

/** An entry that has told of what was ready already. */
interface Told {
  readonly interest: Interest;
  /** Of an edge, what that was (poll(2)); undefined: it fires once, and has. */
  readonly ready: number | undefined;
}

interface EpollSet {
  /** One of its descriptors, and all of them. */
  readonly number: number;
  readonly places: readonly Place[];
  /** Those that tell of what is ready now when they are put in. */
  readonly open: readonly Interest[];
  /** Those that have told of it already, an edge or once. */
  readonly told: readonly Told[];
  /** One-shot entries that have fired, and whose files are not ready now: they cannot be made to fire. */
  readonly idle: number;
  /** Edge-triggered entries of which it is not known whether they have told. */
  readonly unknown: number;
  /** Entries of files that the program has closed, but others hold open. */
  readonly closed: number;
  /** It is made anew already when it is to be filled (renewedFiles.ts). */
  readonly isRenewed: boolean;
  /** Other processes that have it. */
  readonly sharers: readonly number[];
}

/** Carrier of epoll sets. */
export function carryEpolls(subject: Subject): Carried {
  const files = anonymousFilesOf(subject).filter(({ link }) => link === AnonymousLink.epoll);
  if (files.length === 0) return NOTHING;
  const { live, isLeft } = subject;
  const sharers = sharersOf(subject);
  const renewed = renewedFilesOf(subject);
  const sets = groupedFiles(subject.copy, files).map((same) => ({
    ...lookAt(live, same, sharers.get(same[0]?.number ?? -1) ?? []),
    isRenewed: same.some((file) => renewed.includes(file)),
  }));
  if (isLeft) for (const set of sets) if (isShared(set)) takeOut(live, set.number, entriesOf(set));
  return {
    reach: "process",
    restore: (fresh) => restore(fresh, sets),
    restoreBeside: (fresh) => makeAnew(fresh, sets),
    fidelity: () => fidelity(sets),
  };
}

function lookAt(
  live: RemoteThread,
  files: readonly OpenFile[],
  sharers: readonly number[],
): Omit<EpollSet, "isRenewed"> {
  const [file] = files;
  const number = file?.number ?? -1;
  const all = file ? interestsOf(file, live.tid) : [];
  const own = all.filter((interest) => interest.own);
  const ready = sharers.length > 0 ? leaveAlone(own) : awaitReady(live, number, own, all.length);
  const fired = findFired(live, own);
  const isTold = (interest: Interest): boolean => fired.ready.has(interest) || ready.told.has(interest);
  return {
    number,
    places: files.map(placeOf),
    open: own.filter((interest) => !isTold(interest)),
    told: own.filter(isTold).map((interest) => ({ interest, ready: ready.told.get(interest) })),
    idle: fired.idle,
    unknown: ready.unknown,
    closed: all.length - own.length,
    sharers,
  };
}

function isShared({ sharers }: EpollSet): boolean {
  return sharers.length > 0;
}

function entriesOf({ open, told }: EpollSet): Interest[] {
  return [...open, ...told.map(({ interest }) => interest)];
}

function restore(fresh: RemoteThread, sets: readonly EpollSet[]): void {
  const left = sets.filter((set) => isShared(set) && isStillShared(fresh, set.number, set.sharers));
  makeAnew(
    fresh,
    sets.filter((set) => !left.includes(set)),
  );
  tell(
    runOperations(
      fresh,
      left.flatMap((set) => settle(fresh, set.number, entriesOf(set))),
    ),
  );
}

function tell(failed: readonly string[]): void {
  if (failed.length > 0) throw new TargetError(`An epoll set watches ${failed.join(", ")}.`);
}

function makeAnew(fresh: RemoteThread, sets: readonly EpollSet[]): void {
  const make = [SYS_EPOLL_CREATE1, CLOSE_ON_EXEC] as const;
  replaceAll(
    fresh,
    sets.filter(({ isRenewed }) => !isRenewed).map(({ places }) => ({ make, places })),
  );
  const waits = sets.map((set) => ({ set, wait: takeFrom(set.number, set.told.length) }));
  tell([
    ...runOperations(
      fresh,
      waits.flatMap(({ set, wait }) => putInTold(set, wait)),
    ),
    ...runOperations(fresh, [
      ...sets.flatMap(({ number: set, open }) => open.map((interest) => add(set, interest))),
      ...waits.flatMap(({ set, wait }) => tellAgain(set, eventsIn(wait.data))),
    ]),
    ...runOperations(
      fresh,
      sets.flatMap((set) => correct(fresh, set)),
    ),
  ]);
}

/** Puts entries in and has them tell of what is ready, by `wait`. */
function putInTold({ number: set, told }: EpollSet, wait: RemoteOperation): RemoteOperation[] {
  if (told.length === 0) return [];
  const isFired = ({ events }: Interest): boolean => (events & ONE_SHOT) !== 0;
  return [
    ...told.map(({ interest }) =>
      control(set, ADD, interest, isFired(interest) ? interest.events | ANYTHING : interest.events),
    ),
    wait,
  ];
}

/** What has become ready only since is told of again: somebody may write to the program, or a timer expire, at any moment. */
function tellAgain({ number: set, told }: EpollSet, given: ReadonlyMap<bigint, number>): RemoteOperation[] {
  return told.flatMap(({ interest, ready }) => {
    const isNew = ready !== undefined && ((given.get(interest.data) ?? 0) & ~ready) !== 0;
    return isNew ? change(set, interest) : [];
  });
}

/** One-shot entries that could not be made to fire at least tell of nothing but errors. */
function correct(fresh: RemoteThread, { number: set, told }: EpollSet): RemoteOperation[] {
  const fired = told.map(({ interest }) => interest).filter(({ events }) => (events & ONE_SHOT) !== 0);
  if (fired.length === 0) return [];
  const now = interestsOf(set, fresh.processId);
  return fired.flatMap((interest) => {
    const same = now.find(({ number }) => number === interest.number);
    const isArmed = same !== undefined && (same.events & ANYTHING) !== 0;
    return isArmed ? [control(set, MOD, interest, interest.events & ~ALWAYS)] : [];
  });
}

function fidelity(sets: readonly EpollSet[]): Fidelity[] {
  const sum = (count: (set: EpollSet) => number): number => sets.reduce((all, set) => all + count(set), 0);
  const own = sets.filter((set) => !isShared(set));
  const entries = own.reduce((all, set) => all + entriesOf(set).length, 0);
  const line = (state: Fidelity["state"], detail: string): Fidelity => ({
    resource: "epoll sets",
    state,
    detail,
  });
  const some = (count: number, state: Fidelity["state"], one: string, why: string): Fidelity[] =>
    count > 0 ? [line(state, `${counted(count, one)} ${why}`)] : [];
  return [
    ...(own.length > 0
      ? [line("restored", `${counted(own.length, "set")} with ${counted(entries, "descriptor")}`)]
      : []),
    ...sets.filter(isShared).map((set) => line("approximate", describeShared(set))),
    ...some(
      sum(({ unknown }) => unknown),
      "approximate",
      "edge-triggered descriptor",
      "may be told of once more",
    ),
    ...some(
      sum(({ idle }) => idle),
      "approximate",
      "one-shot descriptor",
      "that had fired may tell of an error",
    ),
    ...some(
      sum((set) => (isShared(set) ? 0 : set.closed)),
      "notRestored",
      "descriptor",
      "that the program has closed, but others hold open",
    ),
  ];
}

function describeShared(set: EpollSet): string {
  const entries = counted(entriesOf(set).length, "descriptor");
  const others = `${set.sharers.length > 1 ? "processes" : "process"} ${set.sharers.join(", ")}`;
  return (
    `a set with ${entries} that is shared with ${others}: it stays shared, and what others have put into it stays; ` +
    "where nobody else has it any more, a new one takes its place"
  );
}
