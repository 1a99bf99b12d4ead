/** Signal handlers that a thread is in, one on top of the other: what the kernel has put on its stack for each (rt_sigframe). */
import { memoryAddress, type MemoryAddress } from "../../addresses";
import type { ProcessMemory } from "../processMemory";
import { Register } from "../shim";

/** How far behind a stack pointer the frame of a handler is looked for: those of the functions that it has called are before it. */
const STACK_TOP = 16384;
/** More stand on top of each other nowhere. */
const MOST = 8;
/**
 * rt_sigframe (arch/x86/include/asm/sigframe.h): where it returns to, ucontext_t with its flags (UC_*, asm/ucontext.h), a link that
 * the kernel leaves 0, and registers (struct sigcontext, asm/sigcontext.h); siginfo_t.
 */
const FLAGS = 8;
const REGISTERS = 48;
const INFORMATION = 312;
const KNOWN_FLAGS = [7, 6];
/** mov $15,%rax (rt_sigreturn(2)) and syscall. */
const RESTORER = Buffer.from([0x48, 0xc7, 0xc0, 15, 0, 0, 0, 0x0f, 0x05]);
/** Of struct sigcontext: the general registers, and rsp behind them. */
const SP = 15 * 8;

/** What one handler was told, and what it has interrupted. */
export interface SignalFrame {
  /** The siginfo_t. */
  readonly information: MemoryAddress;
  /** From the stack pointer of the handler, or of what it is in, to that. */
  readonly distance: bigint;
  /** The registers that the kernel sets when the handler returns. */
  readonly interrupted: MemoryAddress;
}

/** The frames on the stack of a thread with such registers (user_regs_struct), the latest first. */
export function signalFrames(registers: Buffer, memory: ProcessMemory): SignalFrame[] {
  const frames: SignalFrame[] = [];
  let top = registers.readBigUInt64LE(Register.rsp);
  while (frames.length < MOST) {
    const at = findFrame(top, memory);
    if (at === undefined) break;
    const interrupted = memoryAddress(at + BigInt(REGISTERS));
    const information = memoryAddress(at + BigInt(INFORMATION));
    frames.push({ information, distance: information - top, interrupted });
    const before = readInterrupted(interrupted, memory);
    if (before.length < SP + 8) break;
    top = before.readBigUInt64LE(SP);
  }
  return frames;
}

/** The general registers of an interrupted function, 8 bytes each, and rsp. */
export function readInterrupted(interrupted: MemoryAddress, memory: ProcessMemory): Buffer {
  return memory.read(interrupted, SP + 8);
}

function findFrame(top: bigint, memory: ProcessMemory): bigint | undefined {
  const stack = memory.read(memoryAddress(top), STACK_TOP);
  const found = KNOWN_FLAGS.map((flags) => findWithFlags(stack, flags, memory)).filter((at) => at >= 0);
  return found.length > 0 ? top + BigInt(Math.min(...found)) : undefined;
}

/** -1: there is none. */
function findWithFlags(stack: Buffer, flags: number, memory: ProcessMemory): number {
  const head = Buffer.alloc(16);
  head.writeUInt8(flags);
  for (let at = stack.indexOf(head); at >= 0; at = stack.indexOf(head, at + 1)) {
    const frame = at - FLAGS;
    if (frame < 0 || frame % 8 !== 0) continue;
    const restorer = memoryAddress(stack.readBigUInt64LE(frame));
    if (memory.read(restorer, RESTORER.length).equals(RESTORER)) return frame;
  }
  return -1;
}
