/** Views of libc++'s strings, arrays and owners (its headers string, vector, __memory/unique_ptr.h, optional, variant, …). */
import { UserError } from "../types";
import type { EvaluationContext, Value } from "../types";
import { integerOf } from "../values/values";
import { readMember, recordOf } from "../values/valuesMembers";
import { isPointer, plainType, sizeOf } from "../values/valuesTypes";
import { bitsView, runView, textView, tupleView } from "./runs";
import {
  addressOfValue,
  alternativeView,
  memberOf,
  numberAt,
  partAt,
  pointerAt,
  sharedView,
  whileUsed,
  wordAt,
  type View,
  type ViewMaker,
} from "./view";

/** What is beside an allocator or the like: itself, or the first of a pair that takes no room for the other (before LLVM 20). */
export function firstOf(value: Value, context: EvaluationContext): Value {
  return memberOf(value, "__value_", context) ?? value;
}

/** The first member that there is of several names, which versions of the library have changed. Throws UserError. */
export function oneOf(value: Value, names: readonly string[], context: EvaluationContext): Value {
  for (const name of names) {
    const found = memberOf(value, name, context);
    if (found !== undefined) return firstOf(found, context);
  }
  throw new UserError(`There is no member named "${names.join('" or "')}".`);
}

/** The number of elements that a container states. Throws UserError. */
export function countIn(value: Value, names: readonly string[], context: EvaluationContext): bigint {
  return numberAt(oneOf(value, names, context), [], context);
}

/** A number of a few bits beside others. */
function bitsAt(value: Value, name: string, context: EvaluationContext): bigint {
  const found = partAt(value, [name], context);
  if (found.unavailable !== undefined) throw new UserError(found.unavailable);
  return integerOf(found, false, context);
}

interface Length {
  readonly isLong: boolean;
  readonly short: bigint;
}

/** The lowest bit of the first byte tells, with the length above it; since LLVM 15 by fields of bits. */
function lengthOf(short: Value, context: EvaluationContext): Length | undefined {
  if (memberOf(short, "__is_long_", context) !== undefined)
    return { isLong: bitsAt(short, "__is_long_", context) === 1n, short: bitsAt(short, "__size_", context) };
  // Another layout (_LIBCPP_ABI_ALTERNATE_STRING_LAYOUT) has the characters first.
  if (addressOfValue(partAt(short, ["__data_"], context)) === addressOfValue(short)) return undefined;
  const byte = numberAt(short, ["__size_"], context);
  return { isLong: (byte & 1n) === 1n, short: byte >> 1n };
}

const string: ViewMaker = (value, context) => {
  const stored = oneOf(value, ["__rep_", "__r_"], context);
  const [long, short] = [partAt(stored, ["__l"], context), partAt(stored, ["__s"], context)];
  const length = lengthOf(short, context);
  const { address, target } = pointerAt(long, ["__data_"], context);
  if (length === undefined) return undefined;
  if (length.isLong) return textView(target, address, numberAt(long, ["__size_"], context), context);
  const characters = partAt(short, ["__data_"], context);
  const room = BigInt((sizeOf(characters.type) ?? 0) / (sizeOf(target) ?? 1));
  if (length.short > room) return undefined;
  return textView(target, addressOfValue(characters), length.short, context);
};

const stringView: ViewMaker = (value, context) => {
  const { address, target } = pointerAt(oneOf(value, ["__data_", "__data"], context), [], context);
  return textView(target, address, countIn(value, ["__size_", "__size"], context), context);
};

const path: ViewMaker = (value, context) => string(partAt(value, ["__pn_"], context), context);

/** One of `bool` has a bit for each, in words. */
const bits: ViewMaker = (value, context) => {
  const { address } = pointerAt(value, ["__begin_"], context);
  const count = countIn(value, ["__size_"], context);
  const words = countIn(value, ["__cap_alloc_", "__cap_"], context);
  return count > words * 64n ? undefined : bitsView(address, count, context);
};

const vector: ViewMaker = (value, context) => {
  if (memberOf(value, "__end_", context) === undefined) return bits(value, context);
  const { address, target } = pointerAt(value, ["__begin_"], context);
  const end = numberAt(value, ["__end_"], context);
  const room = countIn(value, ["__end_cap_", "__cap_"], context);
  const size = BigInt(sizeOf(target) ?? 0);
  if (size === 0n || end < address || room < end || (end - address) % size !== 0n) return undefined;
  return runView(target, address, (end - address) / size, context);
};

