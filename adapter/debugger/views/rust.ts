/**
 * Views of the standard library of Rust: what is text, what lies one behind the other, and what holds one value (library/core/src,
 * library/alloc/src). Layouts differ between its versions, so members are looked for, and a word may have structs around it.
 */
import { memoryAddress } from "../../target/addresses";
import type { EvaluationContext, Value } from "../types";
import { valueAt } from "../values/values";
import { builtin, plainType, sizeOf } from "../values/valuesTypes";
import { chained } from "./chains";
import { indexedView, runView, textView } from "./runs";
import { rustCells } from "./rustCells";
import { rustNet } from "./rustNet";
import { object } from "./rustObjects";
import { elementOf, insideOf, MOST_AROUND, wordIn } from "./rustParts";
import { rustShared } from "./rustShared";
import { rustTables } from "./rustTables";
import { rustTrees } from "./rustTrees";
import { rustWords } from "./rustWords";
import {
  addressOfValue,
  memberOf,
  MOST_BYTES,
  partAt,
  pointerAt,
  type View,
  type ViewMaker,
  type ViewPart,
} from "./view";

/** Where a RawVec has its elements, and how many there is room for. Throws UserError. */
function storage(vector: Value, context: EvaluationContext): { address: bigint; room: bigint } {
  const buffer = partAt(vector, ["buf"], context);
  const inner = memberOf(buffer, "inner", context) ?? buffer;
  return { address: wordIn(inner, ["ptr"], context), room: wordIn(inner, ["cap"], context) };
}

const vector: ViewMaker = (value, context) => {
  const element = elementOf(value, context);
  const { address, room } = storage(value, context);
  const count = wordIn(value, ["len"], context);
  // There is always room for what has no size.
  if (count > (sizeOf(element) === 0 ? MOST_BYTES : room)) return undefined;
  return runView(element, address, count, context);
};

/** The vector of bytes in a string. */
const string: ViewMaker = (value, context): View | undefined => {
  let bytes = value;
  for (let around = 0; memberOf(bytes, "buf", context) === undefined; around++) {
    const inner = memberOf(bytes, "vec", context) ?? memberOf(bytes, "inner", context);
    if (inner === undefined || around > MOST_AROUND) return undefined;
    bytes = inner;
  }
  const { address, room } = storage(bytes, context);
  const length = wordIn(bytes, ["len"], context);
  const view = length > room ? undefined : textView(builtin.char, address, length, context);
  const lengthAt = addressOfValue(partAt(bytes, ["len"], context));
  const isUtf8 = plainType(value.type).displayName === "alloc::string::String";
  return view && { ...view, room: { capacity: room, lengthAt, isTerminated: false, isUtf8 } };
};

const borrowedText: ViewMaker = (value, context) => {
  const { address } = pointerAt(value, ["data_ptr"], context);
  return textView(builtin.char, address, wordIn(value, ["length"], context), context);
};

/** Text with a zero behind it that counts in its length. */
const borrowedCText: ViewMaker = (value, context) => {
  const { address } = pointerAt(value, ["data_ptr"], context);
  const length = wordIn(value, ["length"], context);
  return length === 0n ? undefined : textView(builtin.char, address, length - 1n, context);
};

const ownedCText: ViewMaker = (value, context) => borrowedCText(partAt(value, ["inner"], context), context);

const slice: ViewMaker = (value, context) => {
  const { address, target } = pointerAt(value, ["data_ptr"], context);
  const count = wordIn(value, ["length"], context);
  return count > MOST_BYTES ? undefined : runView(target, address, count, context);
};

/** A ring: `head` is its first, and how many there are is `len`. It was `tail` to `head` before Rust 1.67. */
const ring: ViewMaker = (value, context) => {
  const element = elementOf(value, context);
  const { address, room } = storage(value, context);
  const isOld = memberOf(value, "len", context) === undefined;
  const head = wordIn(value, ["head"], context);
  const first = isOld ? wordIn(value, ["tail"], context) : head;
  if (head > room || first > room) return undefined;
  const count = isOld ? (head - first + room) % (room || 1n) : wordIn(value, ["len"], context);
  const size = BigInt(sizeOf(element) ?? 0);
  if (size === 0n || count > room || runView(element, address, room, context) === undefined) return undefined;
  return indexedView(count, (index) => {
    const at = address + ((first + BigInt(index)) % room) * size;
    return valueAt(element, memoryAddress(at), context);
  });
};

