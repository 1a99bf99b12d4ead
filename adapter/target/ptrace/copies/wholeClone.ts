/** A clone of the live process, made by one of its threads, with all memory of the program. */
import { Holding, Holdings, looksAt } from "../carried/holdings";
import { ForkAdvice } from "../carried/memory/forkAdvice";
import type { MemorySurvey } from "../carried/memory/memorySurvey";
import { whyOtherNamespace } from "../carried/process/childNamespaces";
import { whileInheritable } from "../carried/process/scheduling";
import { killUnseen } from "../forks/parentWait";
import { idInside } from "../pidNamespace";
import { CopyGone, whyNoCopy } from "../refusals";
import { findAgentSite, findImagePlaces, type ImagePlaces } from "../remote/agentSite";
import { areFiltersSuspended, whyFiltered } from "../remote/callFilter";
import { RemoteThread } from "../remote/remoteThread";
import type { BreakpointSites } from "../running/breakpointSites";
import type { LiveProcess } from "../running/liveProcess";
import { ThreadRecords } from "../threads/threadRecords";
import type { Tracee } from "../threads/tracee";
import { answers, freezeAndAsk, heldAt, MOST_PATCHES, type Survey } from "./survey";

/** What an operation opens at most at once, and keeps. */
export const SPARE_DESCRIPTORS = 8;

/** errno(3). */
const ECHILD = 10;
const EAGAIN = 11;
const ECANCELED = 125;

/** clone(2). */
export const CLONE_VM = 0x00000100n;

/** FP_OTHER_IDS (native-shim/shim_copies.h). */
export const OTHER_IDS = 1n << 40n;
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
  /** Its user may look into it for the moment only (dumpability.ts). */
  readonly isRevealed: boolean;
  readonly hasForked: boolean;
  /** A frozen copy without which there is no use in one of these. */
  readonly needed?: number;
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
    isRevealed: process.isRevealed,
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
  const { threads, waiting, remote: live, ownNamespace, needed } = quarry;
  const tids = threads.map(({ tid }) => tid);
  const asked = looksAt(threads);
  const records = ThreadRecords.of(tids, ownNamespace ? tids.map((tid) => idInside(tid)) : tids, asked);
  const all = ownNamespace ? flags | OTHER_IDS : flags;
  const clone = (refused: number): number =>
    freezeAndAsk(live, records, all, {
      spare: SPARE_DESCRIPTORS,
      patch: quarry.sites.cleaning(),
      holdings: { refused },
      ...(needed === undefined ? {} : { needed }),
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
  if (pid === -ECHILD) throw new CopyGone();
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

export interface WholeClone extends Clone {
  readonly memory: MemorySurvey;
  readonly advice: ForkAdvice;
}

/** A clone with all memory of the program, that which children do not get included. */
export function wholeCloneOf(quarry: Quarry, flags: bigint, what: string): WholeClone {
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
    return { memory, advice, ...clone };
  } catch (error) {
    if (isThere) killUnseen(clone.pid);
    throw error;
  }
}
