/** How compiled functions begin and end, told by their code: what they save of their caller's, and take back. */
import { Register } from "../shim";

/** Registers by the numbers that instructions have for them, as user_regs_struct has them. */
export const BY_CODE: readonly number[] = [
  Register.rax,
  Register.rcx,
  Register.rdx,
  Register.rbx,
  Register.rsp,
  Register.rbp,
  Register.rsi,
  Register.rdi,
  Register.r8,
  Register.r9,
  Register.r10,
  Register.r11,
  Register.r12,
  Register.r13,
  Register.r14,
  Register.r15,
];

/** push and pop of a register, and the prefix for those from r8 on; ret and jmp (Intel SDM volume 2). */
const PUSH = 0x50;
const POP = 0x58;
const BY_REGISTER = 0xf8;
const REX_B = 0x41;
const LEAVING: readonly (number | undefined)[] = [0xc3, 0xe9, 0xeb];
/** mov between registers: its operation, and ModRM without a place in memory. */
const MOVES: readonly (number | undefined)[] = [0x89, 0x8b];
const TWO_REGISTERS = 0xc0;
/** REX prefixes. */
const REX = 0x40;
const REX_MASK = 0xf0;
/** sub of a number from rsp, by its ModRM: a byte of it, or four. */
const FROM_RSP = 0xec;
const SUB_BYTE = 0x83;
const SUB = 0x81;

/** Whether code from a function's beginning on only saves what its caller has, or passes it on. */
export function isPrologue(code: Buffer): boolean {
  let at = 0;
  for (
    let length = lengthOfSaving(code, at);
    length > 0 && at < code.length;
    length = lengthOfSaving(code, at)
  )
    at += length;
  return at === code.length;
}

/** The length of such an instruction; 0: it is another one. */
function lengthOfSaving(code: Buffer, at: number): number {
  const prefix = ((code[at] ?? 0) & REX_MASK) === REX ? 1 : 0;
  const [operation = 0, modRm = 0] = code.subarray(at + prefix);
  if ((operation & BY_REGISTER) === PUSH) return prefix + 1;
  if (MOVES.includes(operation) && modRm >= TWO_REGISTERS) return prefix + 2;
  if (modRm === FROM_RSP && operation === SUB_BYTE) return prefix + 3;
  return modRm === FROM_RSP && operation === SUB ? prefix + 6 : 0;
}

/** The registers that a function which is about to return still has to take back; undefined: it is not about to. */
export function registersKept(code: Buffer): ReadonlySet<number> | undefined {
  const kept = new Set<number>();
  for (let at = 0; at < code.length; at++) {
    if (LEAVING.includes(code[at])) return kept;
    const isHigh = code[at] === REX_B;
    if (isHigh) at++;
    if (((code[at] ?? 0) & BY_REGISTER) !== POP) return undefined;
    kept.add(BY_CODE[((code[at] ?? 0) & 7) + (isHigh ? 8 : 0)] ?? Register.rsp);
  }
  return undefined;
}
