/** Parses C expressions (C11 6.5) by precedence climbing; GDB's `@` and `$register` among them. */
import type { BaseType } from "../../symbols/sourceTypes";
import { UserError } from "../types";
import { builtin } from "../values/valuesTypes";
import { asWritten, type Token } from "./lexer";
import { parseNumber } from "./literals";
import { parseRustType, rustTypes } from "./rustTypes";
import type { ArithmeticOperator, BinaryOperator, Expression, UnaryOperator } from "./syntax";
import { TokenStream, type KnownNames } from "./tokenStream";
import { parseTypeName, startsTypeName } from "./typeNames";

const MAX_DEPTH = 1000;

const precedence: Record<string, number> = {
  "||": 1,
  "&&": 2,
  "|": 3,
  "^": 4,
  "&": 5,
  "==": 6,
  "!=": 6,
  "<": 7,
  ">": 7,
  "<=": 7,
  ">=": 7,
  "<<": 8,
  ">>": 8,
  "@": 9,
  "+": 10,
  "-": 10,
  "*": 11,
  "/": 11,
  "%": 11,
};

const nothing: KnownNames = { isType: () => false, spelling: asWritten };

/** Parses a C expression. Throws UserError with a sentence about the first mistake. */
export function parseExpression(text: string, known: KnownNames = nothing): Expression {
  if (text.trim() === "") throw new UserError("The expression is empty.");
  if (nestingOf(text) > MAX_DEPTH) throw new UserError("The expression is nested too deeply.");
  const stream = new TokenStream(text, known, parseComma);
  const expression = parseComma(stream);
  if (stream.peek().kind !== "end") throw stream.unexpected("an operator is expected");
  return expression;
}

