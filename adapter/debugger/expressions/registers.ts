/** `$rip`, `$eax`, `$xmm0` ...: registers as values that can be set. */
import type { RecordType, Type } from "../../symbols/sourceTypes";
import type { RegisterValue } from "../../target/target";
import { UserError } from "../types";
import type { EvaluationContext, Value } from "../types";
import { readPlace } from "../values/values";
import { builtin, pointerTo, vectorOf, voidType } from "../values/valuesTypes";
import { generalRegisterNumber, subRegister } from "../values/valuesX86";

const aliases: Record<string, string> = { pc: "rip", sp: "rsp", fp: "rbp" };

const partTypes: Record<number, Type> = {
  1: builtin.signedChar,
  2: builtin.short,
  4: builtin.int,
  8: builtin.long,
};

/** The value of `$name` in the context's frame. Throws UserError when there is no such register. */
export function registerValue(name: string, context: EvaluationContext): Value {
  const full = aliases[name] ?? name;
  const number = generalRegisterNumber(full);
  if (number !== undefined) return readPlace(generalType(full), generalPlace(number, full, context), context);
  const part = subRegister(full);
  const whole = part && generalRegisterNumber(part.register);
  if (part !== undefined && whole !== undefined) {
    const place = { kind: "register" as const, number: whole, offset: part.byteOffset };
    return readPlace(partTypes[part.byteSize] ?? builtin.int, place, context);
  }
  const vector = /^xmm(\d|1[0-5])$/.test(full) ? full.replace("x", "y") : undefined;
  const found = registersOf(context).find((register) => register.name === full || register.name === vector);
  if (found === undefined) throw new UserError(`There is no register $${name} here.`);
  const bits = found.name === vector ? 128 : found.bits;
  return readPlace(registerType({ ...found, bits }), { kind: "namedRegister", name: full }, context);
}

function generalPlace(number: number, name: string, context: EvaluationContext): Value["place"] {
  return context.frame === undefined ? { kind: "namedRegister", name } : { kind: "register", number };
}

/** All registers of the context's thread; empty without one. */
export function registersOf(context: EvaluationContext): readonly RegisterValue[] {
  const threadId = context.frame?.threadId ?? context.threadId;
  return threadId === undefined ? [] : context.target.registers(threadId).list();
}

function generalType(name: string): Type {
  return name === "rip" || name === "rsp" || name === "rbp" ? pointerTo(voidType) : builtin.long;
}

/** The type that a register is shown and set as. */
export function registerType(register: RegisterValue): Type {
  if (register.bits > 64 && register.group === "vector") return vectorType(register.bits / 8);
  if (register.bits === 80) return { ...builtin.longDouble, byteSize: 10 };
  if (generalRegisterNumber(register.name) !== undefined) return generalType(register.name);
  if (register.bits > 64) return { ...builtin.unsigned128, byteSize: register.bits / 8 };
  return register.bits > 32 ? builtin.unsignedLong : builtin.unsigned;
}

/** A vector register as all the arrays it may hold, named as GDB names them. */
function vectorType(bytes: number): RecordType {
  const half = { ...builtin.float, byteSize: 2 };
  const lanes: [string, Type][] = [
    [`v${bytes / 4}_float`, builtin.float],
    [`v${bytes / 8}_double`, builtin.double],
    [`v${bytes}_int8`, builtin.signedChar],
    [`v${bytes / 2}_int16`, builtin.short],
    [`v${bytes / 4}_int32`, builtin.int],
    [`v${bytes / 8}_int64`, builtin.long],
    [`v${bytes / 2}_half`, { ...half, displayName: "half" }],
    [`v${bytes / 2}_bfloat16`, { ...half, displayName: "bfloat16" }],
  ];
  const members = lanes.map(([name, type]) => ({ name, type: vectorOf(type, bytes), byteOffset: 0 }));
  const wide =
    bytes === 16
      ? { name: "uint128", type: builtin.unsigned128, byteOffset: 0 }
      : { name: `v${bytes / 16}_int128`, type: vectorOf(builtin.int128, bytes), byteOffset: 0 };
  return {
    kind: "union",
    displayName: `vector of ${bytes * 8} bits`,
    byteSize: bytes,
    members: [...members, wide],
    incomplete: false,
  };
}
