/** Functions and methods of one name: which of them a call means. */
import type { MemoryAddress } from "../../target/addresses";
import { toMemory } from "../../target/addresses";
import type { FunctionType, Type } from "../../symbols/sourceTypes";
import type { FunctionSymbol } from "../../symbols/types";
import { isMeantBy, isSameScope, lastPart, withoutArguments } from "../../symbols/qualifiedNames";
import { argumentsIn, speltType } from "../../symbols/templateNames";
import { UserError } from "../types";
import type { EvaluationContext, LoadedModule, Value } from "../types";
import { isPointer, isReference, plainType } from "../valuesTypes";
import { categoryOf } from "./arithmeticTypes";
import { isConst, rankOf } from "./conversions";
import { nearest, splitName } from "./enclosingScopes";
import { languageAt, scopesAround } from "./names";
import type { Meaning, NamePlace } from "./names";

/** What can be called. */
export interface Callable {
  readonly type: FunctionType;
  /** What is given as the first parameter, beside the arguments. */
  readonly self: Value | undefined;
  /** It has && behind its parameters. */
  readonly isForTemporaries: boolean;
  /** Of what the compiler has made of a template: the template's arguments, as the debug information spells them. */
  readonly madeFor?: readonly string[];
  /** Where its code is; of a virtual one what the object's own class has. Throws UserError. */
  entry(): MemoryAddress;
}

/** All functions of C++ that have the name of one, that one first. */
export function overloadsOf(meaning: Meaning | undefined): readonly Callable[] {
  if (meaning?.kind !== "function" || meaning.symbol.language !== "c++") return [];
  const { symbol: meant, module } = meaning;
  const named = module.symbols
    .functionsNamed(meant.name)
    .filter((symbol) => symbol.name === meant.name && isSeenBeside(symbol, meant));
  return [meant, ...named.filter(({ entry }) => entry !== meant.entry)].flatMap((symbol) =>
    callableOf(symbol, module),
  );
}

/**
 * What a function template is in this program, by its name without template arguments: those of the scope that is nearest to the place, or
 * of `scope`. The arguments of a call tell which of them is meant.
 */
export function instancesNamed(name: string, place: NamePlace, scope?: string): readonly Callable[] {
  if (languageAt(place) !== "c++") return [];
  const isGlobal = name.startsWith("::");
  const instances = place.modules.flatMap((module) =>
    instancesIn(module, isGlobal ? name.slice(2) : name, place),
  );
  const scopeOf = ({ symbol }: Instance): string => splitName(symbol.name).written;
  const around = scope === undefined ? (isGlobal ? [""] : (scopesAround(place) ?? [])) : [scope];
  const written = scope === undefined ? splitName(isGlobal ? name.slice(2) : name).written : "";
  const near = nearest(instances, scopeOf, written, around);
  const [any] = instances;
  // Those of one other namespace may be seen by a `using`.
  const mayBeSeen = scope === undefined && !isGlobal && any !== undefined;
  const isOnly = mayBeSeen && instances.every((each) => isSameScope(scopeOf(each), scopeOf(any)));
  const first = near ?? (isOnly ? any : undefined);
  return instances
    .filter((each) => first !== undefined && isSameScope(scopeOf(each), scopeOf(first)))
    .flatMap(({ symbol, module }) =>
      callableOf(symbol, module).flatMap((each) => asInstance(each, symbol.name)),
    );
}

interface Instance {
  readonly symbol: FunctionSymbol;
  readonly module: LoadedModule;
}

/** Of the place's own unit, and those of others that all see. */
function instancesIn(module: LoadedModule, name: string, place: NamePlace): Instance[] {
  const { symbols } = module;
  const own =
    module === place.module && place.address !== undefined
      ? symbols.unitFunctionsNamed(lastPart(name), place.address)
      : [];
  const isInstance = (symbol: FunctionSymbol): boolean =>
    lastPart(symbol.name) !== withoutArguments(lastPart(symbol.name)) && isMeantBy(symbol.name, name);
  const others = symbols.instancesNamed(name).filter(({ isExternal }) => isExternal === true);
  const all = new Map([...others, ...own.filter(isInstance)].map((symbol) => [symbol.entry, symbol]));
  return [...all.values()].filter(({ isMethod }) => isMethod !== true).map((symbol) => ({ symbol, module }));
}

/** A function as what can be called; empty: the debug information does not tell its type. */
export function callableOf(symbol: FunctionSymbol, module: LoadedModule): Callable[] {
  const type = symbol.die === undefined ? undefined : module.symbols.functionTypeOf(symbol);
  if (type === undefined) return [];
  const entry = (): MemoryAddress => toMemory(symbol.entry, module.bias);
  return [{ type, self: undefined, isForTemporaries: false, entry }];
}

/** Static functions, and those of anonymous namespaces, are of their file alone. */
function isSeenBeside({ isExternal, declaration }: FunctionSymbol, meant: FunctionSymbol): boolean {
  return isExternal === true || declaration?.file === meant.declaration?.file;
}

/** `1 argument`, `2 arguments` */
export function countOf(count: number): string {
  return `${count} argument${count === 1 ? "" : "s"}`;
}

