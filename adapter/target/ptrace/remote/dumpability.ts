/**
 * Programs that do not let their user look into them (prctl(2), PR_SET_DUMPABLE; ssh-agent is one): what is in /proc of them is root's
 * (proc(5)), and pidfd_getfd(2) is refused. Where that keeps the tracer out, they are made to let themselves be looked into
 * while they stand, and copies are made of them so.
 */
import { closeSync, openSync, readFileSync } from "node:fs";
import { memoryAddress } from "../../addresses";
import { TargetError } from "../../target";
import { capabilitiesOf } from "../procStatus";
import type { LiveProcess } from "../running/liveProcess";
import { checkFilter } from "./callFilter";
import { RemoteThread } from "./remoteThread";

/** asm/unistd_64.h, prctl(2). */
const PRCTL = 157;
const PR_SET_DUMPABLE = 4;

/** Far enough below a stack for the red zone and a call (agentSite.ts). */
const BELOW_STACK = 4096n;
const SCRATCH_SIZE = 2048;

/** capabilities(7): with it in the first user namespace nothing keeps a process out (ptrace(2), "Ptrace access mode checking"). */
const CAP_SYS_PTRACE = 1n << 19n;
const FIRST_NAMESPACE = /^\s*0\s+0\s+4294967295\s*$/;

let seesAll: boolean | undefined;

function maySeeAll(): boolean {
  const isCapable = (capabilitiesOf("self") & CAP_SYS_PTRACE) !== 0n;
  return isCapable && FIRST_NAMESPACE.test(readFileSync("/proc/self/uid_map", "latin1"));
}

function isClosed(tid: number): boolean {
  if ((seesAll ??= maySeeAll())) return false;
  try {
    closeSync(openSync(`/proc/${tid}/auxv`, "r"));
    return false;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EACCES";
  }
}

/** Makes the call in a thread that stands, by what is known without /proc. Gives whether it was made: a filter may forbid it. */
function setDumpable(process: LiveProcess, value: number): boolean {
  const { imagePlaces, processId, memory } = process;
  const tracee = process.leaderFirst.find(({ state, inVfork }) => state === "stopped" && !inVfork);
  if (tracee === undefined || imagePlaces === undefined) return false;
  const scratch = memoryAddress((tracee.sp - BELOW_STACK) & ~63n);
  const site = { code: imagePlaces.code, scratch, size: SCRATCH_SIZE };
  const { groupStopped } = tracee;
  try {
    checkFilter(tracee.tid);
    const thread = new RemoteThread(processId, tracee.tid, memory, site, () => tracee.injected());
    return thread.call(PRCTL, PR_SET_DUMPABLE, value) === 0n;
  } catch (error) {
    if (!(error instanceof TargetError)) throw error;
    return false;
  } finally {
    tracee.groupStopped = groupStopped;
  }
}

/** Sees to it that a program that stands can be looked into, until it goes on. Gives whether it can. */
export function reveal(process: LiveProcess): boolean {
  if (process.ended !== undefined || process.isRevealed || !isClosed(process.procId)) return true;
  process.isRevealed = setDumpable(process, 1);
  return process.isRevealed;
}

/** Undoes `reveal`. */
export function conceal(process: LiveProcess): void {
  if (process.isRevealed && process.ended === undefined) setDumpable(process, 0);
  process.isRevealed = false;
}

/** The same for a copy that was made of a revealed program and that runs free. */
export function concealCopy(leader: RemoteThread): void {
  if (leader.call(PRCTL, PR_SET_DUMPABLE, 0) < 0n)
    throw new TargetError("The copy could not be kept from being looked into (PR_SET_DUMPABLE).");
}
