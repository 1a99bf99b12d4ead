/** C types as the debugger computes with them: plain forms, sizes, derived types and their names. */
import type {
  AliasType,
  ArrayDimension,
  ArrayType,
  BaseType,
  FunctionType,
  PointerType,
  QualifiedType,
  RecordType,
  Type,
  VoidType,
} from "../../symbols/sourceTypes";
import { derivedName } from "../../symbols/typeNames";

/** A type that is no typedef and has no qualifier. */
export type PlainType = Exclude<Type, AliasType | QualifiedType>;

export const POINTER_SIZE = 8;

/** The type behind typedefs and qualifiers. */
export function plainType(type: Type): PlainType {
  let plain = type;
  for (let depth = 0; depth < 100; depth++) {
    switch (plain.kind) {
      case "typedef":
      case "const":
      case "volatile":
      case "restrict":
      case "atomic":
        plain = plain.target;
        break;
      default:
        return plain;
    }
  }
  return voidType;
}

/** Bytes a value of the type takes; undefined for incomplete types and arrays of unknown length. */
export function sizeOf(type: Type): number | undefined {
  const plain = plainType(type);
  if (plain.byteSize !== undefined) return plain.byteSize;
  if (isPointer(plain)) return POINTER_SIZE;
  if (plain.kind !== "array") return type.byteSize;
  let size = sizeOf(plain.element);
  for (const dimension of plain.dimensions) {
    const count = "count" in dimension ? dimension.count : undefined;
    if (count === undefined || size === undefined) return undefined;
    size *= count;
  }
  return size;
}

/** The bytes pointer arithmetic moves by: as GCC has it, 1 for void and functions. */
export function strideOf(type: Type): number | undefined {
  const plain = plainType(type);
  return plain.kind === "void" || plain.kind === "function" ? 1 : sizeOf(type);
}

/** Whether the (plain) type is a pointer or a reference. */
export function isPointer(type: PlainType): type is PointerType {
  return type.kind === "pointer" || type.kind === "reference" || type.kind === "rvalueReference";
}

/** Whether the (plain) type is a C++ reference. */
export function isReference(type: PlainType): type is PointerType {
  return type.kind === "reference" || type.kind === "rvalueReference";
}

/** Whether the (plain) type has parts of its own. */
export function isAggregate(type: PlainType): boolean {
  return type.kind === "array" || type.kind === "struct" || type.kind === "union" || type.kind === "class";
}

/** Whether the (plain) type is a struct, union or class. */
export function isRecord(type: PlainType): type is RecordType {
  return type.kind === "struct" || type.kind === "union" || type.kind === "class";
}

/** Whether the type is a one-byte character type. */
export function isCharacter(type: PlainType): type is BaseType {
  if (type.kind !== "base" || type.byteSize !== 1) return false;
  return ["signedChar", "unsignedChar", "character"].includes(type.encoding);
}

/** Whether a type has two values, true and false. */
export function isBoolean(type: Type): boolean {
  const plain = plainType(type);
  return plain.kind === "base" && plain.encoding === "boolean";
}

/** A type, or what it is a reference to, without names and qualifiers. */
export function plainTarget(type: Type): PlainType {
  const plain = plainType(type);
  return isReference(plain) ? plainType(plain.target) : plain;
}

/** How the bits of an integer-like type are read; undefined for other types. */
export function integerTraits(type: Type): { size: number; signed: boolean } | undefined {
  const plain = plainType(type);
  if (plain.kind === "enum") return { size: plain.byteSize ?? 4, signed: plain.signed };
  if (isPointer(plain)) return { size: POINTER_SIZE, signed: false };
  if (plain.kind !== "base" || plain.byteSize === undefined) return undefined;
  switch (plain.encoding) {
    case "signed":
    case "signedChar":
      return { size: plain.byteSize, signed: true };
    case "unsigned":
    case "unsignedChar":
    case "character":
    case "boolean":
      return { size: plain.byteSize, signed: false };
    default:
      return undefined;
  }
}

export const voidType: VoidType = { kind: "void", displayName: "void" };

function base(displayName: string, encoding: BaseType["encoding"], byteSize: number): BaseType {
  return { kind: "base", displayName, encoding, byteSize };
}

