/** Stepping a thread over the trap that it stands on. */
import type { MemoryAddress } from "../../addresses";
import { decodeEvent, decodeStatus, eventBuffer, PtraceEvent, shim, type WaitEvent } from "../shim";
import type { Tracee } from "../threads/tracee";
import type { LiveProcess } from "./liveProcess";

/** A PTRACE_EVENT_STOP of a thread that has not moved. */
function isStaleStop({ status, pc }: WaitEvent, before: MemoryAddress): boolean {
  const decoded = decodeStatus(status);
  return decoded.kind === "stopped" && decoded.event === PtraceEvent.stop && pc === before;
}

/**
 * Steps a stopped thread over the trap it stands on, when it has been told of. Undefined: there was nothing to step over, or
 * the thread still runs, in a system call. Otherwise the event that the step ended with.
 * @param stopRequested a stop of the program was asked for in this resume: then one without a move is that.
 */
export function stepOverTrap(
  process: LiveProcess,
  tracee: Tracee,
  stopRequested: boolean,
): WaitEvent | undefined {
  if (tracee.state !== "stopped" || (tracee.signal && tracee.inSignalStop)) return undefined;
  // It goes back to the call's instruction, which is before the trap.
  if (tracee.isInCall) return undefined;
  // Stepping over a trap puts it in again, also for the child of a vfork.
  if (tracee.toldAt === undefined || process.sites.areLifted) return undefined;
  const pc = tracee.readPc();
  if (pc === undefined || tracee.toldAt !== pc) return undefined;
  const original = process.sites.originalAt(pc);
  if (original === undefined) return undefined;
  const { descriptor } = process.memory;
  const event = eventBuffer();
  let result = shim.stepOver(tracee.tid, descriptor, pc, original, event);
  // A stop that was asked for when the thread had met the trap already comes now; it has gone nowhere.
  if (result === 1 && !stopRequested && isStaleStop(decodeEvent(event), pc))
    result = shim.stepOver(tracee.tid, descriptor, pc, original, event);
  if (result === 0) tracee.startedOverTrap(pc);
  return result <= 0 ? undefined : decodeEvent(event);
}
