/** Views of libstdc++'s tuples and variants (its headers tuple and variant). */
import type { EvaluationContext, Value } from "../types";
import { valueAt } from "../values/values";
import { readMember, recordOf } from "../values/valuesMembers";
import { tupleView } from "./runs";
import { addressOfValue, alternativeView, argumentsOf, memberOf, partAt, type ViewMaker } from "./view";

/** The bases of a tuple's implementation: its first element, and the implementation of the others. */
const HEAD = "std::_Head_base<";
const OTHERS = "std::_Tuple_impl<";

function baseOf(value: Value, beginning: string, context: EvaluationContext): Value | undefined {
  const bases = recordOf(value.type, context)?.members.filter(({ isBase }) => isBase) ?? [];
  const base = bases.find(({ type }) => type.displayName.startsWith(beginning));
  return base && readMember(value, base, context);
}

/** The elements of a tuple: an empty class may be the base itself, as it was before GCC 12. */
export function elementsOf(tuple: Value, context: EvaluationContext): Value[] {
  const elements: Value[] = [];
  for (let at = baseOf(tuple, OTHERS, context); at !== undefined; at = baseOf(at, OTHERS, context)) {
    const head = baseOf(at, HEAD, context);
    if (head !== undefined)
      elements.push(memberOf(head, "_M_head_impl", context) ?? baseOf(head, "", context) ?? head);
  }
  return elements;
}

const tuple: ViewMaker = (value, context) => tupleView(elementsOf(value, context), (element) => element);

/** What an alternative has: one with a destructor lies in bytes that have no type of their own, before C++20. */
function stored(uninitialized: Value, context: EvaluationContext): Value {
  const storage = partAt(uninitialized, ["_M_storage"], context);
  const [type] = argumentsOf(uninitialized.type, context);
  const isRaw = storage.type.displayName.startsWith("__gnu_cxx::__aligned_");
  return isRaw && type !== undefined ? valueAt(type, addressOfValue(storage), context) : storage;
}

/** A union of the first alternative and of a union of the others. */
const variant: ViewMaker = (value, context) => {
  const held = (number: number): Value => {
    const others = Array.from({ length: number }, () => "_M_rest");
    return stored(partAt(value, ["_M_u", ...others, "_M_first"], context), context);
  };
  return alternativeView(partAt(value, ["_M_index"], context), held, context);
};

/** By the name of the class in std. */
export const libstdcxxParts: ReadonlyMap<string, ViewMaker> = new Map([
  ["tuple", tuple],
  ["variant", variant],
]);
