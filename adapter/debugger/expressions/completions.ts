/** What could follow in a half-typed expression. */
import type { EvaluationContext } from "../types";

export interface Completion {
  readonly label: string;
  readonly kind: "variable" | "member" | "function" | "register";
  readonly detail?: string;
  /** The typed characters that the label replaces: `length` of them from `start` (0-based, in the text). */
  readonly start: number;
  readonly length: number;
}

/** Completions for `text` with the cursor before the 0-based `column`. Empty where nothing fits; never throws. */
export async function completions(
  context: EvaluationContext,
  text: string,
  column: number,
): Promise<Completion[]> {
  (void context, text, column);
  return [];
}
