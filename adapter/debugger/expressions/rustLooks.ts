/** Methods of Rust that only look, of what has no view: arrays, `Option` and `Result`. They are answered without the program. */
import { UserError } from "../types";
import type { EvaluationContext, Value } from "../types";
import { readMember, recordOf } from "../values/valuesMembers";
import { elementCount, plainType } from "../values/valuesTypes";
import { presentMembers } from "../values/valuesVariants";
import { number, truth } from "../views/methods";
import { memberNamed } from "./access";

/** What tells each of them. */
const asked: Readonly<Record<string, readonly string[]>> = {
  is_some: ["Some"],
  is_none: ["None"],
  is_ok: ["Ok"],
  is_err: ["Err"],
  unwrap: ["Some", "Ok"],
  unwrap_err: ["Err"],
};

/** What a method without arguments gives; undefined: it has to be called. Throws UserError. */
export function rustLook(value: Value, name: string, context: EvaluationContext): Value | undefined {
  const plain = plainType(value.type);
  if (plain.kind === "array") {
    const length = elementCount(plain);
    if (length === undefined) return undefined;
    if (name === "len") return number(length);
    return name === "is_empty" ? truth(length === 0) : undefined;
  }
  const variants = Object.hasOwn(asked, name) ? asked[name] : undefined;
  const record = variants && recordOf(plain, context);
  if (!record || !/^core::(?:option::Option|result::Result)</.test(record.displayName)) return undefined;
  const { variant } = presentMembers(value, record, context);
  if (variant?.name === undefined) return undefined;
  const isSo = variants?.includes(variant.name) === true;
  if (name.startsWith("is_")) return truth(isSo);
  if (!isSo) throw new UserError(`There is nothing to unwrap: it is ${variant.name}.`);
  return memberNamed(readMember(value, variant, context), "__0", context);
}
