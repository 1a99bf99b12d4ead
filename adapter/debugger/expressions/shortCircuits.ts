/** Operators that evaluate some of their operands only: `&&`, `||` and `?:` (C11 6.5.13 to 6.5.15). */
import type { Value } from "../types";
import { isBoolean, plainType } from "../values/valuesTypes";
import { decayed } from "./access";
import { categoryOf, commonType, isReal, promoted } from "./arithmeticTypes";
import { truthValue, typeOnly } from "./environment";
import type { Environment } from "./environment";
import { cast } from "./functionCalls";
import { definesOperator } from "./operatorFunctions";
import { applyToObjects, truthOf } from "./operators";
import { scalarOf, scalarValue } from "./scalars";
import type { Expression } from "./syntax";

/** `&&` and `||`. Throws UserError. */
export async function logical(node: Expression & { kind: "logical" }, env: Environment): Promise<Value> {
  const value = await env.evaluate(node.left, env);
  const own = await logicalOfClass(node, value, env);
  if (own !== undefined) return own;
  if (env.typeOnly) return truthValue(false, env);
  const left = await truthOf(value, env);
  if (left === (node.operator === "||")) return truthValue(left, env);
  return truthValue(await truthOf(await env.evaluate(node.right, env), env), env);
}

/** A program's own && or || always takes both sides. */
async function logicalOfClass(
  node: Expression & { kind: "logical" },
  left: Value,
  env: Environment,
): Promise<Value | undefined> {
  if (!definesOperator(node.operator, env)) return undefined;
  const right = await typeOnly(node.right, env);
  const type = await applyToObjects(node.operator, [left, right], { ...env, typeOnly: true });
  if (type === undefined || env.typeOnly) return type;
  return applyToObjects(node.operator, [left, await env.evaluate(node.right, env)], env);
}

/** `condition ? a : b`; the other operand's type counts for the result's. Throws UserError. */
export async function conditional(
  node: Expression & { kind: "conditional" },
  env: Environment,
): Promise<Value> {
  const condition = await env.evaluate(node.condition, env);
  const chosen = env.typeOnly || (await truthOf(condition, env));
  const value = await env.evaluate(chosen ? node.whenTrue : node.whenFalse, env);
  const other = await typeOnly(chosen ? node.whenFalse : node.whenTrue, env);
  const pointer = categoryOf(decayed(other).type) === "pointer" ? decayed(other).type : undefined;
  if (pointer !== undefined && categoryOf(value.type) === "integer") return cast(value, pointer, env);
  const isOne = plainType(value.type) === plainType(other.type) && isBoolean(value.type);
  if (isOne || !isReal(value.type) || !isReal(other.type)) return decayed(value);
  if (env.typeOnly)
    return scalarValue({ kind: "integer", value: 1n }, commonType(value.type, other.type) ?? value.type);
  const type = commonType(
    promoted(value.type, value.bitField?.bitSize),
    promoted(other.type, other.bitField?.bitSize),
  );
  return type === undefined ? value : scalarValue(scalarOf(value, env.context), type);
}
