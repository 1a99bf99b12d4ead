/** `object = value` where copying the bytes would not do: texts, what an object holds, and classes with an operator =. */
import { memoryAddress, toMemory } from "../../target/addresses";
import type { MemoryAddress } from "../../target/addresses";
import { UserError } from "../types";
import type { Value } from "../types";
import { valueAt, writeMemory } from "../values";
import { encodeInteger } from "../valuesIntegers";
import { elementCount, isPointer, plainType, sameType } from "../valuesTypes";
import { recordOf } from "../valuesMembers";
import { addressOfValue, type TextRoom, type View } from "../views/view";
import { viewOf } from "../views/views";
import { assign } from "./assignments";
import type { Environment } from "./environment";
import { requireCalls } from "./environment";
import { applyToObjects } from "./operators";
import { placeBytes, requireCaller } from "./programMemory";
import { textOf } from "./texts";

/** `target = value`; gives the target as it is then. Throws UserError. */
export async function assignValue(target: Value, value: Value, env: Environment): Promise<Value> {
  if (recordOf(target.type, env.context) === undefined) return assign(target, value, env.context);
  const view = viewOf(target, env.context);
  const stored = view?.kind === "text" ? await storeText(target, view, value, env) : undefined;
  if (stored !== undefined) return stored;
  if (view?.kind === "stead" && !isPointer(plainType(view.value.type))) {
    await assignValue(view.value, value, env);
    return target.place.kind === "memory" ? valueAt(target.type, target.place.address, env.context) : target;
  }
  return (await applyToObjects("=", [target, value], env)) ?? assignPlain(target, value, env);
}

function assignPlain(target: Value, value: Value, env: Environment): Value {
  const plain = plainType(target.type);
  if ("members" in plain && plain.passedByReference === true && sameType(value.type, target.type))
    throw new UserError(
      `A ${target.type.displayName} is copied by code of its own, which this program does not have for this: set its members one by one.`,
    );
  return assign(target, value, env.context);
}

/** Undefined: what is given is no text. */
async function storeText(
  target: Value,
  { text, room }: View & { kind: "text" },
  value: Value,
  env: Environment,
): Promise<Value | undefined> {
  const given = textOf(value, env.context);
  if (given === undefined || room === undefined) return undefined;
  if (BigInt(given.length) <= room.capacity) putText(addressOfValue(text), room, given, env);
  else await replaceText(target, text, given, room, env);
  return valueAt(target.type, addressOfValue(target), env.context);
}

function putText(at: MemoryAddress, room: TextRoom, given: Buffer, { context }: Environment): void {
  const bytes = room.isTerminated ? Buffer.concat([given, Buffer.alloc(1)]) : given;
  if (bytes.length > 0) writeMemory(at, bytes, context);
  writeMemory(memoryAddress(room.lengthAt), encodeInteger(BigInt(given.length), 8), context);
}

/** basic_string<char>::_M_replace(pos, length, text, its length), of libstdc++'s library (bits/basic_string.h). */
const REPLACE = "_ZNSt7__cxx1112basic_stringIcSt11char_traitsIcESaIcEE10_M_replaceEmmPKcm";

/** Has the library make room. */
async function replaceText(
  target: Value,
  text: Value,
  given: Buffer,
  { capacity }: TextRoom,
  env: Environment,
): Promise<void> {
  const entry = codeOf(REPLACE, env);
  const isString = /^std::(?:__cxx11::)?basic_string<char,/.test(plainType(target.type).displayName);
  if (entry === undefined || !isString)
    throw new UserError(
      `The text has ${given.length} byte${given.length === 1 ? "" : "s"}, and there is room for ${capacity}.`,
    );
  requireCalls(env);
  const plain = plainType(text.type);
  const length = plain.kind === "array" ? (elementCount(plain) ?? 0) : 0;
  const at = await placeBytes(given, env);
  await requireCaller(env.context)(entry, [
    addressOfValue(target),
    0n,
    BigInt(length),
    at,
    BigInt(given.length),
  ]);
}

function codeOf(symbolName: string, { place }: Environment): MemoryAddress | undefined {
  for (const { symbols, bias } of place.modules) {
    const symbol = symbols.elfSymbolNamed(symbolName);
    if (symbol?.kind === "function") return toMemory(symbol.address, bias);
  }
  return undefined;
}
