/**
 * Events of tracees, where several targets trace in one adapter: waitpid(2) for any of them may take what is another's.
 * That is kept until its target asks. All targets wait by these functions and by no other.
 */
import { readdirSync } from "node:fs";
import { numberIn } from "../procStatus";
import { eventBuffer, REGISTERS_SIZE, shim } from "../shim";
import { Waker } from "../waker";

/** A target, as far as it is asked whose an event is. */
export interface Claimant {
  /** Whether a thread is one of its processes: the live one, copies, children that it deals with. */
  owns(tid: number): boolean;
}

const claimants = new Set<Claimant>();
/** Taken for another target, in the order they came. */
let kept: Buffer[] = [];
/** New threads and children that nobody owns yet: their first stop came before the event that tells of them. */
const strangers = new Set<number>();

function tidOf(event: Buffer): number {
  return event.readInt32LE(0);
}

function ownerOf(tid: number): Claimant | undefined {
  for (const claimant of claimants) if (claimant.owns(tid)) return claimant;
  return undefined;
}

/** Whether a thread is a target's. */
function isOwned(tid: number): boolean {
  return ownerOf(tid) !== undefined;
}

/**
 * Kills what a target that has just ended had made, and of which the event that tells so was never taken: it would stand in its
 * first stop for as long as this process lives. It need not have come to that yet.
 */
export function endUnmet(): void {
  const isUnmet = (pid: number): boolean =>
    numberIn(pid, "TracerPid") === process.pid && !isOwned(pid) && !isOwned(numberIn(pid, "PPid") ?? 0);
  for (const name of readdirSync("/proc")) {
    const pid = Number(name);
    if (pid > 1 && isUnmet(pid)) shim.kill(pid, 1);
  }
}

/** From now on events of its processes are kept for it. */
export function joinTracing(claimant: Claimant): void {
  claimants.add(claimant);
}

/** It waits for nothing any more. */
export function leaveTracing(claimant: Claimant): void {
  claimants.delete(claimant);
  kept = kept.filter((event) => ownerOf(tidOf(event)) !== undefined);
}

/** Forgets what is kept of threads whose ids others will have. */
export function dropKept(tids: Iterable<number>): void {
  if (kept.length === 0) return;
  const dropped = new Set(tids);
  kept = kept.filter((event) => !dropped.has(tidOf(event)));
}

function takeKept(isWanted: (tid: number) => boolean, event: Buffer): boolean {
  const index = kept.findIndex((one) => isWanted(tidOf(one)));
  if (index < 0) return false;
  kept.splice(index, 1)[0]?.copy(event);
  return true;
}

/** Whether an event of a target's waits to be taken that nothing more will wake it for. */
export function hasKept(claimant: Claimant): boolean {
  return kept.some((event) => claimant.owns(tidOf(event)));
}

/** Takes an event of one thread: 1, 0 after `microseconds` without one, or -errno. */
export function waitForThread(tid: number, microseconds: number, event: Buffer): number {
  if (kept.length > 0 && takeKept((one) => one === tid, event)) return 1;
  return shim.waitThread(tid, microseconds, event);
}

/** The same for any thread but those of other targets. */
export function waitForAny(claimant: Claimant, microseconds: number, event: Buffer): number {
  if (kept.length > 0 && takeKept((tid) => claimant.owns(tid), event)) return 1;
  for (;;) {
    const result = shim.waitAny(microseconds, event);
    if (result !== 1 || claimants.size < 2) return result;
    const tid = tidOf(event);
    const owner = claimant.owns(tid) ? claimant : ownerOf(tid);
    if (owner === undefined || owner === claimant) return 1;
    const copy = eventBuffer();
    event.copy(copy);
    kept.push(copy);
    Waker.get().cancelWait();
  }
}

/** Notes the first stop of a thread that nobody owns. */
export function addStranger(tid: number): void {
  strangers.add(tid);
}

/** Whether the first stop of a new thread has been taken already. */
export function claimStranger(tid: number): boolean {
  return strangers.delete(tid);
}

/** Forgets those that are gone, and whose ids others may get. */
export function forgetDeadStrangers(): void {
  const registers = Buffer.alloc(REGISTERS_SIZE);
  for (const tid of strangers) if (shim.getRegisters(tid, registers) < 0) strangers.delete(tid);
}
