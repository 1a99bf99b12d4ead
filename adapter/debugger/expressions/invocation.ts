/** A call of the program's code from an expression: arguments as its parameters take them, and what it gives. */
import type { FunctionType, Type } from "../../symbols/sourceTypes";
import { toFile, type MemoryAddress } from "../../target/addresses";
import { UserError } from "../types";
import type { Value } from "../types";
import { bytesOf, constantValue, valueAt, writeMemory } from "../values/values";
import { builtin, integerTraits, isReference, plainTarget, plainType, voidType } from "../values/valuesTypes";
import { addressOf, decayed, throughReference } from "./access";
import { requireSameKind, requireTarget } from "./argumentTypes";
import { categoryOf, promoted } from "./arithmeticTypes";
import { convertForStore } from "./assignments";
import { alsoAsIntegers, isAsInC, isGivenThroughMemory, rustArguments, rustResult } from "./conventionRust";
import { classOf, extendArgument, placeArguments, resultBytes } from "./conventionX86";
import type { Argument } from "./conventionX86";
import { isConst, isSame } from "./conversions";
import { requireSize } from "./environment";
import type { Environment } from "./environment";
import { isRust } from "./names";
import { convertPointer } from "./pointerConversions";
import { ownsMemory } from "./objectAssignments";
import { allocateResult, placedInMemory, placedTemporary, requireCaller } from "./programMemory";
import { evaluatedAs, requireRange } from "./rustValues";
import { integerPart, scalarOf } from "./scalars";
import type { Expression } from "./syntax";
import { vectorBytesOf } from "./vectorCodeX86";

/** What stands for the result where only its type matters. */
export function notCalled(returns: Type): Value {
  const plain = plainType(returns);
  const type = isReference(plain) ? plain.target : returns;
  return { type, place: { kind: "constant" }, unavailable: "<not called>" };
}

/** The values of arguments, in order. Throws UserError. */
export async function evaluated(expressions: readonly Expression[], env: Environment): Promise<Value[]> {
  const values: Value[] = [];
  for (const expression of expressions) values.push(await env.evaluate(expression, env));
  return values;
}

/** The same of what is given to parameters: in Rust their types may tell what is meant. Throws UserError. */
export async function evaluatedFor(
  expressions: readonly Expression[],
  parameters: readonly Type[],
  env: Environment,
): Promise<Value[]> {
  const values: Value[] = [];
  for (const [index, expression] of expressions.entries()) {
    const parameter = parameters[index] ?? voidType;
    const value = await evaluatedAs(expression, parameter, env);
    if (isRust(env.place) && !env.typeOnly) requireRange(expression, value, parameter, env);
    values.push(value);
  }
  return values;
}

/** GCC's names of functions that it has made for certain arguments only. */
const SPECIAL = /\.(?:constprop|isra|part)\b/;

/** Throws UserError for code that does not take what the function's type says. */
function requireWhole(entry: MemoryAddress, { context }: Environment): void {
  const module = context.modules.at(entry);
  if (module === undefined) return;
  const address = toFile(entry, module.bias);
  const described = module.symbols.functionAt(address);
  const symbol = module.symbols.elfSymbolAt(address);
  const name = SPECIAL.test(symbol?.name ?? "") ? symbol?.displayName : undefined;
  if (name === undefined && described?.isForOwnCalls !== true) return;
  throw new UserError(
    `${name ?? described?.name ?? ""} cannot be called: the compiler has made its code for some arguments only.`,
  );
}

async function convertAll(
  values: readonly Value[],
  { parameters, variadic }: FunctionType,
  env: Environment,
): Promise<Argument[]> {
  const converted: Argument[] = [];
  for (const [index, value] of values.entries()) {
    const ofVariadic = index < parameters.length ? "named" : "unnamed";
    const argument = await convertArgument(value, parameters[index], env);
    converted.push(variadic ? { ...argument, ofVariadic } : argument);
  }
  return converted;
}

async function convertArgument(
  value: Value,
  parameter: Type | undefined,
  env: Environment,
): Promise<Argument> {
  const { context } = env;
  if (parameter !== undefined && isReference(plainType(parameter))) {
    const referred = await referredTo(value, parameter, env);
    requireSameKind(referred.type, plainTarget(parameter), context);
    const address = convertPointer(addressOf(referred), parameter, context);
    return { type: parameter, bytes: bytesOf(address, context) };
  }
  const isArray = parameter !== undefined && categoryOf(parameter) === "array";
  const usable = isArray ? value : decayed(await placedInMemory(value, env));
  const type = parameter ?? defaultPromoted(usable);
  const plain = plainType(type);
  if ("members" in plain && plain.passedByReference === true)
    throw new UserError(
      `A ${plain.displayName} is passed as a copy that only the program's own code can make: call a function that takes a reference.`,
    );
  requireAddress(usable, type, env);
  requireTarget(usable, type, env);
  const converted = convertForStore(usable, type, context);
  const bytes = Buffer.from(bytesOf(converted, context, 0, requireSize(type)));
  const traits = integerTraits(type);
  return { type, bytes: traits === undefined ? bytes : extendArgument(bytes, traits.signed) };
}

