/** A frozen copy: a process that never runs, and what a clone does not carry, kept beside it. */
import type { MemoryAddress } from "../addresses";
import { TargetError, type CheckpointToken, type Fidelity, type TargetThread } from "../target";
import { findAgentSite, findImagePlaces, type AgentSite, type ImagePlaces } from "./agentSite";
import type { BreakpointSites } from "./breakpointSites";
import { areFiltersSuspended, whyFiltered } from "./callFilter";
import { NOTHING, type Carried, type Subject } from "./carried";
import { carriers } from "./carriers";
import { whyOtherNamespace } from "./childNamespaces";
import type { Descriptors } from "./descriptors";
import { ForkAdvice } from "./forkAdvice";
import { Holding, Holdings, looksAt } from "./holdings";
import type { LiveProcess } from "./liveProcess";
import type { LockOwners } from "./lockOwners";
import type { MemorySurvey } from "./memorySurvey";
import { COPY_SCORE, swapOomScore } from "./oomScores";
import { whyNoCopy } from "./refusals";
import { killUnseen } from "./parentWait";
import { idInside } from "./pidNamespace";
import { RemoteThread } from "./remoteThread";
import type { WantedEnd } from "./rescuedEnds";
import { whileInheritable } from "./scheduling";
import type { WaitEvent } from "./shim";
import { answers, freezeAndAsk, heldAt, MOST_PATCHES, type Survey } from "./survey";
import { ThreadRecords } from "./threadRecords";
import { threadFidelity } from "./threadFidelity";
import { Timeouts } from "./timeouts";
import type { HeldSignal, ResentSignal, Tracee } from "./tracee";
import { Trait, traitsOf } from "./traits";

/** What an operation opens at most at once, and keeps. */
export const SPARE_DESCRIPTORS = 8;

/** errno(3). */
const EAGAIN = 11;
const ECANCELED = 125;

/** clone(2). */
export const CLONE_VM = 0x00000100n;

/** FP_OTHER_IDS (native-shim/shim_ptrace.h). */
export const OTHER_IDS = 1n << 40n;

/** A thread of a frozen copy. */
export interface FrozenThread extends TargetThread {
  readonly signal: HeldSignal | undefined;
  readonly resent: readonly ResentSignal[];
  readonly toldAt: MemoryAddress | undefined;
  readonly deferred: WaitEvent | undefined;
}

/** A frozen copy with all that is needed to make a live process of it. */
export interface Frozen {
  readonly pid: number;
  /** Readable once the copy is dead; undefined until it is watched. */
  pidfd: number | undefined;
  /** The program's process id, as it was, and as the program knows it. */
  readonly processId: number;
  /** The program is in a pid namespace of its own (LiveProcess). */
  readonly ownNamespace: boolean;
  /** The leader first, where it is still there; in the order of `records`. */
  readonly threads: readonly FrozenThread[];
  readonly records: ThreadRecords;
  readonly timeouts: Timeouts;
  /** Which of the threads made the copy: its place. */
  readonly cloner: number;
  /**
   * Made with CLONE_VM: the kernel gave it neither the cloner's alternate signal stack nor its rseq registration
   * (kernel/fork.c, sas_ss_reset and rseq_fork).
   */
  readonly bare: boolean;
  /** The ids of threads that were waiting in vfork(2). */
  readonly waiting: readonly number[];
  readonly descriptors: Descriptors;
  readonly advice: ForkAdvice;
  /** Stopped by job control (SIGSTOP and its like): goes on only by SIGCONT. */
  readonly groupStopped: boolean;
  /** The leader had exited, and other threads went on. */
  readonly leaderGone: boolean;
  readonly site: AgentSite;
  readonly places: ImagePlaces;
  readonly carried: readonly Carried[];
  /** Kinds of state that could not be read, with why. */
  readonly missed: readonly Fidelity[];
  /** The program's own; undefined until the copy is given another. */
  oomScore: number | undefined;
  /** Undefined until a restart takes new ids. */
  lockOwners: LockOwners | undefined;
}

export function tokenOf(frozen: Frozen): CheckpointToken {
  return frozen as unknown as CheckpointToken;
}

export function frozenOf(token: CheckpointToken): Frozen {
  return token as unknown as Frozen;
}

