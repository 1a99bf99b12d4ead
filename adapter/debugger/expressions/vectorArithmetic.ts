/** GNU C's operators on vectors: element by element, and a number beside a vector as a vector of it (GCC manual, 6.52). */
import { compareExact } from "../../symbols/exactFloats";
import type { ArrayType, Type } from "../../symbols/sourceTypes";
import { UserError } from "../types";
import type { EvaluationContext, Value } from "../types";
import { bytesOf, constantValue, partOf } from "../values/values";
import { asVector, elementCount, elementType, integerTraits, sizeOf } from "../values/valuesTypes";
import { categoryOf, isReal } from "./arithmeticTypes";
import { intValue, scalarOf, scalarValue, unusable } from "./scalars";
import type { Scalar } from "./scalars";
import type { BinaryOperator } from "./syntax";

type Compute = (operator: BinaryOperator, left: Value, right: Value) => Value;

/** Whether a value is a vector. */
export function isVector(value: Value): boolean {
  return asVector(value.type) !== undefined;
}

/** Whether two vectors have as many elements of the same kind. */
export function sameShape(left: ArrayType, right: ArrayType): boolean {
  const [a, b] = [elementType(left), elementType(right)];
  const sameElements =
    categoryOf(a) === categoryOf(b) &&
    sizeOf(a) === sizeOf(b) &&
    integerTraits(a)?.signed === integerTraits(b)?.signed;
  return sameElements && elementCount(left) === elementCount(right) && sizeOf(left) === sizeOf(right);
}

function elementsOf(value: Value, vector: ArrayType, context: EvaluationContext): Value[] {
  if (value.unavailable !== undefined) throw unusable(value);
  const type = elementType(vector);
  const size = sizeOf(type) ?? 1;
  const length = elementCount(vector) ?? 0;
  return Array.from({ length }, (_, index) => partOf(value, type, index * size, context));
}

/** Elements as a vector, each wrapped or rounded to the type that it has there. */
function joined(
  elements: readonly Value[],
  type: Type,
  vector: ArrayType,
  context: EvaluationContext,
): Value {
  const bytes = Buffer.alloc(sizeOf(vector) ?? 0);
  const element = elementType(vector);
  elements.forEach((value, index) => {
    const part = bytesOf(scalarValue(scalarOf(value, context), element), context);
    part.copy(bytes, index * part.length);
  });
  return constantValue(type, bytes);
}

function isSame(a: Scalar, b: Scalar): boolean {
  if (a.kind === "integer" && b.kind === "integer") return a.value === b.value;
  if (a.kind === "float" && b.kind === "float")
    return (a.value.kind === "nan" && b.value.kind === "nan") || compareExact(a.value, b.value) === 0;
  return false;
}

/** A number as one of a vector's elements. Throws UserError where that would change it. */
function widened(value: Value, vector: ArrayType, name: string, context: EvaluationContext): Value {
  const element = elementType(vector);
  const scalar = scalarOf(value, context);
  const converted = scalarValue(scalar, element);
  const back = scalarValue(scalarOf(converted, context), value.type);
  if (isSame(scalarOf(back, context), scalar)) return converted;
  throw new UserError(
    `The number does not fit exactly in the elements of ${name}: write (${element.displayName}) before it.`,
  );
}

function cannot(operator: string, left: Value, right: Value): UserError {
  return new UserError(
    `The operator ${operator} cannot be applied to ${left.type.displayName} and ${right.type.displayName}.`,
  );
}

function requireOperator(operator: BinaryOperator, vector: ArrayType, left: Value, right: Value): void {
  if (/^[<>]=?$/.test(operator))
    throw new UserError(`Vectors are compared by == and != only: compare their elements by ${operator}.`);
  if (categoryOf(elementType(vector)) === "float" && !/^([-+*/]|[!=]=)$/.test(operator))
    throw cannot(operator, left, right);
}

/**
 * left OPERATOR right, where one is a vector. `==` and `!=` tell whether all elements are equal, as GDB has it. Throws
 * UserError.
 */
export function applyToVectors(
  operator: BinaryOperator,
  left: Value,
  right: Value,
  compute: Compute,
  context: EvaluationContext,
): Value {
  const [a, b] = [asVector(left.type), asVector(right.type)];
  const vector = a ?? b;
  const [type, number] = a === undefined ? [right.type, left] : [left.type, right];
  if (vector === undefined || (a && b && !sameShape(a, b))) throw cannot(operator, left, right);
  requireOperator(operator, vector, left, right);
  const one = a && b ? number : oneElement(operator, number, vector, type, left, right, context);
  const firsts = a && elementsOf(left, a, context);
  const seconds = b && elementsOf(right, b, context);
  const pairs = (firsts ?? seconds ?? []).map(
    (_, index) => [firsts?.[index] ?? one, seconds?.[index] ?? one] as const,
  );
  if (operator === "==" || operator === "!=") {
    const equal = pairs.every(([x, y]) => isSameElement(compute("==", x, y), context));
    return intValue(equal === (operator === "=="));
  }
  const results = pairs.map(([x, y]) => compute(operator, x, y));
  return joined(results, type, vector, context);
}

function isSameElement(result: Value, context: EvaluationContext): boolean {
  return isSame(scalarOf(result, context), { kind: "integer", value: 1n });
}

function oneElement(
  operator: BinaryOperator,
  number: Value,
  vector: ArrayType,
  type: Type,
  left: Value,
  right: Value,
  context: EvaluationContext,
): Value {
  if (!isReal(number.type)) throw cannot(operator, left, right);
  return widened(number, vector, type.displayName, context);
}

/** + - ~ on each element. Throws UserError. */
export function applyToVectorOperand(
  operator: "+" | "-" | "~",
  operand: Value,
  compute: (operator: "+" | "-" | "~", operand: Value) => Value,
  context: EvaluationContext,
): Value {
  const vector = asVector(operand.type);
  if (vector === undefined || (operator === "~" && categoryOf(elementType(vector)) === "float"))
    throw new UserError(`The operator ${operator} cannot be applied to ${operand.type.displayName}.`);
  const results = elementsOf(operand, vector, context).map((element) => compute(operator, element));
  return joined(results, operand.type, vector, context);
}

/** A vector, or a number as large, as the bits of another type, as a cast does. Throws UserError. */
export function reinterpreted(value: Value, type: Type, context: EvaluationContext): Value {
  const size = sizeOf(type);
  const isNumber = [value.type, type].every((one) =>
    ["vector", "integer", "float"].includes(categoryOf(one)),
  );
  if (!isNumber || size === undefined || sizeOf(value.type) !== size || value.bitField !== undefined)
    throw new UserError(
      `A value of type ${value.type.displayName} cannot be cast to ${type.displayName}: only one of the same size can.`,
    );
  if (value.unavailable !== undefined) throw unusable(value);
  return constantValue(type, Buffer.from(bytesOf(value, context, 0, size)));
}
