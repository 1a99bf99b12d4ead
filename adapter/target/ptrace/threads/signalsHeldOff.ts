/**
 * Signals during a call of a function in a thread that a stop has interrupted in a system call. Its registers are put back after
 * the call, and the kernel makes the system call again. If a handler ran meanwhile, that would not end with EINTR, and one who
 * waits for the signal (sigsuspend(2), pause(2)) would wait for ever. So the thread gets signals after the call. Those that
 * tell of what the function does itself come at once.
 */
import { shim } from "../shim";
import { Signal } from "../signals";
import type { Tracee } from "./tracee";

const own = [Signal.ILL, Signal.TRAP, Signal.ABRT, Signal.BUS, Signal.FPE, Signal.SEGV, Signal.SYS];
const others = own.reduce((set, number) => set & ~(1n << BigInt(number - 1)), (1n << 64n) - 1n);

/** What was blocked for a call, as a sigset_t. */
const heldOff = new WeakMap<Tracee, Buffer>();

/** To be called before a stopped thread's registers are set up for a call. */
export function holdSignalsOff(tracee: Tracee): void {
  if (!tracee.isInCall || heldOff.has(tracee)) return;
  const signals = Buffer.alloc(8);
  signals.writeBigUInt64LE(others);
  if (shim.blockSignals(tracee.tid, 1, signals) === 0) heldOff.set(tracee, signals);
}

/** To be called when the registers are put back, or cannot be any more. */
export function letSignalsCome(tracee: Tracee): void {
  const signals = heldOff.get(tracee);
  if (signals === undefined) return;
  heldOff.delete(tracee);
  shim.blockSignals(tracee.tid, 0, signals);
}
