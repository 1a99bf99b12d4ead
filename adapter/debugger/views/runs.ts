/** Views of what lies one behind the other in memory. */
import type { Type } from "../../symbols/sourceTypes";
import { memoryAddress } from "../../target/addresses";
import type { EvaluationContext, Value } from "../types";
import { constantValue, valueAt } from "../values/values";
import { arrayOf, builtin, sizeOf } from "../values/valuesTypes";
import { isReadable, MOST_BYTES, partsFrom, wordAt, type View } from "./view";

/** Whether so many bytes may lie at an address: none of them may be anywhere. */
function canBeThere(address: bigint, bytes: bigint, context: EvaluationContext): boolean {
  if (bytes < 0n || bytes > MOST_BYTES) return false;
  return bytes === 0n || (isReadable(address, context) && isReadable(address + bytes - 1n, context));
}

/** Characters, `length` of a type from an address on; undefined when they cannot be there. */
export function textView(
  character: Type,
  address: bigint,
  length: bigint,
  context: EvaluationContext,
): (View & { kind: "text" }) | undefined {
  const size = sizeOf(character);
  if (size === undefined || !canBeThere(address, length * BigInt(size), context)) return undefined;
  const type = arrayOf(character, [{ count: Number(length) }]);
  return { kind: "text", text: valueAt(type, memoryAddress(address), context) };
}

/** Elements that have numbers, and what `container[number]` gives. Those behind one that cannot be reached are left out. */
export function indexedView(count: bigint, elementAt: (index: number) => Value): View & { kind: "sequence" } {
  return {
    kind: "sequence",
    count: Number(count),
    parts: (start, length) =>
      partsFrom(start, Math.min(Number(count), start + length), (index) => ({
        value: elementAt(index),
        suffix: `[${index}]`,
      })),
  };
}

/** As many elements as its type says. */
export function tupleView<Item>(items: readonly Item[], valueOf: (item: Item) => Value): View {
  return {
    kind: "sequence",
    isTuple: true,
    count: items.length,
    parts: (start, length) =>
      items
        .slice(start, start + length)
        .map((item, offset) => ({ value: valueOf(item), suffix: `[${start + offset}]` })),
  };
}

/** Elements, `count` of a type from an address on; undefined when they cannot be there. */
export function runView(
  element: Type,
  address: bigint,
  count: bigint,
  context: EvaluationContext,
): View | undefined {
  const size = sizeOf(element);
  if (size === undefined || !canBeThere(address, count * BigInt(size), context)) return undefined;
  return indexedView(count, (index) =>
    valueAt(element, memoryAddress(address + BigInt(index) * BigInt(size)), context),
  );
}

/** A bit for each of `count` elements, in words from an address on. */
export function bitsView(address: bigint, count: bigint, context: EvaluationContext): View | undefined {
  if (count < 0n || count > MOST_BYTES || (count > 0n && !isReadable(address, context))) return undefined;
  return indexedView(count, (index) => {
    const word = wordAt(address + (BigInt(index) / 64n) * 8n, context);
    return constantValue(builtin.bool, Buffer.from([Number((word >> (BigInt(index) % 64n)) & 1n)]));
  });
}

/** How a deque has its elements: in blocks of as many each, whose addresses stand one behind the other. */
export interface Blocks {
  readonly addresses: bigint;
  readonly perBlock: bigint;
  /** The place of the first element in them. */
  readonly first: bigint;
  readonly count: bigint;
}

/** Elements of a type in blocks. */
export function blocksView(element: Type, blocks: Blocks, context: EvaluationContext): View {
  const { addresses, perBlock, first, count } = blocks;
  const size = BigInt(sizeOf(element) ?? 0);
  return indexedView(count, (index) => {
    const place = first + BigInt(index);
    const block = wordAt(addresses + (place / perBlock) * 8n, context);
    return valueAt(element, memoryAddress(block + (place % perBlock) * size), context);
  });
}
