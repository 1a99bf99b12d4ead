/** Pointers to classes, converted to pointers to their bases and back (C++17 [conv.ptr], [expr.static.cast]). */
import type { RecordType, Type } from "../../symbols/sourceTypes";
import { memoryAddress } from "../../target/addresses";
import { UserError } from "../types";
import type { EvaluationContext, Value } from "../types";
import { valueAt } from "../values/values";
import { readAlong, recordOf } from "../values/valuesMembers";
import type { MemberPath } from "../values/valuesMembers";
import { isPointer, plainType, sameType } from "../values/valuesTypes";
import { addressIn, pointerValue, unusable } from "./scalars";

/** What two types have to do with each other as classes; `ways`: from the derived one to its bases of the other type. */
interface Relation {
  readonly direction: "toBase" | "toDerived";
  readonly ways: readonly MemberPath[];
}

const DEEPEST = 32;
const MOST_WAYS = 64;

/** The ways from a class to one that it is made of. */
export function waysTo(
  derived: RecordType,
  base: RecordType,
  context: EvaluationContext,
  depth = 0,
): MemberPath[] {
  if (depth > DEEPEST) return [];
  const ways: MemberPath[] = [];
  for (const member of derived.members) {
    const inner = member.isBase && ways.length < MOST_WAYS ? recordOf(member.type, context) : undefined;
    if (inner === undefined) continue;
    if (sameType(inner, base)) ways.push([member]);
    else for (const way of waysTo(inner, base, context, depth + 1)) ways.push([member, ...way]);
  }
  return ways;
}

function pointedRecord(type: Type, context: EvaluationContext): RecordType | undefined {
  const plain = plainType(type);
  return isPointer(plain) ? recordOf(plain.target, context) : undefined;
}

function relationOf(from: Type, to: Type, context: EvaluationContext): Relation | undefined {
  const source = pointedRecord(from, context);
  const wanted = pointedRecord(to, context);
  if (source === undefined || wanted === undefined || sameType(source, wanted)) return undefined;
  const up = waysTo(source, wanted, context);
  if (up.length > 0) return { direction: "toBase", ways: up };
  const down = waysTo(wanted, source, context);
  return down.length > 0 ? { direction: "toDerived", ways: down } : undefined;
}

/** A pointer as one of another pointer type: from class to base or back it is moved; null stays. Throws UserError. */
export function convertPointer(pointer: Value, type: Type, context: EvaluationContext): Value {
  const address = addressIn(pointer, context);
  const relation = address === 0n ? undefined : relationOf(pointer.type, type, context);
  if (relation === undefined) return pointerValue(type, address);
  return relation.direction === "toBase"
    ? pointerValue(type, baseAddress(pointer, relation.ways, type, context))
    : pointerValue(type, address - derivedOffset(pointer.type, relation.ways, type));
}

/** All ways through a virtual base lead to the same place; two places mean that the base is there twice. */
function baseAddress(
  pointer: Value,
  ways: readonly MemberPath[],
  type: Type,
  context: EvaluationContext,
): bigint {
  const plain = plainType(pointer.type);
  const object = valueAt(
    isPointer(plain) ? plain.target : plain,
    memoryAddress(addressIn(pointer, context)),
    context,
  );
  const [first, ...more] = ways.map((way) => {
    const base = readAlong(object, way, context);
    if (base.place.kind !== "memory") throw unusable(base);
    return base.place.address;
  });
  if (first === undefined || more.some((address) => address !== first)) throw ambiguous(pointer.type, type);
  return first;
}

function derivedOffset(from: Type, ways: readonly MemberPath[], type: Type): bigint {
  const [way, ...more] = ways;
  if (ways.some((one) => one.some(({ addressOps }) => addressOps !== undefined)))
    throw new UserError(
      `A ${from.displayName} cannot be converted to ${type.displayName}: the base class is a virtual one.`,
    );
  if (way === undefined || more.length > 0) throw ambiguous(from, type);
  return BigInt(way.reduce((offset, { byteOffset }) => offset + byteOffset, 0));
}

function ambiguous(from: Type, to: Type): UserError {
  return new UserError(
    `A ${from.displayName} cannot be converted to ${to.displayName}: the base class is there more than once.`,
  );
}

/** Two pointers as C++ compares them: the one to a derived class as a pointer to the base. Throws UserError. */
export function comparablePointers(left: Value, right: Value, context: EvaluationContext): [Value, Value] {
  switch (relationOf(left.type, right.type, context)?.direction) {
    case "toBase":
      return [convertPointer(left, right.type, context), right];
    case "toDerived":
      return [left, convertPointer(right, left.type, context)];
    default:
      return [left, right];
  }
}
