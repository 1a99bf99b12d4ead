/**
 * A call that musl has all threads make (setuid(2) and the like; src/thread/synccall.c): it signals one after the other, and its
 * handler does nothing but in the thread whose id is in a variable of musl's own, `target_tid`.
 */
import { memoryAddress, type MemoryAddress } from "../../addresses";
import type { ProcessMemory } from "../processMemory";
import { Register } from "../shim";

/** Of the caller's stack: the frame of that function, and of what it waits in. */
const STACK_TOP = 4096;
/** struct sigaction, which the caller has in its frame: the handler, a mask with all signals, flags (sigaction(2)). */
const MASK = 8;
const FLAGS = 136;
const RESTART = 0x10000000;
/** How much of the handler's code is looked at: the variable is the first thing that it asks for. */
const BEGINNING = 32;
/** mov, and cmp either way, of a 32-bit register with what is at a displacement from the next instruction (Intel SDM volume 2). */
const COMPARES: readonly (number | undefined)[] = [0x8b, 0x3b, 0x39];
const RELATIVE = 0x05;
const RELATIVE_MASK = 0xc7;
const DISPLACEMENT = 2;
const LENGTH = 6;

/**
 * Where that variable is.
 *
 * @param caller registers (user_regs_struct) of the thread that has musl's list of threads for itself, as that one does
 * @returns undefined: it is in no such call
 */
export function muslTargetThread(caller: Buffer, memory: ProcessMemory): MemoryAddress | undefined {
  const top = caller.readBigUInt64LE(Register.rsp);
  const stack = memory.read(memoryAddress(top), STACK_TOP);
  const mask = Buffer.alloc(FLAGS - MASK, 0xff);
  for (let at = stack.indexOf(mask); at >= 0; at = stack.indexOf(mask, at + 1)) {
    const action = at - MASK;
    if (action < 0 || action % 8 !== 0 || action + FLAGS + 4 > stack.length) continue;
    if ((stack.readUInt32LE(action + FLAGS) & RESTART) === 0) continue;
    const found = askedFor(memoryAddress(stack.readBigUInt64LE(action)), memory);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** The variable that a handler asks for at its beginning. */
function askedFor(handler: MemoryAddress, memory: ProcessMemory): MemoryAddress | undefined {
  const code = memory.read(handler, BEGINNING);
  for (let at = 0; at + LENGTH <= code.length; at++) {
    const isRelative = ((code[at + 1] ?? 0) & RELATIVE_MASK) === RELATIVE;
    if (isRelative && COMPARES.includes(code[at]))
      return memoryAddress(handler + BigInt(at + LENGTH + code.readInt32LE(at + DISPLACEMENT)));
  }
  return undefined;
}
