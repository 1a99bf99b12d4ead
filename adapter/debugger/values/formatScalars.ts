/** Single numbers, enumerators, characters and addresses as text. */
import { decodeFloat, exactToInteger, floatFormat } from "../../symbols/exactFloats";
import type { BaseType, EnumType } from "../../symbols/sourceTypes";
import { formatAddress, memoryAddress, toFile } from "../../target/addresses";
import type { EvaluationContext, Value } from "../types";
import { UserError } from "../types";
import { formatFloat } from "./formatFloats";
import { characterLiteral, escapeUnits } from "./formatStrings";
import { bytesOf, integerOf, OPTIMIZED_OUT, readFrom } from "./values";
import { decodeInteger } from "./valuesIntegers";
import { integerTraits, isCharacter, plainType, sizeOf } from "./valuesTypes";

/** How integers are shown, as GDB's letters: x hexadecimal, d decimal, u unsigned, o octal, b binary, c character. */
export type NumberFormat = "x" | "d" | "u" | "o" | "b" | "c" | "s";

/** An integer in a format; `size` in bytes tells how many bits a negative one has. */
export function formatInteger(value: bigint, size: number, signed: boolean, format: NumberFormat): string {
  const bits = BigInt.asUintN(size * 8, value);
  switch (format) {
    case "x":
      return `0x${bits.toString(16)}`;
    case "o":
      return bits === 0n ? "0" : `0${bits.toString(8)}`;
    case "b":
      return `0b${bits.toString(2)}`;
    case "u":
      return bits.toString();
    case "c":
      return `${signed ? BigInt.asIntN(size * 8, bits) : bits} ${characterLiteral(Number(bits & 0xffn))}`;
    case "d":
    case "s":
      return BigInt.asIntN(size * 8, bits).toString();
  }
}

/** In C they are no types of their own. */
const wideTypedefs: ReadonlyMap<string, "u" | "U" | "L"> = new Map([
  ["wchar_t", "L"],
  ["char16_t", "u"],
  ["char32_t", "U"],
]);

/** The prefix of wide character literals by type; undefined for types that are none. */
export function widePrefix(type: Value["type"]): "u" | "U" | "L" | undefined {
  for (
    let at: Value["type"] | undefined = type;
    at !== undefined;
    at = "target" in at ? at.target : undefined
  ) {
    const known = at.kind === "typedef" ? wideTypedefs.get(at.name) : undefined;
    if (known !== undefined) return known;
    if (at.kind === "pointer" || at.kind === "reference") return undefined;
    if (at.kind !== "base") continue;
    if (isRustCharacter(at)) return undefined;
    if (at.displayName === "wchar_t") return "L";
    const wide = at.encoding === "character" || /^char(16|32)_t$/.test(at.displayName);
    if (!wide || (at.byteSize ?? 1) === 1) return undefined;
    return at.byteSize === 2 ? "u" : "U";
  }
  return undefined;
}

/** A value of a base type. Throws UserError with the text that stands for a value without bytes. */
export function formatBase(
  value: Value,
  type: BaseType,
  context: EvaluationContext,
  format?: NumberFormat,
): string {
  if (type.encoding === "float" || type.encoding === "complex")
    return formatFloating(value, type, context, format);
  const traits = integerTraits(type);
  if (traits === undefined) return `0x${bytesOf(value, context).toString("hex")}`;
  // Rust's `()`.
  if (traits.size === 0) return type.displayName;
  const number = integerOf(value, traits.signed, context);
  const size = value.bitField === undefined ? traits.size : Math.ceil(value.bitField.bitSize / 8);
  if (format !== undefined) {
    const bits = value.bitField === undefined ? number : BigInt.asUintN(value.bitField.bitSize, number);
    return formatInteger(format === "d" ? number : bits, format === "d" ? 16 : size, traits.signed, format);
  }
  if (type.encoding === "boolean")
    return number === 0n ? "false" : number === 1n ? "true" : number.toString();
  if (isRustCharacter(type)) return rustCharacter(number);
  const wide = widePrefix(value.type);
  if (wide !== undefined) return `${number} ${wide}'${escapeUnits([Number(number)], traits.size, "'")}'`;
  if (!isCharacter(type)) return number.toString();
  return `${number} ${characterLiteral(Number(BigInt.asUintN(8, number)))}`;
}

/** C and C++ have no character of four bytes by this name. */
function isRustCharacter({ displayName, byteSize }: BaseType): boolean {
  return displayName === "char" && byteSize === 4;
}

