/** The values on the stack of a DWARF expression and arithmetic on them (DWARF 5 sections 2.5.1.4 and 2.5.1.5). */
import { Encoding, Op } from "./dwarf";
import {
  compareExact,
  computeExact,
  decodeFloat,
  encodeFloat,
  exactFromInteger,
  exactToInteger,
  floatFormat,
} from "./exactFloats";
import type { ExactFloat, FloatFormat } from "./exactFloats";
import type { DwarfOp } from "./types";

type OperandType = NonNullable<DwarfOp["operandType"]>;

/** A value's bits; without a type it is of the generic type: 64 bits, wrapping. */
export interface StackItem {
  readonly bits: bigint;
  readonly type?: OperandType;
}

/** An expression that is not valid DWARF. */
export class ExpressionError extends Error {}

/** The number, of any size, whose bytes these are, the lowest first. */
export function littleEndian(bytes: Buffer): bigint {
  return bytes.reduceRight((value, byte) => (value << 8n) | BigInt(byte), 0n);
}

/** A value of the generic type. */
export function generic(value: bigint): StackItem {
  return { bits: BigInt.asUintN(64, value) };
}

/** A value of a base type, cut to its size. */
export function typed(bits: bigint, type: OperandType | undefined): StackItem {
  return type === undefined ? generic(bits) : { bits: BigInt.asUintN(type.byteSize * 8, bits), type };
}

/** What x86 makes of a floating-point number that is none or too large. */
const NO_INTEGER = -(1n << 63n);

function isFloat(type: OperandType | undefined): type is OperandType {
  return type?.encoding === Encoding.float;
}

function formatOf(type: OperandType): FloatFormat {
  const format = floatFormat(type.byteSize, type.binary128 ? "_Float128" : "");
  if (format === undefined) throw new ExpressionError(`floating point of ${type.byteSize} bytes`);
  return format;
}

function toFloat(bits: bigint, type: OperandType): ExactFloat {
  const bytes = Array.from({ length: type.byteSize }, (_, at) => Number((bits >> BigInt(8 * at)) & 0xffn));
  return decodeFloat(Buffer.from(bytes), formatOf(type));
}

function fromFloat(value: ExactFloat, type: OperandType): StackItem {
  return { bits: littleEndian(encodeFloat(value, formatOf(type), type.byteSize)), type };
}

/** As a signed integer of its size. */
export function signed({ bits, type }: StackItem): bigint {
  return BigInt.asIntN((type?.byteSize ?? 8) * 8, bits);
}

function isUnsigned(type: OperandType | undefined): boolean {
  return type !== undefined && type.encoding !== Encoding.signed && type.encoding !== Encoding.signedChar;
}

/** Typed values compare and divide by their own signedness; the generic type does so as signed. */
function integer(item: StackItem): bigint {
  return isUnsigned(item.type) ? item.bits : signed(item);
}

/** DW_OP_convert: to a base type, or to the generic type. */
export function convert(item: StackItem, to: OperandType | undefined): StackItem {
  if (isFloat(item.type)) {
    const value = toFloat(item.bits, item.type);
    return isFloat(to) ? fromFloat(value, to) : typed(exactToInteger(value) ?? NO_INTEGER, to);
  }
  return isFloat(to) ? fromFloat(exactFromInteger(integer(item)), to) : typed(integer(item), to);
}

function divide(left: bigint, right: bigint): bigint {
  if (right === 0n) throw new ExpressionError("division by zero");
  return left / right;
}

function remainder(left: bigint, right: bigint): bigint {
  if (right === 0n) throw new ExpressionError("division by zero");
  return left % right;
}

/** A shift by the type's width or more empties it; this also keeps a damaged count from making a huge number. */
function shift(left: StackItem, right: StackItem, by: (count: bigint) => bigint): bigint {
  const width = BigInt((left.type?.byteSize ?? 8) * 8);
  return right.bits >= width ? 0n : by(right.bits);
}

type Binary = (left: StackItem, right: StackItem) => bigint;

const integerOps: ReadonlyMap<number, Binary> = new Map<number, Binary>([
  [Op.plus, (a, b) => a.bits + b.bits],
  [Op.minus, (a, b) => a.bits - b.bits],
  [Op.mul, (a, b) => a.bits * b.bits],
  [Op.div, (a, b) => divide(integer(a), integer(b))],
  [Op.mod, (a, b) => remainder(a.bits, b.bits)],
  [Op.and, (a, b) => a.bits & b.bits],
  [Op.or, (a, b) => a.bits | b.bits],
  [Op.xor, (a, b) => a.bits ^ b.bits],
  [Op.shl, (a, b) => shift(a, b, (count) => a.bits << count)],
  [Op.shr, (a, b) => shift(a, b, (count) => a.bits >> count)],
  [Op.shra, (a, b) => (b.bits >= 64n ? (signed(a) < 0n ? -1n : 0n) : signed(a) >> b.bits)],
]);

const floatOps: ReadonlyMap<number, "+" | "-" | "*" | "/"> = new Map([
  [Op.plus, "+"],
  [Op.minus, "-"],
  [Op.mul, "*"],
  [Op.div, "/"],
]);

const comparisons: ReadonlyMap<number, (order: number) => boolean> = new Map([
  [Op.eq, (order: number) => order === 0],
  [Op.ne, (order: number) => order !== 0],
  [Op.lt, (order: number) => order < 0],
  [Op.le, (order: number) => order <= 0],
  [Op.gt, (order: number) => order > 0],
  [Op.ge, (order: number) => order >= 0],
]);

/** Undefined: one is NaN. */
function compare(left: StackItem, right: StackItem): number | undefined {
  if (isFloat(left.type)) return compareExact(toFloat(left.bits, left.type), toFloat(right.bits, left.type));
  const [a, b] = [integer(left), integer(right)];
  return a < b ? -1 : a > b ? 1 : 0;
}

/** What a two-operand op gives; undefined when `code` is none. */
export function binaryOp(code: number, left: StackItem, right: StackItem): StackItem | undefined {
  const comparison = comparisons.get(code);
  if (comparison) {
    const order = compare(left, right);
    return generic((order === undefined ? code === Op.ne : comparison(order)) ? 1n : 0n);
  }
  const onFloats = floatOps.get(code);
  const { type } = left;
  if (onFloats !== undefined && isFloat(type)) {
    const [a, b] = [toFloat(left.bits, type), toFloat(right.bits, type)];
    return fromFloat(computeExact(onFloats, a, b, formatOf(type)), type);
  }
  const onIntegers = integerOps.get(code);
  return onIntegers && typed(onIntegers(left, right), left.type);
}

/** What a one-operand op gives; undefined when `code` is none. */
export function unaryOp(code: number, item: StackItem): StackItem | undefined {
  switch (code) {
    case Op.neg: {
      if (!isFloat(item.type)) return typed(-item.bits, item.type);
      const value = toFloat(item.bits, item.type);
      return fromFloat({ ...value, negative: !value.negative }, item.type);
    }
    case Op.not:
      return typed(~item.bits, item.type);
    case Op.abs:
      if (isFloat(item.type))
        return fromFloat({ ...toFloat(item.bits, item.type), negative: false }, item.type);
      return integer(item) < 0n ? typed(-item.bits, item.type) : item;
    default:
      return undefined;
  }
}

/** Whether `code` takes two operands from the stack and gives one. */
export function isBinaryOp(code: number): boolean {
  return integerOps.has(code) || comparisons.has(code);
}
