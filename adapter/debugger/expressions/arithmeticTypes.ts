/** The types of C's operators: integer promotions and usual arithmetic conversions (C11 6.3.1). */
import type { BaseType, Type } from "../../symbols/sourceTypes";
import { builtin, integerTraits, isPointer, plainType, sizeOf } from "../values/valuesTypes";

export type Category =
  "integer" | "float" | "complex" | "vector" | "pointer" | "array" | "function" | "record" | "void" | "other";

/** What kind of operand a type makes. */
export function categoryOf(type: Type): Category {
  const plain = plainType(type);
  switch (plain.kind) {
    case "enum":
      return "integer";
    case "array":
      return plain.isVector === true ? "vector" : "array";
    case "function":
    case "void":
      return plain.kind;
    case "struct":
    case "union":
    case "class":
      return "record";
    case "base":
      if (plain.encoding === "float") return "float";
      if (plain.encoding === "complex") return "complex";
      return integerTraits(plain) === undefined ? "other" : "integer";
    default:
      return isPointer(plain) ? "pointer" : "other";
  }
}

/** Whether a type is one of whole or floating-point numbers, complex ones not among them. */
export function isReal(type: Type): boolean {
  return ["integer", "float"].includes(categoryOf(type));
}

function integerTypeOf(size: number, signed: boolean, longLong: boolean): BaseType {
  if (size <= 4) return signed ? builtin.int : builtin.unsigned;
  if (size > 8) return signed ? builtin.int128 : builtin.unsigned128;
  if (longLong) return signed ? builtin.longLong : builtin.unsignedLongLong;
  return signed ? builtin.long : builtin.unsignedLong;
}

function isLongLong(type: Type): boolean {
  return /long long/.test(plainType(type).displayName);
}

/** The type an integer is promoted to; a bit-field by its width. Other types stay. */
export function promoted(type: Type, bitSize?: number): Type {
  const traits = integerTraits(type);
  if (traits === undefined || categoryOf(type) !== "integer") return type;
  if (traits.size < 4) return builtin.int;
  if (bitSize !== undefined && (bitSize < 32 || (bitSize === 32 && traits.signed))) return builtin.int;
  if (bitSize === 32) return builtin.unsigned;
  return integerTypeOf(traits.size, traits.signed, isLongLong(type));
}

function floatRank(type: Type): number {
  return categoryOf(type) === "float" ? (sizeOf(type) ?? 0) : 0;
}

/** The common type of two arithmetic operands, already promoted; undefined when there is none. */
export function commonType(left: Type, right: Type): Type | undefined {
  const categories = [categoryOf(left), categoryOf(right)];
  if (categories.some((category) => category !== "integer" && category !== "float")) return undefined;
  if (categories.includes("float")) return floatRank(left) >= floatRank(right) ? left : right;
  const a = integerTraits(left);
  const b = integerTraits(right);
  if (a === undefined || b === undefined) return undefined;
  const size = Math.max(a.size, b.size);
  const signed = a.size === b.size ? a.signed && b.signed : (a.size > b.size ? a : b).signed;
  return integerTypeOf(size, signed, isLongLong(left) || isLongLong(right));
}
