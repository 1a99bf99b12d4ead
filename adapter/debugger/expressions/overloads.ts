/** Functions and methods of one name: which of them a call means. */
import type { FunctionType, Type } from "../../symbols/sourceTypes";
import { speltType } from "../../symbols/templateNames";
import type { FunctionSymbol } from "../../symbols/types";
import type { MemoryAddress } from "../../target/addresses";
import { toMemory } from "../../target/addresses";
import { UserError } from "../types";
import type { EvaluationContext, LoadedModule, Value } from "../types";
import { isPointer, isReference, plainType } from "../values/valuesTypes";
import { categoryOf } from "./arithmeticTypes";
import { isConst, rankOf } from "./conversions";
import type { Environment } from "./environment";
import { languageAt } from "./names";
import type { Meaning, NamePlace } from "./names";

/** What can be called. */
export interface Callable {
  readonly type: FunctionType;
  /** What is given as the first parameter, beside the arguments. */
  readonly self: Value | undefined;
  /** It has && behind its parameters. */
  readonly isForTemporaries: boolean;
  /** A method of a base that the object's class has by `using`. */
  readonly isUsed?: boolean;
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

/** Functions of a module that a place sees: those of its own unit by their last name, and of what is given those that all see. */
export function seenFrom(
  { module: own, address }: NamePlace,
  module: LoadedModule,
  plain: string,
  others: readonly FunctionSymbol[],
): FunctionSymbol[] {
  const ofUnit =
    module === own && address !== undefined ? module.symbols.unitFunctionsNamed(plain, address) : [];
  const external = others.filter(({ isExternal }) => isExternal === true);
  const all = new Map([...external, ...ofUnit].map((symbol) => [symbol.entry, symbol]));
  return [...all.values()].filter(({ isMethod }) => isMethod !== true);
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
function countOf(count: number): string {
  return `${count} argument${count === 1 ? "" : "s"}`;
}

/**
 * By the parameters, by whether it is for objects that are const as this one is, and for such that have a name; undefined: it does not
 * take what is given. `object`: what a method is called for.
 */
function fitness(
  { type, self, isForTemporaries, isUsed, madeFor }: Callable,
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
  if (self !== undefined && object !== undefined) ranks.push(objectRank(first, object, isUsed === true));
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

/** How well a method takes its object: one that is const needs a method that leaves it as it is. */
function objectRank(parameter: Type | undefined, object: Value, isUsed: boolean): number | undefined {
  const plain = parameter && plainType(parameter);
  if (plain === undefined || !isPointer(plain)) return 0;
  const [takesConst, isConstant] = [isConst(plain.target), isConst(object.type)];
  if (isConstant && !takesConst) return undefined;
  const isOwn = isUsed || plainType(plain.target).displayName === plainType(object.type).displayName;
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

/** The parameters behind the first `given` ones, as they are declared: `int b, int c`; debug information has no default arguments. */
function missing({ parameters, parameterNames }: FunctionType, given: number): string {
  const declared = parameters.slice(given).map(({ displayName }, index) => {
    const name = parameterNames?.[given + index];
    return name === undefined ? displayName : `${displayName}${/[*&]$/.test(displayName) ? "" : " "}${name}`;
  });
  return `Missing: ${declared.join(", ")}. What a parameter is by default is not in the debug information: write it.`;
}

/** That a function is given too few arguments, or too many; `taken`: how many of its parameters a call does not write. */
export function wrongCount(
  name: string,
  type: FunctionType,
  given: number,
  { place }: Environment,
  taken = 0,
): UserError {
  const wanted = type.parameters.length - taken;
  const takes = `${type.variadic ? "at least " : ""}${countOf(wanted)}`;
  const sentence = `${name} takes ${takes}, but ${given} ${given === 1 ? "is" : "are"} given.`;
  const mayBeDefault = given < wanted && languageAt(place) === "c++";
  return new UserError(mayBeDefault ? `${sentence} ${missing(type, given + taken)}` : sentence);
}

/** That none of what a name means takes what is given. */
export function noneTakes(
  name: string,
  overloads: readonly Callable[],
  given: readonly Value[],
  env: Environment,
): UserError {
  if (withCount(overloads, given.length).length === 0) {
    const takenOf = ({ self }: Callable): number => (self === undefined ? 0 : 1);
    const longer = overloads.filter((each) => each.type.parameters.length - takenOf(each) > given.length);
    const [only, ...others] = longer;
    if (only !== undefined && others.length === 0)
      return wrongCount(name, only.type, given.length, env, takenOf(only));
    return new UserError(`No ${name} takes ${countOf(given.length)}.`);
  }
  const types = given.map(({ type }) => plainType(type).displayName).join(", ");
  return new UserError(
    `There is no ${name}(${types}) in this program; what the program never makes of a template is left out by the compiler.`,
  );
}
