/** Whether references and pointers that a call gives lead to what the parameters are for (C++20, [dcl.init.ref], [conv.ptr]). */
import type { Type } from "../../symbols/sourceTypes";
import { UserError } from "../types";
import type { EvaluationContext, Value } from "../types";
import { recordOf } from "../values/valuesMembers";
import { isPointer, plainType, sizeOf } from "../values/valuesTypes";
import { categoryOf } from "./arithmeticTypes";
import { classRank, isSame } from "./conversions";
import type { Environment } from "./environment";
import { hasScopes } from "./names";

/** Throws UserError for what a reference does not lead to: the function would read one thing as another. */
export function requireSameKind(given: Type, wanted: Type, context: EvaluationContext): void {
  const isArray = categoryOf(wanted) === "array" || categoryOf(wanted) === "function";
  if (isArray || isSame(wanted, given) || isOfClass(wanted, given, context)) return;
  throw new UserError(`A value of type ${given.displayName} is no ${wanted.displayName}.`);
}

/** Whether what is given is an object of a class, or is made of one. */
export function isOfClass(wanted: Type, given: Type, context: EvaluationContext): boolean {
  const [base, derived] = [recordOf(wanted, context), recordOf(given, context)];
  return base !== undefined && derived !== undefined && classRank(base, derived, context) !== undefined;
}

/** Throws UserError for a pointer that leads to something else, which C++ and Rust want a cast for. */
export function requireTarget(value: Value, type: Type, { place, context }: Environment): void {
  if (!hasScopes(place) || !leadsElsewhere(value.type, type, context)) return;
  throw new UserError(
    `A ${value.type.displayName} is no ${type.displayName}: write (${type.displayName}) before it if it is meant all the same.`,
  );
}

/** Whether of two pointers one leads to an object of a class that the other's is no part of, or to numbers of another kind. */
function leadsElsewhere(from: Type, to: Type, context: EvaluationContext): boolean {
  const [given, wanted] = [plainType(from), plainType(to)];
  if (!isPointer(given) || !isPointer(wanted)) return false;
  const [source, target] = [plainType(given.target), plainType(wanted.target)];
  if (isPointer(source) && isPointer(target)) return leadsElsewhere(source, target, context);
  const kinds = [categoryOf(source), categoryOf(target)];
  if (kinds.some((kind) => !["record", "integer", "float"].includes(kind))) return false;
  if (kinds[0] === "record" && kinds[1] === "record")
    return !isOfClass(target, source, context) && !isOfClass(source, target, context);
  return kinds[0] !== kinds[1] || sizeOf(source) !== sizeOf(target);
}
