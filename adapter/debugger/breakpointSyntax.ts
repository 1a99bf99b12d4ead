/** What is wrong with the text of a breakpoint's condition and log message, read where it stands. */
import type { Breakpoint, Resolution } from "./breakpoint";
import { parseAt } from "./expressions/evaluation";
import { checkSyntax } from "./expressions/expressions";
import { namePlaceAt, type NamePlace } from "./expressions/names";
import { UserError } from "./types";
import type { ModuleList } from "./types";
import { SymbolError } from "../symbols/types";

/**
 * The sentence for a person when an expression cannot be parsed; undefined: it can, or there is no place yet whose
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
  const wrong = condition === undefined ? undefined : failureOf(() => void parseAt(condition, place));
  if (wrong !== undefined) return `The condition "${condition}" is not understood: ${wrong}`;
  for (const part of log ?? []) {
    if (!("expression" in part)) continue;
    const failure = failureOf(() => checkSyntax(part.expression, place));
    if (failure !== undefined)
      return `The log message's {${part.expression}} is not understood: ${failure} Write \\{ for a brace.`;
  }
  return undefined;
}

function failureOf(parse: () => void): string | undefined {
  try {
    parse();
    return undefined;
  } catch (error) {
    if (error instanceof UserError) return error.message;
    throw error;
  }
}
