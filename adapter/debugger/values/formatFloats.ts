/** Floating-point numbers as text: the shortest decimal that reads back as the same number. */
import {
  compareExact,
  computeExact,
  decodeFloat,
  encodeFloat,
  exactFromInteger,
  floatFormat,
} from "../../symbols/exactFloats";
import type { ExactFloat, FloatFormat } from "../../symbols/exactFloats";

/** The text of a floating-point value of a base type; undefined when its format is not known. */
export function formatFloat(bytes: Uint8Array, typeName: string): string | undefined {
  const format = floatFormat(bytes.length, typeName);
  if (format === undefined) return undefined;
  const value = decodeFloat(bytes, format);
  const sign = value.negative ? "-" : "";
  if (value.kind === "nan") return `${sign}nan`;
  if (value.kind === "infinite") return `${sign}inf`;
  if (value.mantissa === 0n) return `${sign}0`;
  if (format.bytes === 8) return String(Buffer.from(bytes).readDoubleLE(0));
  return sign + shortestText({ ...value, negative: false }, format);
}

function power10(exponent: number): bigint {
  return 10n ** BigInt(exponent);
}

/** `digits` * 10^`exponent`, rounded to the format. */
function fromDecimal(digits: bigint, exponent: number, format: FloatFormat): ExactFloat {
  if (digits === 0n) return exactFromInteger(0n);
  if (exponent >= 0)
    return computeExact("*", exactFromInteger(digits * power10(exponent)), exactFromInteger(1n), format);
  return computeExact("/", exactFromInteger(digits), exactFromInteger(power10(-exponent)), format);
}

/** Reads a decimal floating-point number (`1.5e-3`) exactly rounded to a format; undefined when it is none. */
export function parseDecimal(text: string, format: FloatFormat): ExactFloat | undefined {
  const parts = /^(\d*)\.?(\d*)(?:e([+-]?\d{1,5}))?$/i.exec(text);
  if (parts === null) return undefined;
  const [, whole = "", fraction = "", exponent = "0"] = parts;
  if (whole + fraction === "") return undefined;
  return fromDecimal(BigInt(whole + fraction), Number(exponent) - fraction.length, format);
}

function ratio(value: ExactFloat & { kind: "finite" }): { numerator: bigint; denominator: bigint } {
  return value.exponent >= 0
    ? { numerator: value.mantissa << BigInt(value.exponent), denominator: 1n }
    : { numerator: value.mantissa, denominator: 1n << BigInt(-value.exponent) };
}

/** The exponent of the first decimal digit: 10^k <= value < 10^(k+1). */
function decimalExponent(numerator: bigint, denominator: bigint): number {
  let k = numerator.toString().length - denominator.toString().length;
  const below = k >= 0 ? numerator < denominator * power10(k) : numerator * power10(-k) < denominator;
  if (below) k--;
  return k;
}

function shortestText(value: ExactFloat & { kind: "finite" }, format: FloatFormat): string {
  const { numerator, denominator } = ratio(value);
  const first = decimalExponent(numerator, denominator);
  const most = Math.ceil((format.fractionBits + 1) * Math.log10(2)) + 1;
  for (let precision = 1; precision <= most; precision++) {
    const scale = precision - 1 - first;
    const scaled = scale >= 0 ? numerator * power10(scale) : numerator;
    const divisor = scale >= 0 ? denominator : denominator * power10(-scale);
    const digits = (scaled * 2n + divisor) / (divisor * 2n);
    if (precision === most || compareExact(fromDecimal(digits, -scale, format), value) === 0)
      return layOut(digits.toString(), digits.toString().length - 1 - scale);
  }
  return "";
}

/** Digits with the first one standing for 10^`exponent`, as JavaScript and %g lay numbers out. */
function layOut(digits: string, exponent: number): string {
  const kept = digits.replace(/0+$/, "");
  if (exponent < -7 || exponent >= 21) {
    const fraction = kept.length > 1 ? `.${kept.slice(1)}` : "";
    return `${kept[0]}${fraction}e${exponent < 0 ? "-" : "+"}${Math.abs(exponent)}`;
  }
  if (exponent < 0) return `0.${"0".repeat(-exponent - 1)}${kept}`;
  if (kept.length <= exponent + 1) return kept.padEnd(exponent + 1, "0");
  return `${kept.slice(0, exponent + 1)}.${kept.slice(exponent + 1)}`;
}

/** The bytes of a decimal number in the floating-point type of `byteSize` bytes; undefined when it is none. */
export function encodeDecimal(text: string, byteSize: number, typeName: string): Buffer | undefined {
  const format = floatFormat(byteSize, typeName);
  const value = format && parseDecimal(text, format);
  return value && format && encodeFloat(value, format, byteSize);
}
