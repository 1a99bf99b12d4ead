/**
 * Floating-point numbers that JavaScript has no type for (x87 extended, binary128, binary16), exactly: a number is
 * sign * mantissa * 2^exponent. Rounding is to nearest, ties to even, as the hardware's default.
 */

export type ExactFloat =
  | {
      readonly kind: "finite";
      readonly negative: boolean;
      readonly mantissa: bigint;
      readonly exponent: number;
    }
  | { readonly kind: "infinite"; readonly negative: boolean }
  | { readonly kind: "nan"; readonly negative: boolean };

/** A binary interchange format; `explicit`: the integer bit is stored (x87). */
export interface FloatFormat {
  readonly bytes: number;
  readonly exponentBits: number;
  readonly fractionBits: number;
  readonly explicit: boolean;
}

export const x87Format: FloatFormat = { bytes: 10, exponentBits: 15, fractionBits: 63, explicit: true };

const formats: Record<string, FloatFormat> = {
  half: { bytes: 2, exponentBits: 5, fractionBits: 10, explicit: false },
  bfloat: { bytes: 2, exponentBits: 8, fractionBits: 7, explicit: false },
  single: { bytes: 4, exponentBits: 8, fractionBits: 23, explicit: false },
  double: { bytes: 8, exponentBits: 11, fractionBits: 52, explicit: false },
  quad: { bytes: 16, exponentBits: 15, fractionBits: 112, explicit: false },
};

/** The format of a floating-point base type by size and name: of the 16-byte ones, `long double` is x87's. */
export function floatFormat(byteSize: number, typeName: string): FloatFormat | undefined {
  switch (byteSize) {
    case 2:
      return /bf|bfloat/i.test(typeName) ? formats.bfloat : formats.half;
    case 4:
      return formats.single;
    case 8:
      return formats.double;
    case 10:
    case 12:
      return x87Format;
    case 16:
      return /128|quad/i.test(typeName) ? formats.quad : x87Format;
    default:
      return undefined;
  }
}

function bitsOf(bytes: Uint8Array, count: number): bigint {
  let bits = 0n;
  for (let index = count - 1; index >= 0; index--) bits = (bits << 8n) | BigInt(bytes[index] ?? 0);
  return bits;
}

/** Reads a number in a format from its bytes (padding behind it is ignored). */
export function decodeFloat(bytes: Uint8Array, format: FloatFormat): ExactFloat {
  const bits = bitsOf(bytes, format.bytes);
  const stored = format.fractionBits + (format.explicit ? 1 : 0);
  const significand = BigInt.asUintN(stored, bits);
  const exponent = Number(BigInt.asUintN(format.exponentBits, bits >> BigInt(stored)));
  const negative = bits >> BigInt(stored + format.exponentBits) !== 0n;
  const fraction = BigInt.asUintN(format.fractionBits, significand);
  const bias = 2 ** (format.exponentBits - 1) - 1;
  if (exponent === 2 ** format.exponentBits - 1)
    return fraction === 0n ? { kind: "infinite", negative } : { kind: "nan", negative };
  const implicit = format.explicit || exponent === 0 ? 0n : 1n << BigInt(format.fractionBits);
  return {
    kind: "finite",
    negative,
    mantissa: significand | implicit,
    exponent: Math.max(exponent, 1) - bias - format.fractionBits,
  };
}

function bitLength(value: bigint): number {
  return value === 0n ? 0 : value.toString(2).length;
}

/** value * 2^-shift, rounded to nearest even. */
function shiftRounded(value: bigint, shift: number, sticky: boolean): bigint {
  if (shift <= 0) return value << BigInt(-shift);
  const quotient = value >> BigInt(shift);
  const rest = value - (quotient << BigInt(shift));
  const half = 1n << BigInt(shift - 1);
  if (rest > half || (rest === half && (sticky || (quotient & 1n) === 1n))) return quotient + 1n;
  return quotient;
}

/** The bits of a number in a format, rounded to nearest even; `sticky`: the true value lies a little above. */
function packFloat(value: ExactFloat, format: FloatFormat, sticky = false): bigint {
  const stored = BigInt(format.fractionBits + (format.explicit ? 1 : 0));
  const integerBit = 1n << BigInt(format.fractionBits);
  const top = (1n << BigInt(format.exponentBits)) - 1n;
  const sign = value.negative ? 1n << (stored + BigInt(format.exponentBits)) : 0n;
  const special = sign | (top << stored) | (format.explicit ? integerBit : 0n);
  if (value.kind === "infinite") return special;
  if (value.kind === "nan") return special | (integerBit >> 1n);
  if (value.mantissa === 0n) return sign;
  const bias = 2 ** (format.exponentBits - 1) - 1;
  const lowest = 1 - bias - format.fractionBits;
  let exponent = Math.max(value.exponent + bitLength(value.mantissa) - format.fractionBits - 1, lowest);
  let mantissa = shiftRounded(value.mantissa, exponent - value.exponent, sticky);
  if (bitLength(mantissa) > format.fractionBits + 1) {
    mantissa >>= 1n;
    exponent++;
  }
  let biased = exponent + bias + format.fractionBits;
  if (biased >= Number(top)) return special;
  if (mantissa < integerBit) biased = 0;
  const kept = format.explicit ? mantissa : mantissa & (integerBit - 1n);
  return sign | (BigInt(biased) << stored) | kept;
}

