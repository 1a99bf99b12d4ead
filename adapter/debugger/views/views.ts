/** Which values have a view, by the names of their types. */
import { memoryAddress } from "../../target/addresses";
import { TargetError } from "../../target/target";
import { UserError } from "../types";
import type { EvaluationContext, Value } from "../types";
import { valueAt } from "../values/values";
import { decodeInteger } from "../values/valuesIntegers";
import { isPointer, plainType } from "../values/valuesTypes";
import { libcxxRuns } from "./libcxx";
import { libcxxNodes } from "./libcxxNodes";
import { libstdcxxRuns } from "./libstdcxx";
import { libstdcxxIterators } from "./libstdcxxIterators";
import { libstdcxxNodes } from "./libstdcxxNodes";
import { libstdcxxParts } from "./libstdcxxParts";
import { rustMaker } from "./rust";
import type { View, ViewMaker } from "./view";

/** libstdc++ has what C++11 has changed in namespaces of its own. */
const STANDARD = /^std::(?:__cxx11::|__debug::)?((?:filesystem::(?:__cxx11::)?)?[a-z_]+)(?:<|$)/;

const ITERATOR = /^(?:std|__gnu_cxx)::(?:__cxx11::|__cxx1998::|__detail::)?(\w+_iterator)</;

const standard: ReadonlyMap<string, ViewMaker> = new Map([
  ...libstdcxxRuns,
  ...libstdcxxNodes,
  ...libstdcxxParts,
]);

/** libc++ has all in an inline namespace for its version: `__1`, or another where it is built for its own use. */
const LIBCXX = /^std::__\w+::((?:(?:__fs::)?filesystem::)?[a-z_]+)(?:<|$)/;

const libcxx: ReadonlyMap<string, ViewMaker> = new Map([...libcxxRuns, ...libcxxNodes]);

function makerFor(typeName: string): ViewMaker | undefined {
  const [, name] = STANDARD.exec(typeName) ?? [];
  if (name !== undefined) return standard.get(name.replace("__cxx11::", ""));
  const [, iterator] = ITERATOR.exec(typeName) ?? [];
  if (iterator !== undefined) return libstdcxxIterators.get(iterator);
  const [, ofLibcxx] = LIBCXX.exec(typeName) ?? [];
  return ofLibcxx === undefined ? rustMaker(typeName) : libcxx.get(ofLibcxx);
}

/** Values that stand for each other, at most: by their tables of methods they could do so in a circle. */
const MOST_STEADS = 16;

function viewMade(value: Value, context: EvaluationContext): View | undefined {
  const plain = plainType(value.type);
  if (plain.kind !== "struct" && plain.kind !== "class") return undefined;
  if (value.unavailable !== undefined) return undefined;
  try {
    return makerFor(plain.displayName)?.(value, context);
  } catch (error) {
    if (error instanceof UserError || error instanceof TargetError) return undefined;
    throw error;
  }
}

/** What a pointer leads to; other values, and pointers that cannot be read, as they are. */
function behind(value: Value, context: EvaluationContext): Value {
  const plain = plainType(value.type);
  if (!isPointer(plain) || value.bytes === undefined) return value;
  return valueAt(plain.target, memoryAddress(decodeInteger(value.bytes, false)), context);
}

function leadsToAnEnd(view: View, context: EvaluationContext): boolean {
  let next: View | undefined = view;
  for (let passed = 0; next?.kind === "stead"; passed++) {
    if (passed > MOST_STEADS) return false;
    next = viewMade(behind(next.value, context), context);
  }
  return true;
}

/**
 * What a value of a library's class stands for. Undefined: it is of no such class, or does not hold what such an object
 * would, as one that has not been constructed yet; then its members are shown.
 */
export function viewOf(value: Value, context: EvaluationContext): View | undefined {
  const view = viewMade(value, context);
  return view !== undefined && leadsToAnEnd(view, context) ? view : undefined;
}
