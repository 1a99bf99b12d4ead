/** Whether code is compiled for AVX, which decides how vectors of 32 bytes are passed (Intel SDM volume 2, 2.1 to 2.3 and appendix A). */
import type { Type } from "../../symbols/sourceTypes";
import { memoryAddress, toFile } from "../../target/addresses";
import type { MemoryAddress } from "../../target/addresses";
import { UserError } from "../types";
import type { EvaluationContext } from "../types";
import { asVector } from "../values/valuesTypes";
import { widerVector, XMM_BYTES } from "./conventionX86";
import type { Argument } from "./conventionX86";

const YMM_BYTES = 32;
/** More of a function is not looked at. */
const MOST_CODE = 65536;

/**
 * What follows a one-byte opcode in 64-bit code, by rows of 16. `.` nothing, `m` ModRM, `b` a byte, `w` two, `z` four (or two),
 * `B` ModRM and a byte, `Z` ModRM and four, `e` ENTER's, `o` an address, `v` a whole register's number, `p` a prefix, `r` REX,
 * `t` and `T` ModRM and a number where it is TEST, `V` VEX or EVEX, `2` a second opcode byte, `x` no instruction.
 */
const oneByte = [
  "mmmmbzxxmmmmbzx2",
  "mmmmbzxxmmmmbzxx",
  "mmmmbzpxmmmmbzpx",
  "mmmmbzpxmmmmbzpx",
  "rrrrrrrrrrrrrrrr",
  "................",
  "xxVmppppzZbB....",
  "bbbbbbbbbbbbbbbb",
  "BZxBmmmmmmmmmmmm",
  "..........x.....",
  "oooo....bz......",
  "bbbbbbbbvvvvvvvv",
  "BBw.VVBZe.w..bx.",
  "mmmmxxx.mmmmmmmm",
  "bbbbbbbbzzxb....",
  "p.pp..tT......mm",
].join("");

/** Of 0F's opcodes those without ModRM, those with a byte behind it, and those with four bytes in its place. */
const WITHOUT_MODRM = /^(0[5-9be]|3[0-7]|77|a[0-2]|a[89a]|c[89a-f])$/;
const WITH_BYTE = /^(7[0-3]|a4|ac|ba|c[2456])$/;
const JUMPS = /^8/;
/** Of SSE, whatever the prefix; and with one of 66, F2 and F3, without which most are of MMX. */
const SSE = /^(1[0-7]|2[89a-f]|5|c6|c2)/;
const SSE_BY_PREFIX = /^([67][0-9a-f]|c[45]|[def])/;

interface Instruction {
  readonly length: number;
  readonly kind: "vex" | "sse" | "other";
}

/** ModRM with the SIB byte and displacement that go with it. */
function modRmLength(code: Buffer, at: number): number {
  const modRm = code[at] ?? 0;
  const mode = modRm >> 6;
  if (mode === 3) return 1;
  const hasSib = (modRm & 7) === 4;
  const base = (hasSib ? (code[at + 1] ?? 0) : modRm) & 7;
  const displacement = mode === 1 ? 1 : mode === 2 || base === 5 ? 4 : 0;
  return 1 + (hasSib ? 1 : 0) + displacement;
}

interface Prefixes {
  readonly length: number;
  readonly narrow: boolean;
  readonly wide: boolean;
  readonly ofVector: boolean;
}

function prefixesAt(code: Buffer, start: number): Prefixes {
  let at = start;
  const found: number[] = [];
  while (oneByte[code[at] ?? 0] === "p") found.push(code[at++] ?? 0);
  const rex = oneByte[code[at] ?? 0] === "r" ? (code[at++] ?? 0) : 0;
  return {
    length: at - start,
    narrow: found.includes(0x66),
    wide: (rex & 8) !== 0,
    ofVector: found.some((prefix) => prefix === 0x66 || prefix === 0xf2 || prefix === 0xf3),
  };
}

function operandLength(
  kind: string,
  code: Buffer,
  at: number,
  { narrow, wide }: Prefixes,
): number | undefined {
  const number = narrow && !wide ? 2 : 4;
  const isTest = ((code[at] ?? 0) & 0x38) < 0x10;
  switch (kind) {
    case ".":
      return 0;
    case "m":
      return modRmLength(code, at);
    case "b":
      return 1;
    case "w":
      return 2;
    case "z":
      return number;
    case "B":
      return modRmLength(code, at) + 1;
    case "Z":
      return modRmLength(code, at) + number;
    case "e":
      return 3;
    case "o":
      return 8;
    case "v":
      return wide ? 8 : number;
    case "t":
      return modRmLength(code, at) + (isTest ? 1 : 0);
    case "T":
      return modRmLength(code, at) + (isTest ? number : 0);
    default:
      return undefined;
  }
}

