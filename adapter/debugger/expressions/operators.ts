/** Operators that classes define (C++20, [over.oper]): by methods, or by functions beside the classes. */
import { UserError } from "../types";
import type { Value } from "../types";
import { plainType } from "../values/valuesTypes";
import { memberOf } from "../views/view";
import { viewOf } from "../views/views";
import { decayed } from "./access";
import { asNumber } from "./conversionOperators";
import { hasOwnOperator } from "./enumOperators";
import { truthValue } from "./environment";
import type { Environment } from "./environment";
import { languageAt } from "./names";
import { callOperator, isObject } from "./operatorFunctions";
import { integerPart, isTrue, scalarOf } from "./scalars";
import { comparedTexts } from "./texts";

/** What a smart pointer, an atomic or the like is compared as. */
function inStead(value: Value, env: Environment): Value {
  const view = isObject(value, env) ? viewOf(value, env.context) : undefined;
  return view?.kind === "stead" && view.isHeld !== true ? view.value : value;
}

/**
 * An operator where an operand is an object of a class, or an enumeration: two strings compared, else what the program's own code
 * gives. Undefined: there is none for these operands. Throws UserError.
 */
export async function applyToObjects(
  operator: string,
  operands: readonly Value[],
  env: Environment,
): Promise<Value | undefined> {
  const isOfObjects = operands.some((operand) => isObject(operand, env));
  if (!isOfObjects && !hasOwnOperator(operator, operands, env.place)) return undefined;
  const [left, right] = operands;
  const compared = left && right && comparedTexts(operator, left, right, env.context);
  if (compared !== undefined) return truthValue(compared, env);
  if (languageAt(env.place) !== "c++") return undefined;
  const result = await callOperator(operator, operands, env);
  if (result !== undefined || !isOfObjects) return result;
  return left && right && rewritten(operator, left, right, env);
}

const relations: Readonly<Record<string, (order: bigint) => boolean>> = {
  "<": (order) => order < 0n,
  "<=": (order) => order <= 0n,
  ">": (order) => order > 0n,
  ">=": (order) => order >= 0n,
};

/** A comparison by another operator, or with its operands exchanged, as C++20 has it ([over.match.oper]). */
async function rewritten(
  operator: string,
  left: Value,
  right: Value,
  env: Environment,
): Promise<Value | undefined> {
  const either = async (name: string): Promise<{ value: Value; isExchanged: boolean } | undefined> => {
    const value = name === operator ? undefined : await callOperator(name, [left, right], env);
    if (value) return { value, isExchanged: false };
    const exchanged = await callOperator(name, [right, left], env);
    return exchanged && { value: exchanged, isExchanged: true };
  };
  if (operator === "==" || operator === "!=") {
    const equal = await either("==");
    if (equal === undefined || env.typeOnly) return equal?.value;
    return truthValue(isTrue(scalarOf(equal.value, env.context)) === (operator === "=="), env);
  }
  const holds = Object.hasOwn(relations, operator) ? relations[operator] : undefined;
  const order = holds && (await either("<=>"));
  if (holds === undefined || order === undefined) return undefined;
  if (env.typeOnly) return truthValue(false, env);
  const sign = signOf(order.value, order.isExchanged, env);
  return truthValue(ORDERED.has(sign) && holds(sign), env);
}

/** Any other number says that neither comes first, as of one that is no number. */
const ORDERED: ReadonlySet<bigint> = new Set([-1n, 0n, 1n]);

/** What a <=> gives, as a number (libstdc++, compare): a member of a class of its own, or the number itself. */
function signOf(order: Value, isExchanged: boolean, env: Environment): bigint {
  const held = isObject(order, env) ? memberOf(order, "_M_value", env.context) : order;
  if (held === undefined) throw new UserError("What the operator <=> gives is not understood.");
  const sign = integerPart(scalarOf(held, env.context));
  return isExchanged ? -sign : sign;
}

/** As `applyToObjects`, of an object that stands for nothing else. */
export async function ofClass(
  operator: string,
  operands: readonly Value[],
  env: Environment,
): Promise<Value | undefined> {
  const [object] = operands;
  if (object === undefined || !isObject(object, env) || viewOf(object, env.context)) return undefined;
  return applyToObjects(operator, operands, env);
}

/** As `applyToObjects`, of two operands; without an operator of the program they are what they stand for: pointers, numbers. */
export async function operandsOf(
  operator: string,
  left: Value,
  right: Value,
  env: Environment,
): Promise<{ readonly result: Value } | { readonly left: Value; readonly right: Value }> {
  const result = await applyToObjects(operator, [left, right], env);
  if (result !== undefined) return { result };
  const operands = {
    left: await asNumber(inStead(left, env), env),
    right: await asNumber(inStead(right, env), env),
  };
  const object = [operands.left, operands.right].find((operand) => isObject(operand, env));
  if (object !== undefined && languageAt(env.place) === "c++") throw noOperator(operator, left, right);
  return operands;
}

function noOperator(operator: string, left: Value, right: Value): UserError {
  const types = [left, right].map(({ type }) => plainType(type).displayName).join(" and ");
  return new UserError(
    `There is no operator ${operator} for ${types} in this program; one that the program never uses is left out by the compiler.`,
  );
}

/** Whether a value counts as true: an object by what it stands for, or its operator bool. Throws UserError. */
export async function truthOf(value: Value, env: Environment): Promise<boolean> {
  if (!isObject(value, env)) return isTrue(scalarOf(decayed(value), env.context));
  const view = viewOf(value, env.context);
  if (view?.kind === "word") return false;
  if (view?.kind === "stead") return view.isHeld === true || isTrue(scalarOf(view.value, env.context));
  if (env.typeOnly) return false;
  const converted = await callOperator(" bool", [value], env);
  return isTrue(scalarOf(converted ?? (await asNumber(value, env)), env.context));
}
