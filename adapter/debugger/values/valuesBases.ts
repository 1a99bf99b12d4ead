/** Virtual base classes: parts of an object whose place the object's vtable tells (Itanium C++ ABI, section 2.5). */
import { memberAddress } from "../../symbols/evaluate";
import type { Type } from "../../symbols/sourceTypes";
import { ExpressionError } from "../../symbols/stackItems";
import type { DwarfOp } from "../../symbols/types";
import { memoryAddress } from "../../target/addresses";
import { UserError } from "../types";
import type { EvaluationContext, Value } from "../types";
import { OPTIMIZED_OUT, readMemory, unavailableValue, valueAt } from "./values";

/**
 * The base class of an object that `ops` find. One that cannot be found (the object is not in memory, or not
 * constructed yet so that its vtable pointer leads nowhere) says so in `unavailable`; never throws UserError.
 */
export function virtualBase(
  object: Value,
  type: Type,
  ops: readonly DwarfOp[],
  context: EvaluationContext,
): Value {
  if (object.place.kind !== "memory") return unavailableValue(type, object.unavailable ?? OPTIMIZED_OUT);
  try {
    const address = memberAddress(ops, object.place.address, (at, length) =>
      readMemory(memoryAddress(at), length, context),
    );
    if (address === undefined)
      return unavailableValue(type, "<the debug information does not tell its place>");
    return valueAt(type, memoryAddress(address), context);
  } catch (error) {
    if (error instanceof UserError) return unavailableValue(type, error.message);
    if (error instanceof ExpressionError)
      return unavailableValue(type, `<the debug information is damaged: ${error.message}>`);
    throw error;
  }
}
