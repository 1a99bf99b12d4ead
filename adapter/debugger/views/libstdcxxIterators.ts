/** Views of libstdc++'s iterators (bits/stl_iterator.h, stl_tree.h, stl_list.h, stl_deque.h, hashtable_policy.h): what they lead to. */
import { memoryAddress } from "../../target/addresses";
import { UserError } from "../types";
import type { EvaluationContext, Value } from "../types";
import { valueAt } from "../values/values";
import { recordOf } from "../values/valuesMembers";
import { plainType } from "../values/valuesTypes";
import {
  HASH_VALUE,
  hashNodes,
  inNamespaces,
  LIST_VALUE,
  PARENT,
  templateArguments,
  TREE_VALUE,
  typeWritten,
  valueOffset,
} from "./libstdcxxNodes";
import { isReadable, numberAt, partAt, pointerAt, wordAt, type View, type ViewMaker } from "./view";

/** Types of nodes by that of their values, as they are written, and where a node has its value when none is described. */
interface Nodes {
  readonly types: (value: string) => readonly string[];
  readonly usual: number;
}

/** What `*iterator` gives: the value in the node at an address. Throws UserError. */
function held(
  iterator: Value,
  node: bigint,
  { types, usual }: Nodes,
  context: EvaluationContext,
): View | undefined {
  // GCC leaves them out in places, but for the name.
  const [described] = recordOf(iterator.type, context)?.typeArguments ?? [];
  const [written = ""] = templateArguments(plainType(iterator.type).displayName);
  const type = described ?? typeWritten(written, context);
  const address = node + valueOffset(types(written), usual, context);
  if (type === undefined || !isReadable(address, context)) return undefined;
  return { kind: "stead", value: valueAt(type, memoryAddress(address), context), isHeld: true };
}

const treeNodes: Nodes = { types: inNamespaces("_Rb_tree_node"), usual: TREE_VALUE };
const listNodes: Nodes = { types: inNamespaces("_List_node"), usual: LIST_VALUE };
const tableNodes: Nodes = { types: hashNodes, usual: HASH_VALUE };

const end: View = { kind: "word", word: "end" };

/** _S_red (stl_tree.h): the root, to which the end leads as it leads to the end, is black. */
const RED = 0n;

/** Behind the last one an iterator leads to the container's own node. */
function isEndOfTree(node: bigint, context: EvaluationContext): boolean {
  const parent = wordAt(node + PARENT, context);
  if (parent === 0n) return true;
  const color = wordAt(node, context) & 0xffffffffn;
  return color === RED && wordAt(parent + PARENT, context) === node;
}

const inTree: ViewMaker = (value, context) => {
  const node = numberAt(value, ["_M_node"], context);
  return isEndOfTree(node, context) ? end : held(value, node, treeNodes, context);
};

const inList: ViewMaker = (value, context) =>
  held(value, numberAt(value, ["_M_node"], context), listNodes, context);

const inTable: ViewMaker = (value, context) => {
  const node = numberAt(value, ["_M_cur"], context);
  return node === 0n ? end : held(value, node, tableNodes, context);
};

const inDeque: ViewMaker = (value, context) => {
  const { address, target } = pointerAt(value, ["_M_cur"], context);
  if (!isReadable(address, context)) throw new UserError("It leads nowhere.");
  return { kind: "stead", value: valueAt(target, memoryAddress(address), context), isHeld: true };
};

const pointer: ViewMaker = (value, context) => ({
  kind: "stead",
  value: partAt(value, ["_M_current"], context),
});

/** By the name of the class without its namespaces. */
export const libstdcxxIterators: ReadonlyMap<string, ViewMaker> = new Map([
  ["__normal_iterator", pointer],
  ["_Rb_tree_iterator", inTree],
  ["_Rb_tree_const_iterator", inTree],
  ["_List_iterator", inList],
  ["_List_const_iterator", inList],
  ["_Node_iterator", inTable],
  ["_Node_const_iterator", inTable],
  ["_Deque_iterator", inDeque],
]);
