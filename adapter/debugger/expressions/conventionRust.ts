/**
 * How functions of Rust take and give values on x86-64, which is not C's way: rustc passes what it has as one or two scalars as
 * that many arguments, small other things as an integer, and larger ones by their address (rustc_target, callconv/mod.rs).
 */
import { isDeepStrictEqual } from "node:util";
import type { Member, RecordType, Type, Variant } from "../../symbols/sourceTypes";
import type { CallResult } from "../types";
import {
  alignmentOf,
  builtin,
  integerTraits,
  isRecord,
  plainType,
  sameType,
  sizeOf,
} from "../values/valuesTypes";
import { classOf, extendArgument, placeArguments, resultBytes } from "./conventionX86";
import type { Argument } from "./conventionX86";

/** A number or an address at a place of a value. */
interface ScalarPart {
  readonly type: Type;
  readonly offset: number;
}

/** What rustc has a type as; empty: it takes no room. */
type Representation = readonly ScalarPart[] | "memory";

const WORD = 8;

/** How rustc has a type: as one scalar, as two, or as bytes in memory. */
function representationOf(type: Type): Representation {
  const plain = plainType(type);
  if ((sizeOf(plain) ?? 0) === 0) return [];
  if (isRecord(plain)) return plain.variantPart ? ofVariants(plain) : ofMembers(plain, plain.members);
  return plain.kind === "array" ? "memory" : [{ type: plain, offset: 0 }];
}

function partsOf({ type, byteOffset }: Member): Representation {
  const inner = representationOf(type);
  return inner === "memory" ? inner : inner.map((part) => ({ ...part, offset: part.offset + byteOffset }));
}

/** Of a union those that all members are; of a struct those of all together, if they are not more than two. */
function ofMembers(record: RecordType, members: readonly Member[]): Representation {
  const filled = members.map(partsOf).filter((parts) => parts.length > 0);
  if (filled.includes("memory")) return "memory";
  const all = filled.filter((parts) => parts !== "memory");
  if (record.kind !== "union") return fitting(record, all.flat());
  const [first = [], ...others] = all;
  return others.every((other) => isAlike(first, other)) ? fitting(record, first) : "memory";
}

function isAlike(left: readonly ScalarPart[], right: readonly ScalarPart[]): boolean {
  return left.length === right.length && left.every((part, index) => isSamePart(part, right[index]));
}

function isSamePart(left: ScalarPart, right: ScalarPart | undefined): boolean {
  return (
    right?.offset === left.offset &&
    sizeOf(right.type) === sizeOf(left.type) &&
    isFloat(right) === isFloat(left)
  );
}

function isFloat({ type }: ScalarPart): boolean {
  const plain = plainType(type);
  return plain.kind === "base" && plain.encoding === "float";
}

/** One scalar that fills the record, or two that stand as they would by themselves; else it is in memory. */
function fitting(record: RecordType, parts: readonly ScalarPart[]): Representation {
  const [first, second, ...more] = [...parts].sort((a, b) => a.offset - b.offset);
  const size = sizeOf(record) ?? 0;
  if (first === undefined || more.length > 0) return "memory";
  const end = sizeOf(first.type) ?? 0;
  const alignment = scalarAlignment(second ?? first);
  const most = Math.max(alignment, scalarAlignment(first));
  // repr(align) and repr(packed) leave the size as it is at times.
  if (first.offset !== 0 || alignmentOf(record) !== most) return "memory";
  if (second === undefined) return end === size ? [first] : "memory";
  const after = upTo(end, alignment);
  const whole = upTo(after + (sizeOf(second.type) ?? 0), most);
  return second.offset === after && whole === size ? [first, second] : "memory";
}

function scalarAlignment({ type }: ScalarPart): number {
  return alignmentOf(type) ?? 1;
}

function upTo(offset: number, alignment: number): number {
  return Math.ceil(offset / alignment) * alignment;
}

/** The scalars of a variant, at their places in the whole; undefined: one of its members is in memory. */
function partsOfVariant({ members }: Variant): readonly ScalarPart[] | undefined {
  const inner = members.flatMap(({ type, byteOffset }) => {
    const plain = plainType(type);
    const own = isRecord(plain) ? plain.members : [];
    return own.map((each) => partsOf({ ...each, byteOffset: each.byteOffset + byteOffset }));
  });
  const parts = inner.filter((each) => each !== "memory");
  return parts.length < inner.length ? undefined : parts.flat();
}

