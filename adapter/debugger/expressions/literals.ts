/** Number literals and their C types (C11 6.4.4). */
import type { BaseType } from "../../symbols/sourceTypes";
import { UserError } from "../types";
import { integerRange } from "../values/valuesIntegers";
import { builtin, sizeOf } from "../values/valuesTypes";
import { rustTypes } from "./rustTypes";
import type { Expression } from "./syntax";

const FLOAT = /^(0x[\da-f]*\.?[\da-f]*p[+-]?\d+|(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?)([fl]?)$/i;
const INTEGER = /^(0x[\da-f]+|0b[01]+|\d+)(u?)(l{0,2})(u?)$/i;

/** Rust's, with the type behind the number: `1_000u64`. */
const OF_RUST =
  /^(0x_*[\da-f][\da-f_]*|0b_*[01][01_]*|0o_*[0-7][0-7_]*|\d[\d_]*(?:\.[\d_]*)?(?:e[+-]?\d+)?)_?([iuf](?:8|16|32|64|128|size))?$/i;

/** A number literal as Rust has it; undefined: it is none. */
function rustNumber(literal: string): Expression | undefined {
  const [, written, suffix = ""] = OF_RUST.exec(literal) ?? [];
  const type = rustTypes.get(suffix);
  if (written === undefined || (suffix !== "" && type === undefined)) return undefined;
  const digits = written.replaceAll("_", "");
  const isFloat = /^f/.test(suffix) || /^\d+(?:\.|e)/i.test(digits);
  if (isFloat) return { kind: "float", text: digits, type: type ?? builtin.double };
  const value = BigInt(digits);
  return { kind: "integer", value, type: type ?? integerType(value, false, 0, true) };
}

/** The expression of a number literal. Throws UserError when it is none. */
export function parseNumber(literal: string, isRust: boolean): Expression {
  const inRust = isRust ? rustNumber(literal) : undefined;
  if (inRust !== undefined) return inRust;
  const text = literal.replaceAll("'", "");
  const integer = INTEGER.exec(text);
  if (integer !== null && !(integer[2] && integer[4])) {
    const digits = integer[1] ?? "0";
    const octal = /^0\d+$/.test(digits);
    if (octal && /[89]/.test(digits)) throw new UserError(`"${literal}" is no octal number.`);
    const value = BigInt(octal ? `0o${digits.slice(1)}` : digits);
    const unsigned = Boolean(integer[2] || integer[4]);
    return {
      kind: "integer",
      value,
      type: integerType(value, unsigned, (integer[3] ?? "").length, /^\d/.test(digits) && !/^0/.test(digits)),
    };
  }
  const float = FLOAT.exec(text);
  if (float === null) throw new UserError(`"${literal}" is no number.`);
  const suffix = (float[2] ?? "").toLowerCase();
  const type = suffix === "f" ? builtin.float : suffix === "l" ? builtin.longDouble : builtin.double;
  return { kind: "float", text: float[1] ?? "0", type };
}

function integerType(value: bigint, unsigned: boolean, longs: number, decimal: boolean): BaseType {
  const candidates: [BaseType, boolean][] = [
    [builtin.int, longs === 0 && !unsigned],
    [builtin.unsigned, longs === 0 && (unsigned || !decimal)],
    [longs === 2 ? builtin.longLong : builtin.long, !unsigned],
    [longs === 2 ? builtin.unsignedLongLong : builtin.unsignedLong, unsigned || !decimal],
    [builtin.int128, true],
    [builtin.unsigned128, true],
  ];
  for (const [type, allowed] of candidates) {
    const range = integerRange((sizeOf(type) ?? 0) * 8, type.encoding === "signed");
    if (allowed && value <= range.high) return type;
  }
  throw new UserError(`The number ${value} is too large for any integer type.`);
}
