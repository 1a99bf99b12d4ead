/** How the System V x86-64 convention passes values (psABI 3.2.3). */
import type { ArrayType, Type } from "../../symbols/sourceTypes";
import type { CallResult } from "../types";
import { decodeInteger, encodeInteger } from "../values/valuesIntegers";
import { alignmentOf, asVector, elementCount, elementType, plainType, sizeOf } from "../values/valuesTypes";

/** `sseup`: of a vector, or of a binary128, behind the first: more of the same register. */
export type EightbyteClass = "integer" | "sse" | "sseup";
/** One class for each eightbyte of a value in registers; `memory`: on the stack; `x87`: a long double. */
export type PassingClass = readonly EightbyteClass[] | "memory" | "x87" | "none";

/** The bytes of xmm0, which every x86-64 has; those of ymm0 code has only where it is compiled for AVX. */
export const XMM_BYTES = 16;
const LONGEST_VECTOR = 64;

/** The class of a type as an argument or result; vectors of more than `vectorBytes` are passed in memory. */
export function classOf(type: Type, vectorBytes = XMM_BYTES): PassingClass {
  const plain = plainType(type);
  if (plain.kind === "void") return "none";
  if ("members" in plain && plain.passedByReference === true) return "memory";
  const size = sizeOf(plain) ?? 8;
  if (plain.kind === "base" && plain.encoding === "float" && size === 16 && !isBinary128(plain)) return "x87";
  if (size > vectorBytes) return "memory";
  const classes: (EightbyteClass | undefined)[] = Array.from(
    { length: Math.ceil(size / 8) },
    () => undefined,
  );
  if (!mergeClasses(plain, 0, classes)) return "memory";
  const merged = classes.map((found) => found ?? "sse");
  const [first, ...rest] = merged;
  const isOneRegister = first === "sse" && rest.every((found) => found === "sseup");
  if (size > XMM_BYTES) return isOneRegister ? merged : "memory";
  // What is behind no SSE is a register of its own.
  return merged.map((found, index) =>
    found === "sseup" && (index === 0 || merged[index - 1] === "integer") ? "sse" : found,
  );
}

/** The bytes of the register that a type needs beyond xmm0, where code has such; undefined of all that needs none. */
export function widerVector(type: Type): number | undefined {
  const size = sizeOf(type) ?? 0;
  return size > XMM_BYTES && classOf(type, LONGEST_VECTOR) !== "memory" ? size : undefined;
}

function isBinary128(type: Type): boolean {
  return /128/.test(plainType(type).displayName);
}

function merge(before: EightbyteClass | undefined, found: EightbyteClass): EightbyteClass {
  if (before === undefined || before === found) return found;
  return before === "integer" || found === "integer" ? "integer" : "sse";
}

/** Gives each eightbyte its class; false: the value goes through memory. */
function mergeClasses(type: Type, offset: number, classes: (EightbyteClass | undefined)[]): boolean {
  const plain = plainType(type);
  if ("members" in plain)
    return plain.members.every((member) => {
      if (member.addressOps !== undefined) return false;
      const start =
        member.bitSize === undefined ? member.byteOffset : Math.floor((member.bitOffset ?? 0) / 8);
      return mergeClasses(member.type, offset + start, classes);
    });
  if (plain.kind === "array" && plain.isVector !== true) return mergeElements(plain, offset, classes);
  const size = sizeOf(plain) ?? 8;
  const isFloat = plain.kind === "base" && plain.encoding === "float";
  const isComplex = plain.kind === "base" && plain.encoding === "complex";
  const isWhole = asVector(plain) !== undefined || (isFloat && size === 16);
  if (isFloat && isWhole && !isBinary128(plain)) return false;
  const first = Math.floor(offset / 8);
  for (let index = first; index <= Math.floor((offset + size - 1) / 8); index++) {
    const floating = isWhole && index > first ? "sseup" : "sse";
    classes[index] = merge(classes[index], isWhole || isFloat || isComplex ? floating : "integer");
  }
  return true;
}

