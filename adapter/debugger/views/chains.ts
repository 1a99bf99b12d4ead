/** Views of containers whose elements are in nodes, each of which is found from the one before. */
import { UserError } from "../types";
import type { EvaluationContext } from "../types";
import { partsFrom, wordsOfPages, type View, type ViewPart } from "./view";

export type WordReader = (address: bigint) => bigint;

/**
 * Values of nodes, found one from the other; those that were passed are remembered. Those behind one that leads to the `end`, or to one
 * that was passed, are not there, whatever the container says.
 */
export function chained(
  count: number,
  { first, end }: { first: bigint; end: bigint },
  next: (node: bigint, wordOf: WordReader) => bigint,
  partOfNode: (node: bigint) => ViewPart,
  context: EvaluationContext,
): View {
  const nodes: bigint[] = [];
  const passed = new Set([end]);
  const nodeAt = (index: number, wordOf: WordReader): bigint => {
    while (nodes.length <= index) {
      const last = nodes.at(-1);
      const node = last === undefined ? first : next(last, wordOf);
      if (passed.has(node)) throw new UserError("There are fewer nodes than the container says.");
      passed.add(node);
      nodes.push(node);
    }
    return nodes[index] ?? end;
  };
  return {
    kind: "sequence",
    count,
    parts: (start, length) => {
      const wordOf = wordsOfPages(context);
      return partsFrom(start, Math.min(count, start + length), (index) => partOfNode(nodeAt(index, wordOf)));
    },
  };
}
