/** Evaluates the syntax tree of a C expression with C's semantics. */
import { toMemory } from "../../target/addresses";
import { UserError } from "../types";
import type { EvaluationContext, Value } from "../types";
import { constantValue, readPlace, valueAt } from "../values";
import { parseDecimal } from "../formatFloats";
import { exactFromNumber } from "../../symbols/exactFloats";
import { readVariable } from "../valuesLocation";
import { arrayOf, builtin, plainType, pointerTo, voidType } from "../valuesTypes";
import {
  addressOf,
  decayed,
  dereference,
  elementAt,
  memberNamed,
  repeated,
  throughReference,
} from "./access";
import { findMember, recordOf } from "../valuesMembers";
import { applyBinary, applyUnary } from "./arithmetic";
import { categoryOf, commonType, promoted } from "./arithmeticTypes";
import { assign, assignOperated, increment } from "./assignments";
import { requireAlignment, requireSize, requireStores, typeOf } from "./environment";
import type { Environment, SideEffects } from "./environment";
import { call, cast, undescribedFunction } from "./functionCalls";
import { hasScopes, lookUpName, namePlaceOf, scopedVariable } from "./names";
import type { Meaning } from "./names";
import { placedInMemory } from "./programMemory";
import { registerValue } from "./registers";
import { formatOf, intValue, isTrue, scalarOf, scalarValue } from "./scalars";
import type { Expression } from "./syntax";

/** An environment to evaluate in. */
export function environmentOf(context: EvaluationContext, sideEffects: SideEffects): Environment {
  return { context, place: namePlaceOf(context), sideEffects, typeOnly: false, evaluate: evaluateNode };
}