/** A bound of the recursion: every level takes one of these characters. */
function nestingOf(text: string): number {
  return text.replace(/[^([?!~*&+=-]/g, "").length;
}

function parseComma(stream: TokenStream): Expression {
  let left = parseAssignment(stream);
  while (stream.accept(",")) left = { kind: "comma", left, right: parseAssignment(stream) };
  return left;
}

function parseAssignment(stream: TokenStream): Expression {
  const target = parseConditional(stream);
  const token = stream.peek();
  const operator = /^(?:([-+*/%&|^]|<<|>>)?)=$/.exec(token.kind === "operator" ? token.text : "");
  if (operator === null) return target;
  stream.next();
  const value = parseAssignment(stream);
  const arithmetic = operator[1] as ArithmeticOperator | undefined;
  return arithmetic === undefined
    ? { kind: "assign", target, value }
    : { kind: "assign", operator: arithmetic, target, value };
}

function parseConditional(stream: TokenStream): Expression {
  const condition = parseBinary(stream, 1);
  if (!stream.accept("?")) return condition;
  const whenTrue = parseComma(stream);
  stream.expect(":");
  return { kind: "conditional", condition, whenTrue, whenFalse: parseConditional(stream) };
}

function parseBinary(stream: TokenStream, lowest: number): Expression {
  let left = parseOperand(stream);
  for (;;) {
    const token = stream.peek();
    const level = token.kind === "operator" ? precedence[token.text] : undefined;
    if (level === undefined || level < lowest) return left;
    stream.next();
    left = binary(token.text, left, parseBinary(stream, level + 1));
  }
}

/** In Rust `as` binds closer than any operator between two operands. */
function parseOperand(stream: TokenStream): Expression {
  let operand = parseUnary(stream);
  while (stream.isRust && stream.peek().kind === "identifier" && stream.peek().text === "as") {
    stream.next();
    operand = { kind: "cast", type: parseRustType(stream), operand };
  }
  return operand;
}

function binary(operator: string, left: Expression, right: Expression): Expression {
  if (operator === "&&" || operator === "||") return { kind: "logical", operator, left, right };
  if (operator === "@") return { kind: "repeat", element: left, count: right };
  return { kind: "binary", operator: operator as BinaryOperator, left, right };
}

function parseUnary(stream: TokenStream): Expression {
  const token = stream.peek();
  if (token.kind === "operator") {
    if (token.text === "++" || token.text === "--") {
      stream.next();
      const delta = token.text === "++" ? 1 : -1;
      return { kind: "increment", delta, prefix: true, target: parseUnary(stream) };
    }
    if (token.text === "&&") throw stream.unexpected("an operand is expected");
    if (["+", "-", "!", "~", "*", "&"].includes(token.text)) {
      stream.next();
      if (stream.isRust && token.text === "&" && stream.peek().text === "mut") stream.next();
      return { kind: "unary", operator: token.text as UnaryOperator, operand: parseUnary(stream) };
    }
    if (token.text === "(" && startsTypeName(stream, 1)) return parseCast(stream);
  }
  if (token.kind === "identifier" && /^(sizeof|_Alignof|alignof|__alignof__)$/.test(token.text))
    return parseSizeof(stream);
  return parsePostfix(stream, parsePrimary(stream));
}

function parseCast(stream: TokenStream): Expression {
  stream.expect("(");
  const type = parseTypeName(stream);
  stream.expect(")");
  return { kind: "cast", type, operand: parseUnary(stream) };
}

function parseSizeof(stream: TokenStream): Expression {
  const what = stream.next().text === "sizeof" ? "sizeof" : "alignof";
  if (stream.peek().text !== "(" || !startsTypeName(stream, 1))
    return { kind: what, operand: parseUnary(stream) };
  stream.expect("(");
  const type = parseTypeName(stream);
  stream.expect(")");
  return { kind: what === "sizeof" ? "sizeofType" : "alignofType", type };
}

function parsePrimary(stream: TokenStream): Expression {
  const token = stream.peek();
  switch (token.kind) {
    case "number":
      stream.next();
      return parseNumber(token.text, stream.isRust);
    case "character":
      stream.next();
      return { kind: "integer", value: token.value, type: characterType(token.text) };
    case "string":
      return parseStrings(stream);
    case "identifier":
      return parseName(stream);
    case "register":
      stream.next();
      return { kind: "register", name: token.text.slice(1) };
    default:
      break;
  }
  const unknown = token.text === "(" ? unknownCast(stream) : undefined;
  if (unknown !== undefined) throw new UserError(`No type "${unknown}" in this context.`);
  if (!stream.accept("(")) throw stream.unexpected("an operand is expected");
  const inner = parseComma(stream);
  stream.expect(")");
  return inner;
}

const operands = new Set(["number", "character", "string", "identifier", "register"]);

/** The name in `(name) operand` or `(name *)`, which is a cast to a type that nobody knows. */
function unknownCast(stream: TokenStream): string | undefined {
  let end = 2;
  while (stream.peek(end).text === "*") end++;
  const isCast = end > 2 || operands.has(stream.peek(end + 1).kind);
  const name = stream.peek(1);
  return name.kind === "identifier" && stream.peek(end).text === ")" && isCast ? name.text : undefined;
}

/** As GDB has it, 'a' is a char, so that it is shown as one. */
function characterType(literal: string): BaseType {
  const byte = literal.startsWith("b") ? rustTypes.get("u8") : undefined;
  if (byte !== undefined) return byte;
  return /^(?:[LuU]'|'[^\\\x00-\x7f]|'\\[uU])/.test(literal) ? builtin.int : builtin.char;
}

function parseStrings(stream: TokenStream): Expression {
  const parts: Buffer[] = [];
  const isBytes = stream.isRust && stream.peek().text.startsWith("b");
  for (let token = stream.peek(); token.kind === "string"; token = stream.peek()) {
    parts.push(token.bytes);
    stream.next();
  }
  return { kind: "string", bytes: Buffer.concat(parts), ...(isBytes && { isBytes: true as const }) };
}

function parseName(stream: TokenStream): Expression {
  const token = stream.next();
  if (token.kind !== "identifier") throw stream.unexpected("a name is expected");
  if (token.scope !== undefined) return { kind: "name", name: token.text, scope: token.scope };
  return { kind: "name", name: token.text };
}

function parsePostfix(stream: TokenStream, primary: Expression): Expression {
  let expression = primary;
  for (;;) {
    if (stream.accept("[")) {
      expression = { kind: "index", array: expression, index: parseComma(stream) };
      stream.expect("]");
    } else if (stream.accept("("))
      expression = { kind: "call", callee: expression, arguments: parseArguments(stream) };
    else if (stream.accept("++"))
      expression = { kind: "increment", delta: 1, prefix: false, target: expression };
    else if (stream.accept("--"))
      expression = { kind: "increment", delta: -1, prefix: false, target: expression };
    else if (stream.accept(".")) expression = memberOf(stream, expression, false);
    else if (stream.accept("->")) expression = memberOf(stream, expression, true);
    else if (isPosition(stream.peek()))
      expression = { kind: "member", record: expression, name: stream.next().text.slice(1), arrow: false };
    else return expression;
  }
}

/** `.0` behind an operand: a member of one of Rust's tuples, where C would have no number. */
function isPosition({ kind, text }: Token): boolean {
  return kind === "number" && /^\.\d+$/.test(text);
}

function memberOf(stream: TokenStream, record: Expression, arrow: boolean): Expression {
  const token = stream.peek();
  if (token.kind !== "identifier" && !(token.kind === "number" && /^\d+$/.test(token.text)))
    throw stream.unexpected("the name of a member is expected");
  stream.next();
  return { kind: "member", record, name: token.text, arrow };
}

function parseArguments(stream: TokenStream): Expression[] {
  const list: Expression[] = [];
  if (stream.accept(")")) return list;
  do list.push(parseAssignment(stream));
  while (stream.accept(","));
  stream.expect(")");
  return list;
}