/** The live threads, stopped, and the one of them that makes the calls: the leader, or where it is gone the oldest. */
export interface Quarry {
  readonly threads: readonly Tracee[];
  /** Threads that wait in vfork(2) and cannot be stopped; what they will be is in their records. */
  readonly waiting: readonly Tracee[];
  readonly places: ImagePlaces;
  readonly remote: RemoteThread;
  /** They are out of the copy; where they are in the way of more they are lifted, and stay so. */
  readonly sites: BreakpointSites;
  readonly ownNamespace: boolean;
  readonly hasForked: boolean;
}

/** `threads`: all of the live process, the leader first. Throws TargetError when no call can be made there. */
export function quarryOf(
  process: LiveProcess,
  threads: readonly [Tracee, ...Tracee[]],
  waiting: readonly Tracee[],
): Quarry {
  const { processId, memory } = process;
  const places = (process.imagePlaces ??= findImagePlaces(process.procId, memory));
  const [first] = threads;
  const site = findAgentSite(process.procId, memory, places, first.sp);
  if (process.sites.size > MOST_PATCHES) process.sites.lift();
  return {
    threads,
    waiting,
    places,
    sites: process.sites,
    ownNamespace: process.ownNamespace,
    hasForked: process.hasForked,
    remote: new RemoteThread(processId, first.tid, memory, site, () => first.injected()),
  };
}

interface Clone {
  readonly pid: number;
  readonly records: ThreadRecords;
  readonly survey: Survey;
  readonly holdings: Holdings;
}

/** Throws Uncopyable for what may not be held; gives back when it may. */
function judge(holdings: Holdings): void {
  if (holdings.has("pidNamespace")) throw whyOtherNamespace();
  if (holdings.haveOwnFilters) throw whyFiltered();
}

/** Reads what can be asked of the threads, and clones. Throws TargetError, `what` being what was to be done. */
function cloneOf(quarry: Quarry, flags: bigint, what: string): Clone {
  const { threads, waiting, remote: live, ownNamespace } = quarry;
  const tids = threads.map(({ tid }) => tid);
  const asked = looksAt(threads);
  const records = ThreadRecords.of(tids, ownNamespace ? tids.map((tid) => idInside(tid)) : tids, asked);
  const all = ownNamespace ? flags | OTHER_IDS : flags;
  const clone = (refused: number): number =>
    freezeAndAsk(live, records, all, {
      spare: SPARE_DESCRIPTORS,
      patch: quarry.sites.cleaning(),
      holdings: { refused },
    });
  const mayFilter = areFiltersSuspended(live.tid) ? 0 : Holding.unshared;
  let pid = clone(Holding.pidNamespace | mayFilter);
  const holdings = Holdings.of(heldAt(), threads, asked, records);
  if (pid === -ECANCELED) {
    judge(holdings);
    // The records have what was found now, and no longer what to look for.
    pid = clone(0);
  }
  if (pid === -EAGAIN) pid = whileInheritable(live.tid, () => clone(0)) ?? pid;
  const groupStopped = threads.some((tracee) => tracee.groupStopped);
  for (const tracee of threads) {
    tracee.injected();
    // One that had not come to that stop yet has passed it by now.
    tracee.groupStopped = groupStopped;
  }
  if (pid < 0) throw whyNoCopy(pid, what);
  if ((flags & CLONE_VM) !== 0n) quarry.sites.noteLifted();
  threads.forEach(({ blocked }, index) => {
    if (blocked !== undefined) records.nameCall(index, blocked);
  });
  const more = waiting.flatMap(({ vforkRecord }) => vforkRecord ?? []);
  return {
    pid,
    records: records.joined(more, live.processId),
    holdings,
    survey: answers(live, pid, (flags & CLONE_VM) !== 0n),
  };
}

interface WholeClone extends Clone {
  readonly memory: MemorySurvey;
  readonly advice: ForkAdvice;
}

/** A clone with all memory of the program, that which children do not get included. */
function wholeCloneOf(quarry: Quarry, flags: bigint, what: string): WholeClone {
  const live = quarry.remote;
  const advice = new ForkAdvice();
  let clone = cloneOf(quarry, flags, what);
  let isThere = true;
  try {
    let memory = clone.survey.memory();
    // What is copied or kept beside the copy must be without traps.
    if (memory.missing > 0 || memory.wiped > 0 || memory.shared > 0) quarry.sites.lift();
    if (memory.missing > 0 && advice.include(live, clone.pid)) {
      killUnseen(clone.pid);
      isThere = false;
      try {
        clone = cloneOf(quarry, flags, what);
        isThere = true;
        memory = clone.survey.memory();
      } finally {
        advice.restore(live);
      }
    }
    advice.fill(live.tid, clone.pid, memory);
    return { ...clone, memory, advice };
  } catch (error) {
    if (isThere) killUnseen(clone.pid);
    throw error;
  }
}

