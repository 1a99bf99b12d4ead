/** Functions and methods of one name: which of them a call means. */
import type { MemoryAddress } from "../../target/addresses";
import { toMemory } from "../../target/addresses";
import type { FunctionType, Type } from "../../symbols/sourceTypes";
import type { FunctionSymbol } from "../../symbols/types";
import type { Value } from "../types";
import { isPointer, isReference, plainType } from "../valuesTypes";
import { categoryOf } from "./arithmeticTypes";
import type { Meaning } from "./names";

/** What can be called. */
export interface Callable {
  readonly type: FunctionType;
  /** What is given as the first parameter, beside the arguments. */
  readonly self: Value | undefined;
  /** It has && behind its parameters. */
  readonly isForTemporaries: boolean;
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
  return [meant, ...named.filter(({ entry }) => entry !== meant.entry)].flatMap((symbol): Callable[] => {
    const type = module.symbols.functionTypeOf(symbol);
    if (type === undefined) return [];
    const entry = (): MemoryAddress => toMemory(symbol.entry, module.bias);
    return [{ type, self: undefined, isForTemporaries: false, entry }];
  });
}

/** Static functions, and those of anonymous namespaces, are of their file alone. */
function isSeenBeside({ isExternal, declaration }: FunctionSymbol, meant: FunctionSymbol): boolean {
  return isExternal === true || declaration?.file === meant.declaration?.file;
}

/** Whether a type is const itself. */
export function isConst(type: Type): boolean {
  if (type.kind === "const") return true;
  return (type.kind === "typedef" || type.kind === "volatile") && isConst(type.target);
}

/** `1 argument`, `2 arguments` */
export function countOf(count: number): string {
  return `${count} argument${count === 1 ? "" : "s"}`;
}

/** How well a parameter takes a value: as what it is, as another of its kind, or at most by a conversion. */
function closeness(parameter: Type, { type }: Value): number {
  const plain = plainType(parameter);
  const taken = isReference(plain) ? plainType(plain.target) : plain;
  if (taken.displayName === plainType(type).displayName) return 2;
  const category = categoryOf(type);
  return categoryOf(taken) === (category === "array" ? "pointer" : category) ? 1 : 0;
}

/** By the parameters, then by whether it is for objects that are const as this one is, then for such that have a name. */
function fitness(
  { type, self, isForTemporaries }: Callable,
  given: readonly Value[],
  isConstant: boolean,
): number {
  const [first] = type.parameters;
  const parameters = type.parameters.slice(self === undefined ? 0 : 1);
  const close = given.reduce((sum, value, index) => {
    const parameter = parameters[index];
    return sum + (parameter === undefined ? 0 : closeness(parameter, value));
  }, 0);
  const plain = first && plainType(first);
  const takesConst = self !== undefined && plain !== undefined && isPointer(plain) && isConst(plain.target);
  return close * 4 + (takesConst === isConstant ? 2 : 0) + (isForTemporaries ? 0 : 1);
}

/** Of several the one that fits best, the first of those that fit as well; undefined when none takes so many arguments. */
export function bestFitting<T extends Callable>(
  candidates: readonly T[],
  given: readonly Value[],
  isConstant = false,
): T | undefined {
  const fitting = candidates.filter(({ type, self }) => {
    const wanted = type.parameters.length - (self === undefined ? 0 : 1);
    return given.length === wanted || (type.variadic && given.length > wanted);
  });
  const rank = (candidate: T): number => fitness(candidate, given, isConstant);
  return [...fitting].sort((a, b) => rank(b) - rank(a))[0];
}
