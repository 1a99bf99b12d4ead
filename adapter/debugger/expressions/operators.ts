/** Operators that classes define (C++20, [over.oper]): by methods, or by functions beside the classes. */
import { toMemory } from "../../target/addresses";
import type { Type } from "../../symbols/sourceTypes";
import { UserError } from "../types";
import type { Value } from "../types";
import { recordOf } from "../valuesMembers";
import { isPointer, isReference, plainType } from "../valuesTypes";
import { viewOf } from "../views/views";
import { decayed } from "./access";
import { categoryOf } from "./arithmeticTypes";
import { requireCalls } from "./environment";
import type { Environment } from "./environment";
import { invoke, notCalled } from "./invocation";
import { callBest } from "./methodCalls";
import { methodsNamed, partOfClass } from "./methods";
import { languageAt } from "./names";
import { bestFitting } from "./overloads";
import type { Callable } from "./overloads";
import { intValue, isTrue, scalarOf } from "./scalars";
import { comparedTexts } from "./texts";

function isObject({ type }: Value, env: Environment): boolean {
  return recordOf(type, env.context) !== undefined;
}

/** Whether a parameter takes a value without a conversion that only a compiler can make. */
function takes(parameter: Type | undefined, value: Value, env: Environment): boolean {
  const plain = parameter && plainType(parameter);
  if (plain === undefined) return false;
  const taken = isReference(plain) ? plainType(plain.target) : plain;
  // Only what has no name may be taken apart.
  if (plain.kind === "rvalueReference" && value.place.kind === "memory") return false;
  if (isObject(value, env))
    return (
      recordOf(taken, env.context) !== undefined &&
      partOfClass(value, taken.displayName, env.context) !== undefined
    );
  const [wanted, given] = [categoryOf(taken), categoryOf(decayed(value).type)];
  return wanted === given || (["integer", "float"].includes(wanted) && ["integer", "float"].includes(given));
}

function takesAll({ type, self }: Callable, given: readonly Value[], env: Environment): boolean {
  const parameters = type.parameters.slice(self === undefined ? 0 : 1);
  return (
    parameters.length === given.length && given.every((value, index) => takes(parameters[index], value, env))
  );
}

/** Functions of an operator's name that are no methods. */
function freeOperators(name: string, operands: readonly Value[], env: Environment): Callable[] {
  return env.place.modules.flatMap(({ symbols, bias }) =>
    symbols.functionsMeant(name).flatMap((symbol): Callable[] => {
      const type = symbol.die === undefined ? undefined : symbols.functionTypeOf(symbol);
      if (type === undefined) return [];
      const found = {
        type,
        self: undefined,
        isForTemporaries: false,
        entry: () => toMemory(symbol.entry, bias),
      };
      return takesAll(found, operands, env) ? [found] : [];
    }),
  );
}

/** Calls the function that an operator is for these operands; undefined: the program has none. */
async function callOperator(
  operator: string,
  operands: readonly Value[],
  env: Environment,
): Promise<Value | undefined> {
  const name = `operator${operator}`;
  const [object, ...given] = operands;
  if (object === undefined) return undefined;
  const methods = methodsNamed(object, name, env.context).filter((method) => takesAll(method, given, env));
  const free = methods.length > 0 ? undefined : bestFitting(freeOperators(name, operands, env), operands);
  if (methods.length === 0 && free === undefined) return undefined;
  if (!env.typeOnly) requireCalls(env);
  if (free === undefined) return callBest(methods, object, name, given, env);
  return env.typeOnly ? notCalled(free.type.returns) : invoke(free.entry(), free.type, operands, env);
}

/** What a smart pointer or the like is compared as. */
function inStead(value: Value, env: Environment): Value {
  const view = isObject(value, env) ? viewOf(value, env.context) : undefined;
  const isPointing = view?.kind === "stead" && view.isHeld !== true;
  return isPointing && isPointer(plainType(view.value.type)) ? view.value : value;
}

/**
 * An operator where an operand is an object of a class: two strings compared, else what the program's own code gives. Undefined: no
 * operand is an object. Throws UserError.
 */
export async function applyToObjects(
  operator: string,
  operands: readonly Value[],
  env: Environment,
): Promise<Value | undefined> {
  if (!operands.some((operand) => isObject(operand, env))) return undefined;
  const [left, right] = operands;
  const compared = left && right && comparedTexts(operator, left, right, env.context);
  if (compared !== undefined) return intValue(compared);
  if (languageAt(env.place) !== "c++") return undefined;
  const result = await callOperator(operator, operands, env);
  if (result !== undefined) return result;
  // As C++20 has it ([over.match.oper]).
  const equal = operator === "!=" ? await callOperator("==", operands, env) : undefined;
  return equal && (env.typeOnly ? equal : intValue(!isTrue(scalarOf(equal, env.context))));
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

/** As `applyToObjects`, of two operands; those that stand for pointers are these where the program has no operator. */
export async function operandsOf(
  operator: string,
  left: Value,
  right: Value,
  env: Environment,
): Promise<{ readonly result: Value } | { readonly left: Value; readonly right: Value }> {
  const result = await applyToObjects(operator, [left, right], env);
  if (result !== undefined) return { result };
  const operands = { left: inStead(left, env), right: inStead(right, env) };
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
  const converted = await callOperator(" bool", [value], env);
  return isTrue(scalarOf(converted ?? value, env.context));
}
