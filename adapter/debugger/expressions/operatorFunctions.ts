/** Functions that are operators of the program's own: by methods, or by functions beside the classes (C++20, [over.match.oper]). */
import { lookedThrough } from "../../symbols/qualifiedNames";
import type { Type } from "../../symbols/sourceTypes";
import type { Value } from "../types";
import { recordOf } from "../values/valuesMembers";
import { isPointer, plainType } from "../values/valuesTypes";
import { splitName } from "./enclosingScopes";
import { requireCalls } from "./environment";
import type { Environment } from "./environment";
import { invoke, notCalled } from "./invocation";
import { addressable, callBest } from "./methodCalls";
import { methodsNamed } from "./methods";
import { languageAt, scopesAround, typesNamed } from "./names";
import type { NamePlace } from "./names";
import { callableOf, fittingOf, seenFrom } from "./overloads";
import type { Callable, Fitting } from "./overloads";

const DEEPEST_BASE = 16;

/** Whether a value is an object of a class, or of a struct or union. */
export function isObject({ type }: Value, env: Environment): boolean {
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
  if (plain.kind === "enum") return [plain.displayName];
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
  return env.place.modules.flatMap((module) =>
    seenFrom(env.place, module, name, module.symbols.functionsMeant(name))
      .filter((symbol) => scopes.has(lookedThrough(splitName(symbol.name).written)))
      .flatMap((symbol) => callableOf(symbol, module)),
  );
}

/** Whether the program has any function for an operator. */
export function definesOperator(operator: string, { place }: Environment): boolean {
  const name = `operator${operator}`;
  return (
    languageAt(place) === "c++" &&
    place.modules.some(({ symbols }) => symbols.functionsMeant(name).length > 0)
  );
}

/**
 * Calls the function that an operator is for these operands: a method stands against a function as one that takes its object by
 * reference. Undefined: the program has none.
 */
export async function callOperator(
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
