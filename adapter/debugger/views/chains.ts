/** Views of what lies in nodes that lead to each other, as the containers of the C++ libraries have it. */
import type { Type } from "../../symbols/sourceTypes";
import { memoryAddress } from "../../target/addresses";
import { UserError } from "../types";
import type { EvaluationContext } from "../types";
import { valueAt } from "../values/values";
import { memberOf, partsFrom, wordsOfPages, type View, type ViewPart } from "./view";

/** Reads the word at an address. Throws UserError. */
export type WordReader = (address: bigint) => bigint;

/** No tree has more levels: they are balanced. */
const MOST_LEVELS = 128;

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

/** Of sets and lists: the value in a node. */
export function plainPart(
  type: Type,
  offset: bigint,
  context: EvaluationContext,
): (node: bigint) => ViewPart {
  return (node) => ({ value: valueAt(type, memoryAddress(node + offset), context) });
}

/** Of maps: a key and what it leads to. */
export function pairPart(type: Type, offset: bigint, context: EvaluationContext): (node: bigint) => ViewPart {
  return (node) => {
    const pair = valueAt(type, memoryAddress(node + offset), context);
    const key = memberOf(pair, "first", context);
    const value = memberOf(pair, "second", context);
    return key && value ? { key, value } : { value: pair };
  };
}

/** Nothing. */
export function empty(): View {
  return { kind: "sequence", count: 0, parts: () => [] };
}

/** The last node on a way through a tree. Throws UserError when it is longer than any. */
export function lastOnWay(node: bigint, next: (node: bigint) => bigint | undefined): bigint {
  let at = node;
  for (let level = 0; level < MOST_LEVELS; level++) {
    const following = next(at);
    if (following === undefined) return at;
    at = following;
  }
  throw new UserError("The nodes of the tree do not lead to each other.");
}
