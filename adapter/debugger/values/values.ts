/** Typed values: reading them from where they live, taking them apart, and writing them back. */
import type { Type } from "../../symbols/sourceTypes";
import { formatAddress, offsetBy } from "../../target/addresses";
import type { MemoryAddress } from "../../target/addresses";
import { TargetError } from "../../target/target";
import { UserError } from "../types";
import type { EvaluationContext, Frame, Value, ValuePlace } from "../types";
import { decodeInteger, extractBits, replaceBits } from "./valuesIntegers";
import { namedRegister, registerBytes, writeThreadRegister } from "./valuesRegisters";
import { isAggregate, plainType, sizeOf } from "./valuesTypes";
import { registerName } from "./valuesX86";

export const OPTIMIZED_OUT = "<optimized out>";

/** DWARF's number of the return address, the last of the general registers. */
const LAST_GENERAL = 16;

/** The bytes that are known of a register: those of ymm0. */
const LONGEST_REGISTER = 32;
const TOO_WIDE = "<in a register of 512 bits, which is not read>";

type BitField = { readonly bitSize: number; readonly bitOffset: number };

/** A value that lives nowhere: a literal or the result of an operator. */
export function constantValue(type: Type, bytes: Buffer): Value {
  return { type, place: { kind: "constant" }, bytes };
}

/** A value that cannot be had, with the text that stands for it. */
export function unavailableValue(type: Type, reason: string): Value {
  return { type, place: { kind: "constant" }, unavailable: reason };
}

/** The value of a type at an address. Scalars are read now, aggregates when their parts are asked for. */
export function valueAt(
  type: Type,
  address: MemoryAddress,
  context: EvaluationContext,
  bitField?: BitField,
): Value {
  return readPlace(type, { kind: "memory", address }, context, bitField);
}

/** The value of a type in a place. Scalars are read now, aggregates in memory when their parts are asked for. */
export function readPlace(
  type: Type,
  place: ValuePlace,
  context: EvaluationContext,
  bitField?: BitField,
): Value {
  const common = bitField === undefined ? { type, place } : { type, place, bitField };
  const plain = plainType(type);
  const lazy = isAggregate(plain) || plain.kind === "function" || plain.kind === "void";
  if (lazy && (place.kind === "memory" || place.kind === "pieces")) return common;
  const size = bitField === undefined ? sizeOf(type) : bytesOfBits(bitField);
  if (size === undefined) return { unavailable: "<incomplete type>", ...common };
  try {
    return { bytes: readFrom(place, 0, size, context), ...common };
  } catch (error) {
    if (error instanceof UserError) return { unavailable: error.message, ...common };
    throw error;
  }
}

function bytesOfBits(bitField: BitField): number {
  return Math.ceil((bitField.bitOffset + bitField.bitSize) / 8);
}

/** Reads bytes of a place. Throws UserError whose message is the text to show instead of the value. */
export function readFrom(
  place: ValuePlace,
  offset: number,
  length: number,
  context: EvaluationContext,
): Buffer {
  switch (place.kind) {
    case "memory":
      return readMemory(offsetBy(place.address, offset), length, context);
    case "register": {
      const value = frameRegister(place.number, context, context.frame);
      if (value === undefined) throw new UserError(OPTIMIZED_OUT);
      if ((place.offset ?? 0) + offset + length > LONGEST_REGISTER) throw new UserError(TOO_WIDE);
      return registerBytes(value, (place.offset ?? 0) + offset, length);
    }
    case "namedRegister":
      return registerBytes(namedRegister(place.name, context).value, (place.offset ?? 0) + offset, length);
    case "pieces":
      return readPieces(place.pieces, offset, length, context);
    case "constant":
      if (place.bytes === undefined) throw new UserError(OPTIMIZED_OUT);
      return place.bytes.subarray(offset, offset + length);
    case "optimizedOut":
      throw new UserError(OPTIMIZED_OUT);
  }
}

/**
 * A register of a frame as it is now: frames are unwound once a stop, and a register or the stack slot it was saved
 * in may have been set since. Undefined when it is not known in the frame.
 */
export function frameRegister(
  number: number,
  { target }: EvaluationContext,
  frame: Frame | undefined,
): bigint | undefined {
  const value = frame?.registers.value(number);
  if (frame === undefined || value === undefined || number > LAST_GENERAL) return value;
  const place = frame.registers.place(number);
  if (place?.kind === "register") return target.registers(frame.threadId).byDwarf(number);
  if (place === undefined) return value;
  const saved = target.memory.read(place.address, 8);
  return saved.length < 8 ? value : saved.readBigUInt64LE(0);
}

/** Reads all of `length` bytes of memory. Throws UserError `<cannot read memory at 0x10>`. */
export function readMemory(address: MemoryAddress, length: number, context: EvaluationContext): Buffer {
  const bytes = context.target.memory.read(address, length);
  if (bytes.length < length)
    throw new UserError(`<cannot read memory at ${formatAddress(offsetBy(address, bytes.length))}>`);
  return bytes;
}

type Pieces = readonly { place: ValuePlace; bytes: number }[];

function eachPiece(
  pieces: Pieces,
  offset: number,
  length: number,
  visit: (place: ValuePlace, offset: number, length: number, at: number) => void,
): void {
  let start = 0;
  for (const piece of pieces) {
    const from = Math.max(offset, start);
    const to = Math.min(offset + length, start + piece.bytes);
    if (from < to) visit(piece.place, from - start, to - from, from - offset);
    start += piece.bytes;
  }
}

