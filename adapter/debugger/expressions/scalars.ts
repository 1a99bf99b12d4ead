/** Numbers of any C type as exact values, and conversions between the types. */
import {
  compareExact,
  decodeFloat,
  encodeFloat,
  exactFromInteger,
  exactToInteger,
  floatFormat,
} from "../../symbols/exactFloats";
import type { ExactFloat, FloatFormat } from "../../symbols/exactFloats";
import type { Type } from "../../symbols/sourceTypes";
import { UserError } from "../types";
import type { EvaluationContext, Value } from "../types";
import { bytesOf, constantValue, integerOf, OPTIMIZED_OUT } from "../values/values";
import { encodeInteger } from "../values/valuesIntegers";
import { builtin, integerTraits, isBoolean, isPointer, plainType, sizeOf } from "../values/valuesTypes";
import { categoryOf } from "./arithmeticTypes";

export type Scalar =
  | { readonly kind: "integer"; readonly value: bigint }
  | { readonly kind: "float"; readonly value: ExactFloat };

/** The floating-point format of a type. Throws UserError for formats that are not known. */
export function formatOf(type: Type): FloatFormat {
  const format = floatFormat(sizeOf(type) ?? 0, plainType(type).displayName);
  if (format === undefined) throw new UserError(`The number format of ${type.displayName} is not known.`);
  return format;
}

/** Says why a value has no bytes, as a sentence. */
export function unusable(value: Value): UserError {
  if (value.unavailable === undefined || value.unavailable === OPTIMIZED_OUT)
    return new UserError("The value is optimized out here.");
  const text = value.unavailable.replace(/^<|>$/g, "");
  return new UserError(`${text[0]?.toUpperCase() ?? ""}${text.slice(1)}.`);
}

/** The number a scalar value holds; of a pointer its address. Throws UserError. */
export function scalarOf(value: Value, context: EvaluationContext): Scalar {
  if (value.unavailable !== undefined) throw unusable(value);
  const traits = integerTraits(value.type);
  if (traits !== undefined) return { kind: "integer", value: integerOf(value, traits.signed, context) };
  if (categoryOf(value.type) !== "float")
    throw new UserError(`A value of type ${value.type.displayName} is no number.`);
  return { kind: "float", value: decodeFloat(bytesOf(value, context), formatOf(value.type)) };
}

/** A number as a value of a scalar type, converted as C does: integers wrap, floats round or are cut off. */
export function scalarValue(scalar: Scalar, type: Type): Value {
  const plain = plainType(type);
  const size = sizeOf(plain);
  if (size === undefined) throw new UserError(`The size of ${type.displayName} is not known.`);
  if (categoryOf(plain) === "float") {
    const exact = scalar.kind === "float" ? scalar.value : exactFromInteger(scalar.value);
    return constantValue(type, encodeFloat(exact, formatOf(type), size));
  }
  if (integerTraits(plain) === undefined)
    throw new UserError(`A number cannot be converted to ${type.displayName}.`);
  if (isBoolean(plain)) return constantValue(type, encodeInteger(isTrue(scalar) ? 1n : 0n, size));
  return constantValue(type, encodeInteger(integerPart(scalar), size));
}

/** The integer of a number, cut off toward zero; as x86 has it, the lowest long for what has none. */
export function integerPart(scalar: Scalar): bigint {
  if (scalar.kind === "integer") return scalar.value;
  return exactToInteger(scalar.value) ?? -(1n << 63n);
}

/** Whether a number counts as true. */
export function isTrue(scalar: Scalar): boolean {
  if (scalar.kind === "integer") return scalar.value !== 0n;
  return compareExact(scalar.value, exactFromInteger(0n)) !== 0;
}

/** An int. */
export function intValue(value: bigint | boolean): Value {
  return scalarValue({ kind: "integer", value: BigInt(value) }, builtin.int);
}

/** A pointer of a type to an address. */
export function pointerValue(type: Type, address: bigint): Value {
  return constantValue(type, encodeInteger(address, 8));
}

/** The address a pointer (or integer) holds. Throws UserError. */
export function addressIn(value: Value, context: EvaluationContext): bigint {
  return BigInt.asUintN(64, integerPart(scalarOf(value, context)));
}

/** A scalar value converted to another scalar type, as a cast does. Throws UserError. */
export function convertScalar(value: Value, type: Type, context: EvaluationContext): Value {
  const scalar = scalarOf(value, context);
  if (scalar.kind === "float" && isPointer(plainType(type)))
    throw new UserError(`A ${value.type.displayName} cannot be converted to a pointer.`);
  return scalarValue(scalar, type);
}
