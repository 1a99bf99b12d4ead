/** Arrays of optimized code of which the compiler has kept some elements only. */
import { UserError } from "../types";
import type { EvaluationContext, Value } from "../types";
import { bytesOf, OPTIMIZED_OUT } from "./values";

/** Whether of `length` bytes of a value some are known and some are not. */
export function isPartlyKnown(value: Value, length: number, context: EvaluationContext): boolean {
  if (value.place.kind !== "pieces" || value.unavailable !== undefined) return false;
  try {
    bytesOf(value, context, 0, length);
    return false;
  } catch (error) {
    if (error instanceof UserError) return true;
    throw error;
  }
}

/** `{<optimized out>, 5, 0 <repeats 12 times>}`: at most `most` runs of `count` elements, those from `long` on in one; `textOf` gives each. */
export function elementsKnown(
  count: number,
  most: number,
  long: number,
  textOf: (index: number) => string,
): string {
  const runs: { text: string; times: number }[] = [];
  for (let index = 0; index < count && runs.length <= most; index++) {
    const text = textOf(index);
    const last = runs.at(-1);
    if (last?.text === text) last.times++;
    else runs.push({ text, times: 1 });
  }
  if (runs.length === 1 && runs[0]?.text === OPTIMIZED_OUT) return OPTIMIZED_OUT;
  const parts = runs
    .slice(0, most)
    .flatMap(({ text, times }) =>
      times < long ? Array<string>(times).fill(text) : [`${text} <repeats ${times} times>`],
    );
  return `{${parts.join(", ")}${runs.length > most ? "..." : ""}}`;
}
