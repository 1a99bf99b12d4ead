/** Comparing strings of the standard libraries with each other and with literals, without the program. */
import { memoryAddress } from "../../target/addresses";
import type { EvaluationContext, Value } from "../types";
import { bytesOf } from "../values/values";
import { elementCount, elementType, isCharacter, isPointer, plainType, sizeOf } from "../values/valuesTypes";
import { viewOf } from "../views/views";
import { addressIn } from "./scalars";

/** Longer ones are left to the program's own code. */
const MOST_COMPARED = 1 << 20;
const CHUNK = 256;

const orders: Readonly<Record<string, (order: number) => boolean>> = {
  "==": (order) => order === 0,
  "!=": (order) => order !== 0,
  "<": (order) => order < 0,
  "<=": (order) => order <= 0,
  ">": (order) => order > 0,
  ">=": (order) => order >= 0,
};

/** Paths are compared by their parts, and strings of C++ by their traits, which may be anyone's. */
function isOrderedOtherwise(typeName: string): boolean {
  if (/\b[Pp]ath(?:Buf)?\b/.test(typeName)) return true;
  const isOfCxx = /^std::(?:\w+::)*basic_string/.test(typeName);
  return isOfCxx && !/basic_string(?:_view)?<char(?:, ?std::(?:\w+::)?char_traits<char>|>)/.test(typeName);
}

/** The characters of a string of a library; undefined: it is none, or one of wide characters, or a long one. */
function ownText(value: Value, context: EvaluationContext): Buffer | undefined {
  const view = viewOf(value, context);
  if (view?.kind !== "text" || isOrderedOtherwise(plainType(value.type).displayName)) return undefined;
  const plain = plainType(view.text.type);
  const length = plain.kind === "array" ? (elementCount(plain) ?? 0) : 0;
  if (plain.kind !== "array" || sizeOf(elementType(plain)) !== 1 || length > MOST_COMPARED) return undefined;
  return length === 0 ? Buffer.alloc(0) : bytesOf(view.text, context);
}

/** Up to the byte that is zero. */
function terminatedAt(address: bigint, context: EvaluationContext): Buffer | undefined {
  const parts: Buffer[] = [];
  for (let length = 0; length < MOST_COMPARED; length += CHUNK) {
    const bytes = context.target.memory.read(memoryAddress(address + BigInt(length)), CHUNK);
    const end = bytes.indexOf(0);
    parts.push(end < 0 ? bytes : bytes.subarray(0, end));
    if (end >= 0) return Buffer.concat(parts);
    if (bytes.length < CHUNK) return undefined;
  }
  return undefined;
}

/** The characters of a literal, an array or what a pointer leads to. */
function plainText(value: Value, context: EvaluationContext): Buffer | undefined {
  const plain = plainType(value.type);
  if (plain.kind === "array" && isCharacter(plainType(elementType(plain)))) {
    const bytes = bytesOf(value, context);
    const end = bytes.indexOf(0);
    return end < 0 ? bytes : bytes.subarray(0, end);
  }
  if (!isPointer(plain) || !isCharacter(plainType(plain.target)) || sizeOf(plain.target) !== 1)
    return undefined;
  return terminatedAt(addressIn(value, context), context);
}

/** The bytes of a string of any kind; undefined: it is none. Throws UserError. */
export function textOf(value: Value, context: EvaluationContext): Buffer | undefined {
  return ownText(value, context) ?? plainText(value, context);
}

/**
 * Whether `left operator right` holds, where one of them is a string of a library and the other a string of any kind;
 * undefined: they are not.
 */
export function comparedTexts(
  operator: string,
  left: Value,
  right: Value,
  context: EvaluationContext,
): boolean | undefined {
  const isOrder = Object.hasOwn(orders, operator) ? orders[operator] : undefined;
  if (isOrder === undefined) return undefined;
  const [own, other] = [ownText(left, context), ownText(right, context)];
  if (own === undefined && other === undefined) return undefined;
  const first = own ?? plainText(left, context);
  const second = other ?? plainText(right, context);
  return first && second && isOrder(Buffer.compare(first, second));
}
