/** Operators that a program has for its enumerations ([over.oper]). */
import type { Type } from "../../symbols/sourceTypes";
import type { SymbolModule } from "../../symbols/types";
import { plainTarget, plainType } from "../values/valuesTypes";
import { languageAt } from "./names";
import type { NamePlace } from "./names";

/** What an operator function takes, of its parameters the enumerations by name. */
type Taken = readonly (string | undefined)[];

/** By module and operator. */
const known = new WeakMap<SymbolModule, Map<string, readonly Taken[]>>();

/** Whether a program may have an operator of its own for these: a function of the name takes an enumeration that is among them. */
export function hasOwnOperator(
  operator: string,
  operands: readonly { readonly type: Type }[],
  place: NamePlace,
): boolean {
  const types = operands.map(({ type }) => plainType(type));
  if (!types.some(({ kind }) => kind === "enum") || languageAt(place) !== "c++") return false;
  const fits = (taken: Taken): boolean =>
    taken.length === types.length &&
    types.every((plain, index) => {
      const wanted = taken[index];
      if (plain.kind === "enum" && (wanted !== undefined || plain.isScoped))
        return wanted === plain.displayName;
      return wanted === undefined;
    });
  return place.modules.some(({ symbols }) => takenBy(operator, symbols).some(fits));
}

function takenBy(operator: string, symbols: SymbolModule): readonly Taken[] {
  let byOperator = known.get(symbols);
  if (byOperator === undefined) {
    byOperator = new Map<string, readonly Taken[]>();
    known.set(symbols, byOperator);
  }
  let found = byOperator.get(operator);
  if (found === undefined) byOperator.set(operator, (found = read(`operator${operator}`, symbols)));
  return found;
}

function read(name: string, symbols: SymbolModule): Taken[] {
  const functions = [...symbols.functionsNamed(name), ...symbols.instancesNamed(name)];
  return functions
    .filter(({ isMethod }) => isMethod !== true)
    .map((symbol) => (symbols.functionTypeOf(symbol)?.parameters ?? []).map(enumerationOf))
    .filter((taken) => taken.some((each) => each !== undefined));
}

function enumerationOf(type: Type): string | undefined {
  const target = plainTarget(type);
  return target.kind === "enum" ? target.displayName : undefined;
}
