/** Calls of methods in expressions, by the object that they are called for. */
import type { Value } from "../types";
import { readVariable } from "../values/valuesLocation";
import { recordOf, findMember } from "../values/valuesMembers";
import { isPointer, plainType } from "../values/valuesTypes";
import { dereference, memberNamed } from "./access";
import { splitName } from "./enclosingScopes";
import type { Environment } from "./environment";
import { evaluated, evaluatedFor, invoke, notCalled } from "./invocation";
import { methodMeant, methodsNamed, partOfClass, requireObject } from "./methods";
import type { Method } from "./methods";
import { hasScopes, scopedVariable } from "./names";
import { placedResult } from "./programMemory";
import type { Expression } from "./syntax";

/** The object of the method that the program stands in, where a name may be of another method of it; of a lambda then what it captured. */
export function objectsHere(name: string, { place, context }: Environment): readonly Value[] {
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

/** An object that a call has given, in memory, so that it has methods. Throws UserError. */
export async function addressable(object: Value, env: Environment): Promise<Value> {
  const isResult = object.place.kind === "constant" && object.bytes !== undefined && !env.typeOnly;
  return isResult && recordOf(object.type, env.context) ? placedResult(object, env) : object;
}

/** `name` as it is, or what `Base::name` means of an object: the part that is of that class, and the method's name there. */
function qualified(
  object: Value,
  name: string,
  env: Environment,
): { part: Value; plain: string; isExact: boolean } | undefined {
  const { plain, written } = splitName(name);
  if (written === "") return { part: object, plain, isExact: false };
  const part = partOfClass(object, written, env.context);
  return part && { part, plain, isExact: true };
}

/**
 * Calls a method of an object; `Base::name` is that of a base class, also where it is virtual. Undefined: the object's class has
 * no such method. Throws UserError.
 */
export async function methodCall(
  object: Value,
  name: string,
  args: readonly Expression[],
  env: Environment,
): Promise<Value | undefined> {
  const meant = qualified(await addressable(object, env), name, env);
  const methods = meant ? methodsNamed(meant.part, meant.plain, env.context, meant.isExact) : [];
  if (meant === undefined || methods.length === 0) return undefined;
  return callBest(methods, meant.part, meant.plain, await given(args, methods, env), env);
}

/** The values of arguments; in Rust, where a name is of one method, what its parameters are may tell what is meant. */
async function given(
  args: readonly Expression[],
  [method, ...others]: readonly Method[],
  env: Environment,
): Promise<Value[]> {
  if (method === undefined || others.length > 0) return evaluated(args, env);
  const parameters = method.type.parameters.slice(method.self === undefined ? 0 : 1);
  return evaluatedFor(args, parameters, env);
}

/** Calls the one of an object's methods that takes what is given. Throws UserError. */
export function callBest(
  methods: readonly Method[],
  object: Value,
  name: string,
  given: readonly Value[],
  env: Environment,
): Promise<Value> {
  const { type, self, entry } = methodMeant(methods, object, name, given, env);
  if (env.typeOnly) return Promise.resolve(notCalled(type.returns));
  requireObject(self, object, name);
  return invoke(entry(), type, self === undefined ? given : [self, ...given], env);
}
