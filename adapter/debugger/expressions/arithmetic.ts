/** C's binary and unary operators on values that are numbers or pointers. */
import { compareExact, computeExact } from "../../symbols/exactFloats";
import type { Type } from "../../symbols/sourceTypes";
import { UserError } from "../types";
import type { EvaluationContext, Value } from "../types";
import { builtin, isPointer, plainType, sameType, strideOf } from "../values/valuesTypes";
import { categoryOf, commonType, promoted } from "./arithmeticTypes";
import { applyToComplex, applyToComplexOperand, isComplex } from "./complexArithmetic";
import { comparablePointers } from "./pointerConversions";
import { addressIn, formatOf, integerPart, intValue, pointerValue, scalarOf, scalarValue } from "./scalars";
import type { Scalar } from "./scalars";
import type { ArithmeticOperator, BinaryOperator, ComparisonOperator } from "./syntax";
import { applyToVectorOperand, applyToVectors, isVector } from "./vectorArithmetic";

const comparisons = new Set<string>(["==", "!=", "<", ">", "<=", ">="]);

/** Whether what an operator gives is a truth. */
export function isComparison(operator: BinaryOperator): operator is ComparisonOperator {
  return comparisons.has(operator);
}

/** left OPERATOR right; arrays and functions must have decayed to pointers. Throws UserError. */
export function applyBinary(
  operator: BinaryOperator,
  left: Value,
  right: Value,
  context: EvaluationContext,
): Value {
  if (isVector(left) || isVector(right)) {
    const each = (one: BinaryOperator, a: Value, b: Value): Value => applyBinary(one, a, b, context);
    return applyToVectors(operator, left, right, each, context);
  }
  const pointers = isPointer(plainType(left.type)) || isPointer(plainType(right.type));
  if (pointers) return applyToPointers(operator, left, right, context);
  if (isComplex(left) || isComplex(right)) {
    const result = applyToComplex(operator, left, right, context);
    if (result === undefined) throw cannot(operator, left, right);
    return result;
  }
  const leftType = promoted(left.type, left.bitField?.bitSize);
  const rightType = promoted(right.type, right.bitField?.bitSize);
  if (operator === "<<" || operator === ">>") return shift(operator, left, right, leftType, context);
  const type = commonType(leftType, rightType);
  if (type === undefined) throw cannot(operator, left, right);
  const a = scalarOf(scalarValue(scalarOf(left, context), type), context);
  const b = scalarOf(scalarValue(scalarOf(right, context), type), context);
  if (isComparison(operator)) return intValue(holds(operator, compare(a, b)));
  if (a.kind === "integer" && b.kind === "integer")
    return scalarValue({ kind: "integer", value: computeInteger(operator, a.value, b.value) }, type);
  if (a.kind !== "float" || b.kind !== "float" || !/^[-+*/]$/.test(operator))
    throw cannot(operator, left, right);
  const result = computeExact(operator as "+" | "-" | "*" | "/", a.value, b.value, formatOf(type));
  return scalarValue({ kind: "float", value: result }, type);
}

function cannot(operator: string, left: Value, right: Value): UserError {
  return new UserError(
    `The operator ${operator} cannot be applied to ${left.type.displayName} and ${right.type.displayName}.`,
  );
}

function compare(left: Scalar, right: Scalar): number | undefined {
  if (left.kind === "integer" && right.kind === "integer")
    return left.value < right.value ? -1 : left.value > right.value ? 1 : 0;
  if (left.kind === "float" && right.kind === "float") return compareExact(left.value, right.value);
  return undefined;
}

/** Whether a comparison holds for values in this order; undefined: one is NaN, and only != holds. */
export function holds(operator: ComparisonOperator, order: number | undefined): boolean {
  if (order === undefined) return operator === "!=";
  switch (operator) {
    case "==":
      return order === 0;
    case "!=":
      return order !== 0;
    case "<":
      return order < 0;
    case ">":
      return order > 0;
    case "<=":
      return order <= 0;
    case ">=":
      return order >= 0;
  }
}

