/** Evaluates the syntax tree of a C expression with C's semantics. */
import { exactFromNumber } from "../../symbols/exactFloats";
import type { EvaluationContext, Value } from "../types";
import { parseDecimal } from "../values/formatFloats";
import { constantValue, readPlace } from "../values/values";
import { arrayOf, builtin, isBoolean, isPointer, plainType } from "../values/valuesTypes";
import {
  addressOf,
  decayed,
  dereference,
  elementAt,
  memberNamed,
  repeated,
  throughReference,
} from "./access";
import { isOfClass } from "./argumentTypes";
import { applyBinary, applyUnary, isComparison } from "./arithmetic";
import { categoryOf } from "./arithmeticTypes";
import { assignOperated, increment } from "./assignments";
import { asNumber } from "./conversionOperators";
import { requireAlignment, requireSize, requireStores, truthValue, typeOf, typeOnly } from "./environment";
import type { Environment, SideEffects } from "./environment";
import { call, cast } from "./functionCalls";
import { nameValue, noType, staticMember } from "./nameValues";
import { isRust, namePlaceOf } from "./names";
import { assignValue } from "./objectAssignments";
import { applyToObjects, ofClass, operandsOf, truthOf } from "./operators";
import { placedInMemory } from "./programMemory";
import { registerValue } from "./registers";
import { comparedElements, numberOf, throughReferences } from "./rustOperands";
import { adapted, asRust, bytesType, isOfC, isReference, saturated, unpromoted } from "./rustTypes";
import { evaluatedAs } from "./rustValues";
import { conditional, logical } from "./shortCircuits";
import { formatOf, intValue, isTrue, scalarOf, scalarValue } from "./scalars";
import type { BinaryOperator, Expression } from "./syntax";

/** An environment to evaluate in. */
export function environmentOf(context: EvaluationContext, sideEffects: SideEffects): Environment {
  return { context, place: namePlaceOf(context), sideEffects, typeOnly: false, evaluate: evaluateNode };
}

/** Evaluates one node. Throws UserError with one sentence. */
export async function evaluateNode(node: Expression, env: Environment): Promise<Value> {
  const value = await evaluateC(node, env);
  if (!isOfC(value) || !isRust(env.place)) return value;
  return asRust(value, node.kind === "unary" && node.operator === "&" ? "reference" : undefined);
}

async function evaluateC(node: Expression, env: Environment): Promise<Value> {
  const { context } = env;
  switch (node.kind) {
    case "integer":
      return scalarValue({ kind: "integer", value: node.value }, node.type);
    case "float":
      return floatLiteral(node);
    case "string": {
      if (node.isBytes) return constantValue(bytesType(node.bytes.length), node.bytes);
      const bytes = Buffer.concat([node.bytes, Buffer.alloc(1)]);
      return constantValue(arrayOf(builtin.char, [{ count: bytes.length }]), bytes);
    }
    case "name":
      return throughReference(nameValue(node.name, node.scope, env), context);
    case "register":
      return registerValue(node.name, context);
    case "unary":
      return unary(node, env);
    case "binary": {
      const left = await operandOf(node.left, env);
      const right = await operandOf(node.right, env);
      return isRust(env.place)
        ? rustBinary(node, left, right, env)
        : binary(node.operator, decayed(left), decayed(right), env);
    }
    case "logical":
      return logical(node, env);
    case "conditional":
      return conditional(node, env);
    case "comma": {
      const left = await env.evaluate(node.left, env);
      const right = await env.evaluate(node.right, env);
      return (await applyToObjects(",", [left, right], env)) ?? right;
    }
    case "member":
      return memberOf(await operandOf(node.record, env), node, env);
    case "index": {
      const array = await operandOf(node.array, env);
      return elementOf(array, await operandOf(node.index, env), env);
    }
    case "repeat":
      return repeated(await env.evaluate(node.element, env), await env.evaluate(node.count, env), context);
    default:
      return evaluateOther(node, env);
  }
}

async function binary(operator: BinaryOperator, left: Value, right: Value, env: Environment): Promise<Value> {
  const operands = await operandsOf(operator, left, right, env);
  if ("result" in operands) return operands.result;
  const result = applyBinary(operator, operands.left, operands.right, env.context);
  // Of vectors each lane is compared.
  const isTruth = isComparison(operator) && categoryOf(result.type) === "integer";
  return isTruth ? truthValue(isTrue(scalarOf(result, env.context)), env) : result;
}

