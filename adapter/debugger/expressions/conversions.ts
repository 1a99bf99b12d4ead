/**
 * How a parameter takes a value: as what it is, or by a conversion that needs no code of the program (C++20, [over.best.ics]). A higher
 * rank is a better one; undefined: it does not take it.
 */
import type { RecordType, Type } from "../../symbols/sourceTypes";
import { speltType } from "../../symbols/templateNames";
import type { EvaluationContext, Value } from "../types";
import { recordOf } from "../values/valuesMembers";
import {
  builtin,
  elementType,
  integerTraits,
  isBoolean,
  isPointer,
  isReference,
  plainType,
  pointerTo,
  sameType,
  sizeOf,
} from "../values/valuesTypes";
import { categoryOf, isReal, promoted } from "./arithmeticTypes";
import { waysTo } from "./pointerConversions";
import { addressIn, integerPart, scalarOf } from "./scalars";

const EXACT = 8;
/** The same, but for a `const` that is added. */
const QUALIFIED = 7;
const PROMOTED = 5;
const TO_BASE = 4;
const CONVERTED = 2;
const TO_BOOL = 1;

/** Whether a type is const itself. */
export function isConst(type: Type): boolean {
  if (type.kind === "const") return true;
  return (type.kind === "typedef" || type.kind === "volatile") && isConst(type.target);
}

/** One name for an arithmetic type, which C and C++, and compilers, spell in several ways. */
function canonical(type: Type): string {
  return speltType(plainType(type).displayName.replace(/\b_Bool\b/, "bool"));
}

/** Classes of anonymous namespaces, and of functions, are of their unit alone. */
function isSameClass(left: RecordType, right: RecordType): boolean {
  if (left.die !== undefined && left.die === right.die) return true;
  return (
    left.name !== undefined && !/\(anonymous |\{lambda\}/.test(left.displayName) && sameType(left, right)
  );
}

/** How well an object of a class stands for one of another: it is one, or is made of it. */
export function classRank(
  wanted: RecordType,
  given: RecordType,
  context: EvaluationContext,
): number | undefined {
  if (isSameClass(wanted, given)) return EXACT;
  return waysTo(given, wanted, context).length > 0 ? TO_BASE : undefined;
}

/** An array as the pointer that it is given as. */
function asGiven(type: Type): Type {
  const plain = plainType(type);
  if (categoryOf(plain) === "array" && plain.kind === "array") return pointerTo(elementType(plain));
  return plain.kind === "function" ? pointerTo(plain) : type;
}

function pointeeRank(wanted: Type, given: Type, context: EvaluationContext): number | undefined {
  const dropsConst = isConst(given) && !isConst(wanted);
  if (dropsConst) return undefined;
  const isQualified = isConst(wanted) && !isConst(given);
  if (isSame(wanted, given)) return isQualified ? QUALIFIED : EXACT;
  if (plainType(wanted).kind === "void") return CONVERTED;
  const [base, derived] = [recordOf(wanted, context), recordOf(given, context)];
  return base && derived && classRank(base, derived, context) === TO_BASE ? TO_BASE : undefined;
}

/** Whether two types are one, however they are spelt. */
export function isSame(left: Type, right: Type): boolean {
  const [a, b] = [plainType(left), plainType(right)];
  if (a.kind === "base" && b.kind === "base") return canonical(a) === canonical(b);
  if (a.kind === "pointer" && b.kind === "pointer") return isSame(a.target, b.target);
  return sameType(a, b);
}

function isNull(value: Value, context: EvaluationContext): boolean {
  if (value.place.kind !== "constant" || value.bytes === undefined) return false;
  const category = categoryOf(value.type);
  if (category === "integer") return integerPart(scalarOf(value, context)) === 0n;
  return category === "pointer" && addressIn(value, context) === 0n;
}

function pointerRank(wanted: Type, value: Value, context: EvaluationContext): number | undefined {
  const [target, given] = [plainType(wanted), plainType(asGiven(value.type))];
  if (isPointer(target) && isPointer(given)) {
    const rank = pointeeRank(target.target, given.target, context);
    if (rank !== undefined) return rank;
  }
  return isNull(value, context) ? CONVERTED : undefined;
}

/** What an enumeration without a class is promoted to is an int where its values fit, whatever it is stored as. */
function promotedOf(value: Value): Type {
  const plain = plainType(value.type);
  const isSmall = plain.kind === "enum" && plain.enumerators.every((each) => each.value < 1n << 31n);
  return isSmall && (sizeOf(plain) ?? 0) <= 4 ? builtin.int : promoted(value.type, value.bitField?.bitSize);
}

function isScopedEnum(type: Type): boolean {
  const plain = plainType(type);
  return plain.kind === "enum" && plain.isScoped;
}

function arithmeticRank(wanted: Type, value: Value): number | undefined {
  const [target, given] = [categoryOf(wanted), categoryOf(value.type)];
  const plain = plainType(wanted);
  if (isSame(wanted, value.type)) return EXACT;
  if (plain.kind === "enum" || isScopedEnum(value.type)) return undefined;
  if (isBoolean(wanted))
    return /integer|float/.test(given) ? CONVERTED : /pointer|array/.test(given) ? TO_BOOL : undefined;
  if (!isReal(value.type)) return undefined;
  if (target === "integer" && given === "integer")
    return isSame(promotedOf(value), wanted) ? PROMOTED : CONVERTED;
  const isWidened = target === "float" && given === "float" && sizeOf(wanted) === sizeOf(builtin.double);
  return isWidened && (sizeOf(value.type) ?? 0) < (sizeOf(wanted) ?? 0) ? PROMOTED : CONVERTED;
}

function valueRank(wanted: Type, value: Value, context: EvaluationContext): number | undefined {
  const record = recordOf(wanted, context);
  const given = recordOf(value.type, context);
  if (record || given) return record && given ? classRank(record, given, context) : undefined;
  const category = categoryOf(wanted);
  if (category === "pointer") return pointerRank(wanted, value, context);
  if (isReal(wanted) || integerTraits(wanted)) return arithmeticRank(wanted, value);
  return isSame(wanted, value.type) ? EXACT : undefined;
}

/** A reference without const takes only what has a place of its own and is of its very type, or of a class made of that. */
function referenceRank(target: Type, value: Value, context: EvaluationContext): number | undefined {
  const rank = valueRank(target, value, context);
  if (isConst(target)) return rank === undefined || isConst(value.type) ? rank : rank - 0.5;
  const hasPlace = value.place.kind !== "constant" && !isConst(value.type);
  return hasPlace && (rank === EXACT || rank === TO_BASE) ? rank : undefined;
}

/** How well a parameter takes a value. `T &&` takes none: what is given to it may be taken apart. */
export function rankOf(parameter: Type, value: Value, context: EvaluationContext): number | undefined {
  const plain = plainType(parameter);
  if (plain.kind === "rvalueReference") return undefined;
  return isReference(plain)
    ? referenceRank(plain.target, value, context)
    : valueRank(parameter, value, context);
}