/** What is no code point stays a number. */
function rustCharacter(number: bigint): string {
  const isSurrogate = number >= 0xd800n && number < 0xe000n;
  return number > 0x10ffffn || isSurrogate ? number.toString() : `'${escapeUnits([Number(number)], 4, "'")}'`;
}

function formatFloating(
  value: Value,
  type: BaseType,
  context: EvaluationContext,
  format?: NumberFormat,
): string {
  const bytes = bytesOf(value, context);
  const unknown = `0x${Buffer.from(bytes).reverse().toString("hex")}`;
  if (type.encoding === "float") {
    const known =
      format === undefined || format === "d" ? undefined : floatFormat(bytes.length, type.displayName);
    const whole = known && exactToInteger(decodeFloat(bytes, known));
    if (format !== undefined && whole !== undefined) return formatInteger(whole, 8, true, format);
    return formatFloat(bytes, type.displayName) ?? unknown;
  }
  const half = bytes.length / 2;
  const real = formatFloat(bytes.subarray(0, half), type.displayName);
  const imaginary = formatFloat(bytes.subarray(half), type.displayName);
  return real === undefined || imaginary === undefined ? unknown : sum(real, imaginary);
}

function sum(real: string, imaginary: string): string {
  return imaginary.startsWith("-") ? `${real} - ${imaginary.slice(1)}i` : `${real} + ${imaginary}i`;
}

/**
 * A complex number one of whose halves is optimized out: clang says of an argument that came in two registers only where
 * the real part is. Undefined for all other values.
 */
export function halfComplex(value: Value, context: EvaluationContext): string | undefined {
  const plain = plainType(value.type);
  if (plain.kind !== "base" || plain.encoding !== "complex" || value.place.kind !== "pieces")
    return undefined;
  const size = (sizeOf(plain) ?? 0) / 2;
  const [real, imaginary] = [0, size].map((offset) => {
    try {
      return formatFloat(readFrom(value.place, offset, size, context), plain.displayName);
    } catch (error) {
      if (error instanceof UserError) return undefined;
      throw error;
    }
  });
  if (real === undefined && imaginary === undefined) return undefined;
  return sum(real ?? OPTIMIZED_OUT, imaginary ?? OPTIMIZED_OUT);
}

/** An enumerator's name, flags joined by ` | `, or `(enum color) 7`. */
export function formatEnum(value: bigint, type: EnumType): string {
  const exact = type.enumerators.find((enumerator) => enumerator.value === value);
  if (exact !== undefined) return exact.name;
  return flagNames(value, type) ?? `(${type.displayName}) ${value}`;
}

/** The names of the set bits, when the enumerators are flags and name every bit of the value. */
function flagNames(value: bigint, type: EnumType): string | undefined {
  const flags = type.enumerators.filter(({ value: bit }) => bit > 0n);
  if (value <= 0n || flags.length < 2 || type.enumerators.some(({ value: bit }) => bit < 0n))
    return undefined;
  const single = (bit: bigint): boolean => (bit & (bit - 1n)) === 0n;
  const allBits = flags.filter((flag) => single(flag.value)).reduce((bits, flag) => bits | flag.value, 0n);
  if (!flags.every((flag) => single(flag.value) || (flag.value & ~allBits) === 0n)) return undefined;
  if ((value & ~allBits) !== 0n) return undefined;
  return flags
    .filter((flag) => single(flag.value) && (value & flag.value) !== 0n)
    .map((flag) => flag.name)
    .join(" | ");
}

/** ` <main+4>`: what a code or data address belongs to; empty where nothing covers it. */
export function symbolSuffix(address: bigint, context: EvaluationContext): string {
  const module = context.modules.at(memoryAddress(address));
  if (module === undefined) return "";
  const file = toFile(memoryAddress(address), module.bias);
  const symbol = module.symbols.elfSymbolAt(file);
  const called = symbol?.kind === "object" ? undefined : module.symbols.functionAt(file);
  const name = called?.name ?? symbol?.displayName;
  if (name === undefined) return "";
  const offset = file - (called?.entry ?? symbol?.address ?? file);
  return offset === 0n ? ` <${name}>` : ` <${name}+${offset}>`;
}

/** The address a pointer holds, as text, with the name of what is there. */
export function formatPointer(value: Value, context: EvaluationContext, format?: NumberFormat): string {
  const address = decodeInteger(bytesOf(value, context, 0, sizeOf(plainType(value.type))), false);
  if (format !== undefined && format !== "x" && format !== "s")
    return formatInteger(address, 8, false, format === "d" ? "u" : format);
  return formatAddress(address) + (format === "x" ? "" : symbolSuffix(address, context));
}
