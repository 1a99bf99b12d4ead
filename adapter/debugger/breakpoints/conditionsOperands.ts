/** C's operators on compiled operands, with the widths and signs the types have. */
import type { Type } from "../../symbols/sourceTypes";
import type { ConditionOp } from "../../target/target";
import { commonType, categoryOf, promoted } from "../expressions/arithmeticTypes";
import type { BinaryOperator } from "../expressions/syntax";
import {
  builtin,
  elementType,
  integerTraits,
  isBoolean,
  isPointer,
  plainType,
  pointerTo,
  sameType,
  strideOf,
} from "../values/valuesTypes";
import { constant, NotCompilable } from "./conditionsPlaces";

/** `memory`: the ops push an address. `value`: they push the value, extended to 64 bits as its type says. */
export interface Operand {
  readonly kind: "memory" | "value";
  readonly type: Type;
  readonly ops: readonly ConditionOp[];
  readonly bitField?: { readonly bitSize: number; readonly bitOffset: number };
}

/** Size and sign of a type that fits a 64-bit stack. Throws NotCompilable. */
export function traitsOf(type: Type): { size: number; signed: boolean } {
  const traits = integerTraits(type);
  if (traits === undefined || ![1, 2, 4, 8].includes(traits.size)) throw new NotCompilable();
  return traits;
}

function extend(type: Type): ConditionOp[] {
  const { size, signed } = traitsOf(type);
  return size === 8 ? [] : [{ op: "extend", bits: size * 8, signed }];
}

/** The value of an operand; arrays and functions become pointers. Throws NotCompilable. */
export function valueOf(operand: Operand): Operand {
  const { kind, type, ops } = operand;
  const plain = plainType(type);
  if (plain.kind === "array" && plain.isVector !== true && kind === "memory")
    return { kind: "value", type: pointerTo(elementType(plain)), ops };
  if (plain.kind === "function" && kind === "memory") return { kind: "value", type: pointerTo(plain), ops };
  if (kind === "value") {
    traitsOf(type);
    return operand;
  }
  if (operand.bitField !== undefined) return bitFieldValue(operand, operand.bitField);
  const { size, signed } = traitsOf(type);
  return { kind: "value", type, ops: [...ops, { op: "load", bytes: size as 1 | 2 | 4 | 8, signed }] };
}

/** The smallest load that holds the field; the operand stays known as a bit-field, for its promotion. */
function bitFieldValue(operand: Operand, field: NonNullable<Operand["bitField"]>): Operand {
  const bytes = ([1, 2, 4, 8] as const).find((size) => size * 8 >= field.bitOffset + field.bitSize);
  if (bytes === undefined) throw new NotCompilable();
  const { signed } = traitsOf(operand.type);
  const ops: ConditionOp[] = [
    ...operand.ops,
    { op: "load", bytes, signed: false },
    constant(BigInt(field.bitOffset)),
    { op: "shiftRightU" },
    { op: "extend", bits: field.bitSize, signed },
  ];
  return { kind: "value", type: operand.type, ops, bitField: field };
}

/** The low bytes of 64 pushed bits as a value of the operand's type: what a register holds of it. */
export function extended(operand: Operand): Operand {
  return { ...operand, ops: [...operand.ops, ...extend(operand.type)] };
}

/** Whether a pointer of one type may be another address as one of the other type: from a class to a base or back. */
function mayMove(from: Type, to: Type): boolean {
  const [source, wanted] = [plainType(from), plainType(to)];
  if (!isPointer(source) || !isPointer(wanted) || sameType(source.target, wanted.target)) return false;
  return hasBases(source.target) || hasBases(wanted.target);
}

function hasBases(type: Type): boolean {
  const plain = plainType(type);
  return "members" in plain && (plain.incomplete || plain.members.some(({ isBase }) => isBase));
}

/** A value converted to an integer or pointer type, as a cast does. Throws NotCompilable. */
export function converted(value: Operand, type: Type): Operand {
  if (mayMove(value.type, type)) throw new NotCompilable();
  if (isBoolean(type)) return { kind: "value", type, ops: [...value.ops, { op: "not" }, { op: "not" }] };
  return { kind: "value", type, ops: [...value.ops, ...extend(type)] };
}

/** An int that is 0 or 1. */
export function truth(ops: readonly ConditionOp[]): Operand {
  return { kind: "value", type: builtin.int, ops };
}

