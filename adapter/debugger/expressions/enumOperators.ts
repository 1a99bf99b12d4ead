/** Operators that a program has for its enumerations ([over.oper]). */
import type { Type } from "../../symbols/sourceTypes";
import type { SymbolModule } from "../../symbols/types";
import { isReference, plainType } from "../valuesTypes";
import { languageAt } from "./names";
import type { NamePlace } from "./names";

/** By module and operator the enumerations that one of its functions takes. */
const known = new WeakMap<SymbolModule, Map<string, ReadonlySet<string>>>();

/** Whether a program may have an operator of its own for a type: an enumeration that a function of this name takes. */
export function hasOwnOperator(operator: string, type: Type, place: NamePlace): boolean {
  const plain = plainType(type);
  if (plain.kind !== "enum" || languageAt(place) !== "c++") return false;
  return place.modules.some(({ symbols }) => taken(operator, symbols).has(plain.displayName));
}

function taken(operator: string, symbols: SymbolModule): ReadonlySet<string> {
  let byOperator = known.get(symbols);
  if (byOperator === undefined) {
    byOperator = new Map<string, ReadonlySet<string>>();
    known.set(symbols, byOperator);
  }
  let found = byOperator.get(operator);
  if (found === undefined) byOperator.set(operator, (found = enumerationsOf(operator, symbols)));
  return found;
}

function enumerationsOf(operator: string, symbols: SymbolModule): Set<string> {
  const name = `operator${operator}`;
  const functions = [...symbols.functionsNamed(name), ...symbols.instancesNamed(name)];
  const types = functions
    .filter(({ isMethod }) => isMethod !== true)
    .flatMap((symbol) => symbols.functionTypeOf(symbol)?.parameters ?? []);
  const names = types.flatMap((type) => {
    const plain = plainType(type);
    const target = isReference(plain) ? plainType(plain.target) : plain;
    return target.kind === "enum" ? [target.displayName] : [];
  });
  return new Set(names);
}
