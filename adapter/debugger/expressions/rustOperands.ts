/** Operators of Rust on what is no number itself: references mean what they lead to, and arrays are compared by their elements. */
import { UserError } from "../types";
import type { EvaluationContext, Value } from "../types";
import { elementCount, plainType } from "../values/valuesTypes";
import type { ViewPart } from "../views/view";
import { viewOf } from "../views/views";
import { dereference, elementAt } from "./access";
import { applyBinary, holds, isComparison } from "./arithmetic";
import { isReal } from "./arithmeticTypes";
import { isComparedByTarget, isReference } from "./rustTypes";
import type { BinaryOperator } from "./syntax";
import { intValue, isTrue, scalarOf } from "./scalars";
import { comparedTexts } from "./texts";

/** No more elements are compared. */
const MOST_COMPARED = 1 << 16;

interface Operands {
  readonly left: Value;
  readonly right: Value;
}

/** Operands as the operator takes them: it is that of what references lead to, as of `&i32 + i32`. Throws UserError. */
export function throughReferences(
  operator: BinaryOperator,
  { left, right }: Operands,
  context: EvaluationContext,
): Operands {
  if (!isComparison(operator)) return { left: numberOf(left, context), right: numberOf(right, context) };
  const [isLeft, isRight] = [isComparedByTarget(left.type), isComparedByTarget(right.type)];
  if (isLeft && isRight)
    return throughReferences(
      operator,
      { left: dereference(left, context), right: dereference(right, context) },
      context,
    );
  if ((isLeft && isReal(right.type)) || (isRight && isReal(left.type)))
    throw new UserError(
      `Rust compares no ${left.type.displayName} with ${right.type.displayName}: write * before the reference.`,
    );
  return { left, right };
}

/** A number, also one that a reference leads to; anything else as it is. */
export function numberOf(value: Value, context: EvaluationContext): Value {
  const plain = plainType(value.type);
  const isOfNumber = plain.kind === "pointer" && isReference(value.type) && isReal(plain.target);
  return isOfNumber ? dereference(value, context) : value;
}

/** How many elements an array, a slice or a vector has, and which; undefined: the value is none. Throws UserError for hash tables. */
function elementsOf(
  value: Value,
  context: EvaluationContext,
): { count: number; at(index: number): Value } | undefined {
  let whole = value;
  while (isComparedByTarget(whole.type)) whole = dereference(whole, context);
  const plain = plainType(whole.type);
  const count = plain.kind === "array" ? elementCount(plain) : undefined;
  if (count !== undefined)
    return { count, at: (index) => elementAt(whole, intValue(BigInt(index)), context) };
  const view = viewOf(whole, context);
  if (view?.kind !== "sequence" || view.isTuple) return undefined;
  // The same elements may stand in another order.
  if (view.isUnordered) throw notCompared(whole);
  if (view.parts(0, Math.min(view.count, 1)).some(({ key }) => key !== undefined)) return undefined;
  let parts: readonly ViewPart[] | undefined;
  return {
    count: view.count,
    at: (index) => {
      parts ??= view.parts(0, Math.min(view.count, MOST_COMPARED));
      const part = parts[index];
      if (part === undefined) throw new UserError(`There is no element ${index}.`);
      return part.value;
    },
  };
}

/** Which of two values comes first: below 0 the left one; undefined: neither, and they are not alike. */
function orderOf(left: Value, right: Value, context: EvaluationContext): number | undefined {
  const isTrueOf = (operator: "==" | "<" | ">"): boolean => {
    const text = comparedTexts(operator, left, right, context);
    return text ?? isTrue(scalarOf(applyBinary(operator, left, right, context), context));
  };
  if (isReal(left.type) !== isReal(right.type)) throw notCompared(left);
  if (!isReal(left.type) && comparedTexts("==", left, right, context) === undefined) throw notCompared(left);
  return isTrueOf("==") ? 0 : isTrueOf("<") ? -1 : isTrueOf(">") ? 1 : undefined;
}

function notCompared({ type }: Value): UserError {
  return new UserError(
    `Values of type ${type.displayName} are compared by code of the program: compare their parts.`,
  );
}

/** Whether `left operator right` holds of two arrays, slices or vectors; undefined: they are none. Throws UserError. */
export function comparedElements(
  operator: BinaryOperator,
  { left, right }: Operands,
  context: EvaluationContext,
): boolean | undefined {
  if (!isComparison(operator)) return undefined;
  const [first, second] = [elementsOf(left, context), elementsOf(right, context)];
  if (first === undefined || second === undefined) return undefined;
  if (first.count !== second.count && /^[!=]=$/.test(operator)) return operator === "!=";
  const count = Math.min(first.count, second.count);
  if (count > MOST_COMPARED) throw new UserError(`${count} elements are too many to compare.`);
  let order: number | undefined = 0;
  for (let index = 0; index < count && order === 0; index++)
    order = orderOf(first.at(index), second.at(index), context);
  return holds(operator, order === 0 ? first.count - second.count : order);
}