function computeInteger(operator: ArithmeticOperator, a: bigint, b: bigint): bigint {
  switch (operator) {
    case "+":
      return a + b;
    case "-":
      return a - b;
    case "*":
      return a * b;
    case "/":
    case "%":
      if (b === 0n) throw new UserError("Division by zero.");
      return operator === "/" ? a / b : a % b;
    case "&":
      return a & b;
    case "|":
      return a | b;
    case "^":
      return a ^ b;
    case "<<":
      return a << b;
    case ">>":
      return a >> b;
  }
}

function shift(
  operator: "<<" | ">>",
  left: Value,
  right: Value,
  type: Type,
  context: EvaluationContext,
): Value {
  const a = scalarOf(left, context);
  const b = scalarOf(right, context);
  if (a.kind !== "integer" || b.kind !== "integer") throw cannot(operator, left, right);
  const bits = BigInt((plainType(type).byteSize ?? 4) * 8);
  if (b.value < 0n || b.value >= bits)
    throw new UserError(`A shift by ${b.value} bits is not defined for ${type.displayName}.`);
  const count = b.value;
  return scalarValue({ kind: "integer", value: computeInteger(operator, a.value, count) }, type);
}

/** The bytes that pointer arithmetic moves by. Throws UserError for incomplete types. */
export function strideOfPointer(type: Type): bigint {
  const plain = plainType(type);
  const stride = isPointer(plain) ? strideOf(plain.target) : undefined;
  if (stride === undefined)
    throw new UserError(`Arithmetic on ${type.displayName} needs the size of what it points to.`);
  return BigInt(stride);
}

function applyToPointers(
  operator: BinaryOperator,
  left: Value,
  right: Value,
  context: EvaluationContext,
): Value {
  const bothPointers = isPointer(plainType(left.type)) && isPointer(plainType(right.type));
  const categories = [categoryOf(left.type), categoryOf(right.type)];
  if (!categories.every((category) => category === "pointer" || category === "integer"))
    throw cannot(operator, left, right);
  if (isComparison(operator)) {
    const [first, second] = bothPointers ? comparablePointers(left, right, context) : [left, right];
    const a = addressIn(first, context);
    const b = addressIn(second, context);
    return intValue(holds(operator, a < b ? -1 : a > b ? 1 : 0));
  }
  if (bothPointers) return pointerDifference(operator, left, right, context);
  const pointer = isPointer(plainType(left.type)) ? left : right;
  if (operator !== "+" && !(operator === "-" && pointer === left)) throw cannot(operator, left, right);
  const count = integerPart(scalarOf(pointer === left ? right : left, context));
  const bytes = count * strideOfPointer(pointer.type);
  return pointerValue(pointer.type, addressIn(pointer, context) + (operator === "+" ? bytes : -bytes));
}

function pointerDifference(
  operator: BinaryOperator,
  left: Value,
  right: Value,
  context: EvaluationContext,
): Value {
  const [a, b] = [plainType(left.type), plainType(right.type)];
  if (operator !== "-" || !isPointer(a) || !isPointer(b)) throw cannot(operator, left, right);
  const stride = strideOfPointer(a);
  if (!sameType(a.target, b.target) && stride !== strideOfPointer(b)) throw cannot(operator, left, right);
  if (stride === 0n) throw new UserError("Division by zero.");
  const bytes = BigInt.asIntN(64, addressIn(left, context) - addressIn(right, context));
  return scalarValue({ kind: "integer", value: bytes / stride }, builtin.long);
}

/** + - ~ on a number. `!` is for everything that can be true. Throws UserError. */
export function applyUnary(operator: "+" | "-" | "~", operand: Value, context: EvaluationContext): Value {
  if (isVector(operand))
    return applyToVectorOperand(operator, operand, (one, part) => applyUnary(one, part, context), context);
  const type = promoted(operand.type, operand.bitField?.bitSize);
  const category = categoryOf(type);
  if (category === "complex") return applyToComplexOperand(operator, operand, context);
  if (category !== "integer" && (category !== "float" || operator === "~"))
    throw new UserError(`The operator ${operator} cannot be applied to ${operand.type.displayName}.`);
  const scalar = scalarOf(operand, context);
  if (operator === "+") return scalarValue(scalar, type);
  if (scalar.kind === "float")
    return scalarValue({ kind: "float", value: { ...scalar.value, negative: !scalar.value.negative } }, type);
  return scalarValue({ kind: "integer", value: operator === "-" ? -scalar.value : ~scalar.value }, type);
}