function readPieces(pieces: Pieces, offset: number, length: number, context: EvaluationContext): Buffer {
  const result = Buffer.alloc(length);
  let known = 0;
  eachPiece(pieces, offset, length, (place, from, count, at) => {
    const bytes = readFrom(place, from, count, context);
    bytes.copy(result, at);
    known += bytes.length;
  });
  if (known < length) throw new UserError(OPTIMIZED_OUT);
  return result;
}

/** All bytes of a value, or a part of them. Throws UserError with the text that stands for a value without any. */
export function bytesOf(
  value: Value,
  context: EvaluationContext,
  offset = 0,
  length = (sizeOf(value.type) ?? 0) - offset,
): Buffer {
  if (value.unavailable !== undefined) throw new UserError(value.unavailable);
  if (value.bytes !== undefined && value.bytes.length >= offset + length)
    return value.bytes.subarray(offset, offset + length);
  return readFrom(value.place, offset, length, context);
}

/** A part of a value (member, element): `byteOffset` from its start, of another type. */
export function partOf(
  value: Value,
  type: Type,
  byteOffset: number,
  context: EvaluationContext,
  bitField?: BitField,
): Value {
  const place = partPlace(value.place, byteOffset);
  if (place.kind === "memory" || place.kind === "pieces") return readPlace(type, place, context, bitField);
  const common = bitField === undefined ? { type, place } : { type, place, bitField };
  const size = bitField === undefined ? sizeOf(type) : bytesOfBits(bitField);
  if (size === undefined) return { unavailable: "<incomplete type>", ...common };
  try {
    return { bytes: bytesOf(value, context, byteOffset, size), ...common };
  } catch (error) {
    if (error instanceof UserError) return { unavailable: error.message, ...common };
    throw error;
  }
}

function partPlace(place: ValuePlace, offset: number): ValuePlace {
  switch (place.kind) {
    case "register":
    case "namedRegister":
      return { ...place, offset: (place.offset ?? 0) + offset };
    case "pieces": {
      const rest: { place: ValuePlace; bytes: number }[] = [];
      eachPiece(place.pieces, offset, Number.MAX_SAFE_INTEGER - offset, (inner, from, count) =>
        rest.push({ place: partPlace(inner, from), bytes: count }),
      );
      return { kind: "pieces", pieces: rest };
    }
    case "constant":
      return place.bytes === undefined ? place : { ...place, bytes: place.bytes.subarray(offset) };
    case "memory":
      return { kind: "memory", address: offsetBy(place.address, offset) };
    default:
      return place;
  }
}

/** The integer a scalar value holds, bit-field or not. Throws UserError when it has none. */
export function integerOf(value: Value, signed: boolean, context: EvaluationContext): bigint {
  if (value.bitField === undefined) return decodeInteger(bytesOf(value, context), signed);
  if (value.bytes === undefined) throw new UserError(value.unavailable ?? OPTIMIZED_OUT);
  return extractBits(value.bytes, value.bitField.bitOffset, value.bitField.bitSize, signed);
}

/** Writes all bytes of a value where it lives and gives it as it is then. Throws UserError when it cannot. */
export function writeValue(value: Value, bytes: Buffer, context: EvaluationContext): Value {
  if (value.bitField === undefined) writeTo(value.place, 0, bytes, context);
  else {
    const { bitOffset, bitSize } = value.bitField;
    const old = readFrom(value.place, 0, bytesOfBits(value.bitField), context);
    writeTo(value.place, 0, replaceBits(old, bitOffset, bitSize, decodeInteger(bytes, false)), context);
  }
  return readPlace(value.type, value.place, context, value.bitField);
}

function writeTo(place: ValuePlace, offset: number, bytes: Buffer, context: EvaluationContext): void {
  switch (place.kind) {
    case "memory":
      writeMemory(offsetBy(place.address, offset), bytes, context);
      return;
    case "register":
      writeFrameRegister(place.number, (place.offset ?? 0) + offset, bytes, context);
      return;
    case "namedRegister":
      writeThreadRegister(place.name, (place.offset ?? 0) + offset, bytes, context);
      return;
    case "pieces":
      eachPiece(place.pieces, offset, bytes.length, (inner, from, count, at) =>
        writeTo(inner, from, bytes.subarray(at, at + count), context),
      );
      return;
    case "constant":
      throw new UserError("The value is a constant of the debug information and has no place to write to.");
    case "optimizedOut":
      throw new UserError("The value is optimized out and has no place to write to.");
  }
}

/** Writes memory. Throws UserError with the target's sentence. */
export function writeMemory(address: MemoryAddress, bytes: Buffer, context: EvaluationContext): void {
  try {
    context.target.memory.write(address, bytes);
    context.wrote?.({ kind: "memory", address, bytes: bytes.length });
  } catch (error) {
    if (error instanceof TargetError) throw new UserError(error.message);
    throw error;
  }
}

function writeFrameRegister(number: number, offset: number, bytes: Buffer, context: EvaluationContext): void {
  const place = context.frame?.registers.place(number);
  const narrow = registerName(number);
  const name = offset + bytes.length > 16 ? narrow?.replace("xmm", "ymm") : narrow;
  if (place?.kind === "memory") writeMemory(offsetBy(place.address, offset), bytes, context);
  else if (place !== undefined && name !== undefined) writeThreadRegister(name, offset, bytes, context);
  else throw new UserError(`Register ${name ?? number} of this frame is not known, so it cannot be set.`);
}
