/**
 * Signals that a thread has just taken from its own process: the handler finds the sender's process id on its stack and may
 * compare it with its own, as those of C libraries do (pthread_cancel(3), setuid(2)). Other handlers may have come on top of it.
 */
import type { ProcessMemory } from "../processMemory";
import { GENERAL_REGISTERS } from "../shim";
import type { RenewedId } from "./idResults";
import { readInterrupted, signalFrames } from "./signalFramesX64";

/** How far behind the stack pointer a handler at its beginning has what it was told: rt_sigframe and its own frame. */
const BEGINNING = 2048n;
/** siginfo_t (sigaction(2)): number, errno, code, padding, sender. */
const ERROR = 4;
const CODE = 8;
const PADDING = 12;
const SENDER = 16;
const SIZE = 20;
const SI_TKILL = -6;

/**
 * Writes a copy's process id over the former one in what handlers were told, and in the registers of those that are at their
 * beginning: in `registers` (user_regs_struct) unless they are to stay, or where the next handler has interrupted them. Gives
 * whether `registers` have changed.
 */
export function renewSenders(
  thread: { readonly registers: Buffer; readonly areToStay: boolean },
  memory: ProcessMemory,
  process: RenewedId,
): boolean {
  let haveChanged = false;
  const frames = signalFrames(thread.registers, memory);
  for (const [depth, { information, distance }] of frames.entries()) {
    const told = memory.read(information, SIZE);
    if (!isFrom(told, process.former)) continue;
    told.writeInt32LE(process.now, SENDER);
    memory.write(information, told);
    if (distance >= BEGINNING) continue;
    const above = frames[depth - 1]?.interrupted;
    if (above !== undefined) {
      const registers = readInterrupted(above, memory);
      if (renewIn(registers, process)) memory.write(above, registers);
    } else if (!thread.areToStay) haveChanged = renewIn(thread.registers, process);
  }
  return haveChanged;
}

/** In the general registers, which both kinds of records have at their beginning. */
function renewIn(registers: Buffer, { former, now }: RenewedId): boolean {
  const having = GENERAL_REGISTERS.filter((at) => registers.readBigUInt64LE(at) === BigInt(former));
  for (const at of having) registers.writeBigUInt64LE(BigInt(now), at);
  return having.length > 0;
}

function isFrom(told: Buffer, sender: number): boolean {
  return (
    told.length === SIZE &&
    told.readInt32LE(SENDER) === sender &&
    told.readInt32LE(CODE) === SI_TKILL &&
    told.readInt32LE(ERROR) === 0 &&
    told.readInt32LE(PADDING) === 0
  );
}
