/**
 * Interest lists of epoll(7). A set is shared by all copies, so a restart makes new ones. What the kernel does not show is
 * found by trying: whether an edge has been told of, by waiting and setting the entry again.
 */
import { anonymousFilesOf } from "./anonymousFiles";
import { TargetError, type Fidelity } from "../target";
import type { Carried, Subject } from "./carried";
import { counted } from "./descriptors";
import { awaitReady, findFired } from "./epollReadiness";
import {
  add,
  ADD,
  ALWAYS,
  control,
  interestsOf,
  MOD,
  ONE_SHOT,
  takeFrom,
  type Interest,
} from "./epollInterests";
import { replaceAll } from "./handover";
import { runOperations, type RemoteOperation } from "./remoteOperations";
import type { RemoteThread } from "./remoteThread";
import { shim } from "./shim";

/** asm/unistd_64.h, sys/epoll.h. */
const SYS_EPOLL_CREATE1 = 291;
const CLOSE_ON_EXEC = 0o2000000;
/** EPOLLIN, EPOLLPRI, EPOLLOUT, EPOLLRDHUP. */
const ANYTHING = 0x2007;

interface EpollSet {
  /** All of its descriptors. */
  readonly numbers: readonly [number, ...number[]];
  /** Those that tell of what is ready now when they are put in. */
  readonly open: readonly Interest[];
  /** Those that have told of it already, an edge or once. */
  readonly told: readonly Interest[];
  /** One-shot entries that have fired, and whose files are not ready now: they cannot be made to fire. */
  readonly idle: number;
  /** Edge-triggered entries of which it is not known whether they have told. */
  readonly unknown: number;
  /** Entries of files that the program has closed, but others hold open. */
  readonly closed: number;
}

/** Carrier of epoll sets. */
export function carryEpolls(subject: Subject): Carried {
  const files = anonymousFilesOf(subject).filter(({ link }) => link === "anon_inode:[eventpoll]");
  if (files.length === 0) return { reach: "process", restore: () => undefined, fidelity: () => [] };
  const { live } = subject;
  const sets = groupSets(
    subject.copy,
    files.map(({ number }) => number),
  ).map((numbers) => {
    const file = files.find(({ number }) => number === numbers[0]);
    return lookAt(live, numbers, file ? interestsOf(file, live.tid) : []);
  });
  return {
    reach: "process",
    restore: (fresh) => restore(fresh, sets),
    fidelity: () => fidelity(sets),
  };
}

/** Descriptors of the same set belong together. */
function groupSets(processId: number, numbers: readonly number[]): [number, ...number[]][] {
  const first = Buffer.alloc(numbers.length * 4);
  shim.groupFiles(processId, Buffer.from(Int32Array.from(numbers).buffer), numbers.length, first);
  const groups = new Map<number, [number, ...number[]]>();
  numbers.forEach((number, index) => {
    const place = first.readInt32LE(index * 4);
    const group = groups.get(place);
    if (group === undefined) groups.set(place, [number]);
    else group.push(number);
  });
  return [...groups.values()];
}

function lookAt(
  live: RemoteThread,
  numbers: readonly [number, ...number[]],
  all: readonly Interest[],
): EpollSet {
  const own = all.filter((interest) => interest.own);
  const ready = awaitReady(live, numbers[0], own);
  const fired = findFired(live, own);
  const isTold = (interest: Interest): boolean => fired.ready.has(interest) || ready.told.has(interest);
  return {
    numbers,
    open: own.filter((interest) => !isTold(interest)),
    told: own.filter(isTold),
    idle: fired.idle,
    unknown: ready.unknown,
    closed: all.length - own.length,
  };
}

function restore(fresh: RemoteThread, sets: readonly EpollSet[]): void {
  const make = [SYS_EPOLL_CREATE1, CLOSE_ON_EXEC] as const;
  replaceAll(
    fresh,
    make,
    sets.map(({ numbers }) => numbers),
  );
  const failed = [
    ...runOperations(fresh, [
      ...sets.flatMap(putInTold),
      ...sets.flatMap(({ numbers: [set], open }) => open.map((interest) => add(set, interest))),
    ]),
    ...runOperations(
      fresh,
      sets.flatMap((set) => correct(fresh, set)),
    ),
  ];
  if (failed.length > 0) throw new TargetError(`An epoll set watches ${failed.join(", ")}.`);
}

/** Puts entries in and has them tell of what is ready. */
function putInTold({ numbers: [set], told }: EpollSet): RemoteOperation[] {
  if (told.length === 0) return [];
  const isFired = ({ events }: Interest): boolean => (events & ONE_SHOT) !== 0;
  return [
    ...told.map((interest) =>
      control(set, ADD, interest, isFired(interest) ? interest.events | ANYTHING : interest.events),
    ),
    takeFrom(set, told.length),
  ];
}

/** One-shot entries that could not be made to fire at least tell of nothing but errors. */
function correct(fresh: RemoteThread, { numbers: [set], told }: EpollSet): RemoteOperation[] {
  const fired = told.filter(({ events }) => (events & ONE_SHOT) !== 0);
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
  const entries = sum(({ open, told }) => open.length + told.length);
  const line = (state: Fidelity["state"], detail: string): Fidelity => ({
    resource: "epoll sets",
    state,
    detail,
  });
  const some = (count: number, state: Fidelity["state"], one: string, why: string): Fidelity[] =>
    count > 0 ? [line(state, `${counted(count, one)} ${why}`)] : [];
  return [
    line("restored", `${counted(sets.length, "set")} with ${counted(entries, "descriptor")}`),
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
      sum(({ closed }) => closed),
      "notRestored",
      "descriptor",
      "that the program has closed, but others hold open",
    ),
  ];
}
