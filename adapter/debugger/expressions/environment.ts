/** What one evaluation carries with it. */
import type { Type } from "../../symbols/sourceTypes";
import { UserError } from "../types";
import type { EvaluationContext, Value } from "../types";
import { alignmentOf, builtin, sizeOf } from "../values/valuesTypes";
import { hasScopes } from "./names";
import type { NamePlace } from "./names";
import { intValue, scalarOf, scalarValue } from "./scalars";
import type { Expression, TypeName } from "./syntax";
import { resolveTypeName } from "./typeResolution";

/** What an evaluation may do to the program: anything, call its functions (conditions), nothing (hover). */
export type SideEffects = boolean | "calls";

export interface Environment {
  readonly context: EvaluationContext;
  readonly place: NamePlace;
  readonly sideEffects: SideEffects;
  /** Only the type of the result matters (sizeof, typeof): nothing is stored, called or required to be readable. */
  readonly typeOnly: boolean;
  evaluate(expression: Expression, env: Environment): Promise<Value>;
}

/** Throws UserError where an evaluation must not change the program. */
export function requireStores(env: Environment): void {
  if (env.sideEffects === true) return;
  throw new UserError(
    env.context.unchangeable ??
      "Hover and conditions do not change the program: assignments, ++ and -- belong in the Debug Console.",
  );
}

/** Throws UserError where an evaluation must not call the program's functions. */
export function requireCalls(env: Environment): void {
  if (env.sideEffects !== false) return;
  throw new UserError(
    env.context.unchangeable ?? "Hover calls no functions of the program: calls belong in the Debug Console.",
  );
}

/** Whether something holds, as the language of the place has it: an int in C, a bool in others. */
export function truthValue(holds: boolean, { place }: Environment): Value {
  return hasScopes(place)
    ? scalarValue({ kind: "integer", value: BigInt(holds) }, builtin.bool)
    : intValue(holds);
}

/** The type a type name means here. Throws UserError. */
export function typeOf(name: TypeName, env: Environment): Promise<Type> {
  return resolveTypeName(name, env.place, {
    count: async (expression) => scalarOf(await env.evaluate(expression, env), env.context),
    operand: (expression) => typeOnly(expression, env),
  });
}

/** A value of an expression's type; nothing happens to the program. Throws UserError. */
export function typeOnly(expression: Expression, env: Environment): Promise<Value> {
  return env.evaluate(expression, { ...env, typeOnly: true, sideEffects: true });
}

/** The size of a type. Throws UserError for incomplete types. */
export function requireSize(type: Type): number {
  const size = sizeOf(type);
  if (size === undefined) throw new UserError(`The size of ${type.displayName} is not known.`);
  return size;
}

/** The alignment of a type. Throws UserError for incomplete types. */
export function requireAlignment(type: Type): number {
  requireSize(type);
  return alignmentOf(type) ?? 1;
}