/** What tells the variants is one scalar; the other is what all of them have that have anything. */
function ofVariants(record: RecordType): Representation {
  const { discriminant, variants } = record.variantPart ?? { variants: [] };
  const contents = variants.map(partsOfVariant);
  const filled = contents.filter((parts) => parts !== undefined && parts.length > 0);
  if (contents.includes(undefined)) return "memory";
  const [first = [], ...others] = filled.flatMap((parts) => (parts === undefined ? [] : [parts]));
  // What tells them apart may be in the value of the only one that has any.
  const isNiche = discriminant === undefined || variants.some(({ values }) => values === undefined);
  if (isNiche) return others.length === 0 ? fitting(record, first) : "memory";
  const tag = { type: discriminant.type, offset: discriminant.byteOffset };
  const isCommon = first.length < 2 && others.every((other) => isAlike(first, other));
  return isCommon ? fitting(record, [tag, ...first]) : "memory";
}

/** The arguments that one of Rust's is passed as; `place` puts what goes by its address into memory. */
export async function rustArguments(
  { type, bytes }: Argument,
  place: (bytes: Buffer) => Promise<bigint>,
): Promise<Argument[]> {
  const parts = representationOf(type);
  if (parts !== "memory")
    return parts.map((part) => ({
      type: part.type,
      bytes: wordOf(bytes.subarray(part.offset, part.offset + (sizeOf(part.type) ?? 0)), part.type),
    }));
  if ((sizeOf(type) ?? 0) <= WORD)
    return [
      { type: builtin.unsignedLong, bytes: wordOf(bytes.subarray(0, sizeOf(type)), builtin.unsignedLong) },
    ];
  const address = Buffer.alloc(WORD);
  address.writeBigUInt64LE(await place(bytes));
  return [{ type: builtin.unsignedLong, bytes: address }];
}

function isOneFloat(type: Type): boolean {
  const parts = isRecord(plainType(type)) ? representationOf(type) : [];
  return parts !== "memory" && parts.length === 1 && parts.every(isFloat);
}

/**
 * A struct of one float is passed as an integer where it has `#[repr(C)]`, which is not told. Those of a type that come last are therefore
 * passed in both ways; these are the integers.
 */
export function alsoAsIntegers(values: readonly Argument[]): Argument[] {
  const last = values.at(-1);
  if (last === undefined || !isOneFloat(last.type)) return [];
  const others = values.findLastIndex(({ type }) => !sameType(type, last.type));
  return values
    .slice(others + 1)
    .map(({ bytes }) => ({ type: builtin.unsignedLong, bytes: wordOf(bytes, builtin.unsignedLong) }));
}

function wordOf(bytes: Buffer, type: Type): Buffer {
  const isWhole = bytes.length === 1 || bytes.length === 2 || bytes.length === 4;
  const isSigned = isWhole && integerTraits(type)?.signed === true;
  return isSigned ? extendArgument(bytes, true) : Buffer.concat([bytes], Math.max(WORD, bytes.length));
}

/** Whether a function of Rust gives a type through memory that the caller has named. */
export function isGivenThroughMemory(type: Type): boolean {
  const most = representationOf(type) === "memory" ? WORD : 2 * WORD;
  return (sizeOf(type) ?? 0) > most;
}

/** The bytes of a result of Rust from the registers at the return. */
export function rustResult(type: Type, result: CallResult): Buffer {
  const parts = representationOf(type);
  const bytes = Buffer.alloc(sizeOf(type) ?? 0);
  const scalars = parts === "memory" ? [{ type: builtin.unsignedLong, offset: 0 }] : parts;
  let rest = result;
  for (const part of scalars) {
    (resultBytes(part.type, rest) ?? Buffer.alloc(0)).copy(bytes, part.offset);
    rest = isFloat(part) ? { ...rest, xmm0: rest.xmm1 } : { ...rest, rax: rest.rdx };
  }
  return bytes;
}

/** What no two registers have alike. */
const MARKED: CallResult = { rax: 0x1111n, rdx: 0x2222n, xmm0: 0x3333n, xmm1: 0x4444n, st0: 0x5555n };

/** Whether a function would take these arguments, and give its result, in the same way if it were `extern "C"`. */
export async function isAsInC(values: readonly Argument[], returns: Type): Promise<boolean> {
  const byAddress: Buffer[] = [];
  const passed: Argument[] = [];
  const place = (bytes: Buffer): Promise<bigint> => Promise.resolve(BigInt(byAddress.push(bytes)));
  for (const value of values) passed.push(...(await rustArguments(value, place)));
  const isThroughMemory = isGivenThroughMemory(returns);
  if (byAddress.length > 0 || isThroughMemory !== (classOf(returns) === "memory")) return false;
  if (!isDeepStrictEqual(placeArguments(passed, []), placeArguments(values, []))) return false;
  const inC = isThroughMemory ? undefined : resultBytes(returns, MARKED);
  return inC === undefined || rustResult(returns, MARKED).equals(inC);
}
