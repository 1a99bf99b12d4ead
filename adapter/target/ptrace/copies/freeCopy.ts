/**
 * A copy of a frozen process that runs free. A clone of the frozen one is a child of the adapter or of the frozen one, and
 * at its end a zombie, since neither waits for it. So a process that shares the frozen one's memory stands between for a
 * moment and is killed: the kernel then gives its child to init, as it does with a daemon. Nothing of it reaches the
 * adapter any more, neither its stops nor its end, and it lives on when the session ends.
 */
import type { Detached } from "../../checkpointer";
import { TargetError } from "../../target";
import { RescuedEnds } from "../carried/connections/rescuedEnds";
import { endUnseen } from "../forks/parentWait";
import { knownIds, prepareIds } from "../ids/idRenewal";
import { idInside } from "../pidNamespace";
import { ProcessMemory } from "../processMemory";
import { whyNoCopy } from "../refusals";
import { concealCopy } from "../remote/dumpability";
import { CALL_SIZE, RemoteThread } from "../remote/remoteThread";
import { reap } from "../running/liveProcess";
import { errorName, shim } from "../shim";
import { fromItself } from "../signals";
import { ThreadRecords } from "../threads/threadRecords";
import { shortenWait } from "../threads/interruptedWaits";
import type { HeldSignal } from "../threads/tracee";
import { wantedOf, type Frozen } from "./frozenCopy";
import { swapOomScore } from "./oomScores";
import { restoreAll, thawWhole, undo, type Thawed } from "./revival";
import { freezeAndAsk } from "./survey";
import { CLONE_VM, OTHER_IDS } from "./wholeClone";

/** clone(2). */
const CLONE_PARENT = 0x00008000n;
/** asm/unistd_64.h. */
const SYS_EXIT = 60;
const SYS_SETPGID = 109;
const SYS_RT_TGSIGQUEUEINFO = 297;
const WHAT = "The checkpoint could not be detached";

/** What a person should know of a free copy. */
const NOTE =
  "It has the session's terminal, which goes away when the session ends, and has open files, their offsets and shared " +
  "memory in common with the program.";

/** Of a program in a pid namespace of its own: with the namespace's first process all others end. */
const ENDS_WITH_SESSION = "It ends with the session.";

/**
 * Makes it and lets it go. It leads a process group of its own, has all threads and what is private of the state that was
 * carried, the signals that they had stopped with, and no trap. `liveId`: the live program, 0 when it is gone. Throws TargetError; then nothing is left of it.
 */
export function releaseCopy(frozen: Frozen, liveId: number): Detached {
  const origin = between(frozen);
  let thawed: Thawed;
  try {
    thawed = thawWhole(frozen, { origin, sameIds: false, beside: true, what: WHAT });
  } finally {
    endUnseen(origin, () => shim.kill(origin, 1));
  }
  let missed: string[];
  try {
    missed = complete(frozen, thawed, liveId);
    letGo(frozen, thawed);
  } catch (error) {
    undo(thawed);
    throw error;
  }
  thawed.memory.close();
  const end = frozen.ownNamespace ? [ENDS_WITH_SESSION] : [];
  return { processId: thawed.pid, note: [NOTE, ...end, ...missed].join(" ") };
}

/** A process that shares the frozen one's memory. */
function between({ pid, site, ownNamespace }: Frozen): number {
  const memory = ProcessMemory.open(pid);
  const leader = new RemoteThread(pid, pid, memory, site);
  const flags = CLONE_PARENT | CLONE_VM | (ownNamespace ? OTHER_IDS : 0n);
  // Where ids differ inside, only the clone's event tells the new one.
  if (ownNamespace) shim.setOptions(pid, 1);
  const result = freezeAndAsk(leader, ThreadRecords.of([pid], [pid]), flags);
  // It never runs again.
  shim.setOptions(pid, 0);
  memory.close();
  if (result < 0) throw whyNoCopy(result, WHAT);
  return result;
}

/** Gives it what it does not have from the clone. Gives what could not be had, for a person. */
function complete(frozen: Frozen, { pid, memory, tids }: Thawed, liveId: number): string[] {
  const rescued = new RescuedEnds();
  const leader = new RemoteThread(pid, pid, memory, frozen.site);
  const copy = { pid, memory, tids };
  const renewIds = prepareIds(frozen, copy, knownIds(frozen, copy), true);
  const own = frozen.carried
    .filter(({ reach }) => reach === "process")
    .map((carried) => (carried.restoreBeside ? { ...carried, restore: carried.restoreBeside } : carried));
  // The live program goes on with its own.
  rescued.take(liveId, wantedOf(frozen), false);
  const missed = restoreAll([frozen.advice, ...own], leader, tids, rescued);
  rescued.close();
  const timeouts = frozen.timeouts.continueIn(leader, tids);
  for (const [index, blocked] of timeouts.blocked) shortenWait(tids[index] ?? pid, blocked);
  missed.push(...timeouts.missed);
  missed.push(...renewIds());
  // In the program's group it would get what is sent to the program's group, and the other way round.
  const result = leader.call(SYS_SETPGID, 0, 0);
  if (result < 0n) missed.push(`It is still in the program's process group (${errorName(Number(result))}).`);
  if (frozen.oomScore !== undefined) swapOomScore(pid, frozen.oomScore);
  if (frozen.isRevealed) concealCopy(leader);
  frozen.threads.forEach(({ signal }, index) => {
    const thread = new RemoteThread(pid, tids[index] ?? pid, memory, frozen.site);
    if (signal === undefined) return;
    const info = fromItself(signal.info, frozen.processId, leader.knownProcessId);
    queue(thread, { ...signal, info }, frozen.ownNamespace);
  });
  return missed;
}

/** A signal with its information; only the thread itself may send one that the kernel seems to have sent. */
function queue(thread: RemoteThread, { number, info }: HeldSignal, ownNamespace: boolean): void {
  const { processId, tid, dataAddress } = thread;
  const [group, id] = ownNamespace ? [idInside(processId), idInside(tid)] : [processId, tid];
  const call = [SYS_RT_TGSIGQUEUEINFO, group, id, number, dataAddress] as const;
  const [result = -1n] = thread.calls([call], Buffer.from(info));
  if (result < 0n) shim.signalThread(processId, tid, number);
}

/** Sets every thread going, untraced. Throws TargetError when there is nothing to set going. */
function letGo(frozen: Frozen, { pid, memory, tids }: Thawed): void {
  if (frozen.leaderGone) endLeader(new RemoteThread(pid, pid, memory, frozen.site));
  tids.forEach((tid, index) => {
    const result = shim.detach(tid, 0);
    if (result >= 0) return;
    if (index === 0) throw whyNoCopy(result, WHAT);
    // Ended by one of those that run already.
    reap(tid);
  });
}

/** The leader had exited before the others did: so does this one. From its exit stop on it goes alone. */
function endLeader(leader: RemoteThread): void {
  const { tid, siteRecord } = leader;
  const call = Buffer.alloc(CALL_SIZE);
  call.writeBigInt64LE(BigInt(SYS_EXIT), 0);
  shim.setOptions(tid, 1);
  // The thread does not come back from it.
  shim.remoteCalls(tid, siteRecord, call, 1, Buffer.alloc(1), 0);
  const result = shim.detach(tid, 0);
  if (result < 0) throw new TargetError(`${WHAT}: it ended at once (${errorName(result)}).`);
}
