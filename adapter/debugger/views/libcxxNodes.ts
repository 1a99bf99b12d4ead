/** Views of libc++'s containers of nodes (its headers list, forward_list, __tree, __hash_table, deque). */
import type { Type } from "../../symbols/sourceTypes";
import { UserError } from "../types";
import type { EvaluationContext, Value } from "../types";
import { findMember, recordOf } from "../values/valuesMembers";
import { sizeOf } from "../values/valuesTypes";
import { chained, empty, lastOnWay, pairPart, plainPart, type WordReader } from "./chains";
import { countIn, oneOf } from "./libcxx";
import { blocksView } from "./runs";
import {
  argumentsOf,
  addressOfValue,
  isReadable,
  memberOf,
  MOST_BYTES,
  numberAt,
  partAt,
  pointerAt,
  wordAt,
  wordsOfPages,
  type View,
  type ViewMaker,
} from "./view";

/** A node of a tree has these, of which the end of a tree has the first alone. */
const LEFT = 0n;
const RIGHT = 8n;
const PARENT = 16n;

/** Nodes of a list without a length that are counted, at most. */
const MOST_COUNTED = 1 << 14;

/** Elements of a deque that are in one block: as many as there is room for in so many bytes, or at least so many. */
const BLOCK = 4096n;
const FEWEST_IN_BLOCK = 16n;
const LARGE = 256n;

/** The type of a container's nodes, which is what its allocator is for: a member, or the second of a pair. */
function nodeType(container: Value, pair: string, context: EvaluationContext): Type | undefined {
  const allocator =
    memberOf(container, "__node_alloc_", context)?.type ??
    argumentsOf(memberOf(container, pair, context)?.type, context)[1];
  return argumentsOf(allocator, context)[0];
}

/** Type and place of the values in the nodes; in a map's it may be a union or class around the pair. */
function valuesOf(
  container: Value,
  pair: string,
  context: EvaluationContext,
): { type: Type; offset: bigint } | undefined {
  const type = nodeType(container, pair, context);
  const node = type && recordOf(type, context);
  const path = node && findMember(node, "__value_");
  const last = path?.at(-1);
  if (path === undefined || last === undefined) return undefined;
  const offset = path.reduce((sum, { byteOffset }) => sum + byteOffset, 0);
  const inner = recordOf(last.type, context);
  const [around] = (inner && (findMember(inner, "__cc_") ?? findMember(inner, "__cc"))) ?? [];
  return { type: around?.type ?? last.type, offset: BigInt(offset) };
}

const list: ViewMaker = (value, context) => {
  const values = valuesOf(value, "__size_alloc_", context);
  const head = addressOfValue(partAt(value, ["__end_"], context));
  const count = countIn(value, ["__size_alloc_", "__size_"], context);
  const following = (node: bigint, wordOf: WordReader): bigint => {
    const next = wordOf(node + 8n);
    if (wordOf(next) === node) return next;
    throw new UserError("The nodes do not lead to each other.");
  };
  const first = following(head, (address) => wordAt(address, context));
  if (values === undefined || count > MOST_BYTES) return undefined;
  const part = plainPart(values.type, values.offset, context);
  return count === 0n ? empty() : chained(Number(count), { first, end: head }, following, part, context);
};

/** How many nodes there are. Throws UserError where they lead nowhere, and for a circle. */
function counted(first: bigint, context: EvaluationContext): number {
  const wordOf = wordsOfPages(context);
  let count = 0;
  for (let node = first; node !== 0n; node = wordOf(node))
    if (++count > MOST_COUNTED) throw new UserError("There are more nodes than are counted.");
  return count;
}

const forwardList: ViewMaker = (value, context): View | undefined => {
  const values = valuesOf(value, "__before_begin_", context);
  const first = numberAt(oneOf(value, ["__before_begin_"], context), ["__next_"], context);
  const count = counted(first, context);
  if (values === undefined) return undefined;
  if (count === 0) return empty();
  const part = plainPart(values.type, values.offset, context);
  return chained(count, { first, end: 0n }, (node, wordOf) => wordOf(node), part, context);
};

/** The node behind another in the order of a tree. */
function successor(node: bigint, wordOf: WordReader): bigint {
  const right = wordOf(node + RIGHT);
  if (right !== 0n) return lastOnWay(right, (at) => wordOf(at + LEFT) || undefined);
  const top = lastOnWay(node, (at) => {
    const parent = wordOf(at + PARENT);
    return at === wordOf(parent + LEFT) ? undefined : parent;
  });
  return wordOf(top + PARENT);
}

function tree(isMap: boolean): ViewMaker {
  return (value, context) => {
    const inner = partAt(value, ["__tree_"], context);
    const values = valuesOf(inner, "__pair1_", context);
    const head = addressOfValue(oneOf(inner, ["__pair1_", "__end_node_"], context));
    const count = countIn(inner, ["__pair3_", "__size_"], context);
    const root = wordAt(head + LEFT, context);
    const isWhole = root === 0n ? count === 0n : wordAt(root + PARENT, context) === head;
    if (values === undefined || count > MOST_BYTES || !isWhole) return undefined;
    if (count === 0n) return empty();
    const part = (isMap ? pairPart : plainPart)(values.type, values.offset, context);
    const first = numberAt(inner, ["__begin_node_"], context);
    return chained(Number(count), { first, end: head }, successor, part, context);
  };
}

function hashTable(isMap: boolean): ViewMaker {
  return (value, context) => {
    const table = partAt(value, ["__table_"], context);
    const values = valuesOf(table, "__p1_", context);
    const first = numberAt(oneOf(table, ["__p1_", "__first_node_"], context), ["__next_"], context);
    const count = countIn(table, ["__p2_", "__size_"], context);
    const isWhole = (count === 0n) === (first === 0n);
    if (values === undefined || count > MOST_BYTES || !isWhole) return undefined;
    if (count === 0n) return empty();
    if (!isReadable(first, context)) return undefined;
    const part = (isMap ? pairPart : plainPart)(values.type, values.offset, context);
    return chained(Number(count), { first, end: 0n }, (node, wordOf) => wordOf(node), part, context);
  };
}

const deque: ViewMaker = (value, context) => {
  const [target] = argumentsOf(value.type, context);
  const size = BigInt((target && sizeOf(target)) ?? 0);
  const { address } = pointerAt(value, ["__map_", "__begin_"], context);
  const blocks = (numberAt(value, ["__map_", "__end_"], context) - address) / 8n;
  const start = numberAt(value, ["__start_"], context);
  const count = countIn(value, ["__size_"], context);
  if (target === undefined || size === 0n || blocks < 0n) return undefined;
  const perBlock = size < LARGE ? BLOCK / size : FEWEST_IN_BLOCK;
  if (start + count > blocks * perBlock || count * size > MOST_BYTES) return undefined;
  if (count > 0n && !isReadable(address, context)) return undefined;
  return blocksView(target, { addresses: address, perBlock, first: start, count }, context);
};

/** By the name of the class in std and its inline namespace. */
export const libcxxNodes: ReadonlyMap<string, ViewMaker> = new Map([
  ["list", list],
  ["forward_list", forwardList],
  ["deque", deque],
  ["set", tree(false)],
  ["multiset", tree(false)],
  ["map", tree(true)],
  ["multimap", tree(true)],
  ["unordered_set", hashTable(false)],
  ["unordered_multiset", hashTable(false)],
  ["unordered_map", hashTable(true)],
  ["unordered_multimap", hashTable(true)],
]);