/** Each node knows the next and the one before; 0 stands for none. */
const linkedList: ViewMaker = (value, context) => {
  const { address: first, target: node } = pointerAt(value, ["head", "Some", "__0", "pointer"], context);
  const count = wordIn(value, ["len"], context);
  if (count > MOST_BYTES || (count === 0n) !== (first === 0n)) return undefined;
  if (count === 0n) return { kind: "sequence", count: 0, parts: () => [] };
  const part = (at: bigint, name: string): Value =>
    partAt(valueAt(node, memoryAddress(at), context), [name], context);
  if (wordIn(part(first, "prev"), [], context) !== 0n) return undefined;
  const following = (at: bigint): bigint => wordIn(part(at, "next"), [], context);
  const partOfNode = (at: bigint): ViewPart => ({ value: part(at, "element") });
  return chained(Number(count), { first, end: 0n }, following, partOfNode, context);
};

/** The number inside of an atomic, or of a `NonZero`. */
const number: ViewMaker = (value, context) => ({ kind: "stead", value: insideOf(value, context) });

/** An AtomicBool has a byte. */
const truth: ViewMaker = (value, context) => ({
  kind: "stead",
  value: { ...insideOf(value, context), type: builtin.bool },
});

/** In the order in which the heap has them: the first is the greatest. */
const heap: ViewMaker = (value, context) => vector(partAt(value, ["data"], context), context);

/** By the path of a type, without what it is made for. */
const makers: ReadonlyMap<string, ViewMaker> = new Map([
  ["alloc::vec::Vec", vector],
  ["alloc::string::String", string],
  ["std::ffi::os_str::OsString", string],
  ["std::path::PathBuf", string],
  ["alloc::ffi::c_str::CString", ownedCText],
  ["alloc::collections::vec_deque::VecDeque", ring],
  ["alloc::collections::binary_heap::BinaryHeap", heap],
  ["alloc::collections::linked_list::LinkedList", linkedList],
  ...rustCells((pointer, context) => rustMaker(pointer.type.displayName)?.(pointer, context)),
  ...rustNet,
  ...rustShared,
  ...rustTrees,
  ...rustWords,
  ...rustTables,
]);

/** Pointers with a length: `&mut [u8]`, `Box<str>`. */
const WIDE =
  /^(?:&(?:mut )?|\*(?:const|mut) |alloc::boxed::Box<)(\[|str\b|std::path::Path\b|std::.*\bOsStr\b)/;

/** Other pointers that are more than an address: they have a table of methods. */
const POINTER = /^(?:&(?:mut )?|\*(?:const|mut) |alloc::boxed::Box<)/;

const C_TEXT = /^(?:&(?:mut )?|\*(?:const|mut) |alloc::boxed::Box<)core::ffi::c_str::CStr\b/;

const TRUTH = /^core::sync::atomic::Atomic(?:Bool|<bool>)$/;

const NUMBER = /^core::(?:num::nonzero::NonZero|sync::atomic::Atomic)\w*(?:<.*>)?$/;

/** Locks have moved between modules: there are some that can be poisoned, and some that cannot. */
const LOCKS = /^std::sync::(?:non)?poison::/;

/** The view of a type of Rust's, by the type's name. */
export function rustMaker(typeName: string): ViewMaker | undefined {
  const [, target] = WIDE.exec(typeName) ?? [];
  if (target !== undefined) return target === "[" ? slice : borrowedText;
  if (C_TEXT.test(typeName)) return borrowedCText;
  if (POINTER.test(typeName)) return object;
  if (TRUTH.test(typeName)) return truth;
  if (NUMBER.test(typeName)) return number;
  const generic = typeName.indexOf("<");
  if (generic >= 0 && !typeName.endsWith(">")) return undefined;
  const path = generic < 0 ? typeName : typeName.slice(0, generic);
  return makers.get(path.replace(LOCKS, "std::sync::"));
}
