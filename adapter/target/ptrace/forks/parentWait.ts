/**
 * What the parent of a forked process sees by wait(2). A copy is made with CLONE_PARENT, so it is its parent's child, and with
 * the exit signal of the process that it copies (fork(2) in the kernel's copy_process): SIGCHLD. To the parent each copy that
 * is freed would be a child of its own that was killed, and so would be the process that a restart leaves. Where the parent
 * is a process of this debugger, it is made to take such an end itself, by a wait4 that it does not know of, while all its threads
 * stand. The id is free again then, and what runs next under it is the child that the parent goes on to wait for.
 */
import { readdirSync, readFileSync } from "node:fs";
import type { Fidelity } from "../../checkpointer";
import { TargetError } from "../../target";
import { idInside } from "../pidNamespace";
import { capabilitiesOf, numberIn, statusOf } from "../procStatus";
import { checkFilter } from "../remote/callFilter";
import type { RemoteThread } from "../remote/remoteThread";
import { shim } from "../shim";

/** asm/unistd_64.h */
const WAIT4 = 61;
const KILL = 62;
const RT_SIGTIMEDWAIT = 128;
const RT_SIGQUEUEINFO = 129;
const WAITID = 247;
/** wait4(2), waitid(2) */
const WNOHANG = 1;
const WEXITED = 4;
const WNOWAIT = 0x01000000;
const WALL = 0x40000000;
const P_ALL = 0;
/** CAP_SYS_ADMIN and CAP_CHECKPOINT_RESTORE (linux/capability.h). */
const CHOOSES_IDS = (1n << 21n) | (1n << 40n);
const SIGCHLD = 17;
const SIGNAL_SET = 1n << BigInt(SIGCHLD - 1);
const SET_SIZE = 8;
/** siginfo_t (sigaction(2)), and where it has a child's id. */
const SIGINFO_SIZE = 128;
const SENDER = 16;
/** struct timespec. */
const TIME_SIZE = 16;

/** A target, as far as its processes may be somebody's parents. */
export interface ParentHolder {
  /** Whether a process is the live one or a suspended one. */
  isParent(processId: number): boolean;
  /** A thread of it in which calls can be made, while it stands. */
  callerIn(processId: number): RemoteThread | undefined;
  /** Does something while the live process stands: at once, or soon. */
  whileStill<T>(work: () => T): Promise<T>;
}

const holders = new Set<ParentHolder>();

export function addParentHolder(holder: ParentHolder): void {
  holders.add(holder);
}

export function removeParentHolder(holder: ParentHolder): void {
  holders.delete(holder);
}

/** Whether a process is the live one of a target, or a suspended one, and no copy. */
export function isOfTarget(processId: number): boolean {
  return [...holders].some((holder) => holder.isParent(processId));
}

/** The real parent, whoever traces (proc(5)). */
function parentOf(processId: number): number {
  return numberIn(processId, "PPid") ?? 0;
}

function holderOf(parentId: number): ParentHolder | undefined {
  return [...holders].find((holder) => holder.isParent(parentId));
}

/** Does something while the parent of a process stands, where this debugger has it; else at once. */
export async function whileParentStands<T>(processId: number, work: () => T): Promise<T> {
  const holder = holderOf(parentOf(processId));
  return holder === undefined ? work() : holder.whileStill(work);
}

/** Does something that ends a process, and has its parent see nothing of it. The parent stands, if this debugger has it. */
export function endUnseen<T>(processId: number, work: () => T): T {
  const parentId = parentOf(processId);
  const caller = callerOf(parentId);
  if (caller === undefined) return work();
  const knownId = idInside(processId);
  const hadNews = hasNews(parentId);
  const endedBefore = endedChild(caller);
  const result = work();
  takeEnd(caller, { knownId, hadNews, endedBefore });
  return result;
}

/**
 * Whether what runs next can have a process's id (clone3(2), set_tid): else the parent would wait for a child that is not
 * there any more, and had better see its end.
 */
export function canBeReplaced(processId: number): boolean {
  return (capabilitiesOf(processId) & CHOOSES_IDS) !== 0n;
}

/** Kills a copy, as soon as its parent stands. */
export function killUnseen(processId: number): void {
  const holder = holderOf(parentOf(processId));
  if (holder === undefined) shim.kill(processId, 1);
  else void holder.whileStill(() => endUnseen(processId, () => shim.kill(processId, 1)));
}

