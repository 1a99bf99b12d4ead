/** C's arithmetic on complex numbers (C11 6.3.1.8 and annex G, without the annex's repairs of infinities). */
import {
  compareExact,
  computeExact,
  decodeFloat,
  encodeFloat,
  exactFromInteger,
} from "../../symbols/exactFloats";
import type { ExactFloat, FloatFormat } from "../../symbols/exactFloats";
import type { BaseType, Type } from "../../symbols/sourceTypes";
import type { EvaluationContext, Value } from "../types";
import { bytesOf, constantValue } from "../values/values";
import { builtin, plainType, sizeOf } from "../values/valuesTypes";
import { categoryOf } from "./arithmeticTypes";
import { formatOf, intValue, scalarOf, scalarValue, unusable } from "./scalars";
import type { BinaryOperator } from "./syntax";

interface Complex {
  readonly real: ExactFloat;
  readonly imaginary: ExactFloat;
}

/** Whether a value is a complex number. */
export function isComplex(value: Value): boolean {
  return categoryOf(value.type) === "complex";
}

/** Whether a value is a number, complex or real. */
export function isNumber(value: Value): boolean {
  return ["complex", "float", "integer"].includes(categoryOf(value.type));
}

/** The type of the two parts of a complex type. */
function partType(type: Type): BaseType {
  const half = (sizeOf(type) ?? 16) / 2;
  if (half === 4) return builtin.float;
  if (half === 8) return builtin.double;
  const name = plainType(type).displayName;
  return { ...builtin.longDouble, byteSize: half, ...(/128/.test(name) && { displayName: "_Float128" }) };
}

/** The complex type that two operands are converted to; undefined when one is no number. */
function commonComplex(left: Value, right: Value): Type | undefined {
  if (!isNumber(left) || !isNumber(right)) return undefined;
  const rank = ({ type }: Value): number => {
    const size = sizeOf(type) ?? 0;
    return categoryOf(type) === "complex" ? size / 2 : categoryOf(type) === "float" ? size : 0;
  };
  const [wider, other] = rank(left) >= rank(right) ? [left, right] : [right, left];
  if (isComplex(wider)) return wider.type;
  if (rank(wider) === rank(other)) return other.type;
  const { displayName } = plainType(wider.type);
  const byteSize = 2 * rank(wider);
  return { kind: "base", encoding: "complex", byteSize, displayName: `_Complex ${displayName}` };
}

function partsOf(value: Value, context: EvaluationContext): Complex {
  if (value.unavailable !== undefined) throw unusable(value);
  const zero = exactFromInteger(0n);
  if (!isComplex(value)) {
    const scalar = scalarOf(value, context);
    return { real: scalar.kind === "float" ? scalar.value : exactFromInteger(scalar.value), imaginary: zero };
  }
  const format = formatOf(partType(value.type));
  const bytes = bytesOf(value, context);
  const half = bytes.length / 2;
  return {
    real: decodeFloat(bytes.subarray(0, half), format),
    imaginary: decodeFloat(bytes.subarray(half), format),
  };
}

function complexValue({ real, imaginary }: Complex, type: Type): Value {
  const part = partType(type);
  const size = sizeOf(part) ?? 8;
  const format = formatOf(part);
  return constantValue(
    type,
    Buffer.concat([encodeFloat(real, format, size), encodeFloat(imaginary, format, size)]),
  );
}

/** A number as a complex one of a type. */
export function convertToComplex(value: Value, type: Type, context: EvaluationContext): Value {
  return complexValue(partsOf(value, context), type);
}

/** The real part of a complex number, which is what a conversion to a real type keeps. */
export function realPart(value: Value, context: EvaluationContext): Value {
  return scalarValue({ kind: "float", value: partsOf(value, context).real }, partType(value.type));
}

const binary128: BaseType = { ...builtin.longDouble, displayName: "_Float128" };

/** Exactly rounded in all but rare cases: computed with the 113 bits of binary128. */
function quotient(a: Complex, b: Complex): Complex {
  const wide = formatOf(binary128);
  const compute = (operator: "+" | "-" | "*" | "/", x: ExactFloat, y: ExactFloat): ExactFloat =>
    computeExact(operator, x, y, wide);
  const sum = (operator: "+" | "-", w: ExactFloat, x: ExactFloat, y: ExactFloat, z: ExactFloat): ExactFloat =>
    compute(operator, compute("*", w, x), compute("*", y, z));
  const divisor = sum("+", b.real, b.real, b.imaginary, b.imaginary);
  return {
    real: compute("/", sum("+", a.real, b.real, a.imaginary, b.imaginary), divisor),
    imaginary: compute("/", sum("-", a.imaginary, b.real, a.real, b.imaginary), divisor),
  };
}

function computeComplex(
  operator: "+" | "-" | "*" | "/",
  a: Complex,
  b: Complex,
  format: FloatFormat,
): Complex {
  const compute = (each: "+" | "-" | "*", x: ExactFloat, y: ExactFloat): ExactFloat =>
    computeExact(each, x, y, format);
  switch (operator) {
    case "+":
    case "-":
      return {
        real: compute(operator, a.real, b.real),
        imaginary: compute(operator, a.imaginary, b.imaginary),
      };
    case "*":
      return {
        real: compute("-", compute("*", a.real, b.real), compute("*", a.imaginary, b.imaginary)),
        imaginary: compute("+", compute("*", a.real, b.imaginary), compute("*", a.imaginary, b.real)),
      };
    case "/":
      return quotient(a, b);
  }
}

/** left OPERATOR right, where one is complex; undefined where C has no such operation. */
export function applyToComplex(
  operator: BinaryOperator,
  left: Value,
  right: Value,
  context: EvaluationContext,
): Value | undefined {
  const type = commonComplex(left, right);
  if (type === undefined) return undefined;
  const a = partsOf(convertToComplex(left, type, context), context);
  const b = partsOf(convertToComplex(right, type, context), context);
  switch (operator) {
    case "+":
    case "-":
    case "*":
    case "/":
      return complexValue(computeComplex(operator, a, b, formatOf(partType(type))), type);
    case "==":
    case "!=": {
      const equal = compareExact(a.real, b.real) === 0 && compareExact(a.imaginary, b.imaginary) === 0;
      return intValue(equal === (operator === "=="));
    }
    default:
      return undefined;
  }
}

/** + - on a complex number; ~ is its conjugate, as GCC has it. Throws UserError for a value without bytes. */
export function applyToComplexOperand(
  operator: "+" | "-" | "~",
  operand: Value,
  context: EvaluationContext,
): Value {
  const { real, imaginary } = partsOf(operand, context);
  const negated = (part: ExactFloat): ExactFloat => ({ ...part, negative: !part.negative });
  return complexValue(
    {
      real: operator === "-" ? negated(real) : real,
      imaginary: operator === "+" ? imaginary : negated(imaginary),
    },
    operand.type,
  );
}
