/** Types as a C programmer writes them. */
import type { ArrayDimension, ArrayType, QualifiedType, Type } from "./sourceTypes";

const QUALIFIERS: readonly QualifiedType["kind"][] = ["const", "volatile", "restrict", "atomic"];
const RECORD_KEYWORDS = ["struct", "union", "class", "enum"];

/** Damaged debug information can have a pointer point to its own type. */
const LONGEST_DECLARATOR = 400;

/** C's declarator syntax: `inner` is what stands where the declared name would. */
function declare(type: Type, inner: string): string {
  if (inner.length > LONGEST_DECLARATOR) return "...";
  switch (type.kind) {
    case "pointer":
      return type.name === undefined ? declarePointer(type.target, "*", inner) : join(type.name, inner);
    case "reference":
      return declarePointer(type.target, "&", inner);
    case "rvalueReference":
      return declarePointer(type.target, "&&", inner);
    case "array":
      if (type.isVector === true)
        return join(
          `${type.element.displayName} __attribute__((vector_size(${type.byteSize ?? "?"})))`,
          inner,
        );
      if (type.isOfRust === true) return join(rustArrayName(type), inner);
      return declare(type.element, inner + type.dimensions.map(dimensionText).join(""));
    case "function":
      return declare(
        type.returns,
        `${inner}(${parametersText(type.parameters, type.variadic, type.prototyped)})`,
      );
    case "const":
    case "volatile":
    case "restrict":
    case "atomic":
      return declareQualified(type, inner);
    case "base":
      return type.pointsInto === undefined
        ? join(type.displayName, inner)
        : declarePointer(type.pointsInto.target, `${type.pointsInto.containing.displayName}::*`, inner);
    default:
      return join(type.displayName, inner);
  }
}

function join(name: string, inner: string): string {
  return inner === "" ? name : `${name} ${inner}`;
}

function declarePointer(target: Type, sign: string, inner: string): string {
  const word = sign + inner;
  let pointed = target;
  while (isQualified(pointed)) pointed = pointed.target;
  const isArray = pointed.kind === "array" && pointed.isVector !== true;
  return isArray || pointed.kind === "function" ? declare(target, `(${word})`) : declare(target, word);
}

/** Qualifiers of one type in C's usual order, whichever way the compiler nested them; those of an array are its elements'. */
function declareQualified(type: QualifiedType, inner: string): string {
  const kinds: QualifiedType["kind"][] = [];
  let target: Type = type;
  let name = inner;
  for (;;) {
    if (isQualified(target)) {
      kinds.push(target.kind);
      target = target.target;
    } else if (target.kind === "array" && target.isVector !== true) {
      name += target.dimensions.map(dimensionText).join("");
      target = target.element;
    } else return qualified(target, kinds, name);
  }
}

function qualified(target: Type, kinds: readonly QualifiedType["kind"][], inner: string): string {
  const words = QUALIFIERS.filter((kind) => kinds.includes(kind)).map((kind) =>
    kind === "atomic" ? "_Atomic" : kind,
  );
  const text = words.join(" ");
  if (target.kind === "pointer" || target.kind === "reference") return declare(target, join(text, inner));
  return `${text} ${declare(target, inner)}`;
}

function isQualified(type: Type): type is QualifiedType {
  return QUALIFIERS.some((kind) => kind === type.kind);
}

function rustArrayName({ element, dimensions }: ArrayType): string {
  return dimensions.reduceRight((name, dimension) => {
    const count = "count" in dimension ? dimension.count : undefined;
    return count === undefined ? `[${name}]` : `[${name}; ${count}]`;
  }, element.displayName);
}

function dimensionText(dimension: ArrayDimension): string {
  if (!("count" in dimension)) return "[*]";
  return dimension.count === undefined ? "[]" : `[${dimension.count}]`;
}

function parametersText(parameters: readonly Type[], variadic: boolean, prototyped = true): string {
  const names = parameters.map(({ displayName }) => displayName);
  if (names.length === 0 && !prototyped) return "";
  if (variadic) return [...names, "..."].join(", ");
  return names.length === 0 ? "void" : names.join(", ");
}

/** The name of a derived type (pointer, array, function, qualified). */
export function derivedName(type: Type): string {
  return declare(type, "");
}

/** Splits `struct point` into keyword and name; a bare name has no keyword. */
export function splitKeyword(name: string): { keyword?: string; plain: string } {
  const words = name.trim().split(/\s+/);
  const [first, ...rest] = words;
  if (first !== undefined && rest.length > 0 && RECORD_KEYWORDS.includes(first)) {
    return { keyword: first, plain: rest.join(" ") };
  }
  return { plain: words.join(" ") };
}

interface IntegerWords {
  readonly sign: string;
  readonly longs: number;
  readonly base: string;
}

function integerWords(words: readonly string[]): IntegerWords | undefined {
  const count = (word: string): number => words.filter((other) => other === word).length;
  const known = [
    "signed",
    "unsigned",
    "long",
    "short",
    "int",
    "char",
    "double",
    "float",
    "_Complex",
    "complex",
  ];
  if (words.length === 0 || words.some((word) => !known.includes(word))) return undefined;
  const rest = ["short", "char", "double", "float"].find((word) => count(word) > 0) ?? "int";
  const sign = count("unsigned") > 0 ? "unsigned" : count("signed") > 0 ? "signed" : "";
  return {
    sign,
    longs: count("long"),
    base: count("_Complex") + count("complex") > 0 ? `complex ${rest}` : rest,
  };
}

/** The names that compilers give a base type written in any order of words: GCC's and Clang's. */
export function baseTypeNames(name: string): string[] {
  const words = integerWords(name.trim().split(/\s+/));
  if (words === undefined) return [name];
  const { sign, longs, base } = words;
  const long = Array.from({ length: longs }, () => "long");
  const line = (...parts: string[]): string => parts.filter((part) => part !== "").join(" ");
  if (base.endsWith("char")) return [line(sign, "char")];
  if (base.startsWith("complex")) {
    const plain = base.slice("complex ".length);
    return [
      line("complex", ...long, plain),
      line("_Complex", ...long, plain),
      line(...long, "complex", plain),
    ];
  }
  if (base === "double" || base === "float") return [line(...long, base)];
  const unsigned = sign === "unsigned" ? sign : "";
  if (base === "short")
    return [line("short", unsigned, "int"), line(unsigned, "short"), line("short int")].slice(
      0,
      unsigned === "" ? 3 : 2,
    );
  return [line(...long, unsigned, "int"), line(unsigned, ...long), line(unsigned, ...long, "int")].filter(
    (text) => text !== "",
  );
}