/** In Rust nothing is promoted: not truths, not small integers; and nothing is compared by its address. */
async function rustBinary(
  node: Expression & { kind: "binary" },
  left: Value,
  right: Value,
  env: Environment,
): Promise<Value> {
  const compared = env.typeOnly ? undefined : comparedElements(node.operator, { left, right }, env.context);
  if (compared !== undefined) return truthValue(compared, env);
  const meant = throughReferences(node.operator, { left: decayed(left), right: decayed(right) }, env.context);
  const operands = adapted(node, meant, env.context);
  const result = await binary(node.operator, operands.left, operands.right, env);
  if (isComparison(node.operator)) return result;
  if (isBoolean(meant.left.type) && isBoolean(meant.right.type))
    return truthValue(isTrue(scalarOf(result, env.context)), env);
  return unpromoted(result, operands, env.context);
}

/** `object.name`, `pointer->name`; an object that is no pointer and stands for none may have an operator ->. */
async function memberOf(
  record: Value,
  { name, arrow }: { readonly name: string; readonly arrow: boolean },
  env: Environment,
): Promise<Value> {
  const pointer = arrow ? await ofClass("->", [record], env) : undefined;
  // Where only the type matters, an address stands for one that nobody has asked the program for.
  const isUncalled = env.typeOnly && pointer !== undefined && categoryOf(pointer.type) === "pointer";
  const shared = pointer === undefined ? staticMember(record, name, env) : undefined;
  if (shared !== undefined) return shared;
  const holder = isUncalled ? scalarValue({ kind: "integer", value: 1n }, pointer.type) : (pointer ?? record);
  return memberNamed(holder, name, env.context, arrow);
}

async function elementOf(whole: Value, index: Value, env: Environment): Promise<Value> {
  const array = isReference(whole.type) && isRust(env.place) ? dereference(whole, env.context) : whole;
  const own = await ofClass("[]", [array, index], env);
  return own ?? throughReference(elementAt(array, await asNumber(index, env), env.context), env.context);
}

/** An operand; where only its type matters, a number stands for one that cannot be read. */
async function operandOf(node: Expression, env: Environment): Promise<Value> {
  const value = await env.evaluate(node, env);
  const category = categoryOf(value.type);
  if (env.typeOnly && category === "vector")
    return constantValue(value.type, Buffer.alloc(requireSize(value.type)));
  if (!env.typeOnly || !["integer", "float", "pointer"].includes(category)) return value;
  return scalarValue({ kind: "integer", value: 1n }, value.type);
}

type Other = Expression & {
  kind: "assign" | "increment" | "call" | "cast" | "sizeof" | "sizeofType" | "alignof" | "alignofType";
};

async function evaluateOther(node: Expression, env: Environment): Promise<Value> {
  const other = node as Other;
  switch (other.kind) {
    case "assign":
      return assignment(other, env);
    case "increment":
      return incremented(other, env);
    case "call":
      return call(other, env);
    case "cast": {
      const type = await typeOf(other.type, env);
      const operand = await castOperand(other, type, env);
      return cast(isRust(env.place) ? saturated(operand, type, env.context) : operand, type, env);
    }
    case "sizeofType":
      return sizeValue(requireSize(await typeOf(other.type, env)));
    case "sizeof":
      return sizeValue(requireSize((await typeOnly(other.operand, env)).type));
    case "alignofType":
      return sizeValue(requireAlignment(await typeOf(other.type, env)));
    case "alignof":
      return sizeValue(requireAlignment((await typeOnly(other.operand, env)).type));
  }
}

async function incremented(node: Expression & { kind: "increment" }, env: Environment): Promise<Value> {
  requireStores(env);
  const target = await env.evaluate(node.target, env);
  const own = await applyToObjects(
    node.delta > 0 ? "++" : "--",
    node.prefix ? [target] : [target, intValue(0n)],
    env,
  );
  if (own !== undefined) return own;
  return env.typeOnly ? target : increment(target, node.delta, node.prefix, env.context);
}

