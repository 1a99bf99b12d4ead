/** Calls in expressions: finding the function, converting arguments, getting the result. */
import { memoryAddress, toMemory } from "../../target/addresses";
import type { MemoryAddress } from "../../target/addresses";
import type { FunctionType, Type } from "../../symbols/sourceTypes";
import { UserError } from "../types";
import type { EvaluationContext, FunctionCaller, Value } from "../types";
import { bytesOf, constantValue, valueAt, writeMemory } from "../values";
import {
  builtin,
  functionType,
  integerTraits,
  isReference,
  plainType,
  pointerTo,
  isPointer,
} from "../valuesTypes";
import { addressOf, decayed, throughReference } from "./access";
import { categoryOf, promoted } from "./arithmeticTypes";
import { convertForStore } from "./assignments";
import { isComplex } from "./complexArithmetic";
import { classOf, extendArgument, placeArguments, resultBytes } from "./conventionX86";
import { requireCalls, requireSize } from "./environment";
import type { Environment } from "./environment";
import { lookUpName } from "./names";
import { convertPointer } from "./pointerConversions";
import { addressIn, convertScalar, pointerValue, scalarValue } from "./scalars";
import type { Expression } from "./syntax";

function requireCaller(context: EvaluationContext): FunctionCaller {
  if (context.callFunction !== undefined) return context.callFunction;
  throw new UserError(
    "Functions of the program cannot be called here: nothing is running that could call them.",
  );
}

/** The type of a function that only the symbol table knows: what it returns must be said by a cast of the call. */
export const undescribedFunction: FunctionType = {
  ...functionType(builtin.int, [], false, false),
  displayName: "<no debug information>",
};

/** The function type behind a function or a pointer to one. Throws UserError. */
function calledType(callee: Value): FunctionType {
  const plain = plainType(callee.type);
  const target = isPointer(plain) ? plainType(plain.target) : plain;
  if (target.kind === "function") return target;
  throw new UserError(`A value of type ${callee.type.displayName} is no function that could be called.`);
}

function calleeName(callee: Expression): string | undefined {
  const named = withoutCasts(callee);
  return named.kind === "name" || named.kind === "member" ? named.name : undefined;
}

/** What a call gives: what the function's type says, or, where it has none, the type its call is cast to. */
function returnedType(type: FunctionType, castTo: Type | undefined, callee: Expression): Type {
  if (type !== undescribedFunction) return type.returns;
  if (castTo === undefined) {
    const name = calleeName(callee);
    const example = name ?? "f";
    throw new UserError(
      `The return type of ${name ?? "the function"} is not known (it has no debug information): cast the call to it, such as (long)${example}(...) or (char *)${example}(...).`,
    );
  }
  const category = categoryOf(castTo);
  if (category === "array" || category === "other")
    throw new UserError(`No function returns ${castTo.displayName}.`);
  return castTo;
}

/**
 * Evaluates `callee(arguments)`. `castTo`: what the call is cast to, which is what a function without debug
 * information returns. Throws UserError.
 */
export async function call(
  expression: Expression & { kind: "call" },
  env: Environment,
  castTo?: Type,
): Promise<Value> {
  requireCalls(env);
  const callee = await env.evaluate(expression.callee, env);
  const type = calledType(callee);
  const returns = returnedType(type, castTo, expression.callee);
  const values: Value[] = [];
  for (const argument of expression.arguments) values.push(await env.evaluate(argument, env));
  checkCount(calleeName(expression.callee) ?? "The function", type, values.length);
  if (env.typeOnly) return { type: returns, place: { kind: "constant" }, unavailable: "<not called>" };
  const converted: { type: Type; bytes: Buffer }[] = [];
  for (const [index, value] of values.entries())
    converted.push(await convertArgument(value, type.parameters[index], env));
  const entry = await entryOf(callee, expression.callee, env);
  return throughReference(await run(entry, returns, converted, env), env.context);
}

function checkCount(name: string, type: FunctionType, given: number): void {
  const wanted = type.parameters.length;
  if (given === wanted || (type.variadic && given > wanted) || type.prototyped === false) return;
  const takes = `${type.variadic ? "at least " : ""}${wanted} argument${wanted === 1 ? "" : "s"}`;
  throw new UserError(`${name} takes ${takes}, but ${given} ${given === 1 ? "is" : "are"} given.`);
}

async function convertArgument(
  value: Value,
  parameter: Type | undefined,
  env: Environment,
): Promise<{ type: Type; bytes: Buffer }> {
  const { context } = env;
  if (parameter !== undefined && isReference(plainType(parameter)))
    return { type: parameter, bytes: bytesOf(convertPointer(addressOf(value), parameter, context), context) };
  const usable = decayed(await placedInMemory(value, env));
  const type = parameter ?? defaultPromoted(usable);
  const converted = convertForStore(usable, type, context);
  const bytes = Buffer.from(bytesOf(converted, context, 0, requireSize(type)));
  const traits = integerTraits(type);
  return { type, bytes: traits === undefined ? bytes : extendArgument(bytes, traits.signed) };
}

/** The default argument promotions (C11 6.5.2.2). */
function defaultPromoted(value: Value): Type {
  if (categoryOf(value.type) === "float" && value.type.byteSize === 4) return builtin.double;
  return promoted(value.type, value.bitField?.bitSize);
}