/** Nothing is there on Linux (proc(5), vm.mmap_min_addr). */
const FIRST_PAGE = 4096n;

/** Throws UserError for a small number in place of a pointer: it was meant as a number. A large one may be an address, and 0 is none. */
function requireAddress(value: Value, type: Type, { context }: Environment): void {
  if (categoryOf(type) !== "pointer" || categoryOf(value.type) !== "integer") return;
  const number = integerPart(scalarOf(value, context));
  if (number === 0n || number >= FIRST_PAGE) return;
  throw new UserError(
    `${number} is no address that a ${type.displayName} could hold: write (${type.displayName}) before it if it is meant all the same.`,
  );
}

/** What a parameter refers to: where it is const, a value that has no address is placed in memory, as a compiler does it. */
async function referredTo(value: Value, parameter: Type, env: Environment): Promise<Value> {
  const plain = plainType(parameter);
  if (!isReference(plain) || !isConst(plain.target)) return value;
  const category = categoryOf(plain.target);
  const isItself = category === "record" || isSame(plain.target, value.type);
  if (value.place.kind === "memory" && isItself) return value;
  if (category === "record" ? value.place.kind !== "constant" : !isScalar(category)) return value;
  return placedTemporary(convertForStore(value, plain.target, env.context), env);
}

function isScalar(category: ReturnType<typeof categoryOf>): boolean {
  return category === "integer" || category === "float" || category === "pointer";
}

/** The default argument promotions (C11 6.5.2.2). */
function defaultPromoted(value: Value): Type {
  if (categoryOf(value.type) === "float" && value.type.byteSize === 4) return builtin.double;
  return promoted(value.type, value.bitField?.bitSize);
}

/** Calls code with `values`, its first parameter's before all others. Throws UserError. */
export async function invoke(
  entry: MemoryAddress,
  type: FunctionType,
  values: readonly Value[],
  env: Environment,
  returns = type.returns,
): Promise<Value> {
  requireWhole(entry, env);
  const converted = await convertAll(values, type, env);
  return throughReference(await run(entry, returns, converted, env), env.context);
}

/**
 * Whether code is called by Rust's convention. What `extern "C"` marks is not told: a mangled name says that it is not, as a rule. Throws
 * UserError where that is open and makes a difference.
 */
async function isOfRust(
  entry: MemoryAddress,
  returns: Type,
  values: readonly Argument[],
  { context }: Environment,
): Promise<boolean> {
  const module = context.modules.at(entry);
  const address = module && toFile(entry, module.bias);
  const symbol = address === undefined ? undefined : module?.symbols.functionAt(address);
  if (symbol?.language !== "rust" || address === undefined) return false;
  const linkageName = symbol.linkageName ?? module?.symbols.elfSymbolAt(address)?.name ?? "";
  if (/^_(?:R|ZN)/.test(linkageName)) return true;
  if (await isAsInC(values, returns)) return false;
  throw new UserError(
    `${symbol.name} cannot be called: the debug information does not tell whether it is extern "C", and takes or gives a struct, a tuple or an array differently then.`,
  );
}

async function runRust(
  entry: MemoryAddress,
  returns: Type,
  values: readonly Argument[],
  env: Environment,
): Promise<Value> {
  const place = async (bytes: Buffer): Promise<bigint> => {
    const address = await allocateResult(bytes.length, env);
    writeMemory(address, bytes, env.context);
    return address;
  };
  const space = isGivenThroughMemory(returns) ? await allocateResult(requireSize(returns), env) : undefined;
  const passed: Argument[] = [];
  for (const { type } of values)
    if (ownsMemory(type, env.context))
      throw new UserError(
        `A ${type.displayName} that is passed is freed by the function, and would be again by its owner: call one that takes a reference.`,
      );
  for (const value of values) passed.push(...(await rustArguments(value, place)));
  passed.push(...alsoAsIntegers(values));
  const { integers, floats, stack } = placeArguments(passed, space === undefined ? [] : [space]);
  const result = await requireCaller(env.context)(entry, integers, floats, stack);
  if (space !== undefined) return valueAt(returns, space, env.context);
  return constantValue(returns, rustResult(returns, result));
}

async function run(
  entry: MemoryAddress,
  returns: Type,
  values: readonly Argument[],
  env: Environment,
): Promise<Value> {
  const caller = requireCaller(env.context);
  if (await isOfRust(entry, returns, values, env)) return runRust(entry, returns, values, env);
  const vectorBytes = vectorBytesOf(entry, returns, values, env.context);
  const throughMemory = classOf(returns, vectorBytes) === "memory";
  const space = throughMemory ? await allocateResult(requireSize(returns), env) : undefined;
  const words = placeArguments(values, space === undefined ? [] : [space], vectorBytes);
  const result = await caller(entry, words.integers, words.floats, words.stack);
  if (space !== undefined) return valueAt(returns, space, env.context);
  return constantValue(returns, resultBytes(returns, result, vectorBytes) ?? Buffer.alloc(0));
}
