/** Rust's own types in expressions: their names, literals, constants, and `as`. */
import { exactFromNumber, exactToInteger } from "../../symbols/exactFloats";
import type { BaseType, Type } from "../../symbols/sourceTypes";
import type { EvaluationContext, Value } from "../types";
import { integerRange } from "../values/valuesIntegers";
import { arrayOf, builtin, integerTraits, plainType } from "../values/valuesTypes";
import { categoryOf, isReal } from "./arithmeticTypes";
import { convertScalar, scalarOf, scalarValue } from "./scalars";
import type { Expression, TypeName } from "./syntax";
import type { TokenStream } from "./tokenStream";

const named = (displayName: string, like: BaseType): BaseType => ({ ...like, displayName });

/** The types that need no declaration. */
export const rustTypes: ReadonlyMap<string, BaseType> = new Map(
  [
    named("i8", { ...builtin.int, byteSize: 1 }),
    named("u8", { ...builtin.unsigned, byteSize: 1 }),
    named("i16", builtin.short),
    named("u16", builtin.unsignedShort),
    named("i32", builtin.int),
    named("u32", builtin.unsigned),
    named("i64", builtin.long),
    named("u64", builtin.unsignedLong),
    named("i128", builtin.int128),
    named("u128", builtin.unsigned128),
    named("isize", builtin.long),
    named("usize", builtin.unsignedLong),
    named("f32", builtin.float),
    named("f64", builtin.double),
    named("bool", builtin.bool),
    named("char", { kind: "base", encoding: "character", byteSize: 4, displayName: "char" }),
  ].map((type) => [type.displayName, type]),
);

/** What a byte string of a length leads to: `[u8; 3]`. */
export function bytesType(count: number): Type {
  const element = rustTypes.get("u8") ?? builtin.unsignedChar;
  return { ...arrayOf(element, [{ count }]), isOfRust: true, displayName: `[u8; ${count}]` };
}

/** What C calls otherwise. */
const twins: ReadonlyMap<Type, string> = new Map<Type, string>([
  [builtin.signedChar, "i8"],
  [builtin.unsignedChar, "u8"],
  [builtin.short, "i16"],
  [builtin.unsignedShort, "u16"],
  [builtin.int, "i32"],
  [builtin.unsigned, "u32"],
  [builtin.long, "i64"],
  [builtin.longLong, "i64"],
  [builtin.unsignedLong, "u64"],
  [builtin.unsignedLongLong, "u64"],
  [builtin.int128, "i128"],
  [builtin.unsigned128, "u128"],
  [builtin.float, "f32"],
  [builtin.double, "f64"],
]);

function isPointerOfC(type: Type): boolean {
  if (type.kind !== "pointer") return false;
  const { displayName } = type.target;
  return [`${displayName} *`, `${displayName} (*)`].includes(type.displayName);
}

/** Whether a value is of a type that C has and Rust calls otherwise. */
export function isOfC({ type }: Value): boolean {
  return twins.has(type) || isPointerOfC(type);
}

/** The same value of the type that Rust has. `use`: it says how many there are of something, or was made by `&`. */
export function asRust(value: Value, use?: "length" | "reference"): Value {
  if (value.type.kind === "pointer" && isPointerOfC(value.type)) {
    const sign = use === "reference" ? "&" : "*const ";
    return { ...value, type: { ...value.type, displayName: sign + value.type.target.displayName } };
  }
  const name = use === "length" && value.type === builtin.unsignedLong ? "usize" : twins.get(value.type);
  const type = name === undefined ? undefined : rustTypes.get(name);
  return type === undefined ? value : { ...value, type };
}

/** What the binary formats of IEEE 754 have at their ends, by the bits of the significand and the largest exponent. */
function endsOf(precision: number, exponent: number): Readonly<Record<string, number>> {
  const most = (2 - 2 ** (1 - precision)) * 2 ** exponent;
  return {
    MAX: most,
    MIN: -most,
    MIN_POSITIVE: 2 ** (1 - exponent),
    EPSILON: 2 ** (1 - precision),
    INFINITY: Infinity,
    NEG_INFINITY: -Infinity,
    NAN: NaN,
  };
}

const floatConstants: ReadonlyMap<string, Readonly<Record<string, number>>> = new Map([
  ["f32", endsOf(24, 127)],
  ["f64", endsOf(53, 1023)],
]);

