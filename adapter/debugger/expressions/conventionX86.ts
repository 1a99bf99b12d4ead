/** How the System V x86-64 convention passes values (psABI 3.2.3). */
import type { Type } from "../../symbols/sourceTypes";
import { decodeInteger } from "../valuesIntegers";
import { elementCount, elementType, plainType, sizeOf } from "../valuesTypes";
import type { CallResult } from "../types";

export type EightbyteClass = "integer" | "sse";
/** One class for each eightbyte of a value in registers; `memory`: on the stack; `x87`: a long double. */
export type PassingClass = readonly EightbyteClass[] | "memory" | "x87" | "none";

/** The class of a type as an argument or result. */
export function classOf(type: Type): PassingClass {
  const plain = plainType(type);
  if (plain.kind === "void") return "none";
  if ("members" in plain && plain.passedByReference === true) return "memory";
  const size = sizeOf(plain) ?? 8;
  if (plain.kind === "base" && plain.encoding === "float" && size === 16)
    return /128/.test(plain.displayName) ? ["sse", "sse"] : "x87";
  if (size > 16) return "memory";
  const classes: (EightbyteClass | undefined)[] = Array.from(
    { length: Math.ceil(size / 8) },
    () => undefined,
  );
  if (!mergeClasses(plain, 0, classes)) return "memory";
  return classes.map((found) => found ?? "sse");
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
  if (plain.kind === "array") {
    const element = elementType(plain);
    const size = sizeOf(element) ?? 1;
    for (let index = 0; index < (elementCount(plain) ?? 0); index++)
      if (!mergeClasses(element, offset + index * size, classes)) return false;
    return true;
  }
  const size = sizeOf(plain) ?? 8;
  const floating = plain.kind === "base" && (plain.encoding === "float" || plain.encoding === "complex");
  if (floating && plain.encoding === "float" && size === 16) return false;
  for (let index = Math.floor(offset / 8); index <= Math.floor((offset + size - 1) / 8); index++)
    classes[index] = floating && classes[index] !== "integer" ? "sse" : "integer";
  return true;
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

/** Distributes arguments, already converted and extended, over registers and stack. */
export function placeArguments(
  values: readonly { type: Type; bytes: Buffer }[],
  first: readonly bigint[],
): ArgumentWords {
  const integers = [...first];
  const floats: bigint[] = [];
  const stack: bigint[] = [];
  for (const { type, bytes } of values) {
    const passing = classOf(type);
    const words = wordsOf(bytes);
    const needed = (wanted: EightbyteClass): number =>
      typeof passing === "string" ? 0 : passing.filter((found) => found === wanted).length;
    const fits = integers.length + needed("integer") <= 6 && floats.length + needed("sse") <= 8;
    if (typeof passing === "string" || !fits) {
      const aligned = passing === "x87" || (plainType(type).kind === "base" && bytes.length === 16);
      if (aligned && stack.length % 2 === 1) stack.push(0n);
      stack.push(...words);
      continue;
    }
    words.forEach((word, index) => (passing[index] === "sse" ? floats : integers).push(word));
  }
  return { integers, floats, stack };
}

/** The bytes of a result from the registers at the return; undefined for one that came through memory. */
export function resultBytes(type: Type, result: CallResult): Buffer | undefined {
  const passing = classOf(type);
  const size = sizeOf(type) ?? 0;
  if (passing === "memory") return undefined;
  const bytes = Buffer.alloc(Math.max(16, size));
  if (passing === "x87") {
    bytes.writeBigUInt64LE(BigInt.asUintN(64, result.st0), 0);
    bytes.writeUInt16LE(Number(BigInt.asUintN(16, result.st0 >> 64n)), 8);
    return bytes.subarray(0, size);
  }
  if (passing === "none") return bytes.subarray(0, 0);
  const general = [result.rax, result.rdx];
  const vectors = [BigInt.asUintN(64, result.xmm0), BigInt.asUintN(64, result.xmm1)];
  if (/_?_?[fF]loat128/.test(plainType(type).displayName))
    vectors[1] = BigInt.asUintN(64, result.xmm0 >> 64n);
  passing.forEach((found, index) => {
    const word = (found === "sse" ? vectors : general).shift() ?? 0n;
    bytes.writeBigUInt64LE(BigInt.asUintN(64, word), index * 8);
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
