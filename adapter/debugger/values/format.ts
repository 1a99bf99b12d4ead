/** Values as one line of text, bounded in length and depth; nothing is read beyond what is shown. */
import type { ArrayType, Member, PointerType, Type } from "../../symbols/sourceTypes";
import { memoryAddress } from "../../target/addresses";
import { UserError } from "../types";
import type { EvaluationContext, Value } from "../types";
import { isReadable, type View } from "../views/view";
import { viewOf } from "../views/views";
import { elementsKnown, isPartlyKnown } from "./formatPieces";
import { formatMemberPointer } from "./formatMemberPointers";
import {
  formatBase,
  formatEnum,
  formatInteger,
  formatPointer,
  halfComplex,
  symbolSuffix,
  widePrefix,
} from "./formatScalars";
import type { NumberFormat } from "./formatScalars";
import { escapeBytes, looksLikeText } from "./formatStrings";
import { contentLength, MAX_STRING, readString, wideLiteral, wideString } from "./formatText";
import { bytesOf, integerOf, OPTIMIZED_OUT, partOf, valueAt } from "./values";
import { decodeInteger } from "./valuesIntegers";
import { readMember, recordOf } from "./valuesMembers";
import { elementCount, elementType, isCharacter, plainType, sizeOf } from "./valuesTypes";
import { hasOnlyPositions, presentMembers } from "./valuesVariants";

const MAX_ELEMENTS = 200;
const MAX_DEPTH = 5;
const REPEAT_THRESHOLD = 10;
const MAX_ARRAY_BYTES = 65536;

export interface FormatOptions {
  readonly format?: NumberFormat;
  /** About how many characters the text may have. */
  readonly length?: number;
}

interface Writer {
  readonly context: EvaluationContext;
  readonly format?: NumberFormat;
  /** Characters left; shared by the whole value. */
  readonly budget: { left: number };
  readonly depth: number;
}

/** One line for a value; what cannot be read is said in angle brackets. Never throws UserError. */
export function formatValue(value: Value, context: EvaluationContext, options: FormatOptions = {}): string {
  const budget = { left: options.length ?? 160 };
  const { format } = options;
  return write(value, { context, budget, depth: 0, ...(format !== undefined && { format }) });
}

function write(value: Value, writer: Writer): string {
  if (value.unavailable !== undefined)
    return spend(halfComplex(value, writer.context) ?? value.unavailable, writer);
  try {
    return writeKind(value, writer);
  } catch (error) {
    if (error instanceof UserError) return spend(error.message, writer);
    throw error;
  }
}

function spend(text: string, writer: Writer): string {
  writer.budget.left -= text.length;
  return text;
}

function writeKind(value: Value, writer: Writer): string {
  const { context, format } = writer;
  const plain = plainType(value.type);
  switch (plain.kind) {
    case "base":
      return spend(
        formatMemberPointer(value, plain, context) ?? formatBase(value, plain, context, format),
        writer,
      );
    case "enum": {
      const number = integerOf(value, plain.signed, context);
      const text = format === undefined || format === "s" ? formatEnum(number, plain) : undefined;
      return spend(text ?? formatInteger(number, plain.byteSize ?? 4, plain.signed, format ?? "d"), writer);
    }
    case "pointer":
      return spend(writePointer(value, plain.target, writer), writer) + writeLent(value, plain, writer);
    case "reference":
    case "rvalueReference":
      return spend(formatPointer(value, context, format), writer);
    case "array":
      return writeArray(value, plain, writer);
    case "struct":
    case "union":
    case "class":
      return writeRecord(value, writer);
    case "function":
      return spend(writeFunction(value, writer), writer);
    case "void":
      return spend(plain.displayName, writer);
  }
}

function writeFunction(value: Value, writer: Writer): string {
  if (value.place.kind !== "memory") return `{${value.type.displayName}}`;
  const { address } = value.place;
  return `{${value.type.displayName}} 0x${address.toString(16)}${symbolSuffix(address, writer.context)}`;
}

function writePointer(value: Value, target: Type, writer: Writer): string {
  const { context, format } = writer;
  const text = formatPointer(value, context, format);
  const plain = plainType(target);
  const wide = widePrefix(target);
  const textual = isCharacter(plain) || wide !== undefined;
  const address = decodeInteger(bytesOf(value, context, 0, 8), false);
  if (!textual || address === 0n || (format !== undefined && format !== "s")) return text;
  if (wide !== undefined)
    return `${text} ${wideString(memoryAddress(address), sizeOf(plain) ?? 4, wide, context)}`;
  const { bytes, ended, failure } = readString(memoryAddress(address), MAX_STRING, context);
  if (bytes.length === 0 && failure !== undefined) return `${text} ${failure}`;
  const certain = plain.kind === "base" && (plain.encoding !== "unsignedChar" || format === "s");
  if (!certain && bytes.length > 0 && !looksLikeText(bytes)) return text;
  return `${text} "${escapeBytes(bytes)}"${ended ? "" : "..."}`;
}