/** The bytes of a number in a format, rounded to nearest even, zero-padded to `byteSize`. */
export function encodeFloat(value: ExactFloat, format: FloatFormat, byteSize: number): Buffer {
  const bytes = Buffer.alloc(byteSize);
  let bits = packFloat(value, format);
  for (let index = 0; index < format.bytes; index++) {
    bytes[index] = Number(bits & 0xffn);
    bits >>= 8n;
  }
  return bytes;
}

/** A JavaScript number, exactly. */
export function exactFromNumber(value: number): ExactFloat {
  const bytes = Buffer.alloc(8);
  bytes.writeDoubleLE(value);
  return decodeFloat(bytes, formats.double as FloatFormat);
}

/** An integer, exactly. */
export function exactFromInteger(value: bigint): ExactFloat {
  return { kind: "finite", negative: value < 0n, mantissa: value < 0n ? -value : value, exponent: 0 };
}

/** The integer part, toward zero; undefined for infinities and NaN. */
export function exactToInteger(value: ExactFloat): bigint | undefined {
  if (value.kind !== "finite") return undefined;
  const size =
    value.exponent >= 0
      ? value.mantissa << BigInt(value.exponent)
      : value.mantissa >> BigInt(-value.exponent);
  return value.negative ? -size : size;
}

function signedAt(value: ExactFloat & { kind: "finite" }, exponent: number): bigint {
  const size = value.mantissa << BigInt(value.exponent - exponent);
  return value.negative ? -size : size;
}

/** Compares two numbers: -1, 0 or 1; undefined when one is NaN. */
export function compareExact(left: ExactFloat, right: ExactFloat): number | undefined {
  if (left.kind === "nan" || right.kind === "nan") return undefined;
  if (left.kind === "infinite" || right.kind === "infinite") {
    const rank = (value: ExactFloat): number => (value.kind === "infinite" ? (value.negative ? -1 : 1) : 0);
    return Math.sign(rank(left) - rank(right));
  }
  const exponent = Math.min(left.exponent, right.exponent);
  const difference = signedAt(left, exponent) - signedAt(right, exponent);
  return difference < 0n ? -1 : difference > 0n ? 1 : 0;
}

function rounded(value: ExactFloat, format: FloatFormat, sticky = false): ExactFloat {
  let bits = packFloat(value, format, sticky);
  const bytes = Buffer.alloc(format.bytes);
  for (let index = 0; index < format.bytes; index++, bits >>= 8n) bytes[index] = Number(bits & 0xffn);
  return decodeFloat(bytes, format);
}

/** A double of the same kind and sign: all that counts where infinities, NaN or a division by zero are met. */
function representative(value: ExactFloat): number {
  const size =
    value.kind === "nan" ? NaN : value.kind === "infinite" ? Infinity : value.mantissa === 0n ? 0 : 1;
  return value.negative ? -size : size;
}

/** left OP right, rounded to the format. */
export function computeExact(
  operator: "+" | "-" | "*" | "/",
  left: ExactFloat,
  right: ExactFloat,
  format: FloatFormat,
): ExactFloat {
  if (left.kind !== "finite" || right.kind !== "finite" || (operator === "/" && right.mantissa === 0n))
    return exactFromNumber(computeNumber(operator, representative(left), representative(right)));
  const negative = left.negative !== right.negative;
  if (operator === "*")
    return rounded(
      {
        kind: "finite",
        negative,
        mantissa: left.mantissa * right.mantissa,
        exponent: left.exponent + right.exponent,
      },
      format,
    );
  if (operator === "/") {
    const shift =
      format.fractionBits + 3 + Math.max(0, bitLength(right.mantissa) - bitLength(left.mantissa) + 1);
    const numerator = left.mantissa << BigInt(shift);
    const mantissa = numerator / right.mantissa;
    const sticky = mantissa * right.mantissa !== numerator;
    const exponent = left.exponent - right.exponent - shift;
    return rounded({ kind: "finite", negative, mantissa, exponent }, format, sticky);
  }
  const exponent = Math.min(left.exponent, right.exponent);
  const second = signedAt(right, exponent);
  const sum = signedAt(left, exponent) + (operator === "+" ? second : -second);
  const zeroSign = left.negative && right.negative === (operator === "+");
  const size = sum < 0n ? -sum : sum;
  return rounded(
    { kind: "finite", negative: sum === 0n ? zeroSign : sum < 0n, mantissa: size, exponent },
    format,
  );
}

/** left OP right in double precision. */
export function computeNumber(operator: "+" | "-" | "*" | "/", left: number, right: number): number {
  switch (operator) {
    case "+":
      return left + right;
    case "-":
      return left - right;
    case "*":
      return left * right;
    case "/":
      return left / right;
  }
}
