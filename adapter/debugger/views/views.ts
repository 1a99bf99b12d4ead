/** Which values have a view, by the names of their types. */
import { TargetError } from "../../target/target";
import { UserError } from "../types";
import type { EvaluationContext, Value } from "../types";
import { plainType } from "../valuesTypes";
import { libcxxNodes } from "./libcxxNodes";
import { libcxxRuns } from "./libcxx";
import { libstdcxxNodes } from "./libstdcxxNodes";
import { libstdcxxRuns } from "./libstdcxx";
import { rustMaker } from "./rust";
import type { View, ViewMaker } from "./view";

/** libstdc++ has what C++11 has changed in namespaces of its own. */
const STANDARD = /^std::(?:__cxx11::|__debug::)?((?:filesystem::(?:__cxx11::)?)?[a-z_]+)(?:<|$)/;

const standard: ReadonlyMap<string, ViewMaker> = new Map([...libstdcxxRuns, ...libstdcxxNodes]);

/** libc++ has all in an inline namespace for its version: `__1`, or another where it is built for its own use. */
const LIBCXX = /^std::__\w+::((?:(?:__fs::)?filesystem::)?[a-z_]+)(?:<|$)/;

const libcxx: ReadonlyMap<string, ViewMaker> = new Map([...libcxxRuns, ...libcxxNodes]);

function makerFor(typeName: string): ViewMaker | undefined {
  const [, name] = STANDARD.exec(typeName) ?? [];
  if (name !== undefined) return standard.get(name.replace("__cxx11::", ""));
  const [, ofLibcxx] = LIBCXX.exec(typeName) ?? [];
  return ofLibcxx === undefined ? rustMaker(typeName) : libcxx.get(ofLibcxx);
}

/**
 * What a value of a library's class stands for. Undefined: it is of no such class, or does not hold what such an object
 * would, as one that has not been constructed yet; then its members are shown.
 */
export function viewOf(value: Value, context: EvaluationContext): View | undefined {
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