/** A reference or Box of Rust's, which lead to one value that is there. */
const LENDS = /^(?:&|alloc::boxed::Box<)/;

/** Behind a reference or Box of Rust's: what it leads to; behind other pointers of Rust's only what is text or has elements. */
function writeLent(value: Value, { name, target }: PointerType, writer: Writer): string {
  const { context, format, depth, budget } = writer;
  if (name === undefined || format !== undefined || depth >= MAX_DEPTH || budget.left <= 0) return "";
  const address = decodeInteger(bytesOf(value, context, 0, 8), false);
  const lent = valueAt(target, memoryAddress(address), context);
  const inner = { ...writer, depth: depth + 1 };
  const view = viewOf(lent, context);
  if (view?.kind === "text" || view?.kind === "sequence") return spend(" ", writer) + writeView(view, inner);
  return LENDS.test(name) && isThere(lent, context) ? spend(" ", writer) + write(lent, inner) : "";
}

/** Whether a value can be read where it is, by its ends: it may be large. */
function isThere({ type, place, unavailable }: Value, context: EvaluationContext): boolean {
  const size = sizeOf(type) ?? 0;
  if (size === 0 || unavailable !== undefined || place.kind !== "memory") return false;
  return isReadable(place.address, context) && isReadable(place.address + BigInt(size) - 1n, context);
}

/** A character array as a string; undefined where it is better shown as numbers. `isExact`: also NULs at its end are its own. */
function arrayString(
  value: Value,
  element: Type,
  count: number,
  writer: Writer,
  isExact = false,
): string | undefined {
  if (writer.format !== undefined && writer.format !== "s") return undefined;
  const plain = plainType(element);
  const wide = widePrefix(element);
  const size = sizeOf(plain) ?? 1;
  if (!isCharacter(plain) && wide === undefined) return undefined;
  const bytes = bytesOf(value, writer.context, 0, Math.min(count, 4 * MAX_STRING) * size);
  if (wide !== undefined) return wideLiteral(bytes, size, wide, isExact);
  const unsigned = plain.kind === "base" && plain.displayName !== "char" && writer.format !== "s";
  if (unsigned && !looksLikeText(bytes)) return undefined;
  const content = isExact ? bytes : bytes.subarray(0, contentLength(bytes));
  const text = content.subarray(0, MAX_STRING);
  const isWhole = bytes.length === count || content.length < bytes.length;
  return `"${escapeBytes(text)}"${isWhole && text.length === content.length ? "" : "..."}`;
}

/** Characters of an array whose length the type does not tell (a flexible array member): up to a NUL, as GDB has it. */
function flexibleString(value: Value, element: Type, writer: Writer): string | undefined {
  const plain = plainType(element);
  if (value.place.kind !== "memory" || !isCharacter(plain)) return undefined;
  if (writer.format !== undefined && writer.format !== "s") return undefined;
  const { bytes, ended, failure } = readString(value.place.address, MAX_STRING, writer.context);
  if (bytes.length === 0 && failure !== undefined) return undefined;
  if (plain.displayName !== "char" && writer.format !== "s" && !looksLikeText(bytes)) return undefined;
  return `"${escapeBytes(bytes)}"${ended ? "" : "..."}`;
}

function writeArray(value: Value, array: ArrayType, writer: Writer): string {
  const element = elementType(array);
  const size = sizeOf(element);
  const count = elementCount(array) ?? 0;
  if (array.dimensions.some((dimension) => !("count" in dimension))) return spend(OPTIMIZED_OUT, writer);
  if (size === undefined) return spend("<incomplete type>", writer);
  const readable = size === 0 ? count : Math.min(count, Math.max(1, Math.floor(MAX_ARRAY_BYTES / size)));
  const inner = { ...writer, depth: writer.depth + 1 };
  if (isPartlyKnown(value, readable * size, writer.context))
    return elementsKnown(readable, MAX_ELEMENTS, REPEAT_THRESHOLD, (index) =>
      write(partOf(value, element, index * size, writer.context), inner),
    );
  const text =
    count > 0 ? arrayString(value, element, count, writer) : flexibleString(value, element, writer);
  if (text !== undefined) return spend(text, writer);
  if (count > 0 && writer.depth >= MAX_DEPTH) return spend("{...}", writer);
  const bytes = bytesOf(value, writer.context, 0, readable * size);
  const parts: string[] = [];
  let index = 0;
  while (index < readable && parts.length < MAX_ELEMENTS && writer.budget.left > 0) {
    const run = runLength(bytes, index, readable, size);
    const part = write(partOf(value, element, index * size, writer.context), inner);
    const repeated = run >= REPEAT_THRESHOLD;
    parts.push(repeated ? spend(`${part} <repeats ${run} times>`, writer) : part);
    index += repeated ? run : 1;
  }
  return `{${parts.join(", ")}${index < count ? "..." : ""}}`;
}

