/** `object = value` where copying the bytes would not do: texts, what an object holds, and classes with an operator =. */
import { isUtf8 } from "node:buffer";
import type { Type } from "../../symbols/sourceTypes";
import { standardString } from "../../symbols/standardString";
import { memoryAddress } from "../../target/addresses";
import type { MemoryAddress } from "../../target/addresses";
import { UserError } from "../types";
import type { EvaluationContext, Value } from "../types";
import { valueAt, writeMemory } from "../values/values";
import { encodeInteger } from "../values/valuesIntegers";
import { recordOf } from "../values/valuesMembers";
import { elementCount, isCharacter, isPointer, plainType, sameType } from "../values/valuesTypes";
import { addressOfValue, type TextRoom, type View } from "../views/view";
import { viewOf } from "../views/views";
import { assign } from "./assignments";
import type { Environment } from "./environment";
import { requireCalls } from "./environment";
import { isRust } from "./names";
import { applyToObjects } from "./operators";
import { codeNamed, placeBytes, requireCaller } from "./programMemory";
import { isMade } from "./rustValues";
import { textOf } from "./texts";

/** `target = value`; gives the target as it is then. Throws UserError. */
export async function assignValue(target: Value, value: Value, env: Environment): Promise<Value> {
  if (!isMade(value)) requireNoOwner(target, value, env);
  if (recordOf(target.type, env.context) === undefined) return assign(target, value, env.context);
  const view = viewOf(target, env.context);
  const stored = view?.kind === "text" ? await storeText(target, view, value, env) : undefined;
  if (stored !== undefined) return stored;
  const isSame = sameType(value.type, target.type);
  if (!isSame && view?.kind === "stead" && !isPointer(plainType(view.value.type))) {
    await assignValue(view.value, value, env);
    return target.place.kind === "memory" ? valueAt(target.type, target.place.address, env.context) : target;
  }
  return (await applyToObjects("=", [target, value], env)) ?? assignPlain(target, value, env);
}

/** What owns memory in Rust: core::ptr, and boxes. */
const OWNING = /^(?:core::ptr::(?:unique::Unique|non_null::NonNull)|alloc::boxed::Box)</;
const DEEPEST = 16;

/** Whether a value of a type of Rust's frees memory at its end. */
export function ownsMemory(type: Type, context: EvaluationContext, depth = 0): boolean {
  const plain = plainType(type);
  if (OWNING.test(plain.displayName)) return true;
  if (plain.kind === "array") return ownsMemory(plain.element, context, depth + 1);
  const record = depth > DEEPEST ? undefined : recordOf(plain, context);
  const variants = record?.variantPart?.variants.flatMap(({ members }) => members) ?? [];
  return [...(record?.members ?? []), ...variants].some((member) =>
    ownsMemory(member.type, context, depth + 1),
  );
}

/** Rust has one owner of everything, and no pointer leads to what it is not for. Throws UserError. */
export function requireNoOwner(target: Value, value: Value, { place, context }: Environment): void {
  if (!isRust(place)) return;
  const [to, from] = [plainType(target.type), plainType(value.type)];
  const isText = from.kind === "array" && isCharacter(plainType(from.element));
  if (isPointer(to) && isText) throw new UserError(`A text is no ${to.displayName}: set what that leads to.`);
  if (sameType(to, from) && ownsMemory(to, context))
    throw new UserError(
      `A ${to.displayName} owns what it has: with two owners it would be freed twice. Set its parts one by one.`,
    );
}

function assignPlain(target: Value, value: Value, env: Environment): Value {
  const plain = plainType(target.type);
  const isByCode = "members" in plain && (plain.passedByReference === true || plain.assignedByCode === true);
  if (isByCode && sameType(value.type, target.type)) {
    const advice = plain.displayName.startsWith("std::") ? "" : ": set its members one by one";
    throw new UserError(
      `A ${target.type.displayName} is copied by code of its own, which this program does not have for this${advice}.`,
    );
  }
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
  if (room.isUtf8 && !isUtf8(given))
    throw new UserError(`A ${plainType(target.type).displayName} holds UTF-8 only, which this text is not.`);
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
  const isString = standardString(plainType(target.type).displayName) !== undefined;
  const entry = isString ? codeNamed(REPLACE, env) : undefined;
  if (entry === undefined)
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
