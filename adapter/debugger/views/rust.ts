/**
 * Views of the standard library of Rust: what is text, what lies one behind the other, and what holds one value (library/core/src,
 * library/alloc/src). Layouts differ between its versions, so members are looked for, and a word may have structs around it.
 */
import { memoryAddress } from "../../target/addresses";
import type { Type } from "../../symbols/sourceTypes";
import { UserError } from "../types";
import type { EvaluationContext, Value } from "../types";
import { valueAt } from "../values";
import { readMember, recordOf } from "../valuesMembers";
import { builtin, plainType, POINTER_SIZE, sizeOf } from "../valuesTypes";
import { runView, textView } from "./runs";
import { rustTables } from "./rustTables";
import {
  addressOfValue,
  memberOf,
  MOST_BYTES,
  numberAt,
  partAt,
  partsFrom,
  pointerAt,
  type View,
  type ViewMaker,
} from "./view";

/** What is around what: a `Path` has an `OsStr`, a `String` a vector. */
const MOST_AROUND = 5;

/** The type that a generic one is made for. Throws UserError. */
function elementOf(value: Value, context: EvaluationContext): Type {
  const [element] = recordOf(value.type, context)?.typeArguments ?? [];
  if (element === undefined) throw new UserError("The type of the elements is not known.");
  return element;
}

/** A word, however many structs there are around it. Throws UserError. */
function wordIn(value: Value, names: readonly string[], context: EvaluationContext): bigint {
  const found = partAt(value, names, context);
  if (sizeOf(found.type) !== POINTER_SIZE) throw new UserError("It is no word.");
  return numberAt(found, [], context);
}

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
  return view && { ...view, room: { capacity: room, lengthAt, isTerminated: false } };
};

const borrowedText: ViewMaker = (value, context) => {
  const { address } = pointerAt(value, ["data_ptr"], context);
  return textView(builtin.char, address, wordIn(value, ["length"], context), context);
};

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
  return {
    kind: "sequence",
    count: Number(count),
    parts: (start, length) =>
      partsFrom(start, Math.min(Number(count), start + length), (index) => {
        const at = address + ((first + BigInt(index)) % room) * size;
        return { value: valueAt(element, memoryAddress(at), context), suffix: `[${index}]` };
      }),
  };
};

/** What an `Rc` or `Arc` shares, and who shares it; all that own it count as one that watches. */
const shared: ViewMaker = (value, context) => {
  const pointer = partAt(value, ["ptr", "pointer"], context);
  const isWide = memberOf(pointer, "length", context) !== undefined;
  const { address, target } = pointerAt(pointer, isWide ? ["data_ptr"] : [], context);
  const counted = valueAt(target, memoryAddress(address), context);
  const strong = wordIn(counted, ["strong"], context);
  const weak = wordIn(counted, ["weak"], context) - 1n;
  const held = memberOf(counted, "value", context) ?? partAt(counted, ["data"], context);
  if (strong === 0n || strong > MOST_BYTES || weak < 0n || weak > MOST_BYTES) return undefined;
  if (!isWide) return { kind: "stead", value: held, note: `(strong ${strong}, weak ${weak})` };
  const isText = plainType(target).displayName.endsWith("<str>");
  const count = wordIn(pointer, ["length"], context);
  if (isText) return textView(builtin.char, addressOfValue(held), count, context);
  return count > MOST_BYTES ? undefined : runView(held.type, addressOfValue(held), count, context);
};

/** The number inside of structs that have nothing else: of an atomic, or of a `NonZero`. */
const number: ViewMaker = (value, context) => {
  let inner = value;
  for (let around = 0; around < MOST_AROUND; around++) {
    const record = recordOf(inner.type, context);
    if (record === undefined) return { kind: "stead", value: inner };
    const [only, ...more] = record.members;
    if (only === undefined || more.length > 0) return undefined;
    inner = readMember(inner, only, context);
  }
  return undefined;
};

function inStead(...names: string[]): ViewMaker {
  return (value, context) => ({ kind: "stead", value: partAt(value, names, context) });
}

/** By the path of a type, without what it is made for. */
const makers: ReadonlyMap<string, ViewMaker> = new Map([
  ["alloc::vec::Vec", vector],
  ["alloc::string::String", string],
  ["std::ffi::os_str::OsString", string],
  ["std::path::PathBuf", string],
  ["alloc::collections::vec_deque::VecDeque", ring],
  ["alloc::rc::Rc", shared],
  ["alloc::sync::Arc", shared],
  ["core::cell::UnsafeCell", inStead("value")],
  ["core::cell::Cell", inStead("value", "value")],
  ["core::cell::RefCell", inStead("value", "value")],
  ...rustTables,
]);

/** Pointers with a length: `&mut [u8]`, `Box<str>`. */
const WIDE =
  /^(?:&(?:mut )?|\*(?:const|mut) |alloc::boxed::Box<)(\[|str\b|std::path::Path\b|std::.*\bOsStr\b)/;

const NUMBER = /^core::(?:num::nonzero::NonZero|sync::atomic::Atomic)\w*(?:<.*>)?$/;

/** The view of a type of Rust's, by the type's name. */
export function rustMaker(typeName: string): ViewMaker | undefined {
  const [, target] = WIDE.exec(typeName) ?? [];
  if (target !== undefined) return target === "[" ? slice : borrowedText;
  if (NUMBER.test(typeName)) return number;
  const generic = typeName.indexOf("<");
  const isWhole = generic < 0 || typeName.endsWith(">");
  return isWhole ? makers.get(generic < 0 ? typeName : typeName.slice(0, generic)) : undefined;
}
