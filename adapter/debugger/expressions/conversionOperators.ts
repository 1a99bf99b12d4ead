/** Conversions that classes define, `operator int` ([class.conv.fct]). */
import type { Conversion, Type } from "../../symbols/sourceTypes";
import { UserError } from "../types";
import type { EvaluationContext, Value } from "../types";
import { recordOf } from "../values/valuesMembers";
import { isBoolean, plainType } from "../values/valuesTypes";
import { isReal } from "./arithmeticTypes";
import { isSame } from "./conversions";
import type { Environment } from "./environment";
import { notCalled } from "./invocation";
import { languageAt } from "./names";
import { callOperator } from "./operatorFunctions";
import { scalarValue } from "./scalars";

const DEEPEST_BASE = 16;

/** The conversions that an object has by its class and its bases, but for that to bool: it says whether the object holds. */
function conversionsOf(value: Value, env: Environment): Conversion[] {
  if (languageAt(env.place) !== "c++") return [];
  const all = declaredBy(value.type, env.context, 0).filter(({ type }) => !isBoolean(type));
  return all.filter(({ type }, index) => all.findIndex((each) => isSame(each.type, type)) === index);
}

function declaredBy(type: Type, context: EvaluationContext, depth: number): Conversion[] {
  const record = depth > DEEPEST_BASE ? undefined : recordOf(type, context);
  const bases = record?.members.filter(({ isBase }) => isBase) ?? [];
  return [
    ...(record?.conversions ?? []),
    ...bases.flatMap((base) => declaredBy(base.type, context, depth + 1)),
  ];
}

/** Throws UserError for one that the program never uses. */
async function converted({ name, type }: Conversion, value: Value, env: Environment): Promise<Value> {
  if (env.typeOnly) return isReal(type) ? scalarValue({ kind: "integer", value: 1n }, type) : notCalled(type);
  const result = await callOperator(name.slice("operator".length), [value], env);
  if (result !== undefined) return result;
  throw new UserError(
    `There is no ${name} of ${plainType(value.type).displayName} in this program; a conversion that the program never makes is left out by the compiler.`,
  );
}

/** An object as what its conversion to a type gives, or its only one to a number; undefined: it has none. Throws UserError. */
export async function convertedTo(value: Value, type: Type, env: Environment): Promise<Value | undefined> {
  const all = conversionsOf(value, env);
  const exact = all.find((each) => isSame(each.type, type));
  const wanted = isReal(type) && !isBoolean(type);
  const [number, ...others] = wanted ? all.filter(({ type: each }) => isReal(each)) : [];
  const meant = exact ?? (others.length === 0 ? number : undefined);
  return meant && converted(meant, value, env);
}

/** An object as the number that its only conversion to one gives; anything else as it is. Throws UserError. */
export async function asNumber(value: Value, env: Environment): Promise<Value> {
  const [only, ...others] = conversionsOf(value, env).filter(({ type }) => isReal(type));
  return only === undefined || others.length > 0 ? value : converted(only, value, env);
}
