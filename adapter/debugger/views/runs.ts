/** Views of what lies one behind the other in memory. */
import { memoryAddress } from "../../target/addresses";
import type { Type } from "../../symbols/sourceTypes";
import type { EvaluationContext } from "../types";
import { valueAt } from "../values";
import { arrayOf, sizeOf } from "../valuesTypes";
import { isReadable, MOST_BYTES, partsFrom, type View } from "./view";

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

/** Elements, `count` of a type from an address on; undefined when they cannot be there. */
export function runView(
  element: Type,
  address: bigint,
  count: bigint,
  context: EvaluationContext,
): View | undefined {
  const size = sizeOf(element);
  if (size === undefined || !canBeThere(address, count * BigInt(size), context)) return undefined;
  return {
    kind: "sequence",
    count: Number(count),
    parts: (start, length) =>
      partsFrom(start, Math.min(Number(count), start + length), (index) => {
        const at = memoryAddress(address + BigInt(index) * BigInt(size));
        return { value: valueAt(element, at, context), suffix: `[${index}]` };
      }),
  };
}