/** `i32::MAX`, `f64::EPSILON` and their like; undefined for any other name. */
export function rustConstant(name: string): Value | undefined {
  const [, typeName = "", constant = ""] = /^(\w+)::([A-Z_]+)$/.exec(name) ?? [];
  const type = rustTypes.get(typeName);
  const number = floatConstants.get(typeName)?.[constant];
  if (type !== undefined && number !== undefined)
    return scalarValue({ kind: "float", value: exactFromNumber(number) }, type);
  return type === undefined ? undefined : endOfIntegers(type, constant);
}

function endOfIntegers(type: BaseType, end: string): Value | undefined {
  if (type.encoding !== "signed" && type.encoding !== "unsigned") return undefined;
  const traits = integerTraits(type);
  if (traits === undefined || (end !== "MIN" && end !== "MAX")) return undefined;
  const { low, high } = integerRange(traits.size * 8, traits.signed);
  return scalarValue({ kind: "integer", value: end === "MIN" ? low : high }, type);
}

/** Behind `as`: a path, or a pointer or reference to a type. Throws UserError. */
export function parseRustType(stream: TokenStream): TypeName {
  const isPointer = stream.accept("*");
  if (isPointer || stream.accept("&")) {
    const word = stream.peek();
    const isQualified = word.kind === "identifier" && /^(?:const|mut)$/.test(word.text);
    if (isQualified) stream.next();
    else if (isPointer) throw stream.unexpected('"const" or "mut" is expected');
    return { kind: "pointer", target: parseRustType(stream) };
  }
  const token = stream.peek();
  if (token.kind !== "identifier") throw stream.unexpected("a type is expected");
  stream.next();
  return { kind: "named", name: token.text };
}

/** A floating-point number as an integer: the nearest that the type has, and 0 for what is no number. */
export function saturated(value: Value, type: Type, context: EvaluationContext): Value {
  const traits = categoryOf(type) === "integer" ? integerTraits(type) : undefined;
  const scalar = traits && categoryOf(value.type) === "float" ? scalarOf(value, context) : undefined;
  if (traits === undefined || scalar?.kind !== "float") return value;
  const { low, high } = integerRange(traits.size * 8, traits.signed);
  const { value: number } = scalar;
  const infinite = number.kind === "nan" ? 0n : number.negative ? low : high;
  const integer = exactToInteger(number) ?? infinite;
  const nearest = integer < low ? low : integer > high ? high : integer;
  return scalarValue({ kind: "integer", value: nearest }, type);
}

/** Whether an expression is a number whose type what it stands beside tells. */
function isUntyped(node: Expression): boolean {
  if (node.kind === "unary" && node.operator === "-") return isUntyped(node.operand);
  return (node.kind === "integer" || node.kind === "float") && twins.has(node.type);
}

interface Operands {
  readonly left: Value;
  readonly right: Value;
}

/** Two operands, a number without a type as one of the other's type. */
export function adapted(
  node: Expression & { kind: "binary" },
  { left, right }: Operands,
  context: EvaluationContext,
): Operands {
  const isShift = node.operator === "<<" || node.operator === ">>";
  if (isShift || categoryOf(left.type) !== categoryOf(right.type) || !isReal(left.type))
    return { left, right };
  if (isUntyped(node.right)) return { left, right: convertScalar(right, left.type, context) };
  return isUntyped(node.left) ? { left: convertScalar(left, right.type, context), right } : { left, right };
}

/** What an operator gives, of the operands' type: nothing is promoted, and what does not fit is cut off, as without overflow checks. */
export function unpromoted(result: Value, { left, right }: Operands, context: EvaluationContext): Value {
  const isAlike = categoryOf(left.type) === categoryOf(result.type) && isReal(result.type);
  return isAlike && isReal(right.type) ? convertScalar(result, left.type, context) : result;
}

/** Whether a type leads to one object, where a pointer of C may lead to the first of several. */
export function isReference(type: Type): boolean {
  return plainType(type).kind === "pointer" && type.displayName.startsWith("&");
}

/** Whether values of a type are compared by what they lead to: references and boxes, and not pointers. */
export function isComparedByTarget(type: Type): boolean {
  return (
    isReference(type) || (plainType(type).kind === "pointer" && /^alloc::boxed::Box</.test(type.displayName))
  );
}