const initializerList: ViewMaker = (value, context) => {
  const { address, target } = pointerAt(value, ["__begin_"], context);
  return runView(target, address, numberAt(value, ["__size_"], context), context);
};

function lengthInType(value: Value): bigint | undefined {
  const [, length] = /, (\d+)[uUlL]*>$/.exec(plainType(value.type).displayName) ?? [];
  return length === undefined ? undefined : BigInt(length);
}

/** One of a fixed extent has its length in its type alone. */
const span: ViewMaker = (value, context) => {
  const { address, target } = pointerAt(oneOf(value, ["__data_", "__data"], context), [], context);
  const names = ["__size_", "__size"];
  const isStated = names.some((name) => memberOf(value, name, context) !== undefined);
  const length = isStated ? countIn(value, names, context) : lengthInType(value);
  return length === undefined ? undefined : runView(target, address, length, context);
};

/** One without elements has room for one all the same. */
const array: ViewMaker = (value, context) =>
  lengthInType(value) === 0n
    ? { kind: "sequence", count: 0, parts: () => [] }
    : { kind: "stead", value: partAt(value, ["__elems_"], context) };

const uniquePointer: ViewMaker = (value, context) => {
  const pointer = oneOf(value, ["__ptr_"], context);
  return isPointer(plainType(pointer.type)) ? { kind: "stead", value: pointer } : undefined;
};

/** Where the object that counts has what it counts, whose class is often described in the library alone. */
const OWNERS = 8n;
const WATCHERS = 16n;

/** Who shares it and who watches, each of which is counted from -1; all that share count as one that watches. */
function sharers(value: Value, context: EvaluationContext): string | undefined {
  const address = numberAt(value, ["__cntrl_"], context);
  if (address === 0n) return undefined;
  const counter = (offset: bigint): bigint => BigInt.asIntN(64, wordAt(address + offset, context)) + 1n;
  const uses = counter(OWNERS);
  return `(use ${uses}, weak ${counter(WATCHERS) - (uses > 0n ? 1n : 0n)})`;
}

const sharedPointer: ViewMaker = (value, context) =>
  sharedView(partAt(value, ["__ptr_"], context), sharers(value, context));

const optional: ViewMaker = (value, context): View | undefined => {
  const engaged = numberAt(value, ["__engaged_"], context);
  if (engaged > 1n) return undefined;
  if (engaged === 0n) return { kind: "word", word: "nullopt" };
  return { kind: "stead", value: partAt(value, ["__val_"], context), isHeld: true };
};

const atomic: ViewMaker = (value, context) => ({
  kind: "stead",
  value: partAt(value, ["__a_", "__a_value"], context),
});

/** Each of a tuple's bases is one of its elements, or has it as its member: an empty class may be the base itself. */
const tuple: ViewMaker = (value, context) => {
  const elements = memberOf(value, "__base_", context);
  const record = elements && recordOf(elements.type, context);
  if (elements === undefined || record === undefined) return undefined;
  const leaves = record.members.filter(({ type }) => /::__tuple_leaf</.test(type.displayName));
  return tupleView(leaves, (leaf) => firstOf(readMember(elements, leaf, context), context));
};

/** A union of the first alternative and of a union of the others. */
const variant: ViewMaker = (value, context) => {
  const implementation = memberOf(value, "__impl_", context) ?? partAt(value, ["__impl"], context);
  const held = (number: number): Value => {
    const tails = Array.from({ length: number }, () => "__tail");
    return partAt(implementation, ["__data", ...tails, "__head", "__value"], context);
  };
  return alternativeView(partAt(implementation, ["__index"], context), held, context);
};

/** By the name of the class in std and its inline namespace. */
export const libcxxRuns: ReadonlyMap<string, ViewMaker> = new Map([
  ["basic_string", string],
  ["basic_string_view", stringView],
  ["__fs::filesystem::path", path],
  ["filesystem::path", path],
  ["vector", vector],
  ["array", array],
  ["initializer_list", initializerList],
  ["span", span],
  ["unique_ptr", uniquePointer],
  ["shared_ptr", sharedPointer],
  ["weak_ptr", whileUsed(sharedPointer)],
  ["optional", optional],
  ["atomic", atomic],
  ["tuple", tuple],
  ["variant", variant],
]);
