/** Conversions that classes define, `operator int` ([class.conv.fct]). */
import type { Type } from "../../symbols/sourceTypes";
import type { Value } from "../types";
import { plainType, sameType } from "../valuesTypes";
import { categoryOf } from "./arithmeticTypes";
import type { Environment } from "./environment";
import { methodsNamed } from "./methods";
import { languageAt } from "./names";
import { callOperator, isObject } from "./operatorFunctions";

/** No program has more names of conversions; some are found by any. */
const MOST_NAMES = 1000;
const PREFIX = "operator ";

interface Conversion {
  /** What stands behind `operator`: compilers spell types as they like, also by their typedefs. */
  readonly spelt: string;
  readonly type: Type;
}

/** The conversions of an object that have code in this program, but for that to bool, which says whether it holds. */
function conversionsOf(value: Value, env: Environment): Conversion[] {
  if (!isObject(value, env) || languageAt(env.place) !== "c++") return [];
  const names = env.context.modules.all.flatMap(({ symbols }) =>
    symbols.namesStartingWith(PREFIX, MOST_NAMES).map(({ name }) => name),
  );
  return [...new Set(names)].flatMap((name) => {
    const [method] = methodsNamed(value, name, env.context);
    return method ? [{ spelt: name.slice(PREFIX.length), type: method.type.returns }] : [];
  });
}

function isBool(type: Type): boolean {
  const plain = plainType(type);
  return plain.kind === "base" && plain.encoding === "boolean";
}

function isNumber(type: Type): boolean {
  return ["integer", "float"].includes(categoryOf(type)) && !isBool(type);
}

/** An object as what its conversion to a type gives, or its only one to a number; undefined: it has none. Throws UserError. */
export async function convertedTo(value: Value, type: Type, env: Environment): Promise<Value | undefined> {
  const all = conversionsOf(value, env);
  const exact = all.find((each) => sameType(plainType(each.type), plainType(type)));
  const [number, ...others] = isNumber(type) ? all.filter((each) => isNumber(each.type)) : [];
  const meant = exact ?? (others.length === 0 ? number : undefined);
  return meant && callOperator(` ${meant.spelt}`, [value], env);
}

/** An object as the number that its only conversion to one gives; anything else as it is. Throws UserError. */
export async function asNumber(value: Value, env: Environment): Promise<Value> {
  const [only, ...others] = conversionsOf(value, env).filter(({ type }) => isNumber(type));
  if (only === undefined || others.length > 0) return value;
  return (await callOperator(` ${only.spelt}`, [value], env)) ?? value;
}
