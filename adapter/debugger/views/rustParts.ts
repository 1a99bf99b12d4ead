/** What the views of Rust's library have in common. */
import type { Type } from "../../symbols/sourceTypes";
import { UserError } from "../types";
import type { EvaluationContext, Value } from "../types";
import { readMember, recordOf } from "../values/valuesMembers";
import { POINTER_SIZE, sizeOf } from "../values/valuesTypes";
import { argumentsOf, numberAt, partAt } from "./view";

/** What is around what: a `Path` has an `OsStr`, a `String` a vector. */
export const MOST_AROUND = 5;

/** The first type that the type of a value is made for. Throws UserError. */
export function elementOf(value: Value, context: EvaluationContext): Type {
  const [element] = argumentsOf(value.type, context);
  if (element === undefined) throw new UserError("The type of the elements is not known.");
  return element;
}

/** A word, however many structs there are around it. Throws UserError. */
export function wordIn(value: Value, names: readonly string[], context: EvaluationContext): bigint {
  const found = partAt(value, names, context);
  if (sizeOf(found.type) !== POINTER_SIZE) throw new UserError("It is no word.");
  return numberAt(found, [], context);
}

/** What is inside of structs that have nothing else. Throws UserError. */
export function insideOf(value: Value, context: EvaluationContext): Value {
  let inner = value;
  for (let around = 0; around < MOST_AROUND; around++) {
    const record = recordOf(inner.type, context);
    if (record === undefined) return inner;
    const [only, ...more] = record.members;
    if (only === undefined || more.length > 0) break;
    inner = readMember(inner, only, context);
  }
  throw new UserError("There is more than one value inside.");
}
