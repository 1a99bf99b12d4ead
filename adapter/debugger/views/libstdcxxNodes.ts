/** Views of libstdc++'s containers of nodes (its headers bits/stl_list.h, bits/stl_tree.h, bits/hashtable.h, bits/stl_deque.h). */
import type { Type } from "../../symbols/sourceTypes";
import { argumentsIn } from "../../symbols/templateNames";
import { toFile } from "../../target/addresses";
import { UserError } from "../types";
import type { EvaluationContext, Value } from "../types";
import { findMember } from "../values/valuesMembers";
import { pointerTo, sizeOf } from "../values/valuesTypes";
import { chained, empty, lastOnWay, pairPart, plainPart, type WordReader } from "./chains";
import { blocksView } from "./runs";
import {
  addressOfValue,
  isReadable,
  MOST_BYTES,
  numberAt,
  partAt,
  pointerAt,
  wordAt,
  type ViewMaker,
} from "./view";

/** A node of a tree: its colour, then these. */
export const PARENT = 8n;
const LEFT = 16n;
const RIGHT = 24n;

/** Where a node has its value, where the debug information has no such type. */
export const TREE_VALUE = 32;
export const LIST_VALUE = 16;
export const HASH_VALUE = 8;

/** libstdc++ puts as many elements of a deque into a block as there is room for in so many bytes, at least one. */
const BLOCK = 512;

/** The arguments of a template as they are written: `int`, `std::allocator<int>`. */
export function templateArguments(name: string): string[] {
  const inside = name.slice(name.indexOf("<") + 1, name.lastIndexOf(">"));
  return argumentsIn(inside).map((each) => each.trim());
}

/** The type that is written so, nearest to where the program stands; undefined when nobody, or everybody otherwise, describes it. */
export function typeWritten(text: string, context: EvaluationContext): Type | undefined {
  const written = text.replace(/ (?:const|volatile)$/, "").replace(/^(?:const|volatile) /, "");
  if (written.endsWith("*")) {
    const target = typeWritten(written.slice(0, -1).trim(), context);
    return target && pointerTo(target);
  }
  const { frame } = context;
  const near = frame?.module?.symbols.typesNamed(written, toFile(frame.lookupPc, frame.module.bias)) ?? [];
  if (near.length > 0) return near[0];
  const [first, ...others] = context.modules.all.flatMap(({ symbols }) => symbols.typesNamed(written));
  return others.every((type) => sizeOf(type) === (first && sizeOf(first))) ? first : undefined;
}

/** The type of a container's nodes, which is elsewhere where libstdc++ checks itself (_GLIBCXX_DEBUG). */
export function inNamespaces(node: string): (value: string) => string[] {
  return (value) => ["std", "std::__cxx1998"].map((namespace) => `${namespace}::${node}<${value}>`);
}

