/** Storing what a person typed into a row of the variables view. */
import type { ArrayType, EnumType } from "../../symbols/sourceTypes";
import { categoryOf } from "../expressions/arithmeticTypes";
import { convertForStore, requireInRange } from "../expressions/assignments";
import { evaluateToValue } from "../expressions/evaluation";
import { environmentOf } from "../expressions/evaluator";
import { assignValue } from "../expressions/objectAssignments";
import { placedInMemory } from "../expressions/programMemory";
import { UserError } from "../types";
import type { EvaluationContext, Value } from "../types";
import { encodeDecimal } from "./formatFloats";
import { bytesOf, constantValue, integerOf, OPTIMIZED_OUT, partOf, writeValue } from "./values";
import { encodeInteger } from "./valuesIntegers";
import {
  asVector,
  elementCount,
  elementType,
  isCharacter,
  isPointer,
  plainType,
  sizeOf,
} from "./valuesTypes";

/**
 * Why a value cannot be set, as the rest of a sentence that begins with its name; undefined: it has a place that can be
 * written, in a program that is alive.
 */
export function unsettable(value: Value, context: EvaluationContext): string | undefined {
  const plain = plainType(value.type);
  if (context.target.execution === undefined)
    return "belongs to a checkpoint and cannot be changed: restart it first.";
  if (value.unavailable === OPTIMIZED_OUT)
    return "is optimized out here, so there is no place to store a value in.";
  if (value.unavailable !== undefined)
    return `cannot be changed, since it cannot be read: ${value.unavailable.replace(/^<|>$/g, "")}.`;
  if (value.place.kind === "register" && context.frame?.tailCall !== undefined)
    return "is of a function that has left by a jump to another one: there is nothing to set any more.";
  if (value.place.kind === "constant") return "is a constant here, without a place to store a value in.";
  if (plain.kind === "function" || plain.kind === "void")
    return `is of type ${value.type.displayName}, which cannot be set.`;
  if (plain.kind !== "array" || plain.isVector === true || isCharacter(plainType(plain.element)))
    return undefined;
  return "is an array: set its elements one by one.";
}

/**
 * Evaluates what was typed and stores it, converted to the value's type. What the view itself shows (`97 'a'`,
 * `0x401136 <main>`, `1 + 2i`, `A | B`) is understood as well. Throws UserError.
 */
export async function assignText(target: Value, text: string, context: EvaluationContext): Promise<Value> {
  const typed = text.trim();
  if (typed === "") throw new UserError("There is no value to store: type an expression.");
  const listed = /^\{(.*)\}$/s.exec(typed)?.[1];
  const vector = listed === undefined ? undefined : asVector(target.type);
  const literal = vector
    ? await elementsBytes(target, vector, listed ?? "", context)
    : literalBytes(target, typed);
  if (literal !== undefined) return writeValue(target, literal, context);
  const typedValue = await evaluateToValue(shownForm(target, typed, context), context, {
    sideEffects: true,
    givenTo: target.type,
  });
  const pointer = isPointer(plainType(target.type));
  const value = pointer ? await placedInMemory(typedValue, environmentOf(context, true)) : typedValue;
  if (categoryOf(target.type) === "array") return assignString(target, value, context);
  requireInRange(target, value, typed, context);
  return assignValue(target, value, environmentOf(context, true));
}

/** `1, 2, 0 <repeats 14 times>`: one text an element. */
function listedElements(text: string): string[] {
  const parts: string[] = [];
  let depth = 0;
  let part = "";
  for (const character of text) {
    if ("([{".includes(character)) depth++;
    if (")]}".includes(character)) depth--;
    if (character === "," && depth === 0) {
      parts.push(part);
      part = "";
    } else part += character;
  }
  return [...parts, part].flatMap((one) => {
    const [, repeated = one, times = "1"] = /^(.*) <repeats (\d{1,4}) times>\s*$/s.exec(one) ?? [];
    return Array.from({ length: Number(times) }, () => repeated.trim());
  });
}

/** The bytes of a vector whose elements were typed: `{1, 2, 3, 4}`. */
async function elementsBytes(
  target: Value,
  vector: ArrayType,
  text: string,
  context: EvaluationContext,
): Promise<Buffer> {
  const parts = listedElements(text);
  const count = elementCount(vector) ?? 0;
  if (parts.length !== count)
    throw new UserError(`${target.type.displayName} has ${count} elements, and ${parts.length} are given.`);
  const type = elementType(vector);
  const size = sizeOf(type) ?? 0;
  const bytes = Buffer.from(bytesOf(target, context, 0, sizeOf(vector)));
  for (const [index, part] of parts.entries()) {
    const element = partOf(target, type, index * size, context);
    (await elementBytes(element, part, context)).copy(bytes, index * size);
  }
  return bytes;
}

