/** Views of values of Rust's library that are best written as Rust does: times, and ranges of integers. */
import { UserError } from "../types";
import type { EvaluationContext, Value } from "../types";
import { integerOf } from "../values/values";
import { integerTraits, plainType } from "../values/valuesTypes";
import { insideOf } from "./rustParts";
import { numberAt, partAt, type ViewMaker } from "./view";

const SECOND = 1_000_000_000n;

/** Units of a time that is less than a second, by their nanoseconds. */
const units: readonly (readonly [string, bigint])[] = [
  ["s", SECOND],
  ["ms", 1_000_000n],
  ["µs", 1_000n],
  ["ns", 1n],
];

/** The milliseconds from 1970 that a date can be made of. */
const MOST_MILLISECONDS = 8_640_000_000_000_000n;

/** Behind a number, what a part of its unit is: `.5`. */
function fraction(part: bigint, unit: bigint): string {
  const digits = String(unit + part)
    .slice(1)
    .replace(/0+$/, "");
  return digits === "" ? "" : `.${digits}`;
}

const duration: ViewMaker = (value, context) => {
  const seconds = numberAt(value, ["secs"], context);
  const nanoseconds = numberAt(value, ["nanos"], context);
  if (nanoseconds >= SECOND) return undefined;
  const whole = seconds * SECOND + nanoseconds;
  const [name, unit] = units.find(([, each]) => whole >= each) ?? ["ns", 1n];
  return { kind: "word", word: `${whole / unit}${fraction(whole % unit, unit)}${name}` };
};

const systemTime: ViewMaker = (value, context) => {
  const time = partAt(value, ["__0", "t"], context);
  const seconds = integerOf(partAt(time, ["tv_sec"], context), true, context);
  const nanoseconds = numberAt(time, ["tv_nsec"], context);
  const milliseconds = seconds * 1000n;
  const isDate = -MOST_MILLISECONDS <= milliseconds && milliseconds <= MOST_MILLISECONDS;
  if (!isDate || nanoseconds >= SECOND) return undefined;
  const date = new Date(Number(milliseconds)).toISOString().replace(/\.\d+Z$/, "");
  return { kind: "word", word: `${date}${fraction(nanoseconds, SECOND)}Z` };
};

/** An end of a range. Throws UserError when it is no integer. */
function bound(range: Value, name: string, context: EvaluationContext): string {
  const found = insideOf(partAt(range, [name], context), context);
  const plain = plainType(found.type);
  const traits = integerTraits(plain);
  const isInteger = plain.kind === "base" && /^(?:un)?signed$/.test(plain.encoding);
  if (!isInteger || traits === undefined) throw new UserError("It is no integer.");
  return String(integerOf(found, traits.signed, context));
}

/** A range with a start, an end, or both, and what stands between them. */
function range(start: string | undefined, operator: string, end: string | undefined): ViewMaker {
  return (value, context) => {
    const [first, last] = [start, end].map((name) => (name === undefined ? "" : bound(value, name, context)));
    return { kind: "word", word: `${first}${operator}${last}` };
  };
}

/** One that has given all its numbers is none of these any more. */
const inclusive: ViewMaker = (value, context) =>
  numberAt(value, ["exhausted"], context) === 0n ? range("start", "..=", "end")(value, context) : undefined;

/** By the path of a type. */
export const rustWords: ReadonlyMap<string, ViewMaker> = new Map([
  ["core::time::Duration", duration],
  ["std::time::SystemTime", systemTime],
  ["core::ops::range::Range", range("start", "..", "end")],
  ["core::ops::range::RangeFrom", range("start", "..", undefined)],
  ["core::ops::range::RangeTo", range(undefined, "..", "end")],
  ["core::ops::range::RangeToInclusive", range(undefined, "..=", "end")],
  ["core::ops::range::RangeInclusive", inclusive],
]);