function compared(operator: string, signed: boolean): ConditionOp[] | undefined {
  const less: ConditionOp = { op: signed ? "lessS" : "lessU" };
  const lessEqual: ConditionOp = { op: signed ? "lessEqualS" : "lessEqualU" };
  switch (operator) {
    case "==":
      return [{ op: "equal" }];
    case "!=":
      return [{ op: "equal" }, { op: "not" }];
    case "<":
      return [less];
    case "<=":
      return [lessEqual];
    case ">":
      return [lessEqual, { op: "not" }];
    case ">=":
      return [less, { op: "not" }];
    default:
      return undefined;
  }
}

function arithmetic(operator: BinaryOperator, signed: boolean): ConditionOp {
  switch (operator) {
    case "+":
      return { op: "add" };
    case "-":
      return { op: "subtract" };
    case "*":
      return { op: "multiply" };
    case "/":
      return { op: signed ? "divideS" : "divideU" };
    case "%":
      return { op: signed ? "remainderS" : "remainderU" };
    case "&":
      return { op: "and" };
    case "|":
      return { op: "or" };
    case "^":
      return { op: "xor" };
    default:
      throw new NotCompilable();
  }
}

/** left OPERATOR right. Throws NotCompilable. */
export function combined(operator: BinaryOperator, first: Operand, second: Operand): Operand {
  const left = valueOf(first);
  const right = valueOf(second);
  if (isPointer(plainType(left.type)) || isPointer(plainType(right.type)))
    return combinedPointers(operator, left, right);
  const leftType = promoted(left.type, left.bitField?.bitSize);
  const rightType = promoted(right.type, right.bitField?.bitSize);
  if (operator === "<<" || operator === ">>") return shifted(operator, left, right, leftType);
  const type = commonType(leftType, rightType);
  if (type === undefined) throw new NotCompilable();
  const { signed } = traitsOf(type);
  const ops = [...converted(left, type).ops, ...converted(right, type).ops];
  const comparison = compared(operator, signed);
  if (comparison !== undefined) return truth([...ops, ...comparison]);
  return { kind: "value", type, ops: [...ops, arithmetic(operator, signed), ...extend(type)] };
}

/** Only shifts by a known count: what C leaves undefined the evaluator refuses. */
function shifted(operator: "<<" | ">>", left: Operand, right: Operand, type: Type): Operand {
  const [count] = right.ops;
  const { size, signed } = traitsOf(type);
  if (right.ops.length !== 1 || count?.op !== "constant" || count.value >= BigInt(size * 8))
    throw new NotCompilable();
  const op = operator === "<<" ? "shiftLeft" : signed ? "shiftRightS" : "shiftRightU";
  return {
    kind: "value",
    type,
    ops: [...converted(left, type).ops, ...right.ops, { op }, ...extend(type)],
  };
}

/** The bytes that arithmetic on a pointer moves by. Throws NotCompilable. */
export function strideOfOperand(type: Type): bigint {
  const plain = plainType(type);
  const stride = isPointer(plain) ? strideOf(plain.target) : undefined;
  if (stride === undefined || stride === 0) throw new NotCompilable();
  return BigInt(stride);
}

function combinedPointers(operator: BinaryOperator, left: Operand, right: Operand): Operand {
  if ([left, right].some(({ type }) => !["pointer", "integer"].includes(categoryOf(type))))
    throw new NotCompilable();
  const comparison = compared(operator, false);
  if (comparison !== undefined) {
    if (mayMove(left.type, right.type)) throw new NotCompilable();
    return truth([...left.ops, ...right.ops, ...comparison]);
  }
  const pointers = [left, right].filter(({ type }) => isPointer(plainType(type)));
  if (pointers.length === 2) throw new NotCompilable();
  const pointer = pointers[0] === left ? left : right;
  if (operator !== "+" && !(operator === "-" && pointer === left)) throw new NotCompilable();
  const count = pointer === left ? right : left;
  const bytes: ConditionOp[] = [
    ...count.ops,
    constant(strideOfOperand(pointer.type)),
    { op: "multiply" },
    { op: operator === "+" ? "add" : "subtract" },
  ];
  return { kind: "value", type: pointer.type, ops: [...pointer.ops, ...bytes] };
}

/** + - ~ on an integer. Throws NotCompilable. */
export function negated(operator: "+" | "-" | "~", operand: Operand): Operand {
  const value = valueOf(operand);
  if (categoryOf(value.type) !== "integer") throw new NotCompilable();
  const type = promoted(value.type, value.bitField?.bitSize);
  const ops = converted(value, type).ops;
  if (operator === "+") return { kind: "value", type, ops };
  const op: ConditionOp = { op: operator === "-" ? "negate" : "complement" };
  return { kind: "value", type, ops: [...ops, op, ...extend(type)] };
}