function sizeValue(size: number): Value {
  return scalarValue({ kind: "integer", value: BigInt(size) }, builtin.unsignedLong);
}

function floatLiteral(node: Expression & { kind: "float" }): Value {
  const hexadecimal = /^0x([\da-f]*)\.?([\da-f]*)p([+-]?\d+)$/i.exec(node.text);
  if (hexadecimal === null) {
    const value = parseDecimal(node.text, formatOf(node.type));
    return scalarValue({ kind: "float", value: value ?? exactFromNumber(Number.NaN) }, node.type);
  }
  const [, whole = "", fraction = "", exponent = "0"] = hexadecimal;
  const mantissa = BigInt(`0x0${whole}${fraction}`);
  const value = {
    kind: "finite" as const,
    negative: false,
    mantissa,
    exponent: Number(exponent) - 4 * fraction.length,
  };
  return scalarValue({ kind: "float", value }, node.type);
}

/**
 * `(int) x` reads a variable without debug information as what it is cast to, and `(int) f()` calls a function so. `(Base *) &x` is where
 * the object is, also where its class has an operator & that gives something else.
 */
async function castOperand(
  node: Expression & { kind: "cast" },
  type: Value["type"],
  env: Environment,
): Promise<Value> {
  if (node.operand.kind === "call") return call(node.operand, env, type);
  const pointer = plainType(type);
  if (node.operand.kind === "unary" && node.operand.operator === "&" && isPointer(pointer)) {
    const object = node.operand.operand;
    const isOf = isOfClass(pointer.target, (await typeOnly(object, env)).type, env.context);
    if (isOf) return addressOf(await env.evaluate(object, env));
  }
  const operand = await env.evaluate(node.operand, env);
  if (operand.type !== noType) return operand;
  return readPlace(type, operand.place, env.context);
}

async function unary(node: Expression & { kind: "unary" }, env: Environment): Promise<Value> {
  const given = await (node.operator === "&"
    ? env.evaluate(node.operand, env)
    : operandOf(node.operand, env));
  // A byte string is a reference to its bytes, and is evaluated as these.
  if (node.operator === "*" && node.operand.kind === "string" && node.operand.isBytes) return given;
  const isNumber = /^[-+!~]$/.test(node.operator) && isRust(env.place);
  const operand = isNumber ? numberOf(given, env.context) : given;
  switch (node.operator) {
    case "*": {
      const own = await ofClass("*", [operand], env);
      return (
        own ?? throughReference(dereference(await placedInMemory(operand, env), env.context), env.context)
      );
    }
    case "&":
      return (await applyToObjects("&", [operand], env)) ?? addressOf(await placedInMemory(operand, env));
    case "!":
      return (await applyToObjects("!", [operand], env)) ?? negated(operand, env);
    default:
      return (await applyToObjects(node.operator, [operand], env)) ?? signed(node.operator, operand, env);
  }
}

async function signed(operator: "+" | "-" | "~", operand: Value, env: Environment): Promise<Value> {
  const result = applyUnary(operator, await asNumber(operand, env), env.context);
  const isPromoted = isRust(env.place) && categoryOf(operand.type) === "integer";
  return isPromoted ? cast(result, operand.type, env) : result;
}

/** In Rust `!` turns the bits of an integer. */
async function negated(operand: Value, env: Environment): Promise<Value> {
  const isInteger = categoryOf(operand.type) === "integer" && !isBoolean(operand.type);
  if (!isInteger || !isRust(env.place)) return truthValue(!(await truthOf(operand, env)), env);
  return cast(applyUnary("~", operand, env.context), operand.type, env);
}

async function assignment(node: Expression & { kind: "assign" }, env: Environment): Promise<Value> {
  requireStores(env);
  const target = await env.evaluate(node.target, env);
  const value = node.operator
    ? await env.evaluate(node.value, env)
    : await evaluatedAs(node.value, target.type, env);
  const own = node.operator && (await applyToObjects(`${node.operator}=`, [target, value], env));
  if (own) return own;
  if (env.typeOnly) return target;
  if (node.operator !== undefined) return assignOperated(target, node.operator, value, env.context);
  const placed = categoryOf(target.type) === "pointer" ? await placedInMemory(value, env) : value;
  return assignValue(target, placed, env);
}