function mergeElements(array: ArrayType, offset: number, classes: (EightbyteClass | undefined)[]): boolean {
  const element = elementType(array);
  const size = sizeOf(element) ?? 1;
  for (let index = 0; index < (elementCount(array) ?? 0); index++)
    if (!mergeClasses(element, offset + index * size, classes)) return false;
  return true;
}

/** An argument, already converted and extended. */
export interface Argument {
  readonly type: Type;
  readonly bytes: Buffer;
  /** Of a function with ...: whether it stands for a parameter or for these. */
  readonly ofVariadic?: "named" | "unnamed";
}

/** Where the arguments of one call go. */
export interface ArgumentWords {
  readonly integers: readonly bigint[];
  readonly floats: readonly bigint[];
  readonly stack: readonly bigint[];
}

function wordsOf(bytes: Buffer): bigint[] {
  const padded = Buffer.alloc(Math.ceil(bytes.length / 8) * 8);
  bytes.copy(padded);
  return Array.from({ length: padded.length / 8 }, (_, index) => padded.readBigUInt64LE(index * 8));
}

/** A value's eightbytes as the registers of either kind that hold them. */
function registersFor(
  words: readonly bigint[],
  classes: readonly EightbyteClass[],
): { integers: bigint[]; floats: bigint[] } {
  const integers: bigint[] = [];
  const floats: bigint[] = [];
  let shift = 0n;
  words.forEach((word, index) => {
    const found = classes[index];
    shift = found === "sseup" ? shift + 64n : 0n;
    if (found === "sseup") floats.push((floats.pop() ?? 0n) | (word << shift));
    else (found === "sse" ? floats : integers).push(word);
  });
  return { integers, floats };
}

function pushAligned(stack: bigint[], words: readonly bigint[], alignment: number): void {
  while ((stack.length * 8) % alignment !== 0) stack.push(0n);
  stack.push(...words);
}

/** Distributes arguments over registers and stack. */
export function placeArguments(
  values: readonly Argument[],
  first: readonly bigint[],
  vectorBytes = XMM_BYTES,
): ArgumentWords {
  const integers = [...first];
  const floats: bigint[] = [];
  const stack: bigint[] = [];
  for (const { type, bytes, ofVariadic } of values) {
    const passing = classOf(type, ofVariadic === "unnamed" ? XMM_BYTES : vectorBytes);
    const words = wordsOf(bytes);
    const needed = typeof passing === "string" ? undefined : registersFor(words, passing);
    if (
      needed === undefined ||
      integers.length + needed.integers.length > 6 ||
      floats.length + needed.floats.length > 8
    ) {
      pushAligned(stack, words, alignmentOf(type) ?? 8);
      continue;
    }
    integers.push(...needed.integers);
    floats.push(...needed.floats);
  }
  return { integers, floats, stack };
}

/** The bytes of a result from the registers at the return; undefined for one that came through memory. */
export function resultBytes(type: Type, result: CallResult, vectorBytes = XMM_BYTES): Buffer | undefined {
  const passing = classOf(type, vectorBytes);
  const size = sizeOf(type) ?? 0;
  if (passing === "memory") return undefined;
  if (passing === "x87") {
    const bytes = Buffer.alloc(16);
    encodeInteger(result.st0, 10).copy(bytes);
    return bytes.subarray(0, size);
  }
  if (passing === "none") return Buffer.alloc(0);
  const bytes = Buffer.alloc(passing.length * 8);
  const general = [result.rax, result.rdx];
  const vectors = [result.xmm0, result.xmm1];
  let rest = 0n;
  passing.forEach((found, index) => {
    if (found === "sseup") rest >>= 64n;
    else rest = (found === "sse" ? vectors : general).shift() ?? 0n;
    bytes.writeBigUInt64LE(BigInt.asUintN(64, rest), index * 8);
  });
  return bytes.subarray(0, size);
}

/** Widens a small integer to the eight bytes a register holds, keeping its sign. */
export function extendArgument(bytes: Buffer, signed: boolean): Buffer {
  if (bytes.length >= 8) return bytes;
  const wide = Buffer.alloc(8);
  wide.writeBigInt64LE(decodeInteger(bytes, signed));
  return wide;
}
