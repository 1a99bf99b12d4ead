/** Storing values: `=`, `+=`, `++`, and the checked store of the variables view. */
import type { Type } from "../../symbols/sourceTypes";
import { UserError } from "../types";
import type { EvaluationContext, Value } from "../types";
import { bytesOf, OPTIMIZED_OUT, writeValue } from "../values/values";
import { integerRange } from "../values/valuesIntegers";
import {
  asVector,
  integerTraits,
  isBoolean,
  isCharacter,
  isPointer,
  plainType,
  sameType,
  sizeOf,
} from "../values/valuesTypes";
import { decayed } from "./access";
import { applyBinary } from "./arithmetic";
import { categoryOf, isReal } from "./arithmeticTypes";
import { convertToComplex, isComplex, isNumber, realPart } from "./complexArithmetic";
import { requireSize } from "./environment";
import { convertPointer } from "./pointerConversions";
import { convertScalar, integerPart, intValue, scalarOf, unusable } from "./scalars";
import type { ArithmeticOperator } from "./syntax";
import { reinterpreted, sameShape } from "./vectorArithmetic";

/** A value converted to the type it is assigned, passed or returned as (C11 6.5.16.1). Throws UserError. */
export function convertForStore(value: Value, type: Type, context: EvaluationContext): Value {
  const category = categoryOf(type);
  if (category === "complex" && isNumber(value)) return convertToComplex(value, type, context);
  if (category === "vector") return convertToVector(value, type, context);
  if (category === "record" || category === "complex" || category === "array" || category === "other") {
    if (!sameType(value.type, type)) throw cannotConvert(value.type, type);
    return {
      type,
      place: { kind: "constant" },
      bytes: Buffer.from(bytesOf(value, context, 0, requireSize(type))),
    };
  }
  const scalar = isReal(type) && isComplex(value) ? realPart(value, context) : decayed(value);
  const source = categoryOf(scalar.type);
  if (!["integer", "float", "pointer"].includes(source)) throw cannotConvert(value.type, type);
  const mixed = [category, source];
  if (mixed.includes("pointer") && mixed.includes("float")) throw cannotConvert(value.type, type);
  // A truth is the one type beside pointers that C makes of a pointer without a cast (C11 6.5.16.1).
  if (source === "pointer" && category === "integer" && !isBoolean(type))
    throw new UserError(
      `A value of type ${value.type.displayName} is no ${type.displayName}: write (${type.displayName}) before it if its address is meant.`,
    );
  if (category === "pointer" && source === "pointer") return convertPointer(scalar, type, context);
  return convertScalar(scalar, type, context);
}

/** Of vectors that differ the bits are kept by a cast only. */
function convertToVector(value: Value, type: Type, context: EvaluationContext): Value {
  const [from, to] = [asVector(value.type), asVector(type)];
  if (from === undefined || to === undefined || sizeOf(from) !== sizeOf(to))
    throw cannotConvert(value.type, type);
  if (sameShape(from, to)) return reinterpreted(value, type, context);
  throw new UserError(
    `A value of type ${value.type.displayName} is no ${type.displayName}: write (${type.displayName}) before it if its bits are meant.`,
  );
}

function cannotConvert(from: Type, to: Type): UserError {
  return new UserError(`A value of type ${from.displayName} cannot be converted to ${to.displayName}.`);
}

function requirePlace(target: Value): void {
  if (target.place.kind === "constant") {
    if (target.unavailable === undefined)
      throw new UserError("The left side is not a place that a value can be stored in.");
    if (target.unavailable !== OPTIMIZED_OUT && target.pointee === undefined) throw unusable(target);
    throw new UserError("The value is optimized out here and cannot be set.");
  }
  const category = categoryOf(target.type);
  if (category === "array" || category === "function" || category === "void")
    throw new UserError(`A value of type ${target.type.displayName} cannot be assigned.`);
}

/** `target = value`; gives the target as it is then. Throws UserError. */
export function assign(target: Value, value: Value, context: EvaluationContext): Value {
  requirePlace(target);
  const converted = convertForStore(value, target.type, context);
  return writeValue(target, bytesOf(converted, context), context);
}

/** `target OPERATOR= value`. Throws UserError. */
export function assignOperated(
  target: Value,
  operator: ArithmeticOperator,
  value: Value,
  context: EvaluationContext,
): Value {
  requirePlace(target);
  return assign(target, applyBinary(operator, target, decayed(value), context), context);
}

/** `++target`, `target++`. Throws UserError. */
export function increment(target: Value, delta: 1 | -1, prefix: boolean, context: EvaluationContext): Value {
  requirePlace(target);
  const bytes = target.bytes ?? bytesOf(target, context, 0, requireSize(target.type));
  const before = { ...target, place: { kind: "constant" as const }, bytes: Buffer.from(bytes) };
  const after = assign(target, applyBinary("+", target, intValue(BigInt(delta)), context), context);
  return prefix ? after : before;
}

/** What a 128-bit integer takes; 1e100 is no number to read. */
const LONGEST_SHOWN = 40;

/**
 * Throws UserError when an integer type (or bit-field) or a pointer cannot hold a value: a person who types 300 for an
 * unsigned char means something else. -1 for an unsigned type is C's way to say all bits, and refused all the same;
 * for a pointer it is usual. `text`: what was typed.
 */
export function requireInRange(target: Value, value: Value, text: string, context: EvaluationContext): void {
  const traits = integerTraits(target.type);
  if (traits === undefined) return;
  const source = decayed(value);
  if (!isReal(source.type)) return;
  const decimal = DECIMAL.test(text);
  const number = decimal ? BigInt(text) : integerPart(scalarOf(source, context));
  const bits = target.bitField?.bitSize ?? traits.size * 8;
  const range = isBoolean(target.type) ? { low: 0n, high: 1n } : integerRange(bits, traits.signed);
  const lowest = isPointer(plainType(target.type)) ? integerRange(bits, true).low : range.low;
  const allowed = number >= lowest && number <= range.high;
  const sameBits = !decimal && sizeFits(source.type, number, bits);
  if (allowed || sameBits) return;
  const what = target.bitField === undefined ? target.type.displayName : `a bit-field of ${bits} bits`;
  const digits = String(number);
  const shown = digits.length > LONGEST_SHOWN ? "The number" : digits;
  throw new UserError(`${shown} does not fit in ${what} (${range.low} to ${range.high}).`);
}

/** A number that is meant as it stands, not for its bits. */
const DECIMAL = /^[+-]?[1-9]\d*$/;

/** Unsigned literals may spell the bits of a signed type (0xffffffff), a char literal those of any byte. */
function sizeFits(type: Type, number: bigint, bits: number): boolean {
  if (isCharacter(plainType(type))) return bits === 8;
  return integerTraits(type)?.signed === false && number >= 0n && number < 1n << BigInt(bits) && bits >= 8;
}
