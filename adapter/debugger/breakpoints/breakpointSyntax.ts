/** What is wrong with the text of a breakpoint's condition and log message, read where it stands: syntax, and stores. */
import { SymbolError } from "../../symbols/types";
import { readsAsStore } from "../expressions/expressions";
import { namePlaceAt, type NamePlace } from "../expressions/names";
import { UserError } from "../types";
import type { ModuleList } from "../types";
import type { Breakpoint, Resolution } from "./breakpoint";

/**
 * The sentence for a person when an expression cannot be parsed or stores; undefined: it is good, or there is no place yet whose
 * types tell a cast from a call. Names are looked up when it is hit.
 */
export function syntaxProblem(
  breakpoint: Breakpoint,
  { places }: Resolution,
  modules: ModuleList,
): string | undefined {
  const { module, address } = places.find((place) => place.module !== undefined) ?? {};
  if (module === undefined || address === undefined) return undefined;
  try {
    return problemAt(breakpoint, namePlaceAt(module, address, modules));
  } catch (error) {
    if (error instanceof SymbolError) return undefined;
    throw error;
  }
}

function problemAt({ condition, log }: Breakpoint, place: NamePlace): string | undefined {
  const wrong =
    condition === undefined ? undefined : problemOf(condition, `The condition "${condition}"`, place);
  if (wrong !== undefined) return wrong;
  for (const part of log ?? []) {
    if (!("expression" in part)) continue;
    const { expression } = part;
    const failure = problemOf(expression, `The log message's {${expression}}`, place, NO_BRACE);
    if (failure !== undefined) return failure;
  }
  return undefined;
}

const NO_BRACE = " Write \\{ for a brace.";

function problemOf(text: string, what: string, place: NamePlace, advice = ""): string | undefined {
  try {
    if (!readsAsStore(text, place)) return undefined;
    return `${what} would change the program: assignments, ++ and -- belong in the Debug Console; == compares.`;
  } catch (error) {
    if (error instanceof UserError) return `${what} is not understood: ${error.message}${advice}`;
    throw error;
  }
}