/** The types of the C language itself on x86-64, by their usual names. */
export const builtin = {
  bool: base("bool", "boolean", 1),
  cBool: base("_Bool", "boolean", 1),
  char: base("char", "signedChar", 1),
  signedChar: base("signed char", "signedChar", 1),
  unsignedChar: base("unsigned char", "unsignedChar", 1),
  short: base("short", "signed", 2),
  unsignedShort: base("unsigned short", "unsigned", 2),
  int: base("int", "signed", 4),
  unsigned: base("unsigned int", "unsigned", 4),
  long: base("long", "signed", 8),
  unsignedLong: base("unsigned long", "unsigned", 8),
  longLong: base("long long", "signed", 8),
  unsignedLongLong: base("unsigned long long", "unsigned", 8),
  int128: base("__int128", "signed", 16),
  unsigned128: base("unsigned __int128", "unsigned", 16),
  float: base("float", "float", 4),
  double: base("double", "float", 8),
  longDouble: base("long double", "float", 16),
} as const;

/** Gives a derived type the name a person would write. */
function named<T extends PointerType | ArrayType | FunctionType>(type: T): T {
  return { ...type, displayName: derivedName(type) };
}

/** `T *`, `T (*)[3]`, `T (*)(int)`: the pointer to a type. */
export function pointerTo(target: Type): PointerType {
  return named({ kind: "pointer", target, byteSize: POINTER_SIZE, displayName: "" });
}

/** `T [count]`, or `T [a][b]` from the dimensions, outermost first. */
export function arrayOf(element: Type, dimensions: readonly ArrayDimension[]): ArrayType {
  const array = named<ArrayType>({ kind: "array", element, dimensions, displayName: "" });
  const byteSize = sizeOf(array);
  return byteSize === undefined ? array : { ...array, byteSize };
}

/** A vector of `bytes` bytes of an element. */
export function vectorOf(element: Type, bytes: number): ArrayType {
  const count = bytes / (sizeOf(element) ?? bytes);
  return named({
    kind: "array",
    element,
    dimensions: [{ count }],
    isVector: true,
    byteSize: bytes,
    displayName: "",
  });
}

/** The vector (GNU C's `vector_size`, clang's `ext_vector_type`) that a type is; undefined for other types. */
export function asVector(type: Type): ArrayType | undefined {
  const plain = plainType(type);
  return plain.kind === "array" && plain.isVector === true ? plain : undefined;
}

/** A vector's characters are numbers. */
function laneType(element: Type): Type {
  const plain = plainType(element);
  if (!isCharacter(plain)) return element;
  const encoding = plain.encoding === "signedChar" ? "signed" : "unsigned";
  return { kind: "base", encoding, byteSize: 1, displayName: element.displayName };
}

/** What one index of an array gives: the element, or the array of the remaining dimensions. */
export function elementType(array: ArrayType): Type {
  if (array.isVector === true) return laneType(array.element);
  return array.dimensions.length <= 1 ? array.element : arrayOf(array.element, array.dimensions.slice(1));
}

/** The number of elements along the first dimension; undefined when unknown (a flexible array member). */
export function elementCount(array: ArrayType): number | undefined {
  const [first] = array.dimensions;
  return first !== undefined && "count" in first ? first.count : undefined;
}

/** The type of a function with these results and parameters; without a prototype it takes anything. */
export function functionType(
  returns: Type,
  parameters: readonly Type[],
  variadic: boolean,
  prototyped = true,
): FunctionType {
  return named({
    kind: "function",
    returns,
    parameters,
    variadic,
    prototyped,
    takesAny: !prototyped,
    displayName: "",
  });
}

/** The alignment that x86-64 gives a type (psABI 3.1.2); undefined where its size is not known. */
export function alignmentOf(type: Type): number | undefined {
  const plain = plainType(type);
  if (plain.kind === "array" && plain.isVector !== true) return alignmentOf(plain.element);
  if ("members" in plain) return recordAlignment(plain);
  const size = sizeOf(plain);
  const isComplex = plain.kind === "base" && plain.encoding === "complex";
  return size !== undefined && isComplex ? size / 2 : size;
}

/** What is stated, else 1 where it is packed: it has members that are not aligned. */
function recordAlignment({ members, byteSize = 0, alignment }: RecordType): number {
  if (alignment !== undefined) return alignment;
  const alignments = members.map(({ type }) => alignmentOf(type) ?? 1);
  const whole = Math.max(1, ...alignments);
  const isAligned = members.every(
    ({ byteOffset, bitSize }, index) => bitSize !== undefined || byteOffset % (alignments[index] ?? 1) === 0,
  );
  return isAligned && byteSize % whole === 0 ? whole : 1;
}

/** Whether two types are the same for an assignment of a whole struct or union. */
export function sameType(left: Type, right: Type): boolean {
  const a = plainType(left);
  const b = plainType(right);
  if (a === b || (a.die !== undefined && a.die === b.die)) return true;
  return a.kind === b.kind && a.displayName === b.displayName && sizeOf(a) === sizeOf(b);
}