/** Evaluates one node. Throws UserError with one sentence. */
export async function evaluateNode(node: Expression, env: Environment): Promise<Value> {
  const { context } = env;
  switch (node.kind) {
    case "integer":
      return scalarValue({ kind: "integer", value: node.value }, node.type);
    case "float":
      return floatLiteral(node);
    case "string": {
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
      const left = decayed(await operandOf(node.left, env));
      return applyBinary(node.operator, left, decayed(await operandOf(node.right, env)), context);
    }
    case "logical":
      return logical(node, env);
    case "conditional":
      return conditional(node, env);
    case "comma":
      await env.evaluate(node.left, env);
      return env.evaluate(node.right, env);
    case "member":
      return memberNamed(await operandOf(node.record, env), node.name, context, node.arrow);
    case "index": {
      const array = await operandOf(node.array, env);
      return throughReference(elementAt(array, await operandOf(node.index, env), context), context);
    }
    case "repeat":
      return repeated(await env.evaluate(node.element, env), await env.evaluate(node.count, env), context);
    default:
      return evaluateOther(node, env);
  }
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
    case "increment": {
      requireStores(env);
      const target = await env.evaluate(other.target, env);
      return env.typeOnly ? target : increment(target, other.delta, other.prefix, env.context);
    }
    case "call":
      return call(other, env);
    case "cast": {
      const type = await typeOf(other.type, env);
      return cast(await castOperand(other, type, env), type, env);
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

function typeOnly(node: Expression, env: Environment): Promise<Value> {
  return env.evaluate(node, { ...env, typeOnly: true, sideEffects: true });
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

/** The value of a name; the type `<no debug information>` for data that only the symbol table knows. */
function nameValue(name: string, scope: string | undefined, env: Environment): Value {
  const mayBeMember = scope === undefined && hasScopes(env.place);
  const member = mayBeMember && !isScoped(name, env) ? memberOfThis(name, env) : undefined;
  if (member !== undefined) return member;
  const meaning = lookUpName(name, env.place, scope);
  if (meaning !== undefined) return meaningValue(meaning, env);
  if (name === "true" || name === "false")
    return scalarValue({ kind: "integer", value: name === "true" ? 1n : 0n }, builtin.bool);
  if (name === "NULL" || name === "nullptr")
    return scalarValue({ kind: "integer", value: 0n }, pointerTo(voidType));
  throw new UserError(`No symbol "${name}" in this context.`);
}

function isScoped(name: string, { place }: Environment): boolean {
  return scopedVariable(name, place) !== undefined;
}

function memberOfThis(name: string, env: Environment): Value | undefined {
  const { place, context } = env;
  const self = scopedVariable("this", place);
  if (self === undefined || place.module === undefined) return undefined;
  const object = readVariable(self, place.module, context);
  if (hasMember(object, name, env)) return memberNamed(object, name, context);
  // Of a lambda, as clang describes it, `this` is what it has captured.
  const captured = hasMember(object, "this", env) ? memberNamed(object, "this", context) : undefined;
  return captured && hasMember(captured, name, env) ? memberNamed(captured, name, context) : undefined;
}

/** Of an object, or of what a pointer leads to. */
function hasMember({ type }: Value, name: string, { context }: Environment): boolean {
  const plain = plainType(type);
  const record = recordOf(plain.kind === "pointer" ? plain.target : plain, context);
  return record !== undefined && findMember(record, name) !== undefined;
}

const noType = { ...voidType, displayName: "<no debug information>" };

function meaningValue(meaning: Meaning, env: Environment): Value {
  const { context } = env;
  switch (meaning.kind) {
    case "variable":
      return readVariable(meaning.symbol, meaning.module, context);
    case "enumerator":
      return scalarValue({ kind: "integer", value: meaning.value }, meaning.type);
    case "function": {
      const type = meaning.module.symbols.functionTypeOf(meaning.symbol);
      const entry = toMemory(meaning.symbol.entry, meaning.module.bias);
      return valueAt(type ?? undescribedFunction, entry, context);
    }
    case "object": {
      const { symbol, module } = meaning;
      const address =
        symbol.kind === "threadLocal"
          ? context.threadLocalAddress(module, symbol.address)
          : toMemory(symbol.address, module.bias);
      return valueAt(noType, address, context);
    }
  }
}

/** `(int) x` reads a variable without debug information as what it is cast to, and `(int) f()` calls a function so. */
async function castOperand(
  node: Expression & { kind: "cast" },
  type: Value["type"],
  env: Environment,
): Promise<Value> {
  if (node.operand.kind === "call") return call(node.operand, env, type);
  const operand = await env.evaluate(node.operand, env);
  if (operand.type !== noType) return operand;
  return readPlace(type, operand.place, env.context);
}

async function unary(node: Expression & { kind: "unary" }, env: Environment): Promise<Value> {
  const operand = await (node.operator === "&"
    ? env.evaluate(node.operand, env)
    : operandOf(node.operand, env));
  switch (node.operator) {
    case "*":
      return throughReference(dereference(await placedInMemory(operand, env), env.context), env.context);
    case "&":
      return addressOf(await placedInMemory(operand, env));
    case "!":
      return intValue(!isTrue(scalarOf(decayed(operand), env.context)));
    default:
      return applyUnary(node.operator, operand, env.context);
  }
}

async function logical(node: Expression & { kind: "logical" }, env: Environment): Promise<Value> {
  if (env.typeOnly) return intValue(0n);
  const left = isTrue(scalarOf(decayed(await env.evaluate(node.left, env)), env.context));
  if (left === (node.operator === "||")) return intValue(left);
  return intValue(isTrue(scalarOf(decayed(await env.evaluate(node.right, env)), env.context)));
}

async function conditional(node: Expression & { kind: "conditional" }, env: Environment): Promise<Value> {
  const condition = await env.evaluate(node.condition, env);
  const chosen = env.typeOnly || isTrue(scalarOf(decayed(condition), env.context));
  const value = await env.evaluate(chosen ? node.whenTrue : node.whenFalse, env);
  const other = await typeOnly(chosen ? node.whenFalse : node.whenTrue, env);
  const arithmetic = (type: Value["type"]): boolean => ["integer", "float"].includes(categoryOf(type));
  const pointer = categoryOf(decayed(other).type) === "pointer" ? decayed(other).type : undefined;
  if (pointer !== undefined && categoryOf(value.type) === "integer") return cast(value, pointer, env);
  if (!arithmetic(value.type) || !arithmetic(other.type)) return decayed(value);
  if (env.typeOnly)
    return scalarValue({ kind: "integer", value: 1n }, commonType(value.type, other.type) ?? value.type);
  const type = commonType(
    promoted(value.type, value.bitField?.bitSize),
    promoted(other.type, other.bitField?.bitSize),
  );
  return type === undefined ? value : scalarValue(scalarOf(value, env.context), type);
}

async function assignment(node: Expression & { kind: "assign" }, env: Environment): Promise<Value> {
  requireStores(env);
  const target = await env.evaluate(node.target, env);
  const value = await env.evaluate(node.value, env);
  if (env.typeOnly) return target;
  if (node.operator !== undefined) return assignOperated(target, node.operator, value, env.context);
  const placed = categoryOf(target.type) === "pointer" ? await placedInMemory(value, env) : value;
  return assign(target, placed, env.context);
}
