/** Views of libstdc++'s strings, arrays and owners (its headers bits/basic_string.h, bits/stl_vector.h, bits/unique_ptr.h, …). */
import { memoryAddress } from "../../target/addresses";
import type { EvaluationContext, Value } from "../types";
import { valueAt } from "../values/values";
import { isPointer, plainType, sizeOf } from "../values/valuesTypes";
import { elementsOf } from "./libstdcxxParts";
import { bitsView, runView, textView } from "./runs";
import {
  addressOfValue,
  memberOf,
  numberAt,
  partAt,
  pointerAt,
  sharedView,
  whileUsed,
  wordAt,
  type TextRoom,
  type View,
  type ViewMaker,
} from "./view";

/** Where the old string, without a length of its own, has it: before its characters. */
const OLD_LENGTH = -24n;

const string: ViewMaker = (value, context): View | undefined => {
  const { address, target } = pointerAt(value, ["_M_dataplus", "_M_p"], context);
  const isNew = memberOf(value, "_M_string_length", context) !== undefined;
  const length = isNew
    ? numberAt(value, ["_M_string_length"], context)
    : wordAt(address + OLD_LENGTH, context);
  const view = textView(target, address, length, context);
  return isNew && view && sizeOf(target) === 1 ? { ...view, room: roomOf(value, address, context) } : view;
};

/** A short string has its characters in itself, and no number that says for how many there is room. */
function roomOf(value: Value, address: bigint, context: EvaluationContext): TextRoom {
  const inside = partAt(value, ["_M_local_buf"], context);
  const isInside = addressOfValue(inside) === address;
  return {
    capacity: isInside
      ? BigInt((sizeOf(inside.type) ?? 1) - 1)
      : numberAt(value, ["_M_allocated_capacity"], context),
    lengthAt: addressOfValue(partAt(value, ["_M_string_length"], context)),
    isTerminated: true,
    isUtf8: false,
  };
}

const stringView: ViewMaker = (value, context) => {
  const { address, target } = pointerAt(value, ["_M_str"], context);
  return textView(target, address, numberAt(value, ["_M_len"], context), context);
};

/** It also has its components, so that there is no room for another text. */
const path: ViewMaker = (value, context) => {
  const view = string(partAt(value, ["_M_pathname"], context), context);
  return view?.kind === "text" ? { kind: "text", text: view.text } : view;
};

/** One of `bool` has a bit for each, in words from `_M_start` on. */
const bits: ViewMaker = (value, context) => {
  const { address } = pointerAt(value, ["_M_impl", "_M_start", "_M_p"], context);
  const end = numberAt(value, ["_M_impl", "_M_finish", "_M_p"], context);
  const rest = numberAt(value, ["_M_impl", "_M_finish", "_M_offset"], context);
  const count = (end - address) * 8n + rest;
  const room = (numberAt(value, ["_M_impl", "_M_end_of_storage"], context) - address) * 8n;
  return count > room ? undefined : bitsView(address, count, context);
};

const vector: ViewMaker = (value, context) => {
  const first = partAt(value, ["_M_impl", "_M_start"], context);
  if (!isPointer(plainType(first.type))) return bits(value, context);
  const { address, target } = pointerAt(value, ["_M_impl", "_M_start"], context);
  const end = numberAt(value, ["_M_impl", "_M_finish"], context);
  const room = numberAt(value, ["_M_impl", "_M_end_of_storage"], context);
  const size = BigInt(sizeOf(target) ?? 0);
  if (size === 0n || end < address || room < end || (end - address) % size !== 0n) return undefined;
  return runView(target, address, (end - address) / size, context);
};

const initializerList: ViewMaker = (value, context) => {
  const { address, target } = pointerAt(value, ["_M_array"], context);
  return runView(target, address, numberAt(value, ["_M_len"], context), context);
};

/** One of a fixed extent has its length in its type alone. */
const span: ViewMaker = (value, context) => {
  const { address, target } = pointerAt(value, ["_M_ptr"], context);
  const [, fixed] = /, (\d+)[uUlL]*>$/.exec(plainType(value.type).displayName) ?? [];
  const stated = memberOf(partAt(value, ["_M_extent"], context), "_M_extent_value", context);
  const length = stated ? numberAt(stated, [], context) : fixed === undefined ? undefined : BigInt(fixed);
  return length === undefined ? undefined : runView(target, address, length, context);
};

function inStead(...names: string[]): ViewMaker {
  return (value, context) => ({ kind: "stead", value: partAt(value, names, context) });
}

const uniquePointer: ViewMaker = (value, context) => {
  const [pointer] = elementsOf(partAt(value, ["_M_t", "_M_t"], context), context);
  return pointer && isPointer(plainType(pointer.type)) ? { kind: "stead", value: pointer } : undefined;
};

/** The counts of who shares it; libstdc++ counts all that share as one that watches. */
function sharers(value: Value, context: EvaluationContext): string | undefined {
  const { address, target } = pointerAt(value, ["_M_refcount", "_M_pi"], context);
  if (address === 0n) return undefined;
  const counted = valueAt(target, memoryAddress(address), context);
  const uses = numberAt(counted, ["_M_use_count"], context);
  const watchers = numberAt(counted, ["_M_weak_count"], context) - (uses > 0n ? 1n : 0n);
  return `(use ${uses}, weak ${watchers})`;
}

const sharedPointer: ViewMaker = (value, context) =>
  sharedView(partAt(value, ["_M_ptr"], context), sharers(value, context));

const optional: ViewMaker = (value, context): View | undefined => {
  const engaged = numberAt(value, ["_M_payload", "_M_engaged"], context);
  if (engaged > 1n) return undefined;
  if (engaged === 0n) return { kind: "word", word: "nullopt" };
  const held = partAt(value, ["_M_payload", "_M_payload", "_M_value"], context);
  return { kind: "stead", value: held, isHeld: true };
};

const atomic: ViewMaker = (value, context) => {
  const inner = ["_M_i", "_M_p"].map((name) => memberOf(value, name, context)).find((found) => found);
  const held = inner ?? memberOf(memberOf(value, "_M_base", context) ?? value, "_M_i", context);
  const pointer = memberOf(memberOf(value, "_M_b", context) ?? value, "_M_p", context);
  const found = held ?? pointer;
  return found && { kind: "stead", value: found };
};

/** By the name of the class in std. */
export const libstdcxxRuns: ReadonlyMap<string, ViewMaker> = new Map([
  ["basic_string", string],
  ["basic_string_view", stringView],
  ["filesystem::path", path],
  ["vector", vector],
  ["array", inStead("_M_elems")],
  ["initializer_list", initializerList],
  ["span", span],
  ["unique_ptr", uniquePointer],
  ["shared_ptr", sharedPointer],
  ["weak_ptr", whileUsed(sharedPointer)],
  ["optional", optional],
  ["atomic", atomic],
]);
