/** Calls in expressions: finding the function, converting arguments, getting the result. */
import type { FunctionType, Type } from "../../symbols/sourceTypes";
import { memoryAddress, toMemory } from "../../target/addresses";
import type { MemoryAddress } from "../../target/addresses";
import { UserError } from "../types";
import type { Value } from "../types";
import { constantValue } from "../values/values";
import { findMember, recordOf } from "../values/valuesMembers";
import { builtin, functionType, isPointer, plainTarget, plainType, sameType } from "../values/valuesTypes";
import { lookedUp } from "../views/methods";
import { viewOf } from "../views/views";
import { decayed, dereference, memberNamed, throughReference } from "./access";
import { categoryOf } from "./arithmeticTypes";
import { convertForStore } from "./assignments";
import { isComplex } from "./complexArithmetic";
import { convertedTo } from "./conversionOperators";
import { splitName } from "./enclosingScopes";
import { requireCalls } from "./environment";
import type { Environment } from "./environment";
import { evaluated, evaluatedFor, invoke, notCalled } from "./invocation";
import { methodCall, objectsHere } from "./methodCalls";
import { hasScopes, isRust, languageAt, lookUpName } from "./names";
import { ofClass } from "./operators";
import { bestFitting, noneTakes, overloadsOf, wrongCount } from "./overloads";
import type { Callable } from "./overloads";
import { convertPointer } from "./pointerConversions";
import { placedInMemory, requireCaller } from "./programMemory";
import { rustLook } from "./rustLooks";
import { asRust } from "./rustTypes";
import { addressIn, convertScalar, scalarValue } from "./scalars";
import type { Expression } from "./syntax";
import { instancesNamed } from "./templateInstances";
import { isVector, reinterpreted } from "./vectorArithmetic";

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
      const result = await methodCall(object, named.name, expression.arguments, env);
      if (result !== undefined) return result;
    }
  const instances = named.kind === "name" && named.scope === undefined ? templateNamed(named.name, env) : [];
  if (instances.length > 0) return callOverload(instances, expression, env);
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
  const record = throughReference(await env.evaluate(callee.record, env), env.context);
  const holder = (arrow ? await ofClass("->", [record], env) : undefined) ?? record;
  const object = arrow || isPointer(plainType(holder.type)) ? dereference(holder, env.context) : holder;
  const view = expression.arguments.length === 0 ? viewOf(object, env.context) : undefined;
  const ofRust = isRust(env.place);
  const looked =
    ofRust && expression.arguments.length === 0 ? rustLook(object, name, env.context) : undefined;
  const seen = looked ?? (view && lookedUp(view, name));
  if (seen !== undefined) return ofRust ? asRust(seen, "length") : seen;
  requireCalls(env);
  const type = recordOf(object.type, env.context);
  if (type === undefined || findMember(type, name) !== undefined)
    return callValue(memberNamed(holder, name, env.context, arrow), expression, env, castTo);
  const result = await methodCall(object, name, expression.arguments, env);
  if (result !== undefined) return result;
  throw new UserError(
    `${plainType(object.type).displayName} has no member or method named "${name}" in this program; ` +
      "a method that the program never calls is left out by the compiler.",
  );
}

async function callValue(
  callee: Value,
  expression: Expression & { kind: "call" },
  env: Environment,
  castTo?: Type,
): Promise<Value> {
  const object = throughReference(callee, env.context);
  if (recordOf(object.type, env.context)) {
    const result = await methodCall(object, "operator()", expression.arguments, env);
    if (result !== undefined) return result;
  }
  const overloads = expression.callee.kind === "name" ? overloadsNamed(expression.callee, env) : [];
  if (overloads.length > 1) return callOverload(overloads, expression, env);
  const type = calledType(callee);
  const returns = returnedType(type, castTo, expression.callee);
  const values = await evaluatedFor(expression.arguments, type.parameters, env);
  checkCount(calleeName(expression.callee) ?? "The function", type, values.length, env);
  if (env.typeOnly) return notCalled(returns);
  const entry = await entryOf(callee, expression.callee, env);
  return invoke(entry, type, values, env, returns);
}

/** The functions that a template is in this program, where nothing else that can be called has its name. */
function templateNamed(name: string, { place, context }: Environment): readonly Callable[] {
  const meaning = languageAt(place) === "c++" ? lookUpName(name, place) : undefined;
  if (meaning?.kind === "function") return [];
  if (meaning?.kind === "variable") {
    const type = plainTarget(meaning.symbol.type);
    const called = isPointer(type) ? plainType(type.target) : type;
    if (called.kind === "function" || recordOf(type, context) !== undefined) return [];
  }
  return instancesNamed(name, place);
}

function overloadsNamed(
  { name, scope }: Expression & { kind: "name" },
  { place }: Environment,
): readonly Callable[] {
  const meaning = hasScopes(place) ? lookUpName(name, place, scope) : undefined;
  const overloads = overloadsOf(meaning);
  // Of two that fit alike the one that is no template is meant.
  return overloads.length === 0 || meaning?.kind !== "function" || scope !== undefined
    ? overloads
    : [...overloads, ...instancesNamed(name, place, splitName(meaning.symbol.name).written)];
}

/** A call of that of several functions of one name which takes what is given. */
async function callOverload(
  overloads: readonly Callable[],
  expression: Expression & { kind: "call" },
  env: Environment,
): Promise<Value> {
  const given = await evaluated(expression.arguments, env);
  const found = bestFitting(overloads, given, env.context);
  if (found === undefined)
    throw noneTakes(calleeName(expression.callee) ?? "function", overloads, given, env);
  if (env.typeOnly) return notCalled(found.type.returns);
  return invoke(found.entry(), found.type, given, env);
}

function checkCount(name: string, type: FunctionType, given: number, env: Environment): void {
  const wanted = type.parameters.length;
  if (given === wanted || (type.variadic && given > wanted) || type.takesAny === true) return;
  throw wrongCount(name, type, given, env);
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

/** A cast of a scalar, a struct to its own type, or anything to void. Throws UserError. */
export async function cast(value: Value, type: Type, env: Environment): Promise<Value> {
  const category = categoryOf(type);
  if (category === "void") return constantValue(type, Buffer.alloc(0));
  if (category === "vector" || isVector(value)) return reinterpreted(value, type, env.context);
  const isOwn = ({ type: from }: Value): boolean => sameType(plainType(from), plainType(type));
  const own = isOwn(value) ? undefined : await convertedTo(value, type, env);
  if (own !== undefined) return isOwn(own) ? own : cast(own, type, env);
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
