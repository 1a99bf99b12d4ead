/** Calls in expressions: finding the function, converting arguments, getting the result. */
import { memoryAddress, toMemory } from "../../target/addresses";
import type { MemoryAddress } from "../../target/addresses";
import type { FunctionType, Type } from "../../symbols/sourceTypes";
import { UserError } from "../types";
import type { Value } from "../types";
import { bytesOf, constantValue, valueAt } from "../values";
import { builtin, functionType, integerTraits, isReference, plainType, isPointer } from "../valuesTypes";
import { readVariable } from "../valuesLocation";
import { findMember, recordOf } from "../valuesMembers";
import { lookedUp } from "../views/methods";
import { viewOf } from "../views/views";
import { addressOf, decayed, dereference, memberNamed, throughReference } from "./access";
import { categoryOf, promoted } from "./arithmeticTypes";
import { convertForStore } from "./assignments";
import { isComplex } from "./complexArithmetic";
import { classOf, extendArgument, placeArguments, resultBytes } from "./conventionX86";
import type { Argument } from "./conventionX86";
import { requireCalls, requireSize } from "./environment";
import type { Environment } from "./environment";
import { codeOf, methodMeant, methodsNamed } from "./methods";
import { hasScopes, lookUpName, scopedVariable } from "./names";
import { convertPointer } from "./pointerConversions";
import { bestFitting, countOf, overloadsOf } from "./overloads";
import type { Callable } from "./overloads";
import { allocate, placedInMemory, requireCaller } from "./programMemory";
import { addressIn, convertScalar, scalarValue } from "./scalars";
import type { Expression } from "./syntax";
import { isVector, reinterpreted } from "./vectorArithmetic";
import { vectorBytesOf } from "./vectorCodeX86";

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
  const named = expression.callee;
  if (named.kind === "member") return memberCall(expression, named, env, castTo);
  requireCalls(env);
  if (named.kind === "name" && named.scope === undefined)
    for (const object of objectsHere(named.name, env)) {
      const result = await methodCall(object, named.name, expression, env);
      if (result !== undefined) return result;
    }
  return callValue(await env.evaluate(expression.callee, env), expression, env, castTo);
}

/** `object.name(arguments)`: a look at a value of the library, a method, or a member that points to a function. */
async function memberCall(
  expression: Expression & { kind: "call" },
  callee: Expression & { kind: "member" },
  env: Environment,
  castTo?: Type,
): Promise<Value> {
  const { name, arrow } = callee;
  const holder = throughReference(await env.evaluate(callee.record, env), env.context);
  const object = arrow || isPointer(plainType(holder.type)) ? dereference(holder, env.context) : holder;
  const view = expression.arguments.length === 0 ? viewOf(object, env.context) : undefined;
  const seen = view && lookedUp(view, name);
  if (seen !== undefined) return seen;
  requireCalls(env);
  const record = recordOf(object.type, env.context);
  if (record === undefined || findMember(record, name) !== undefined)
    return callValue(memberNamed(holder, name, env.context, arrow), expression, env, castTo);
  const result = await methodCall(object, name, expression, env);
  if (result !== undefined) return result;
  throw new UserError(
    `${plainType(object.type).displayName} has no member or method named "${name}" in this program; ` +
      "a method that the program never calls is left out by the compiler.",
  );
}

/** The object of the method that the program stands in, where a name may be of another method of it; of a lambda then what it captured. */
function objectsHere(name: string, { place, context }: Environment): readonly Value[] {
  const self = hasScopes(place) ? scopedVariable("this", place) : undefined;
  if (self === undefined || place.module === undefined || scopedVariable(name, place)) return [];
  const pointer = readVariable(self, place.module, context);
  if (pointer.unavailable !== undefined) return [];
  const object = dereference(pointer, context);
  const record = recordOf(object.type, context);
  if (record === undefined || findMember(record, "this") === undefined) return [object];
  const captured = memberNamed(object, "this", context);
  return [object, isPointer(plainType(captured.type)) ? dereference(captured, context) : captured];
}

/** Undefined: the object's class has no such method. */
async function methodCall(
  object: Value,
  name: string,
  expression: Expression & { kind: "call" },
  env: Environment,
): Promise<Value | undefined> {
  const methods = methodsNamed(object, name, env.context);
  if (methods.length === 0) return undefined;
  const given = await evaluated(expression.arguments, env);
  const method = methodMeant(methods, object, name, given);
  const { type, self } = method;
  if (env.typeOnly) return notCalled(type.returns);
  const entry = codeOf(method, object, name);
  const values = self === undefined ? given : [self, ...given];
  const converted = await convertAll(values, type, env);
  return throughReference(await run(entry, type.returns, converted, env), env.context);
}