/** One whose opcode begins with 0F, which is before `at`. */
function twoByteAt(code: Buffer, at: number, prefixes: Prefixes): Instruction | undefined {
  const opcode = (code[at] ?? 0).toString(16).padStart(2, "0");
  if (opcode === "38" || opcode === "3a") {
    const isSse = opcode === "3a" ? prefixes.narrow : prefixes.narrow && (code[at + 1] ?? 0) < 0x80;
    const length = 2 + modRmLength(code, at + 2) + (opcode === "3a" ? 1 : 0);
    return { length, kind: isSse ? "sse" : "other" };
  }
  if (JUMPS.test(opcode)) return { length: 5, kind: "other" };
  if (WITHOUT_MODRM.test(opcode)) return { length: 1, kind: "other" };
  const isSse = SSE.test(opcode) || (prefixes.ofVector && SSE_BY_PREFIX.test(opcode));
  const length = 1 + modRmLength(code, at + 1) + (WITH_BYTE.test(opcode) ? 1 : 0);
  return { length, kind: isSse ? "sse" : "other" };
}

function instructionAt(code: Buffer, start: number): Instruction | undefined {
  const prefixes = prefixesAt(code, start);
  const at = start + prefixes.length;
  const kind = oneByte[code[at] ?? 0] ?? "x";
  if (kind === "V") return { length: 0, kind: "vex" };
  if (kind === "2") {
    const found = twoByteAt(code, at + 1, prefixes);
    return found && { ...found, length: prefixes.length + 1 + found.length };
  }
  const length = operandLength(kind, code, at + 1, prefixes);
  return length === undefined ? undefined : { length: prefixes.length + 1 + length, kind: "other" };
}

/**
 * Whether a function's code uses AVX, whose instructions compilers then take for all floating point, or SSE without it;
 * undefined where it uses neither.
 */
export function usesAvx(code: Buffer): boolean | undefined {
  for (let at = 0; at < code.length;) {
    const found = instructionAt(code, at);
    if (found === undefined) return undefined;
    if (found.kind !== "other") return found.kind === "vex";
    at += found.length;
  }
  return undefined;
}

function codeAt(entry: MemoryAddress, { target, modules }: EvaluationContext): Buffer {
  const module = modules.at(entry);
  const symbol = module?.symbols.functionAt(toFile(entry, module.bias));
  const range = module && symbol?.ranges.find(({ low, high }) => low <= symbol.entry && symbol.entry < high);
  if (symbol === undefined || range === undefined) return Buffer.alloc(0);
  return target.memory.read(memoryAddress(entry), Math.min(MOST_CODE, Number(range.high - symbol.entry)));
}

/** Which code that is not for AVX gives by address where GCC made it, and in several registers where clang did. */
function isVectorResult(returns: Type): boolean {
  return asVector(returns) !== undefined && widerVector(returns) !== undefined;
}

/** Parameters before a ... are in registers for GCC, and in memory for clang. */
function isVariadic(values: readonly Argument[]): boolean {
  return values.some(({ type, ofVariadic }) => ofVariadic === "named" && widerVector(type) !== undefined);
}

/**
 * The longest vector that a function takes and gives in registers (psABI 3.2.3): beyond xmm0 that is so only of code that is
 * compiled for wider ones, which is told by the function's code. Throws UserError where that does not tell.
 */
export function vectorBytesOf(
  entry: MemoryAddress,
  returns: Type,
  values: readonly Argument[],
  context: EvaluationContext,
): number {
  const named = values.filter(({ ofVariadic }) => ofVariadic !== "unnamed");
  const wider = [returns, ...named.map(({ type }) => type)].filter((type) => widerVector(type) !== undefined);
  const widest = Math.max(0, ...wider.map((type) => widerVector(type) ?? 0));
  if (widest === 0) return XMM_BYTES;
  const name = wider.find((type) => widerVector(type) === widest)?.displayName ?? "vector";
  const avx = usesAvx(codeAt(entry, context));
  const differs = avx === false ? isVectorResult(returns) : isVariadic(named);
  if (differs)
    throw new UserError(
      `Compilers differ in where such a function has a ${name}, so it is not called: call one that takes its address.`,
    );
  if (avx === false) return XMM_BYTES;
  if (avx === undefined)
    throw new UserError(
      `Whether the function has a ${name} in a register or in memory cannot be told from its code, so it is not called.`,
    );
  if (widest > YMM_BYTES)
    throw new UserError(
      `A ${name} is passed in a register of 512 bits, which cannot be set: the function is not called.`,
    );
  return YMM_BYTES;
}