/**
 * By the parameters, by whether it is for objects that are const as this one is, and for such that have a name; undefined: it does not
 * take what is given. `object`: what a method is called for.
 */
function fitness(
  { type, self, isForTemporaries, madeFor }: Callable,
  given: readonly Value[],
  context: EvaluationContext,
  object: Value | undefined,
): number | undefined {
  const [first, ...rest] = type.parameters;
  const parameters = self === undefined ? type.parameters : rest;
  const ranks = given.map((value, index) => {
    const parameter = parameters[index];
    if (parameter === undefined) return 0;
    const rank = rankOf(parameter, value, context);
    return madeFor !== undefined && isOther(parameter, madeFor, rank, value) ? undefined : rank;
  });
  if (self !== undefined && object !== undefined) ranks.push(objectRank(first, object));
  if (ranks.includes(undefined)) return undefined;
  return ranks.reduce<number>((sum, rank) => sum + (rank ?? 0), isForTemporaries ? -0.25 : 0);
}

/** The same but for a const that is added, behind a reference too (conversions.ts). */
const ALIKE = 6.5;

/** Whether the compiler would have made another instance for a value: the parameter is of what the template is made for, and the value not. */
function isOther(
  parameter: Type,
  madeFor: readonly string[],
  rank: number | undefined,
  value: Value,
): boolean {
  let type = plainType(parameter);
  while (isPointer(type) || isReference(type)) type = plainType(type.target);
  const isDeduced = madeFor.some((argument) => speltType(argument) === speltType(type.displayName));
  const isCutOff = categoryOf(type) === "integer" && categoryOf(value.type) === "float";
  return isCutOff || (isDeduced && rank !== undefined && rank < ALIKE);
}

/** A number among the template's arguments is told by no argument of a call, but where a parameter's type has it. */
function isTold(madeFor: readonly string[], { parameters }: FunctionType): boolean {
  const numbers = madeFor.filter((argument) => /^(?:-?\d+\w*|true|false|'.*'|\(.*\).*)$/s.test(argument));
  return numbers.every((number) => parameters.some(({ displayName }) => displayName.includes(number)));
}

/** A function that a name without template arguments means by those of a call; empty: these do not tell. */
export function asInstance<T extends Callable>(callable: T, name: string): T[] {
  const plain = lastPart(name);
  const open = withoutArguments(plain).length;
  if (open === plain.length) return [callable];
  const madeFor = argumentsIn(plain.slice(plain.indexOf("<", open) + 1, -1)).map((each) => each.trim());
  return isTold(madeFor, callable.type) ? [{ ...callable, madeFor }] : [];
}

/** How well a method takes its object: one that is const needs a method that leaves it as it is. */
function objectRank(parameter: Type | undefined, object: Value): number | undefined {
  const plain = parameter && plainType(parameter);
  if (plain === undefined || !isPointer(plain)) return 0;
  const [takesConst, isConstant] = [isConst(plain.target), isConst(object.type)];
  if (isConstant && !takesConst) return undefined;
  const isOwn = plainType(plain.target).displayName === plainType(object.type).displayName;
  return (isOwn ? OWN : INHERITED) - (takesConst === isConstant ? 0 : 0.5);
}

/** As high as the ranks of parameters that take the very class, or one that it is made of (conversions.ts). */
const OWN = 8;
const INHERITED = 4;

/** One that takes what is given, and how well. */
export interface Fitting<T extends Callable> {
  readonly candidate: T;
  readonly rank: number;
}

/** Of several those that take what is given, the one that fits best first. */
export function fittingOf<T extends Callable>(
  candidates: readonly T[],
  given: readonly Value[],
  context: EvaluationContext,
  object?: Value,
): Fitting<T>[] {
  return withCount(candidates, given.length)
    .map((candidate) => ({ candidate, rank: fitness(candidate, given, context, object) }))
    .filter((each): each is Fitting<T> => each.rank !== undefined)
    .sort((a, b) => b.rank - a.rank);
}

function withCount<T extends Callable>(candidates: readonly T[], count: number): T[] {
  return candidates.filter(({ type, self }) => {
    const wanted = type.parameters.length - (self === undefined ? 0 : 1);
    return count === wanted || (type.variadic && count > wanted);
  });
}

/**
 * Of several the one that fits best; of none that does the first that takes so many arguments and is no template's, whose call says what
 * is wrong with them. Undefined when there is none.
 */
export function bestFitting<T extends Callable>(
  candidates: readonly T[],
  given: readonly Value[],
  context: EvaluationContext,
  object?: Value,
): T | undefined {
  const [best] = fittingOf(candidates, given, context, object);
  return best?.candidate ?? withCount(candidates, given.length).find(({ madeFor }) => madeFor === undefined);
}

/** That none of what a name means takes what is given. */
export function noneTakes(name: string, overloads: readonly Callable[], given: readonly Value[]): UserError {
  if (withCount(overloads, given.length).length === 0)
    return new UserError(`No ${name} takes ${countOf(given.length)}.`);
  const types = given.map(({ type }) => plainType(type).displayName).join(", ");
  return new UserError(
    `There is no ${name}(${types}) in this program; what the program never makes of a template is left out by the compiler.`,
  );
}