function notCalled(type: Type): Value {
  return { type, place: { kind: "constant" }, unavailable: "<not called>" };
}

async function evaluated(expressions: readonly Expression[], env: Environment): Promise<Value[]> {
  const values: Value[] = [];
  for (const expression of expressions) values.push(await env.evaluate(expression, env));
  return values;
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

async function callValue(
  callee: Value,
  expression: Expression & { kind: "call" },
  env: Environment,
  castTo?: Type,
): Promise<Value> {
  const overloads = expression.callee.kind === "name" ? overloadsNamed(expression.callee, env) : [];
  if (overloads.length > 1) return callOverload(overloads, expression, env);
  const type = calledType(callee);
  const returns = returnedType(type, castTo, expression.callee);
  const values = await evaluated(expression.arguments, env);
  checkCount(calleeName(expression.callee) ?? "The function", type, values.length);
  if (env.typeOnly) return notCalled(returns);
  const converted = await convertAll(values, type, env);
  const entry = await entryOf(callee, expression.callee, env);
  return throughReference(await run(entry, returns, converted, env), env.context);
}

function overloadsNamed(
  { name, scope }: Expression & { kind: "name" },
  env: Environment,
): readonly Callable[] {
  return hasScopes(env.place) ? overloadsOf(lookUpName(name, env.place, scope)) : [];
}

/** A call of that of several functions of one name which takes what is given. */
async function callOverload(
  overloads: readonly Callable[],
  expression: Expression & { kind: "call" },
  env: Environment,
): Promise<Value> {
  const given = await evaluated(expression.arguments, env);
  const found = bestFitting(overloads, given);
  if (found === undefined)
    throw new UserError(`No ${calleeName(expression.callee) ?? "function"} takes ${countOf(given.length)}.`);
  if (env.typeOnly) return notCalled(found.type.returns);
  const converted = await convertAll(given, found.type, env);
  return throughReference(await run(found.entry(), found.type.returns, converted, env), env.context);
}

function checkCount(name: string, type: FunctionType, given: number): void {
  const wanted = type.parameters.length;
  if (given === wanted || (type.variadic && given > wanted) || type.takesAny === true) return;
  const takes = `${type.variadic ? "at least " : ""}${countOf(wanted)}`;
  throw new UserError(`${name} takes ${takes}, but ${given} ${given === 1 ? "is" : "are"} given.`);
}

async function convertArgument(
  value: Value,
  parameter: Type | undefined,
  env: Environment,
): Promise<Argument> {
  const { context } = env;
  if (parameter !== undefined && isReference(plainType(parameter)))
    return { type: parameter, bytes: bytesOf(convertPointer(addressOf(value), parameter, context), context) };
  const usable = decayed(await placedInMemory(value, env));
  const type = parameter ?? defaultPromoted(usable);
  const plain = plainType(type);
  if ("members" in plain && plain.passedByReference === true)
    throw new UserError(
      `A ${plain.displayName} is passed as a copy that only the program's own code can make: call a function that takes a reference.`,
    );
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
  values: readonly Argument[],
  env: Environment,
): Promise<Value> {
  const caller = requireCaller(env.context);
  const vectorBytes = vectorBytesOf(entry, returns, values, env.context);
  const throughMemory = classOf(returns, vectorBytes) === "memory";
  const space = throughMemory ? await allocate(requireSize(returns), env) : undefined;
  const words = placeArguments(values, space === undefined ? [] : [space], vectorBytes);
  const result = await caller(entry, words.integers, words.floats, words.stack);
  if (space !== undefined) return valueAt(returns, space, env.context);
  return constantValue(returns, resultBytes(returns, result, vectorBytes) ?? Buffer.alloc(0));
}

/** A cast of a scalar, a struct to its own type, or anything to void. Throws UserError. */
export async function cast(value: Value, type: Type, env: Environment): Promise<Value> {
  const category = categoryOf(type);
  if (category === "void") return constantValue(type, Buffer.alloc(0));
  if (category === "vector" || isVector(value)) return reinterpreted(value, type, env.context);
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
