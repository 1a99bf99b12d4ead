/** A live process made of a frozen one. */
import type { FileChange } from "../../checkpointer";
import { TargetError } from "../../target";
import type { Carried, ThreadAt } from "../carried/carried";
import type { RescuedEnds } from "../carried/connections/rescuedEnds";
import { surveyMemory } from "../carried/memory/memorySurvey";
import { endUnseen } from "../forks/parentWait";
import { knownIds, prepareIds, type KnownIds } from "../ids/idRenewal";
import { ProcessMemory } from "../processMemory";
import { whyNewId, whyNewThreadIds, whyNoCopy } from "../refusals";
import { encodeSite } from "../remote/agentSite";
import { RemoteThread } from "../remote/remoteThread";
import { killProcess } from "../running/liveProcess";
import { errorName, shim } from "../shim";
import type { ThreadRecords } from "../threads/threadRecords";
import type { BlockedCall } from "../threads/interruptedWaits";
import type { Frozen } from "./frozenCopy";

/** A fresh copy: stopped, without traps, not yet known to anyone. */
export interface Fresh {
  readonly pid: number;
  readonly memory: ProcessMemory;
  /** The threads' ids, in the order of the frozen copy's threads. */
  readonly tids: readonly number[];
  /** The calls with a time-out that they are in, by their place there. */
  readonly blocked: ReadonlyMap<number, BlockedCall>;
  /** The ids differ from those at the checkpoint; why, for a person. */
  readonly why?: string;
  /** What could not be put back, for a person. */
  readonly missed: readonly string[];
}

const WHAT = "The checkpoint could not be restarted";

/** Flags of fp_thaw. */
const SAME_IDS = 1;
const LEADER_GONE = 2;
const OTHER_IDS = 4;
const CHILD = 8;
const IN_PLACE = 16;

/** How a fresh copy is made. */
export interface Thawing {
  /** What is cloned: the frozen process, or one that shares its memory. */
  readonly origin: number;
  readonly sameIds: boolean;
  /** It takes no one's place: a child of `origin`, which leaves offsets of shared open files as they are. */
  readonly beside: boolean;
  /** Nothing is cloned: the frozen process itself goes on, under its own id. */
  readonly inPlace?: boolean;
  /** In half a sentence, what was to be done. */
  readonly what: string;
}

/** A fresh copy that has its threads, but not yet all that they had. */
export interface Thawed {
  readonly pid: number;
  readonly memory: ProcessMemory;
  readonly tids: readonly number[];
  /** -errno of the process id that could not be had, or 0. */
  readonly refused: number;
}

function thaw(frozen: Frozen, { origin, sameIds, beside, inPlace, what }: Thawing): Thawed {
  const { descriptors, leaderGone, bare, processId, ownNamespace } = frozen;
  // A process that shares memory has neither rseq registration nor alternate stack to be inherited (clone(2), CLONE_VM).
  const records = frozen.records.forCopy(
    leaderGone || bare || origin !== frozen.pid ? undefined : frozen.cloner,
  );
  const site = encodeSite(frozen.site);
  const refused = Buffer.alloc(4);
  const pid = shim.thaw(
    origin,
    site,
    processId,
    records.bytes,
    records.count,
    records.stride,
    (sameIds ? SAME_IDS : 0) |
      (leaderGone ? LEADER_GONE : 0) |
      (ownNamespace ? OTHER_IDS : 0) |
      (beside ? CHILD : 0) |
      (inPlace ? IN_PLACE : 0),
    descriptors.records,
    beside ? 0 : descriptors.count,
    refused,
  );
  if (pid < 0) throw whyNoCopy(pid, what);
  const memory = ProcessMemory.of(site.readInt32LE(0));
  return { pid, memory, tids: newTids(records), refused: refused.readInt32LE(0) };
}

/** Nothing is left of it. */
export function undo({ pid, memory, tids }: Thawed): void {
  endUnseen(pid, () => killProcess(pid, tids));
  memory.close();
}

/** Whether a frozen copy can be had to give its clones more memory than this one got. */
function hasMore({ pid, site, advice }: Frozen, thawed: Thawed): boolean {
  const memory = ProcessMemory.open(pid);
  try {
    return advice.include(new RemoteThread(pid, pid, memory, site), thawed.pid);
  } finally {
    memory.close();
  }
}

/** A fresh copy with all memory and threads of the frozen one. Throws TargetError: then there is none. */
export function thawWhole(frozen: Frozen, how: Thawing): Thawed {
  let thawed = thaw(frozen, how);
  if (how.inPlace) return thawed;
  // What a real clone has, clones of it have, but for areas that are emptied for every child.
  if (!frozen.bare && !frozen.advice.emptiesClones) return thawed;
  let isThere = true;
  try {
    let memory = surveyMemory(frozen.pid, thawed.pid);
    if (memory.missing > 0 && hasMore(frozen, thawed)) {
      undo(thawed);
      isThere = false;
      thawed = thaw(frozen, how);
      isThere = true;
      memory = surveyMemory(frozen.pid, thawed.pid);
    }
    frozen.advice.fill(frozen.pid, thawed.pid, memory);
    return thawed;
  } catch (error) {
    if (isThere) undo(thawed);
    throw error;
  }
}

