/** The values of names in expressions: variables, functions, members of `this`, enumerators. */
import { toMemory } from "../../target/addresses";
import { UserError } from "../types";
import type { Value } from "../types";
import { valueAt } from "../values/values";
import { readVariable } from "../values/valuesLocation";
import { findMember, recordOf } from "../values/valuesMembers";
import { builtin, plainType, pointerTo, voidType } from "../values/valuesTypes";
import { memberNamed, throughReference } from "./access";
import { splitName } from "./enclosingScopes";
import type { Environment } from "./environment";
import { undescribedFunction } from "./functionCalls";
import { libraryFunction, libraryName } from "./libraryFunctions";
import { objectsHere } from "./methodCalls";
import { partOfClass } from "./methods";
import { hasScopes, isRust, languageAt, lookUpName, scopedVariable } from "./names";
import type { Meaning } from "./names";
import { rustConstant } from "./rustTypes";
import { scalarValue } from "./scalars";

/** The value of a name; the type `<no debug information>` for data that only the symbol table knows. */
export function nameValue(name: string, scope: string | undefined, env: Environment): Value {
  const mayBeMember = scope === undefined && hasScopes(env.place);
  const member = mayBeMember && !isScoped(name, env) ? memberOfThis(name, env) : undefined;
  if (member !== undefined) return member;
  // In a method the name of a base class means that class first.
  const inherited = mayBeMember && /.::/.test(name) ? memberOfBase(name, env) : undefined;
  if (inherited !== undefined) return inherited;
  const ofLibrary = scope === undefined ? libraryName(name) : undefined;
  const meaning =
    lookUpName(name, env.place, scope) ??
    (ofLibrary === undefined ? undefined : lookUpName(ofLibrary, env.place));
  if (meaning !== undefined) return meaningValue(meaning, ofLibrary ?? name, env);
  if (name === "true" || name === "false")
    return scalarValue({ kind: "integer", value: name === "true" ? 1n : 0n }, builtin.bool);
  if (name === "NULL" || name === "nullptr")
    return scalarValue({ kind: "integer", value: 0n }, pointerTo(voidType));
  const constant = isRust(env.place) ? rustConstant(name) : undefined;
  if (constant !== undefined) return constant;
  throw new UserError(`No symbol "${name}" in this context.`);
}

/** `object.name`, `pointer->name` of what all objects of a C++ class share: a static member, also of a base; undefined: it is none. */
export function staticMember(holder: Value, name: string, env: Environment): Value | undefined {
  const plain = plainType(holder.type);
  const record = recordOf(plain.kind === "pointer" ? plain.target : plain, env.context);
  if (record === undefined || languageAt(env.place) !== "c++" || findMember(record, name)) return undefined;
  const whole = `${record.displayName}::${name}`;
  const meaning = lookUpName(whole, { ...env.place, scopes: [] });
  if (meaning?.kind !== "variable") return undefined;
  return throughReference(meaningValue(meaning, whole, env), env.context);
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

/** `Base::name` in a method: a member that the object has of a base class. */
function memberOfBase(name: string, env: Environment): Value | undefined {
  const { plain, written } = splitName(name);
  for (const object of objectsHere(plain, env)) {
    const part = partOfClass(object, written, env.context);
    if (part && hasMember(part, plain, env)) return memberNamed(part, plain, env.context);
  }
  return undefined;
}

/** Of an object, or of what a pointer leads to. */
function hasMember({ type }: Value, name: string, { context }: Environment): boolean {
  const plain = plainType(type);
  const record = recordOf(plain.kind === "pointer" ? plain.target : plain, context);
  return record !== undefined && findMember(record, name) !== undefined;
}

/** The type of data that only the symbol table knows. */
export const noType = { ...voidType, displayName: "<no debug information>" };

function meaningValue(meaning: Meaning, name: string, env: Environment): Value {
  const { context } = env;
  switch (meaning.kind) {
    case "variable":
      return readVariable(meaning.symbol, meaning.module, context);
    case "enumerator":
      return scalarValue({ kind: "integer", value: meaning.value }, meaning.type);
    case "function": {
      const { symbol, module } = meaning;
      const type = module.symbols.functionTypeOf(symbol) ?? libraryFunction(name.replace(/^::/, ""), module);
      return valueAt(type ?? undescribedFunction, toMemory(symbol.entry, module.bias), context);
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
