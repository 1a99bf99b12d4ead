/** Parses type names: `unsigned char`, `struct foo *`, `int (*)[3]`, `double (*)(double)` (C11 6.7.7). */
import type { BaseType } from "../../symbols/sourceTypes";
import { UserError } from "../types";
import { builtin } from "../values/valuesTypes";
import type { TypeName } from "./syntax";
import type { TokenStream } from "./tokenStream";

const QUALIFIERS = new Set(["const", "volatile", "restrict", "__restrict", "_Atomic", "register", "static"]);
const TAGS = new Set(["struct", "union", "enum", "class"]);
const TYPEOF = new Set(["typeof", "__typeof__", "__typeof"]);
const WORDS = new Set([
  "void",
  "char",
  "short",
  "int",
  "long",
  "signed",
  "__signed__",
  "unsigned",
  "float",
  "double",
  "_Bool",
  "__int128",
  "_Complex",
]);

/** Whether a type name begins here; `isType` knows the program's own type names. */
export function startsTypeName(stream: TokenStream, offset = 0): boolean {
  const token = stream.peek(offset);
  if (token.kind !== "identifier" || token.scope !== undefined) return false;
  if (WORDS.has(token.text) || TAGS.has(token.text) || QUALIFIERS.has(token.text) || TYPEOF.has(token.text))
    return true;
  return stream.isType(token.text);
}

/** Parses a whole type name. Throws UserError. */
export function parseTypeName(stream: TokenStream): TypeName {
  return parseDeclarator(stream, parseSpecifiers(stream));
}

function parseSpecifiers(stream: TokenStream): TypeName {
  const words: string[] = [];
  let named: TypeName | undefined;
  for (;;) {
    const token = stream.peek();
    if (token.kind !== "identifier") break;
    if (QUALIFIERS.has(token.text)) stream.next();
    else if (WORDS.has(token.text)) words.push(stream.next().text);
    else if (named !== undefined || words.length > 0) break;
    else if (TYPEOF.has(token.text)) named = parseTypeof(stream);
    else named = parseNamed(stream);
  }
  if (named !== undefined) return named;
  return { kind: "builtin", type: builtinFor(words) };
}

function parseNamed(stream: TokenStream): TypeName {
  const word = stream.next().text;
  if (!TAGS.has(word)) return { kind: "named", name: word };
  const name = stream.next();
  if (name.kind !== "identifier") throw new UserError(`A name must follow "${word}".`);
  return { kind: "named", tag: word as "struct" | "union" | "enum" | "class", name: name.text };
}

function parseTypeof(stream: TokenStream): TypeName {
  stream.next();
  stream.expect("(");
  if (startsTypeName(stream)) {
    const type = parseTypeName(stream);
    stream.expect(")");
    return type;
  }
  const operand = stream.expression();
  stream.expect(")");
  return { kind: "typeof", operand };
}

const builtins: Record<string, BaseType | "void"> = {
  void: "void",
  _Bool: builtin.cBool,
  char: builtin.char,
  "char signed": builtin.signedChar,
  "char unsigned": builtin.unsignedChar,
  short: builtin.short,
  "short unsigned": builtin.unsignedShort,
  int: builtin.int,
  unsigned: builtin.unsigned,
  long: builtin.long,
  "long unsigned": builtin.unsignedLong,
  "long long": builtin.longLong,
  "long long unsigned": builtin.unsignedLongLong,
  __int128: builtin.int128,
  "__int128 unsigned": builtin.unsigned128,
  float: builtin.float,
  double: builtin.double,
  "double long": builtin.longDouble,
};

function builtinFor(words: readonly string[]): BaseType | "void" {
  let list = words.map((word) => (word === "__signed__" ? "signed" : word));
  if (!list.includes("char")) list = list.filter((word) => word !== "signed");
  if (list.some((word) => word === "short" || word === "long" || word === "unsigned"))
    list = list.filter((word) => word !== "int");
  if (list.includes("_Complex"))
    return complexType(
      builtinFor(list.length === 1 ? ["double"] : list.filter((word) => word !== "_Complex")),
    );
  const type = builtins[list.length === 0 ? "int" : list.sort().join(" ")];
  if (type === undefined) throw new UserError(`"${words.join(" ")}" is no type.`);
  return type;
}

function complexType(part: BaseType | "void"): BaseType {
  if (part === "void" || part.encoding !== "float")
    throw new UserError("_Complex needs a floating-point type.");
  return {
    kind: "base",
    encoding: "complex",
    byteSize: (part.byteSize ?? 0) * 2,
    displayName: `${part.displayName} _Complex`,
  };
}

/** An abstract declarator around `base`; suffixes bind tighter than the `*` before them. */
function parseDeclarator(stream: TokenStream, base: TypeName): TypeName {
  let type = base;
  for (;;) {
    if (stream.accept("*")) type = { kind: "pointer", target: type };
    else if (stream.accept("&")) type = { kind: "reference", target: type };
    else if (stream.peek().kind === "identifier" && QUALIFIERS.has(stream.peek().text)) stream.next();
    else break;
  }
  const next = stream.peek(1).text;
  if (stream.peek().text === "(" && (next === "*" || next === "(" || next === "[")) {
    stream.expect("(");
    const inner = parseDeclarator(stream, { kind: "named", name: HOLE });
    stream.expect(")");
    return fill(inner, parseSuffixes(stream, type));
  }
  return parseSuffixes(stream, type);
}

/** Stands for the type that the text around a parenthesized declarator gives. */
const HOLE = "(hole)";

/** Puts the type from outside the parentheses where the inner declarator ends. */
function fill(type: TypeName, outer: TypeName): TypeName {
  switch (type.kind) {
    case "pointer":
    case "reference":
      return { ...type, target: fill(type.target, outer) };
    case "array":
      return { ...type, element: fill(type.element, outer) };
    case "function":
      return { ...type, returns: fill(type.returns, outer) };
    case "named":
      return type.name === HOLE ? outer : type;
    default:
      return type;
  }
}

function parseSuffixes(stream: TokenStream, base: TypeName): TypeName {
  if (stream.accept("[")) {
    const count = stream.peek().text === "]" ? undefined : stream.expression();
    stream.expect("]");
    const element = parseSuffixes(stream, base);
    return count === undefined ? { kind: "array", element } : { kind: "array", element, count };
  }
  if (!stream.accept("(")) return base;
  const { parameters, variadic } = parseParameters(stream);
  return { kind: "function", returns: base, parameters, variadic };
}

function parseParameters(stream: TokenStream): { parameters: TypeName[]; variadic: boolean } {
  const parameters: TypeName[] = [];
  if (stream.accept(")")) return { parameters, variadic: true };
  do {
    if (stream.accept(".")) {
      stream.expect(".");
      stream.expect(".");
      stream.expect(")");
      return { parameters, variadic: true };
    }
    if (!startsTypeName(stream)) throw new UserError(`"${stream.peek().text}" is no type of a parameter.`);
    parameters.push(parseTypeName(stream));
  } while (stream.accept(","));
  stream.expect(")");
  const [only] = parameters;
  const none = parameters.length === 1 && only?.kind === "builtin" && only.type === "void";
  return { parameters: none ? [] : parameters, variadic: false };
}