/**
 * Makes a live process of a frozen one, with the old ids where the kernel allows it and `sameIds` wants it. Throws
 * TargetError: then there is none. `files`: what is to be done to files that others have too. `rescued`: what is left of pipes and
 * sockets that others have.
 */
export function revive(
  frozen: Frozen,
  sameIds: boolean,
  rescued: RescuedEnds,
  files: readonly FileChange[] = [],
): Fresh {
  return complete(frozen, { origin: frozen.pid, sameIds, beside: false, what: WHAT }, rescued, files);
}

/** Makes a frozen process itself live, which takes hardly any memory. Throws TargetError: then it is gone. */
export function wake(frozen: Frozen, rescued: RescuedEnds): Fresh {
  return complete(
    frozen,
    { origin: frozen.pid, sameIds: false, beside: false, inPlace: true, what: WHAT },
    rescued,
    [],
  );
}

function complete(frozen: Frozen, how: Thawing, rescued: RescuedEnds, files: readonly FileChange[]): Fresh {
  const { what } = how;
  const thawed = thawWhole(frozen, how);
  const { pid, memory, tids, refused } = thawed;
  try {
    const leader = new RemoteThread(pid, pid, memory, frozen.site);
    const ids = knownIds(frozen, thawed);
    const renewIds = prepareIds(frozen, thawed, ids, false);
    const missed = restoreAll([frozen.advice, ...frozen.carried], leader, tids, rescued);
    const notRenewed = renewIds();
    for (const carried of files.length > 0 ? frozen.carried : [])
      missed.push(...attempt(() => carried.writeFiles?.(leader, files)));
    // Behind all that takes time: theirs runs from then on.
    const timeouts = frozen.timeouts.continueIn(leader, tids);
    const { blocked } = timeouts;
    missed.push(...timeouts.missed);
    if (frozen.leaderGone) endThread(leader, what);
    // No call can be made any more without taking them out of it.
    if (frozen.groupStopped) stopGroup(pid, tids, what);
    return { pid, memory, tids, blocked, missed, ...whyChanged(frozen, ids, refused, notRenewed) };
  } catch (error) {
    undo(thawed);
    throw error;
  }
}

/** The threads of a fresh copy by their place. */
function threadsOf(leader: RemoteThread, tids: readonly number[]): ThreadAt {
  const { processId, memory, site } = leader;
  return (index) =>
    tids[index] === processId ? leader : new RemoteThread(processId, tids[index] ?? 0, memory, site);
}

/** Puts kinds of state back; gives what failed, for a person. */
export function restoreAll(
  kinds: readonly Carried[],
  leader: RemoteThread,
  tids: readonly number[],
  rescued: RescuedEnds,
): string[] {
  const threadAt = threadsOf(leader, tids);
  return kinds.flatMap((carried) => attempt(() => carried.restore(leader, threadAt, rescued)));
}

function newTids(records: ThreadRecords): number[] {
  return Array.from({ length: records.count }, (_, index) => records.newTid(index));
}

/** Why ids are not those of the checkpoint, and what of that is felt; nothing when they are. */
function whyChanged(
  { processId, records }: Frozen,
  ids: KnownIds,
  refused: number,
  notRenewed: readonly string[],
): { why?: string } {
  const changed = ids.tids.filter((tid, index) => tid !== records.knownTid(index)).length;
  const isOther = ids.processId !== processId;
  if (!isOther && changed === 0) return {};
  const why = isOther
    ? whyNewId(refused === 0 ? "" : errorName(refused), processId)
    : whyNewThreadIds(changed);
  return { why: notRenewed.length > 0 ? `${why}. ${notRenewed.join(" ")}` : why };
}

/** Gives what a person reads when it fails. */
function attempt(work: () => void): string[] {
  try {
    work();
    return [];
  } catch (error) {
    if (!(error instanceof TargetError)) throw error;
    return [error.message];
  }
}

function stopGroup(pid: number, tids: readonly number[], what: string): void {
  const result = shim.stopGroup(pid, Buffer.from(Int32Array.from(tids).buffer), tids.length);
  if (result < 0) throw whyNoCopy(result, what);
}

/** The leader had exited before the others did: so does the fresh one. */
function endThread(leader: RemoteThread, what: string): void {
  const result = shim.endThread(leader.tid, leader.siteRecord);
  if (result < 0) throw whyNoCopy(result, what);
}