/** The rest is not looked for: that would be in all modules. */
function firstWritten(texts: readonly string[], context: EvaluationContext): Type | undefined {
  for (const text of texts) {
    const found = typeWritten(text, context);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** Type and place of the values in the nodes of a container, whose allocator's argument says what they are. */
function valuesOf(
  { type }: Value,
  nodes: (value: string) => readonly string[],
  usual: number,
  context: EvaluationContext,
): { type: Type; offset: bigint } | undefined {
  const allocator = templateArguments(type.displayName).findLast((each) =>
    each.startsWith("std::allocator<"),
  );
  const [written] = allocator === undefined ? [] : templateArguments(allocator);
  const values = written === undefined ? undefined : typeWritten(written, context);
  if (written === undefined || values === undefined || sizeOf(values) === undefined) return undefined;
  return { type: values, offset: valueOffset(nodes(written), usual, context) };
}

/** Where a node has its value, by the type of nodes that has one of these names. */
export function valueOffset(nodes: readonly string[], usual: number, context: EvaluationContext): bigint {
  const described = firstWritten(nodes, context);
  const storage = described && "members" in described ? findMember(described, "_M_storage") : undefined;
  return BigInt(storage?.reduce((sum, { byteOffset }) => sum + byteOffset, 0) ?? usual);
}

const list: ViewMaker = (value, context) => {
  const values = valuesOf(value, inNamespaces("_List_node"), LIST_VALUE, context);
  const head = addressOfValue(partAt(value, ["_M_impl", "_M_node"], context));
  const count = numberAt(value, ["_M_impl", "_M_node", "_M_size"], context);
  const following = (node: bigint, wordOf: WordReader): bigint => {
    const next = wordOf(node);
    if (wordOf(next + 8n) === node) return next;
    throw new UserError("The nodes do not lead to each other.");
  };
  const first = following(head, (address) => wordAt(address, context));
  if (values === undefined || count > MOST_BYTES) return undefined;
  const part = plainPart(values.type, values.offset, context);
  return count === 0n ? empty() : chained(Number(count), { first, end: head }, following, part, context);
};

/** The node behind another in the order of a tree. */
function successor(node: bigint, wordOf: WordReader): bigint {
  const right = wordOf(node + RIGHT);
  if (right !== 0n) return lastOnWay(right, (at) => wordOf(at + LEFT) || undefined);
  const top = lastOnWay(node, (at) => {
    const parent = wordOf(at + PARENT);
    return at === wordOf(parent + RIGHT) ? parent : undefined;
  });
  return wordOf(top + PARENT);
}

function tree(isMap: boolean): ViewMaker {
  return (value, context) => {
    const values = valuesOf(value, inNamespaces("_Rb_tree_node"), TREE_VALUE, context);
    const implementation = partAt(value, ["_M_t", "_M_impl"], context);
    const head = addressOfValue(partAt(implementation, ["_M_header"], context));
    const count = numberAt(implementation, ["_M_node_count"], context);
    const root = wordAt(head + PARENT, context);
    const isWhole = root === 0n ? count === 0n : wordAt(root + PARENT, context) === head;
    if (values === undefined || count > MOST_BYTES || !isWhole) return undefined;
    if (count === 0n) return empty();
    const part = (isMap ? pairPart : plainPart)(values.type, values.offset, context);
    const first = wordAt(head + LEFT, context);
    return chained(Number(count), { first, end: head }, successor, part, context);
  };
}

/** The types of a hash table's nodes: with the hash in them, and without. */
export function hashNodes(value: string): string[] {
  return ["true", "false"].map((cached) => `std::__detail::_Hash_node<${value}, ${cached}>`);
}

function hashTable(isMap: boolean): ViewMaker {
  return (value, context) => {
    const table = partAt(value, ["_M_h"], context);
    const count = numberAt(table, ["_M_element_count"], context);
    const buckets = numberAt(table, ["_M_bucket_count"], context);
    const first = numberAt(table, ["_M_before_begin", "_M_nxt"], context);
    const values = valuesOf(value, hashNodes, HASH_VALUE, context);
    const isWhole = buckets > 0n && (count === 0n) === (first === 0n);
    if (values === undefined || count > MOST_BYTES || !isWhole) return undefined;
    if (count === 0n) return empty();
    if (!isReadable(first, context)) return undefined;
    const part = (isMap ? pairPart : plainPart)(values.type, values.offset, context);
    return chained(Number(count), { first, end: 0n }, (node, wordOf) => wordOf(node), part, context);
  };
}

const deque: ViewMaker = (value, context) => {
  const part = (...names: string[]): bigint => numberAt(value, ["_M_impl", ...names], context);
  const { target } = pointerAt(value, ["_M_impl", "_M_start", "_M_cur"], context);
  const size = BigInt(sizeOf(target) ?? 0);
  if (size === 0n) return undefined;
  const perBlock = size < BLOCK ? BigInt(BLOCK) / size : 1n;
  const block = part("_M_start", "_M_node");
  const before = (part("_M_start", "_M_cur") - part("_M_start", "_M_first")) / size;
  const blocks = (part("_M_finish", "_M_node") - block) / 8n;
  const count =
    blocks * perBlock + (part("_M_finish", "_M_cur") - part("_M_finish", "_M_first")) / size - before;
  if (before < 0n || before >= perBlock || count < 0n || count * size > MOST_BYTES) return undefined;
  if (!isReadable(block, context) || !isReadable(wordAt(block, context), context)) return undefined;
  return blocksView(target, { addresses: block, perBlock, first: before, count }, context);
};

/** By the name of the class in std. */
export const libstdcxxNodes: ReadonlyMap<string, ViewMaker> = new Map([
  ["list", list],
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
