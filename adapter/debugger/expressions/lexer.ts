/** Tokens of C expressions. */
import { UserError } from "../types";

export type Token =
  | { readonly kind: "number"; readonly text: string; readonly start: number }
  | { readonly kind: "character"; readonly value: bigint; readonly start: number; readonly text: string }
  | { readonly kind: "string"; readonly bytes: Buffer; readonly start: number; readonly text: string }
  | {
      readonly kind: "identifier";
      readonly text: string;
      readonly scope?: string;
      readonly start: number;
      readonly end: number;
    }
  | { readonly kind: "register"; readonly text: string; readonly start: number }
  | { readonly kind: "operator"; readonly text: string; readonly start: number }
  | { readonly kind: "end"; readonly text: string; readonly start: number };

const SPACE = /\s+/y;
const NUMBER =
  /(?:0[xX][\da-fA-F']*(?:\.[\da-fA-F]*)?(?:[pP][+-]?\d+)?|0[bB][01']+|(?:\d[\d'_]*\.?[\d_]*|\.\d+)(?:[eE][+-]?\d+)?)[a-zA-Z_\d]*/y;
/** Behind an operator for members, a place in one of Rust's tuples: in `p->0.1` there are two. */
const POSITION = /\d+/y;
/** A letter of any language, an underscore or, behind the first, a digit or `$`, as GCC and Clang have it (C11 6.4.2.1). */
const FIRST = String.raw`[\p{L}_]`;
const FURTHER = String.raw`[\p{L}\p{M}\p{N}_$]`;
const WORD = `${FIRST}${FURTHER}*`;
const FILE_SCOPE = new RegExp(
  String.raw`(?:'([^'\n]+\.[A-Za-z+]+)'|([\p{L}\p{N}_./+\-]+\.(?:c|cc|cpp|cxx|h|hh|hpp|rs)))\s*::\s*(${WORD})`,
  "uy",
);
/** What stands in it is seen in the namespace around it. */
const ANONYMOUS = "(anonymous namespace)::";
/** `args#1` is a parameter of a variadic template. */
const INSIDE = String.raw`::(?:\(anonymous namespace\)::)*~?${WORD}`;
const IDENTIFIER = new RegExp(
  String.raw`(?:::)?(?:\(anonymous namespace\)::)*${WORD}(?:#\d+|(?:${INSIDE})*)`,
  "uy",
);
const REGISTER = /\$[A-Za-z_]\w*/y;
const OPERATOR = /->|\+\+|--|<<=|>>=|<<|>>|<=|>=|==|!=|&&|\|\||[-+*/%&|^]=|[-+*/%&|^~!<>=?:,.()[\]@]/y;
const STRING = /(?:u8)?"((?:[^"\\\n]|\\.)*)"/y;
const CHARACTER = /(?:u8|[LuU])?'((?:[^'\\\n]|\\.)+)'/y;
/** `b"x"` and `b'x'` are Rust's. */
const BYTE_STRING = /b?"((?:[^"\\\n]|\\.)*)"/y;
const BYTE = /b?'((?:[^'\\\n]|\\.)+)'/y;

const simpleEscapes: Record<string, number> = {
  n: 10,
  t: 9,
  r: 13,
  a: 7,
  b: 8,
  f: 12,
  v: 11,
  e: 27,
};

function match(pattern: RegExp, text: string, at: number): RegExpExecArray | null {
  pattern.lastIndex = at;
  return pattern.exec(text);
}

