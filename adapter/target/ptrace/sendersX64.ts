/**
 * Signals that a thread has just taken from its own process: the handler finds the sender's process id on its stack and may
 * compare it with its own, as those of C libraries do (pthread_cancel(3), setuid(2)).
 */
import { memoryAddress } from "../addresses";
import type { RenewedId } from "./idResults";
import type { ProcessMemory } from "./processMemory";
import { GENERAL_REGISTERS, Register } from "./shim";

/** How far behind the stack pointer a handler at its beginning has what it was told: rt_sigframe and its own frame. */
const STACK_TOP = 2048;
/** siginfo_t (sigaction(2)): number, errno, code, padding, sender. */
const ERROR = 4;
const CODE = 8;
const PADDING = 12;
const SENDER = 16;
const SIZE = 20;
const SI_TKILL = -6;
const LAST_SIGNAL = 64;

/**
 * Writes a copy's process id over the former one in what a handler was told, and in the registers (user_regs_struct) of a thread
 * that was told something. Gives whether those have changed.
 */
export function renewSenders(registers: Buffer, memory: ProcessMemory, process: RenewedId): boolean {
  const top = registers.readBigUInt64LE(Register.rsp);
  const stack = memory.read(memoryAddress(top), STACK_TOP);
  const renewed = Buffer.alloc(4);
  renewed.writeInt32LE(process.now);
  let wasTold = false;
  for (let at = 0; at + SIZE <= stack.length; at += 8) {
    if (!isFrom(stack, at, process.former)) continue;
    memory.write(memoryAddress(top + BigInt(at + SENDER)), renewed);
    wasTold = true;
  }
  const having = GENERAL_REGISTERS.filter((at) => registers.readBigUInt64LE(at) === BigInt(process.former));
  if (!wasTold || having.length === 0) return false;
  for (const at of having) registers.writeBigUInt64LE(BigInt(process.now), at);
  return true;
}

function isFrom(stack: Buffer, at: number, sender: number): boolean {
  const number = stack.readUInt32LE(at);
  return (
    stack.readInt32LE(at + SENDER) === sender &&
    stack.readInt32LE(at + CODE) === SI_TKILL &&
    stack.readInt32LE(at + ERROR) === 0 &&
    stack.readInt32LE(at + PADDING) === 0 &&
    number > 0 &&
    number <= LAST_SIGNAL
  );
}