async function elementBytes(element: Value, text: string, context: EvaluationContext): Promise<Buffer> {
  const literal = literalBytes(element, text);
  if (literal !== undefined) return literal;
  const value = await evaluateToValue(text, context, { sideEffects: true });
  requireInRange(element, value, text, context);
  return bytesOf(convertForStore(value, element.type, context), context);
}

/** Bytes for text that says them without being evaluated: decimals, exactly rounded; complex numbers; enumerators. */
function literalBytes(target: Value, text: string): Buffer | undefined {
  const plain = plainType(target.type);
  const size = sizeOf(plain) ?? 0;
  if (plain.kind === "enum") {
    const value = enumeratorsValue(plain, text);
    return value === undefined ? undefined : encodeInteger(value, size);
  }
  if (plain.kind !== "base") return undefined;
  if (plain.encoding === "float") return floatBytes(text, size, plain.displayName);
  if (plain.encoding !== "complex") return undefined;
  const parts = /^(\S+)\s*([+-])\s*(\S+?)\s*\*?\s*[iI]$/.exec(text);
  const [, real, sign, imaginary] = parts ?? [text, text, "+", "0"];
  const first = floatBytes(real ?? "", size / 2, plain.displayName);
  const second = floatBytes(`${sign === "-" ? "-" : ""}${imaginary}`, size / 2, plain.displayName);
  return first && second && Buffer.concat([first, second]);
}

function floatBytes(text: string, size: number, typeName: string): Buffer | undefined {
  const parts = /^([+-]?)(inf(?:inity)?|nan|[\d.]+(?:e[+-]?\d+)?)$/i.exec(text);
  const [, sign, digits] = parts ?? [];
  if (digits === undefined) return undefined;
  const bytes = /^[in]/i.test(digits)
    ? specialFloat(/^i/i.test(digits), size)
    : encodeDecimal(digits, size, typeName);
  if (bytes !== undefined && sign === "-") {
    const signByte = (size >= 10 && !/128/.test(typeName) ? 10 : size) - 1;
    bytes[signByte] = (bytes[signByte] ?? 0) | 0x80;
  }
  return bytes;
}

function specialFloat(infinite: boolean, size: number): Buffer | undefined {
  const bytes = Buffer.alloc(size);
  if (size === 4) bytes.writeFloatLE(infinite ? Infinity : NaN);
  else if (size === 8) bytes.writeDoubleLE(infinite ? Infinity : NaN);
  else if (size === 16 || size === 10) {
    bytes.writeUInt16LE(0x7fff, 8);
    bytes[7] = infinite ? 0x80 : 0xc0;
  } else return undefined;
  return bytes;
}

/** The value of enumerators of a type, one or several joined by `|`. */
function enumeratorsValue(type: EnumType, text: string): bigint | undefined {
  let value = 0n;
  for (const name of text.split("|")) {
    const found = type.enumerators.find((enumerator) => enumerator.name === name.trim());
    if (found === undefined) return undefined;
    value |= found.value;
  }
  return value;
}

/** Takes off what the view adds to a value: the character behind its number, the name or text behind an address. */
function shownForm(target: Value, text: string, context: EvaluationContext): string {
  const plain = plainType(target.type);
  if (isPointer(plain))
    return /^(0x[\da-f]+)\s*(?:<.*>|[LuU]?".*"(?:\.\.\.)?|size \d+ \{.*\})$/is.exec(text)?.[1] ?? text;
  const character = /^(-?\d+)\s+([LuU]?'.*')$/s.exec(text);
  const [, number, literal] = character ?? [];
  if (number === undefined || literal === undefined || target.unavailable !== undefined) return text;
  const unchanged =
    plain.kind === "base" && BigInt(number) === integerOf(target, plain.encoding !== "unsignedChar", context);
  return unchanged ? literal : number;
}

/** A string into an array of characters, the rest filled with NUL, as an initializer does. */
function assignString(target: Value, value: Value, context: EvaluationContext): Value {
  const array = plainType(target.type);
  const source = plainType(value.type);
  const room = array.kind === "array" ? (elementCount(array) ?? 0) : 0;
  if (source.kind !== "array" || !isCharacter(plainType(source.element)) || value.place.kind !== "constant")
    throw new UserError(`Only a string literal can be stored in ${target.type.displayName}.`);
  const text = bytesOf(value, context);
  if (text.length - 1 > room)
    throw new UserError(
      `The string has ${text.length - 1} bytes, and ${target.type.displayName} has room for ${room}.`,
    );
  const bytes = Buffer.alloc(room);
  text.copy(bytes, 0, 0, Math.min(text.length, room));
  return writeValue(target, bytesOf(constantValue(target.type, bytes), context), context);
}