/** What a restart of a forked process does to its parent's waiting. */
export function parentFidelity(processId: number, sameIds: boolean): Fidelity[] {
  const parentId = parentOf(processId);
  if (parentId === 0 || parentId === process.pid || idInside(parentId) === 1) return [];
  const who = `its parent, process ${parentId}`;
  const seen = `${who}, sees the process that a restart leaves killed, and`;
  if (holderOf(parentId) === undefined)
    return [{ resource: "parent", state: "notRestored", detail: `${seen} copies as children of its own` }];
  if (!sameIds || !canBeReplaced(processId))
    return [{ resource: "parent", state: "notRestored", detail: `${seen} what runs next as another child` }];
  const detail = `${who}, waits for what runs in its place; while there are copies, wait() does not tell it that it has no more children`;
  const lines: Fidelity[] = [{ resource: "parent", state: "approximate", detail }];
  if (hasDescriptorOf(parentId, processId))
    lines.push({
      resource: "parent",
      state: "notRestored",
      detail: `a pidfd that ${who}, has of it tells from a restart on that it has ended`,
    });
  return lines;
}

/** Whether a process has a pidfd of another one (pidfd_open(2), /proc/PID/fdinfo). */
function hasDescriptorOf(holderId: number, processId: number): boolean {
  const folder = `/proc/${holderId}/fdinfo`;
  try {
    const ofIt = new RegExp(`^Pid:\\s*${processId}$`, "m");
    return readdirSync(folder).some((number) => ofIt.test(readFileSync(`${folder}/${number}`, "latin1")));
  } catch {
    // It may not be looked at, or closes one just now.
    return false;
  }
}

function callerOf(parentId: number): RemoteThread | undefined {
  try {
    const caller = holderOf(parentId)?.callerIn(parentId);
    if (caller !== undefined) checkFilter(caller.tid);
    return caller;
  } catch (error) {
    // Killed in between, or it forbids itself to be asked.
    if (!(error instanceof TargetError)) throw error;
    return undefined;
  }
}

/** Whether a SIGCHLD waits already: one that comes beside it is lost in it. */
function hasNews(processId: number): boolean {
  const masks = statusOf(processId).matchAll(/^(?:SigPnd|ShdPnd):\s*([0-9a-f]+)/gm);
  return [...masks].some(([, mask]) => (BigInt(`0x${mask ?? "0"}`) & SIGNAL_SET) !== 0n);
}

/** What tells which children have ended and waits for none (waitid(2)). */
function lookAt(info: bigint): readonly [number, ...(number | bigint)[]] {
  return [WAITID, P_ALL, 0, info, WNOHANG | WEXITED | WNOWAIT, 0];
}

/** A child that has ended and that the parent has not waited for, by the id that it knows; 0: there is none. */
function endedChild(caller: RemoteThread): number {
  const info = Buffer.alloc(SIGINFO_SIZE);
  try {
    caller.calls([lookAt(caller.dataAddress)], info);
  } catch (error) {
    // The parent was killed in between.
    if (!(error instanceof TargetError)) throw error;
  }
  return info.readInt32LE(SENDER);
}

interface Ended {
  /** The id that the parent has for it. */
  readonly knownId: number;
  /** A SIGCHLD waited before. */
  readonly hadNews: boolean;
  /** Another child that had ended before, of which the parent has been told, or has it in hand. */
  readonly endedBefore: number;
}

/**
 * The parent waits for an ended child, and takes the signal that told of it. Every signal is blocked meanwhile. Another child
 * may have ended at the same moment: of two SIGCHLD the kernel keeps one.
 */
function takeEnd(caller: RemoteThread, { knownId, hadNews, endedBefore }: Ended): void {
  const { dataAddress: data } = caller;
  const [set, time, signal, other] = [0, SET_SIZE, SET_SIZE + TIME_SIZE, SET_SIZE + TIME_SIZE + SIGINFO_SIZE];
  const bytes = Buffer.alloc(other + SIGINFO_SIZE);
  bytes.writeBigUInt64LE(SIGNAL_SET, set);
  const at = (place: number): bigint => data + BigInt(place);
  const wait = [WAIT4, knownId, 0, WNOHANG | WALL, 0] as const;
  const take = [RT_SIGTIMEDWAIT, at(set), at(signal), at(time), SET_SIZE] as const;
  try {
    const [, taken] = caller.calls(hadNews ? [wait] : [wait, take, lookAt(at(other))], bytes);
    if (taken !== BigInt(SIGCHLD)) return;
    const endedNow = bytes.readInt32LE(other + SENDER);
    if (bytes.readInt32LE(signal + SENDER) !== knownId) tellAgain(caller, bytes.subarray(signal, other));
    else if (endedNow !== 0 && endedNow !== endedBefore) tellAgain(caller, bytes.subarray(other));
  } catch (error) {
    // The parent was killed in between.
    if (!(error instanceof TargetError)) throw error;
  }
}

/** Sends a SIGCHLD that was taken with another. Only a leader may send its process one as the kernel does. */
function tellAgain(caller: RemoteThread, info: Buffer): void {
  const { tid, processId, knownProcessId, dataAddress } = caller;
  if (tid === processId)
    caller.calls([[RT_SIGQUEUEINFO, knownProcessId, SIGCHLD, dataAddress]], Buffer.from(info));
  else caller.call(KILL, knownProcessId, SIGCHLD);
}