/** The bytes of the inside of a string or character literal, escapes resolved, other characters in UTF-8. */
export function unescapeLiteral(inside: string): Buffer {
  const parts: Buffer[] = [];
  const pattern =
    /\\(x[\da-fA-F]{1,2}|[0-7]{1,3}|u[\da-fA-F]{4}|u\{[\da-fA-F]{1,6}\}|U[\da-fA-F]{8}|[^\n])|[^\\]+/gs;
  for (const [whole, escape] of inside.matchAll(pattern)) {
    if (escape === undefined) parts.push(Buffer.from(whole));
    else if (escape.startsWith("x") && escape.length > 1)
      parts.push(Buffer.from([Number.parseInt(escape.slice(1), 16)]));
    else if (/^[0-7]/.test(escape)) parts.push(Buffer.from([Number.parseInt(escape, 8) & 0xff]));
    else if (/^[uU]./.test(escape)) parts.push(codePoint(Number.parseInt(escape.replace(/^.\{?/, ""), 16)));
    else parts.push(simpleEscapes[escape] ? Buffer.from([simpleEscapes[escape]]) : Buffer.from(escape));
  }
  return Buffer.concat(parts);
}

function codePoint(value: number): Buffer {
  if (value > 0x10ffff) throw new UserError(`\\U${value.toString(16)} is no character of Unicode.`);
  return Buffer.from(String.fromCodePoint(value));
}

/** The value of a character literal: a byte is a (signed) char; a longer prefixed one its code point. */
function characterValue(literal: string, inside: string): bigint {
  const bytes = unescapeLiteral(inside);
  if (bytes.length === 1 && !/^[LuU]'/.test(literal)) return BigInt(bytes.readInt8(0));
  const characters = [...bytes.toString()];
  const [first] = characters;
  if (characters.length === 1 && first !== undefined) return BigInt(first.codePointAt(0) ?? 0);
  throw new UserError(`${literal} holds more than one character.`);
}

/** How names are spelt in the program. */
export interface Spelling {
  /** Of a name with template arguments; undefined: it is none, but a comparison, `a < b >`. */
  template(name: string): string | undefined;
  /** Of a name without, in which names for namespaces may stand. */
  name(name: string): string;
  readonly isRust: boolean;
}

const SCOPED = new RegExp(`(?:${INSIDE})+`, "uy");
/** `largest::<i32>` in Rust. */
const OPENING = /(?:::)?\s*</y;
/** What template arguments are made of; no operator that compares or joins conditions is, nor `->` but in Rust's `fn(i32) -> i32`. */
const ARGUMENTS = /(?:(?<=\)\s*)->|(?!&&|\|\||[=!]=|->)[\p{L}\p{M}\p{N}_$\s:,*&()[\]'.-])*/uy;
const CALL = /\s*\(/y;
/** What follows a member's own template arguments; else it is compared. */
const BEHIND_MEMBER = /\s*\(|::/y;

/** Behind the `>` that belongs to a `<` at a position; undefined: there are no template arguments. */
function endOfArguments(text: string, start: number): number | undefined {
  let at = start + (match(OPENING, text, start)?.[0].length ?? 0);
  for (let depth = at > start ? 1 : 0; depth > 0; at++) {
    at += match(ARGUMENTS, text, at)?.[0].length ?? 0;
    if (text[at] === ">") depth--;
    else if (text[at] === "<") depth++;
    else return undefined;
  }
  return at > start && isBalanced(text.slice(start, at)) ? at : undefined;
}

/** Whether every parenthesis of a text has its other one in it, as in no `a < b) & (c >`. */
function isBalanced(text: string): boolean {
  let depth = 0;
  for (const [parenthesis] of text.matchAll(/[()]/g)) {
    depth += parenthesis === "(" ? 1 : -1;
    if (depth < 0) return false;
  }
  return depth === 0;
}

/** A name with all template arguments in it, `Box<int>::count`, and where it ends; `isMember`: it stands behind `.` or `->`. */
function nameAt(
  text: string,
  start: number,
  spelling: Spelling,
  isMember: boolean,
): { name: string; end: number } | undefined {
  const written = match(IDENTIFIER, text, start)?.[0];
  if (written === undefined) return undefined;
  let name = spelling.name(written.replaceAll(ANONYMOUS, ""));
  let end = start + written.length;
  // The class will tell; of a member that is compared no call follows.
  const called = isMember && !name.includes("::") ? endOfArguments(text, end) : undefined;
  if (called !== undefined && match(CALL, text, called) !== null)
    return { name: text.slice(start, called), end: called };
  for (;;) {
    const behind = endOfArguments(text, end);
    if (isMember && behind !== undefined && match(BEHIND_MEMBER, text, behind) === null) return { name, end };
    const spelt: string | undefined =
      behind === undefined ? undefined : spelling.template(name + text.slice(end, behind).replace(/^::/, ""));
    if (behind === undefined || spelt === undefined) return { name, end };
    const scoped = match(SCOPED, text, behind)?.[0] ?? "";
    name = spelt + scoped.replaceAll(ANONYMOUS, "");
    end = behind + scoped.length;
  }
}

function positionAt(text: string, start: number): Token | undefined {
  const found = match(POSITION, text, start);
  return found === null ? undefined : { kind: "number", text: found[0], start };
}

function tokenAt(text: string, start: number, spelling: Spelling, isMember: boolean): Token {
  const file = match(FILE_SCOPE, text, start);
  if (file !== null)
    return {
      kind: "identifier",
      text: file[3] ?? "",
      scope: file[1] ?? file[2] ?? "",
      start,
      end: start + file[0].length,
    };
  const string = match(spelling.isRust ? BYTE_STRING : STRING, text, start);
  if (string !== null)
    return { kind: "string", bytes: unescapeLiteral(string[1] ?? ""), start, text: string[0] };
  const character = match(spelling.isRust ? BYTE : CHARACTER, text, start);
  if (character !== null)
    return {
      kind: "character",
      value: characterValue(character[0], character[1] ?? ""),
      start,
      text: character[0],
    };
  const number = match(NUMBER, text, start)?.[0] ?? "";
  if (number !== "") return { kind: "number", text: number, start };
  const named = nameAt(text, start, spelling, isMember);
  if (named !== undefined) return { kind: "identifier", text: named.name, start, end: named.end };
  for (const [kind, pattern] of simpleTokens) {
    const found = match(pattern, text, start);
    if (found !== null) return { kind, text: found[0], start };
  }
  if (text[start] === '"' || text[start] === "'")
    throw new UserError(`The literal ${text.slice(start)} has no closing ${text[start]}.`);
  throw new UserError(
    `"${String.fromCodePoint(text.codePointAt(start) ?? 0)}" has no meaning in a C expression.`,
  );
}

/** Of no program. */
export const asWritten: Spelling = { template: () => undefined, name: (name) => name, isRust: false };

const simpleTokens = [
  ["register", REGISTER],
  ["operator", OPERATOR],
] as const;

/** Splits an expression into tokens, the last one of kind `end`. Throws UserError at what is no C. */
export function tokenize(text: string, spelling: Spelling = asWritten): Token[] {
  const tokens: Token[] = [];
  let at = 0;
  for (;;) {
    at += match(SPACE, text, at)?.[0].length ?? 0;
    if (at >= text.length) break;
    const before = tokens.at(-1);
    const isMember = before?.kind === "operator" && (before.text === "." || before.text === "->");
    const token = (isMember ? positionAt(text, at) : undefined) ?? tokenAt(text, at, spelling, isMember);
    tokens.push(token);
    at = token.kind === "identifier" ? token.end : at + token.text.length;
  }
  tokens.push({ kind: "end", text: "", start: text.length });
  return tokens;
}
