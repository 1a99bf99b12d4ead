/** Views of Rust's ordered maps and sets, which are B-trees (library/alloc/src/collections/btree/node.rs). */
import type { Type } from "../../symbols/sourceTypes";
import { memoryAddress } from "../../target/addresses";
import { UserError } from "../types";
import type { EvaluationContext, Value } from "../types";
import { valueAt } from "../values/values";
import { findMember, recordOf } from "../values/valuesMembers";
import { sizeOf } from "../values/valuesTypes";
import { wordIn } from "./rustParts";
import {
  argumentsOf,
  numberAt,
  partAt,
  partsFrom,
  pointerAt,
  wordsOfPages,
  type View,
  type ViewMaker,
  type ViewPart,
} from "./view";

/** Keys of a node: there are never more. It has one child more than keys, and at least so many when it is not the root. */
const MOST_KEYS = 11n;
const FEWEST_CHILDREN = 6n;

/** A tree of more would have more elements than there can be. */
const MOST_LEVELS = 20n;

const WORD = 8n;

/** Where a node has what, from its start. Those that are not leaves begin as leaves do. */
interface Layout {
  readonly parent: bigint;
  /** Its number among the children of its parent. */
  readonly place: bigint;
  readonly length: bigint;
  readonly keys: bigint;
  readonly values: bigint;
  readonly children: bigint;
}

/** Keys that lie one behind the other in a node and in the order of the tree. */
interface Run {
  readonly node: bigint;
  readonly slot: number;
  readonly count: number;
}

function offsetOf(type: Type, name: string, context: EvaluationContext): bigint {
  const record = recordOf(type, context);
  const path = record && findMember(record, name);
  if (path === undefined) throw new UserError(`There is no member named "${name}".`);
  return BigInt(path.reduce((sum, { byteOffset }) => sum + byteOffset, 0));
}

function layoutOf(node: Value, isLeaf: boolean, context: EvaluationContext): Layout {
  const offset = (name: string): bigint => offsetOf(node.type, name, context);
  // The type of nodes with children is known by their being parents.
  const { target } = pointerAt(node, ["parent", "Some", "__0", "pointer"], context);
  return {
    parent: offset("parent"),
    place: offset("parent_idx"),
    length: offset("len"),
    keys: offset("keys"),
    values: offset("vals"),
    children: isLeaf ? 0n : offsetOf(target, "edges", context),
  };
}

/** The nodes of a tree as far as they lead to each other; what reads of them throws UserError where they do not. */
class Nodes {
  private wordOf: (address: bigint) => bigint;

  constructor(
    private readonly layout: Layout,
    private readonly context: EvaluationContext,
  ) {
    this.wordOf = wordsOfPages(context);
  }

  /** Forgets what was read: it may be another one by now. */
  renew(): void {
    this.wordOf = wordsOfPages(this.context);
  }

  parentOf(node: bigint): bigint {
    return this.wordOf(node + this.layout.parent);
  }

  /** From a node of a height on downwards, in order. */
  *runs(node: bigint, height: number): Generator<Run, void> {
    const count = Number(this.lengthOf(node));
    if (height === 0) yield { node, slot: 0, count };
    if (height === 0) return;
    for (let slot = 0; slot <= count; slot++) {
      yield* this.runs(this.childOf(node, slot), height - 1);
      if (slot < count) yield { node, slot, count: 1 };
    }
  }

  private lengthOf(node: bigint): bigint {
    const length = this.halfWord(node + this.layout.length);
    if (length === 0n || length > MOST_KEYS) throw new UserError("No node has so many keys.");
    return length;
  }

  /** A child knows where it is, so no node comes twice. */
  private childOf(node: bigint, slot: number): bigint {
    const child = this.wordOf(node + this.layout.children + BigInt(slot) * WORD);
    const isHere = child % WORD === 0n && this.parentOf(child) === node;
    if (isHere && this.halfWord(child + this.layout.place) === BigInt(slot)) return child;
    throw new UserError("The nodes of the tree do not lead to each other.");
  }

  private halfWord(address: bigint): bigint {
    const offset = address % WORD;
    return (this.wordOf(address - offset) >> (offset * 8n)) & 0xffffn;
  }
}

/** By the number of an element, its node and its number there: found in order, as far as they are asked for. */
function finder(runs: Iterator<Run, void>): (index: number) => { node: bigint; slot: bigint } {
  const found: (Run & { first: number })[] = [];
  let reached = 0;
  return (index) => {
    while (reached <= index) {
      const next = runs.next();
      if (next.done === true) throw new UserError("The tree has fewer elements.");
      found.push({ ...next.value, first: reached });
      reached += next.value.count;
    }
    let low = 0;
    for (let high = found.length; high - low > 1;) {
      const middle = (low + high) >> 1;
      if ((found[middle]?.first ?? 0) <= index) low = middle;
      else high = middle;
    }
    const run = found[low];
    if (run === undefined) throw new UserError("The tree has fewer elements.");
    return { node: run.node, slot: BigInt(run.slot + index - run.first) };
  };
}

/** Whether a tree of a height can have so many elements. */
function canHave(count: bigint, height: bigint): boolean {
  if (height > MOST_LEVELS) return false;
  const fewest = height === 0n ? 1n : 2n * FEWEST_CHILDREN ** height - 1n;
  return fewest <= count && count < (MOST_KEYS + 1n) ** (height + 1n);
}

type PartMaker = (key: Value, value: Value) => ViewPart;

function treeView(map: Value, partOf: PartMaker, context: EvaluationContext): View | undefined {
  const count = wordIn(map, ["length"], context);
  if (count === 0n) return { kind: "sequence", count: 0, parts: () => [] };
  const reference = partAt(map, ["root", "Some", "__0"], context);
  const height = numberAt(reference, ["height"], context);
  const { address, target } = pointerAt(reference, ["node", "pointer"], context);
  const [key, value] = argumentsOf(map.type, context);
  if (key === undefined || value === undefined) return undefined;
  const [keySize, valueSize] = [sizeOf(key), sizeOf(value)];
  if (keySize === undefined || valueSize === undefined) return undefined;
  if (!canHave(count, height) || address % WORD !== 0n) return undefined;
  const root = valueAt(target, memoryAddress(address), context);
  const layout = layoutOf(root, height === 0n, context);
  const nodes = new Nodes(layout, context);
  const find = finder(nodes.runs(address, Number(height)));
  if (nodes.parentOf(address) !== 0n || find(0).slot !== 0n) return undefined;
  const partAtIndex = (index: number): ViewPart => {
    const { node, slot } = find(index);
    const at = (start: bigint, size: number): bigint => node + start + slot * BigInt(size);
    return partOf(
      valueAt(key, memoryAddress(at(layout.keys, keySize)), context),
      valueAt(value, memoryAddress(at(layout.values, valueSize)), context),
    );
  };
  return {
    kind: "sequence",
    count: Number(count),
    parts: (start, length) => {
      nodes.renew();
      return partsFrom(start, Math.min(Number(count), start + length), partAtIndex);
    },
  };
}

const map: ViewMaker = (value, context) => treeView(value, (key, held) => ({ key, value: held }), context);

const set: ViewMaker = (value, context) =>
  treeView(partAt(value, ["map"], context), (key) => ({ value: key }), context);

/** By the path of a type. */
export const rustTrees: ReadonlyMap<string, ViewMaker> = new Map([
  ["alloc::collections::btree::map::BTreeMap", map],
  ["alloc::collections::btree::set::BTreeSet", set],
]);
