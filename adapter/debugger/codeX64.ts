/**
 * What stepping must know of x86-64's machine code and conventions: calls, the stubs of the procedure linkage table,
 * the signal trampoline, jmp_buf.
 */
import { memoryAddress, offsetBy } from "../target/addresses";
import type { MemoryAddress } from "../target/addresses";
import type { Memory, Registers } from "../target/target";

/** DWARF register numbers (psABI figure 3.36). */
export const RDI = 5;
export const RBP = 6;
export const RSP = 7;
export const RETURN_ADDRESS = 16;
const FS_BASE = 58;

/** Registers a function may leave changed: a caller's values of them are lost (psABI figure 3.4). */
export const scratchRegisters: ReadonlySet<number> = new Set([0, 1, 2, 4, 5, 8, 9, 10, 11]);

/** Bytes of the longest instruction. */
export const LONGEST_INSTRUCTION = 15;

/** Whether the bytes begin with a call instruction (E8, FF /2), prefixes included. */
export function isCall(code: Buffer): boolean {
  let at = 0;
  while (at < code.length && isPrefix(code[at] ?? 0)) at++;
  if (code[at] === 0xe8) return true;
  return code[at] === 0xff && (((code[at + 1] ?? 0) >> 3) & 7) === 2;
}

/** Whether the bytes begin with an instruction that enters the kernel (Intel SDM volume 2, SYSCALL, SYSENTER, INT n). */
export function isSystemCall(code: Buffer): boolean {
  return code.length >= 2 && [0x0f05, 0x0f34, 0xcd80].includes(code.readUInt16BE(0));
}

/** Bytes of a call whose instruction tells where it goes: E8 rel32 (Intel SDM volume 2, CALL). */
const DIRECT_CALL = 5;

/** Where the call goes that returns to an address, when its instruction tells. */
export function calledBefore(
  memory: Pick<Memory, "read">,
  returnAddress: MemoryAddress,
): MemoryAddress | undefined {
  const code = memory.read(offsetBy(returnAddress, -DIRECT_CALL), DIRECT_CALL);
  if (code.length < DIRECT_CALL || code[0] !== 0xe8) return undefined;
  return offsetBy(returnAddress, code.readInt32LE(1));
}

/** Bytes of the jumps whose instruction tells where they go, the most usual first. */
export const JUMP_LENGTHS: readonly number[] = [5, 2, 6];

/**
 * How far the jump leads that the bytes begin with, from its end, when the instruction tells: E9 rel32, EB rel8, and where they are
 * conditional 0F 80 to 8F rel32 and 70 to 7F rel8 (Intel SDM volume 2, JMP and Jcc).
 */
export function jumpAt(code: Buffer): { readonly length: number; readonly distance: number } | undefined {
  const [first = 0, second = 0] = code;
  const isNear = first === 0x0f && (second & 0xf0) === 0x80;
  const isShort = first === 0xeb || (first & 0xf0) === 0x70;
  const length = first === 0xe9 ? 5 : isNear ? 6 : isShort ? 2 : 0;
  if (length === 0 || code.length < length) return undefined;
  return { length, distance: isShort ? code.readInt8(1) : code.readInt32LE(length - 4) };
}

/** Segment, operand size, bnd, notrack and REX prefixes. */
function isPrefix(byte: number): boolean {
  return [0x2e, 0x36, 0x3e, 0x26, 0x64, 0x65, 0x66, 0xf2, 0xf3].includes(byte) || (byte & 0xf0) === 0x40;
}

/** Whether a call instruction ends right before a return address: it may have pushed it. */
export function followsCall(memory: Pick<Memory, "read">, returnAddress: MemoryAddress): boolean {
  const code = memory.read(offsetBy(returnAddress, -8), 8);
  if (code.length < 8) return false;
  if (code[3] === 0xe8) return true;
  return [2, 3, 4, 5, 6, 7].some(
    (size) => code[8 - size] === 0xff && (((code[9 - size] ?? 0) >> 3) & 7) === 2,
  );
}

/**
 * Whether the bytes are of a stub that only passes control on: an entry of the procedure linkage table in any of its
 * layouts (psABI figures 5.2 and 13.2: an optional endbr64, then jmp *[rip], push imm32, push [rip] or jmp rel32; the linker
 * mold hands the entry's number over in r11: mov imm32,r11d and jmp *[rip], and for all of them push r11 and push [rip]).
 */
export function isLinkageStub(code: Buffer): boolean {
  let at = code.length >= 4 && code.readUInt32BE(0) === 0xf30f1efa ? 4 : 0;
  if (code[at] === 0xf2) at++;
  else if (code[at] === 0x41 && code[at + 1] === 0xbb && code[at + 6] === 0xff) at += 6;
  else if (code[at] === 0x41 && code[at + 1] === 0x53 && code[at + 2] === 0xff) at += 2;
  if (code[at] === 0xff) return code[at + 1] === 0x25 || code[at + 1] === 0x35;
  return code[at] === 0x68 || code[at] === 0xe9;
}

const sigreturnCode = Buffer.from([0x48, 0xc7, 0xc0, 0x0f, 0x00, 0x00, 0x00, 0x0f, 0x05]);

/** Whether the bytes are mov $15,%rax; syscall: where a signal handler returns to, under every C library. */
export function isSignalTrampoline(code: Buffer): boolean {
  return code.subarray(0, sigreturnCode.length).equals(sigreturnCode);
}

/** Where ucontext_t keeps each register: DWARF number to offset (sys/ucontext.h). */
export const signalContextOffsets: ReadonlyMap<number, number> = new Map(
  [8, 9, 10, 11, 12, 13, 14, 15, 5, 4, 6, 3, 1, 0, 2, 7, 16].map((number, index) => [number, 40 + 8 * index]),
);

export interface JumpTarget {
  readonly pc: MemoryAddress;
  readonly sp: MemoryAddress;
}

/**
 * Where a longjmp that was just called goes: jmp_buf words 6 and 7 are the stack pointer and the pc; glibc rotates them
 * by 17 and hides them with the pointer guard at fs:0x30 (sysdeps/x86_64/__longjmp.S), musl does not.
 */
export function longjmpTarget(
  memory: Pick<Memory, "read">,
  registers: Registers,
  plain: boolean,
): JumpTarget | undefined {
  const buffer = memory.read(memoryAddress(registers.byDwarf(RDI) ?? 0n), 64);
  if (buffer.length < 64) return undefined;
  const guard = plain ? 0n : pointerGuard(memory, registers);
  if (guard === undefined) return undefined;
  const reveal = (value: bigint) => memoryAddress(plain ? value : rotateRight(value, 17n) ^ guard);
  return { sp: reveal(buffer.readBigUInt64LE(48)), pc: reveal(buffer.readBigUInt64LE(56)) };
}

function pointerGuard(memory: Pick<Memory, "read">, registers: Registers): bigint | undefined {
  const base = registers.byDwarf(FS_BASE);
  if (base === undefined) return undefined;
  const bytes = memory.read(memoryAddress(base + 0x30n), 8);
  return bytes.length < 8 ? undefined : bytes.readBigUInt64LE(0);
}

function rotateRight(value: bigint, bits: bigint): bigint {
  return BigInt.asUintN(64, (value >> bits) | (value << (64n - bits)));
}

/** Reads a 64-bit word; undefined where it cannot be read. */
export function readWord(memory: Pick<Memory, "read">, address: bigint): bigint | undefined {
  const bytes = memory.read(memoryAddress(address), 8);
  return bytes.length < 8 ? undefined : bytes.readBigUInt64LE(0);
}
