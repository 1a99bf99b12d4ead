/** Which errors are sentences for a person, whatever room they come from. */
import { SymbolError } from "../symbols/types";
import { TargetError } from "../target/target";
import { UserError } from "./types";

/** The sentence of an error that was meant for a person; undefined for a failure that nobody expected. */
export function sentenceOf(error: unknown): string | undefined {
  const isMeant = error instanceof UserError || error instanceof TargetError || error instanceof SymbolError;
  return isMeant ? error.message : undefined;
}