async function entryOf(callee: Value, expression: Expression, env: Environment): Promise<MemoryAddress> {
  const pointer = decayed(callee);
  const entry = memoryAddress(addressIn(pointer, env.context));
  const named = withoutCasts(expression);
  if (named.kind !== "name") return entry;
  const meaning = lookUpName(named.name, env.place, named.scope);
  if (meaning?.kind !== "function" || meaning.symbol.die !== undefined) return entry;
  return resolveIndirect(named.name, entry, env);
}

/** What a callee names behind casts, `*` and `&`, none of which change a function's address. */
function withoutCasts(expression: Expression): Expression {
  const addressed = expression.kind === "unary" && /^[*&]$/.test(expression.operator);
  return addressed || expression.kind === "cast" ? withoutCasts(expression.operand) : expression;
}

/** An indirect function (STT_GNU_IFUNC) is a function that gives the address of the one to call. */
async function resolveIndirect(name: string, entry: MemoryAddress, env: Environment): Promise<MemoryAddress> {
  for (const module of env.place.modules) {
    const symbol = module.symbols.elfSymbolNamed(name);
    if (symbol?.kind !== "indirectFunction" || toMemory(symbol.address, module.bias) !== entry) continue;
    return memoryAddress((await requireCaller(env.context)(entry, [])).rax);
  }
  return entry;
}

async function run(
  entry: MemoryAddress,
  returns: Type,
  values: readonly { type: Type; bytes: Buffer }[],
  env: Environment,
): Promise<Value> {
  const caller = requireCaller(env.context);
  const throughMemory = classOf(returns) === "memory";
  const space = throughMemory ? await allocate(requireSize(returns), env) : undefined;
  const words = placeArguments(values, space === undefined ? [] : [space]);
  const result = await caller(entry, words.integers, words.floats, words.stack);
  if (space !== undefined) return valueAt(returns, space, env.context);
  return constantValue(returns, resultBytes(returns, result) ?? Buffer.alloc(0));
}

const MAP_FAILED = (1n << 64n) - 1n;
const PROT_READ_WRITE = 3n;
const MAP_PRIVATE_ANONYMOUS = 0x22n;

/**
 * Memory of the program's own that stays: pages from its mmap, which takes no lock, so that it is safe where the
 * program stands inside malloc or a signal handler.
 */
async function allocate(bytes: number, env: Environment): Promise<MemoryAddress> {
  requireCalls(env);
  const meaning = lookUpName("mmap", { ...env.place, scopes: [] });
  if (meaning?.kind !== "function")
    throw new UserError(
      "The program has no function mmap, which is needed to place the value in its memory.",
    );
  const entry = toMemory(meaning.symbol.entry, meaning.module.bias);
  const size = BigInt(Math.max(bytes, 1));
  const result = await requireCaller(env.context)(entry, [
    0n,
    size,
    PROT_READ_WRITE,
    MAP_PRIVATE_ANONYMOUS,
    MAP_FAILED,
    0n,
  ]);
  if (result.rax === MAP_FAILED) throw new UserError("The program has no memory left to place the value in.");
  return memoryAddress(result.rax);
}

/** Where a literal was placed before, if it is there still and nobody has changed it. */
function keptLiteral(bytes: Buffer, { context }: Environment): MemoryAddress | undefined {
  const address = context.literals?.get(bytes.toString("latin1"));
  const isThere = address !== undefined && context.target.memory.read(address, bytes.length).equals(bytes);
  return isThere ? address : undefined;
}

async function placeLiteral(bytes: Buffer, env: Environment): Promise<MemoryAddress> {
  const address = await allocate(bytes.length, env);
  writeMemory(address, bytes, env.context);
  env.context.literals?.set(bytes.toString("latin1"), address);
  return address;
}

/** A string literal that must have an address is placed in the program's memory; other values stay. */
export async function placedInMemory(value: Value, env: Environment): Promise<Value> {
  const literal = value.place.kind === "constant" && plainType(value.type).kind === "array";
  if (!literal || value.bytes === undefined) return value;
  if (env.typeOnly) return pointerValue(pointerTo(builtin.char), 0n);
  const address = keptLiteral(value.bytes, env) ?? (await placeLiteral(value.bytes, env));
  return valueAt(value.type, address, env.context);
}

/** A cast of a scalar, a struct to its own type, or anything to void. Throws UserError. */
export async function cast(value: Value, type: Type, env: Environment): Promise<Value> {
  const category = categoryOf(type);
  if (category === "void") return constantValue(type, Buffer.alloc(0));
  if (category === "record" || category === "complex" || category === "array")
    return convertForStore(value, type, env.context);
  if (isComplex(value) && category !== "pointer") return convertForStore(value, type, env.context);
  const usable = decayed(category === "pointer" ? await placedInMemory(value, env) : value);
  if (categoryOf(usable.type) === "record" || categoryOf(usable.type) === "void")
    throw new UserError(`A value of type ${value.type.displayName} cannot be cast to ${type.displayName}.`);
  if (env.typeOnly) return scalarValue({ kind: "integer", value: 1n }, type);
  return category === "pointer" && categoryOf(usable.type) === "pointer"
    ? convertPointer(usable, type, env.context)
    : convertScalar(usable, type, env.context);
}