/** How many equal elements follow each other from `index` on. */
function runLength(bytes: Buffer, index: number, count: number, size: number): number {
  const first = bytes.subarray(index * size, (index + 1) * size);
  let end = index + 1;
  while (end < count && first.equals(bytes.subarray(end * size, (end + 1) * size))) end++;
  return end - index;
}

function writeRecord(value: Value, writer: Writer): string {
  const view = viewOf(value, writer.context);
  if (view !== undefined) return writeView(view, writer);
  const record = recordOf(value.type, writer.context);
  if (record === undefined || record.incomplete) return spend("<incomplete type>", writer);
  if (writer.depth >= MAX_DEPTH) return spend("{...}", writer);
  const inner = { ...writer, depth: writer.depth + 1 };
  const { members, variant, problem } = presentMembers(value, record, writer.context);
  if (variant !== undefined) return writeVariant(readMember(value, variant, writer.context), inner);
  const note = problem === undefined ? "" : spend(`${problem} `, writer);
  if (hasOnlyPositions(record)) return `(${writeMembers(value, members, inner, false)})`;
  return `${note}{${writeMembers(value, members, inner)}}`;
}

/** `None`, `Some(3)`, `Circle {radius = 2}`. */
function writeVariant(content: Value, writer: Writer): string {
  const record = recordOf(content.type, writer.context);
  if (record === undefined || content.unavailable !== undefined) return write(content, writer);
  const name = spend(record.name ?? record.displayName, writer);
  const { members } = record;
  if (members.length === 0) return name;
  if (hasOnlyPositions(record)) return `${name}(${writeMembers(content, members, writer, false)})`;
  return `${name} {${writeMembers(content, members, writer)}}`;
}

function writeMembers(value: Value, members: readonly Member[], writer: Writer, named = true): string {
  const parts: string[] = [];
  for (const member of members) {
    if (writer.budget.left <= 0) {
      parts.push("...");
      break;
    }
    const inner = readMember(value, member, writer.context);
    const name = member.isBase ? `<${member.type.displayName}>` : member.name;
    const label = name === undefined || !named ? "" : spend(`${name} = `, writer);
    parts.push(label + write(inner, writer));
  }
  return parts.join(", ");
}

/** A value of a library's class as what it stands for. */
function writeView(view: View, writer: Writer): string {
  switch (view.kind) {
    case "text":
      return writeText(view.text, writer);
    case "word":
      return spend(view.word, writer);
    case "stead":
      return write(view.value, writer) + (view.note === undefined ? "" : spend(` ${view.note}`, writer));
    case "sequence":
      return writeSequence(view, writer);
  }
}

/** A string that knows its length: a NUL is one of its characters. */
function writeText(text: Value, writer: Writer): string {
  const plain = plainType(text.type);
  const count = plain.kind === "array" ? (elementCount(plain) ?? 0) : 0;
  if (plain.kind !== "array" || count === 0) return spend('""', writer);
  const shown = arrayString(text, elementType(plain), count, writer, true);
  return shown === undefined ? write(text, writer) : spend(shown, writer);
}

function writeSequence(view: View & { kind: "sequence" }, writer: Writer): string {
  const { count } = view;
  const size = view.isTuple === true ? "" : spend(`size ${count} `, writer);
  if (count > 0 && writer.depth >= MAX_DEPTH) return `${size}{...}`;
  const inner = { ...writer, depth: writer.depth + 1 };
  const parts: string[] = [];
  while (parts.length < Math.min(count, MAX_ELEMENTS) && writer.budget.left > 0) {
    const [part] = view.parts(parts.length, 1);
    if (part === undefined) break;
    const key = part.key === undefined ? "" : spend(`[${write(part.key, inner)}] = `, writer);
    parts.push(key + write(part.value, inner));
  }
  return `${size}{${parts.join(", ")}${parts.length < count ? "..." : ""}}`;
}
