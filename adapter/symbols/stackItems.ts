/** The values on the stack of a DWARF expression and arithmetic on them (DWARF 5 sections 2.5.1.4 and 2.5.1.5). */
import { Encoding, Op } from "./dwarf";
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

function isFloat(type: OperandType | undefined): boolean {
  return type?.encoding === Encoding.float;
}

/** Of a floating type of 4 or 8 bytes. */
function toFloat({ bits, type }: StackItem): number {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(BigInt.asUintN(64, bits));
  if (type?.byteSize === 4) return bytes.readFloatLE(0);
  if (type?.byteSize === 8) return bytes.readDoubleLE(0);
  throw new ExpressionError(`floating point of ${type?.byteSize ?? 0} bytes`);
}

function fromFloat(value: number, type: OperandType): StackItem {
  const bytes = Buffer.alloc(8);
  if (type.byteSize === 4) bytes.writeFloatLE(value, 0);
  else if (type.byteSize === 8) bytes.writeDoubleLE(value, 0);
  else throw new ExpressionError(`floating point of ${type.byteSize} bytes`);
  return { bits: bytes.readBigUInt64LE(0), type };
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
    const value = toFloat(item);
    return to !== undefined && isFloat(to) ? fromFloat(value, to) : typed(BigInt(Math.trunc(value)), to);
  }
  return to !== undefined && isFloat(to) ? fromFloat(Number(integer(item)), to) : typed(integer(item), to);
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

const floatOps: ReadonlyMap<number, (left: number, right: number) => number> = new Map([
  [Op.plus, (a: number, b: number) => a + b],
  [Op.minus, (a: number, b: number) => a - b],
  [Op.mul, (a: number, b: number) => a * b],
  [Op.div, (a: number, b: number) => a / b],
]);

const comparisons: ReadonlyMap<number, (order: number) => boolean> = new Map([
  [Op.eq, (order: number) => order === 0],
  [Op.ne, (order: number) => order !== 0],
  [Op.lt, (order: number) => order < 0],
  [Op.le, (order: number) => order <= 0],
  [Op.gt, (order: number) => order > 0],
  [Op.ge, (order: number) => order >= 0],
]);

function compare(left: StackItem, right: StackItem): number {
  const [a, b] = isFloat(left.type) ? [toFloat(left), toFloat(right)] : [integer(left), integer(right)];
  return a < b ? -1 : a > b ? 1 : 0;
}

/** What a two-operand op gives; undefined when `code` is none. */
export function binaryOp(code: number, left: StackItem, right: StackItem): StackItem | undefined {
  const comparison = comparisons.get(code);
  if (comparison) return generic(comparison(compare(left, right)) ? 1n : 0n);
  const onFloats = floatOps.get(code);
  if (left.type && isFloat(left.type) && onFloats)
    return fromFloat(onFloats(toFloat(left), toFloat(right)), left.type);
  const onIntegers = integerOps.get(code);
  return onIntegers && typed(onIntegers(left, right), left.type);
}

/** What a one-operand op gives; undefined when `code` is none. */
export function unaryOp(code: number, item: StackItem): StackItem | undefined {
  switch (code) {
    case Op.neg:
      return item.type && isFloat(item.type)
        ? fromFloat(-toFloat(item), item.type)
        : typed(-item.bits, item.type);
    case Op.not:
      return typed(~item.bits, item.type);
    case Op.abs:
      if (item.type && isFloat(item.type)) return fromFloat(Math.abs(toFloat(item)), item.type);
      return integer(item) < 0n ? typed(-item.bits, item.type) : item;
    default:
      return undefined;
  }
}

/** Whether `code` takes two operands from the stack and gives one. */
export function isBinaryOp(code: number): boolean {
  return integerOps.has(code) || comparisons.has(code);
}
