/** What a value of a library's class stands for: the text, the elements, or the other value that a person means by it. */
import type { Type } from "../../symbols/sourceTypes";
import { memoryAddress } from "../../target/addresses";
import type { MemoryAddress } from "../../target/addresses";
import { UserError } from "../types";
import type { EvaluationContext, Value } from "../types";
import { bytesOf, readFrom } from "../values/values";
import { decodeInteger } from "../values/valuesIntegers";
import { findMember, readAlong, recordOf } from "../values/valuesMembers";
import { isPointer, plainType, sizeOf } from "../values/valuesTypes";

/** One of a sequence. */
export interface ViewPart {
  readonly value: Value;
  /** What leads to it, in place of its number. */
  readonly key?: Value;
  /** Behind an expression for the whole, gives it again. */
  readonly suffix?: string;
}

/** What a string has room for. */
export interface TextRoom {
  /** In bytes, without the one behind them that is zero. */
  readonly capacity: bigint;
  /** Where the string has its length, a word. */
  readonly lengthAt: bigint;
  readonly isTerminated: boolean;
  /** Nothing but UTF-8 may be there. */
  readonly isUtf8: boolean;
}

export type View =
  /** An array of characters; `room`: other ones may be put in their place. */
  | { readonly kind: "text"; readonly text: Value; readonly room?: TextRoom }
  /** `isTuple`: its type says how many there are. `isUnordered`: two with the same elements may have them in another order. */
  | {
      readonly kind: "sequence";
      readonly count: number;
      readonly isTuple?: true;
      readonly isUnordered?: true;
      parts(start: number, count: number): ViewPart[];
    }
  /** Another value, with what is to be said of it; `isHeld`: it is what the operator * gives, even where it is a pointer. */
  | { readonly kind: "stead"; readonly value: Value; readonly note?: string; readonly isHeld?: boolean }
  /** Nothing but a word. */
  | { readonly kind: "word"; readonly word: string };

/** Makes a view of a value; undefined, or a UserError, where its members are not those that it should have. */
export type ViewMaker = (value: Value, context: EvaluationContext) => View | undefined;

/** No string and no container has more; a number beyond it is that of memory that holds no object yet. */
export const MOST_BYTES = 1n << 40n;

/** A part of a value, by the names of members from outside in, each also of a base class. Throws UserError. */
export function partAt(value: Value, names: readonly string[], context: EvaluationContext): Value {
  return names.reduce((whole, name) => {
    const found = memberOf(whole, name, context);
    if (found === undefined) throw new UserError(`There is no member named "${name}".`);
    return found;
  }, value);
}

/** A member of a value; undefined when its type has none of that name. */
export function memberOf(value: Value, name: string, context: EvaluationContext): Value | undefined {
  const record = recordOf(value.type, context);
  const path = record && findMember(record, name);
  return path && readAlong(value, path, context);
}

/** The number that a member holds; of a pointer its address. Throws UserError. */
export function numberAt(value: Value, names: readonly string[], context: EvaluationContext): bigint {
  const found = partAt(value, names, context);
  if (found.unavailable !== undefined) throw new UserError(found.unavailable);
  return decodeInteger(bytesOf(found, context), false);
}

/** Where a pointer of a value leads to, and the type there. Throws UserError when it is no pointer. */
export function pointerAt(
  value: Value,
  names: readonly string[],
  context: EvaluationContext,
): { address: bigint; target: Type } {
  const found = partAt(value, names, context);
  const plain = plainType(found.type);
  if (!isPointer(plain)) throw new UserError("It is no pointer.");
  return { address: numberAt(found, [], context), target: plain.target };
}

/** The word at an address. Throws UserError when it cannot be read. */
export function wordAt(address: bigint, context: EvaluationContext): bigint {
  const place = { kind: "memory" as const, address: memoryAddress(address) };
  return readFrom(place, 0, 8, context).readBigUInt64LE(0);
}

const PAGE = 4096n;

/** Reads words as `wordAt` does, each page of memory once: for many that lie near each other, while nothing can change them. */
export function wordsOfPages(context: EvaluationContext): (address: bigint) => bigint {
  const pages = new Map<bigint, Buffer>();
  return (address) => {
    const offset = address % PAGE;
    if (offset > PAGE - 8n) return wordAt(address, context);
    const start = address - offset;
    let page = pages.get(start);
    if (page === undefined) {
      page = context.target.memory.read(memoryAddress(start), Number(PAGE));
      pages.set(start, page);
    }
    return page.length < Number(PAGE) ? wordAt(address, context) : page.readBigUInt64LE(Number(offset));
  };
}

const MOST_ALTERNATIVES = 256n;

/** One of several alternatives, by the number of the one that is there; all bits set: none is. `held`: what one has. */
export function alternativeView(
  index: Value,
  held: (number: number) => Value,
  context: EvaluationContext,
): View | undefined {
  const number = numberAt(index, [], context);
  if (BigInt.asIntN((sizeOf(index.type) ?? 4) * 8, number) === -1n)
    return { kind: "word", word: "valueless" };
  if (number >= MOST_ALTERNATIVES) return undefined;
  return { kind: "stead", value: held(Number(number)), note: `(alternative ${number})`, isHeld: true };
}

/** Whether the first byte at an address can be read. */
export function isReadable(address: bigint, context: EvaluationContext): boolean {
  if (address === 0n || address >= 1n << 64n) return false;
  return context.target.memory.read(memoryAddress(address), 1).length === 1;
}

/** The arguments of a template or a generic type that are types. */
export function argumentsOf(type: Type | undefined, context: EvaluationContext): readonly Type[] {
  return (type && recordOf(type, context)?.typeArguments) ?? [];
}

/** Where a value is in memory. Throws UserError when it is elsewhere. */
export function addressOfValue({ place }: Value): MemoryAddress {
  if (place.kind !== "memory") throw new UserError("The value has no address.");
  return place.address;
}

/** A pointer to what others own, too; `note`: who does. */
export function sharedView(value: Value, note: string | undefined): View {
  return { kind: "stead", value, ...(note !== undefined && { note }) };
}

/** Of a pointer that only watches: what it leads to is there as long as anyone uses it, its memory may be there longer. */
export function whileUsed(shared: ViewMaker): ViewMaker {
  return (value, context) => {
    const view = shared(value, context);
    const isExpired = view?.kind === "stead" && view.note?.startsWith("(use 0,") === true;
    return isExpired ? { kind: "word", word: "expired" } : view;
  };
}

/** The parts from `start` up to `end`; those behind one that cannot be reached are left out. */
export function partsFrom(start: number, end: number, partOf: (index: number) => ViewPart): ViewPart[] {
  const parts: ViewPart[] = [];
  try {
    for (let index = start; index < end; index++) parts.push(partOf(index));
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
  }
  return parts;
}