/**
 * Makes a frozen copy: reads what a clone does not carry of the live threads, and clones. `flags`: clone(2). Throws
 * TargetError, `what` being what was to be done: then there is none. `keepsContents`: of files.
 */
export function freeze(quarry: Quarry, flags: bigint, what: string, keepsContents: boolean): Frozen {
  const { threads, waiting, places, remote: live, ownNamespace } = quarry;
  const { processId } = live;
  const { pid, records, survey, holdings, memory, advice } = wholeCloneOf(quarry, flags, what);
  const { descriptors, intervals, traits, timers, locks } = survey;
  const { carried, missed } = readState({
    live,
    copy: pid,
    descriptors,
    memory,
    records,
    intervals,
    traits: records.count > 1 ? traits | Trait.schedules : traits,
    timers,
    locks,
    hasForked: quarry.hasForked,
    isLeft: (flags & CLONE_VM) !== 0n,
    holdings,
    keepsContents,
  });
  // As ThreadRecords.joined has them.
  const inOrder = [...threads, ...waiting].sort(
    (a, b) => Number(b.tid === processId) - Number(a.tid === processId),
  );
  return {
    pid,
    pidfd: undefined,
    oomScore: undefined,
    lockOwners: undefined,
    processId: ownNamespace ? idInside(live.tid, "Tgid") : processId,
    ownNamespace,
    threads: inOrder.map(({ id, tid, signal, resent, toldAt, deferred }, index) => {
      return { id, tid, name: records.name(index), signal, resent, toldAt, deferred };
    }),
    waiting: waiting.map(({ tid }) => tid),
    bare: (flags & CLONE_VM) !== 0n,
    cloner: inOrder.findIndex(({ tid }) => tid === live.tid),
    records,
    timeouts: Timeouts.of(records, inOrder, live.memory),
    descriptors,
    advice,
    groupStopped: threads.some(({ groupStopped }) => groupStopped),
    leaderGone: inOrder[0]?.tid !== processId,
    site: live.site,
    places,
    carried,
    missed,
  };
}

/** Every kind of state by itself: what cannot be read of one is said, and the copy is there all the same. */
function readState(subject: Subject): Pick<Frozen, "carried" | "missed"> {
  const carried: Carried[] = [];
  const missed: Fidelity[] = [];
  const attempt = (resource: string, work: () => void): void => {
    try {
      work();
    } catch (error) {
      if (!(error instanceof TargetError)) throw error;
      missed.push({ resource, state: "notRestored", detail: error.message });
    }
  };
  attempt("descriptors", () => subject.descriptors.complete(subject.live));
  const traits = traitsOf(subject);
  for (const [resource, concerns, carrier] of carriers) {
    if ((traits & concerns) === 0) continue;
    attempt(resource, () => {
      const one = carrier(subject);
      if (one !== NOTHING) carried.push(one);
    });
  }
  return { carried, missed };
}

/** The pipes and sockets that a restart of a copy takes from the live program. */
export function wantedOf({ carried }: Frozen): WantedEnd[] {
  return carried.flatMap(({ wanted }) => wanted ?? []);
}

/** What a restart of a copy brings back of the program, and what not. */
export function fidelityOf(frozen: Frozen): Fidelity[] {
  return [
    { resource: "memory", state: "restored", detail: "all private memory" },
    { resource: "registers", state: "restored", detail: "general, floating-point and vector registers" },
    ...threadFidelity(frozen.records, frozen.waiting),
    ...frozen.timeouts.fidelity(),
    ...frozen.advice.fidelity(),
    ...frozen.carried.flatMap((carried) => carried.fidelity()),
    ...frozen.missed,
  ];
}

/** Has the out-of-memory killer take the copy before the program, and remembers what the program's own score was. */
export function raiseOomScore(frozen: Frozen): void {
  const before = swapOomScore(frozen.pid, COPY_SCORE);
  frozen.oomScore ??= before;
}
