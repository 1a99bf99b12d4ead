/** Operators that classes define (C++20, [over.oper]): by methods, or by functions beside the classes. */
import { toMemory, type MemoryAddress } from "../../target/addresses";
import { lookedThrough } from "../../symbols/qualifiedNames";
import type { Type } from "../../symbols/sourceTypes";
import type { FunctionSymbol } from "../../symbols/types";
import { UserError } from "../types";
import type { Value } from "../types";
import { recordOf } from "../valuesMembers";
import { isPointer, plainType } from "../valuesTypes";
import { memberOf } from "../views/view";
import { viewOf } from "../views/views";
import { decayed } from "./access";
import { splitName } from "./enclosingScopes";
import { requireCalls } from "./environment";
import type { Environment } from "./environment";
import { invoke, notCalled } from "./invocation";
import { addressable, callBest } from "./methodCalls";
import { methodsNamed } from "./methods";
import { languageAt, scopesAround, typesNamed } from "./names";
import type { NamePlace } from "./names";
import { fittingOf } from "./overloads";
import type { Callable, Fitting } from "./overloads";
import { integerPart, intValue, isTrue, scalarOf } from "./scalars";
import { comparedTexts } from "./texts";

const DEEPEST_BASE = 16;

function isObject({ type }: Value, env: Environment): boolean {
  return recordOf(type, env.context) !== undefined;
}

/** The namespace that a class stands in; classes that are around it are left out. */
function namespaceOf(className: string, place: NamePlace): string {
  const around = splitName(className).written;
  return around !== "" && typesNamed(around, place).length > 0 ? namespaceOf(around, place) : around;
}

/** A class and those that it is made of. */
function classesOf(type: Type, env: Environment, depth = 0): string[] {
  const plain = plainType(type);
  if (isPointer(plain)) return depth === 0 ? classesOf(plain.target, env, 1) : [];
  const record = recordOf(plain, env.context);
  if (record === undefined || depth > DEEPEST_BASE) return [];
  const bases = record.members.filter(({ isBase }) => isBase);
  return [record.displayName, ...bases.flatMap((base) => classesOf(base.type, env, depth + 1))];
}

/** Where operators are looked for: from the place outwards, and in the namespaces of the operands' classes ([basic.lookup.argdep]). */
function scopesOf(operands: readonly Value[], env: Environment): Set<string> {
  const classes = operands.flatMap(({ type }) => classesOf(type, env));
  const scopes = [
    ...(scopesAround(env.place) ?? [""]),
    ...classes.map((each) => namespaceOf(each, env.place)),
  ];
  return new Set(scopes.map(lookedThrough));
}

/** Functions of an operator's name that are no methods and are seen from the place: of other units those that all see. */
function freeOperators(name: string, operands: readonly Value[], env: Environment): Callable[] {
  const scopes = scopesOf(operands, env);
  const { module, address } = env.place;
  const isSeen = (symbol: FunctionSymbol): boolean =>
    symbol.isMethod !== true && scopes.has(lookedThrough(splitName(symbol.name).written));
  return env.place.modules.flatMap((each) => {
    const own =
      each === module && address !== undefined ? each.symbols.unitFunctionsNamed(name, address) : [];
    const others = each.symbols.functionsMeant(name).filter(({ isExternal }) => isExternal === true);
    const all = new Map([...others, ...own].map((symbol) => [symbol.entry, symbol]));
    return [...all.values()].filter(isSeen).flatMap((symbol): Callable[] => {
      const type = symbol.die === undefined ? undefined : each.symbols.functionTypeOf(symbol);
      const entry = (): MemoryAddress => toMemory(symbol.entry, each.bias);
      return type === undefined ? [] : [{ type, self: undefined, isForTemporaries: false, entry }];
    });
  });
}

/**
 * Calls the function that an operator is for these operands: a method stands against a function as one that takes its object by
 * reference. Undefined: the program has none.
 */
async function callOperator(
  operator: string,
  operands: readonly Value[],
  env: Environment,
): Promise<Value | undefined> {
  const name = `operator${operator}`;
  const { context } = env;
  const [first, ...given] = operands;
  if (first === undefined) return undefined;
  const methodOf = (object: Value): Fitting<Callable> | undefined =>
    fittingOf(methodsNamed(object, name, context), given, context, object)[0];
  const method = methodOf(first);
  const [free] = fittingOf(freeOperators(name, operands, env), operands, context);
  if (method === undefined && free === undefined) return undefined;
  if (!env.typeOnly) requireCalls(env);
  if (free && free.rank > (method?.rank ?? 0)) {
    const { type, entry } = free.candidate;
    return env.typeOnly ? notCalled(type.returns) : invoke(entry(), type, operands, env);
  }
  const object = await addressable(first, env);
  const placed = object === first ? method : methodOf(object);
  return placed && callBest([placed.candidate], object, name, given, env);
}

/** What a smart pointer, an atomic or the like is compared as. */
function inStead(value: Value, env: Environment): Value {
  const view = isObject(value, env) ? viewOf(value, env.context) : undefined;
  return view?.kind === "stead" && view.isHeld !== true ? view.value : value;
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
    return intValue(isTrue(scalarOf(equal.value, env.context)) === (operator === "=="));
  }
  const holds = Object.hasOwn(relations, operator) ? relations[operator] : undefined;
  const order = holds && (await either("<=>"));
  if (holds === undefined || order === undefined) return undefined;
  if (env.typeOnly) return intValue(0n);
  const sign = signOf(order.value, order.isExchanged, env);
  return intValue(ORDERED.has(sign) && holds(sign));
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
