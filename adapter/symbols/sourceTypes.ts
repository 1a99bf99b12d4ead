/** The types that a program's source gives its values. Whatever a type refers to is read when it is looked at. */
import type { DieReference, DwarfOp, VariableSymbol } from "./types";

interface TypeCommon {
  /** As a person would write it in C: `struct point *`, `unsigned int [3][4]`. */
  readonly displayName: string;
  /** Undefined when it is not known (incomplete, variable length). */
  readonly byteSize?: number;
  readonly die?: DieReference;
}

export type Type =
  | BaseType
  | PointerType
  | RecordType
  | EnumType
  | ArrayType
  | FunctionType
  | AliasType
  | QualifiedType
  | VoidType;

export interface BaseType extends TypeCommon {
  readonly kind: "base";
  readonly encoding:
    | "signed"
    | "unsigned"
    | "signedChar"
    | "unsignedChar"
    | "boolean"
    | "float"
    | "complex"
    | "character"
    | "other";
  /** Of a C++ pointer to a member: of which class, and the member's type. */
  readonly pointsInto?: { readonly containing: Type; readonly target: Type };
}
export interface PointerType extends TypeCommon {
  readonly kind: "pointer" | "reference" | "rvalueReference";
  /** As Rust writes it: `&mut u32`, `Box<u32>`. */
  readonly name?: string;
  readonly target: Type;
}
export interface RecordType extends TypeCommon {
  readonly kind: "struct" | "union" | "class";
  readonly name?: string;
  /** Those of all variants, too. */
  readonly members: readonly Member[];
  /** Of a Rust enum: the members that it has only at times. */
  readonly variantPart?: VariantPart;
  /** What a generic type is made for: of `Vec<i32, Global>` these two. */
  readonly typeArguments?: readonly Type[];
  readonly incomplete: boolean;
  /** Where the debug information states it: always of Rust, and of C where the source does. */
  readonly alignment?: number;
  /** Of C++: it is copied by code of its own, and so passed and returned by its address, however small it is. */
  readonly passedByReference?: boolean;
  /** Of C++: it, or a part of it, has an operator = of its own. */
  readonly assignedByCode?: boolean;
  /** Of C++: the virtual functions that it declares itself. */
  readonly virtualMethods?: readonly VirtualMethod[];
  /** Of C++: methods of its bases that a `using` in it names. */
  readonly usedMethods?: readonly { readonly className: string; readonly name: string }[];
  /** Of C++: those that it declares itself. */
  readonly conversions?: readonly Conversion[];
}
/** A method that makes something else of an object ([class.conv.fct]). */
export interface Conversion {
  /** `operator int`; compilers spell the type as they like, also by a typedef. */
  readonly name: string;
  readonly type: Type;
}
export interface VirtualMethod {
  readonly name: string;
  readonly type: FunctionType;
  /** Its number in the table of virtual functions that objects of the class begin with. */
  readonly slot: number;
}
/** Members of which a value has one set at a time (DWARF 5, 5.7.10). */
export interface VariantPart {
  /** Its value tells the variant; absent: nothing has to. */
  readonly discriminant?: Member;
  readonly variants: readonly Variant[];
}
export interface Variant {
  /** The discriminant's values for it, as bits; absent: all that no other variant has. */
  readonly values?: readonly { readonly low: bigint; readonly high: bigint }[];
  /** Those in the record's own list. */
  readonly members: readonly Member[];
}
export interface Member {
  /** Absent: an anonymous struct or union. */
  readonly name?: string;
  readonly type: Type;
  /** From the record's start. */
  readonly byteOffset: number;
  /** Of a virtual base class, in place of `byteOffset`: computes its address from the object's; see memberAddress. */
  readonly addressOps?: readonly DwarfOp[];
  /** For bit-fields: size in bits and the offset of the lowest bit from the record's start (little endian). */
  readonly bitSize?: number;
  readonly bitOffset?: number;
  readonly isBase?: boolean;
}
export interface EnumType extends TypeCommon {
  readonly kind: "enum";
  readonly name?: string;
  readonly signed: boolean;
  readonly enumerators: readonly { readonly name: string; readonly value: bigint }[];
  /** Of C++: `enum class`, of which nothing makes a number of its own accord. */
  readonly isScoped: boolean;
}
export interface ArrayType extends TypeCommon {
  readonly kind: "array";
  readonly element: Type;
  /** A vector (`vector_size(16)`): a value of its own, which is computed with element by element. */
  readonly isVector?: true;
  /** Rust writes it `[i32; 4]`. */
  readonly isOfRust?: true;
  /** One a dimension, outermost first. A count that only the running program knows is a location or a variable. */
  readonly dimensions: readonly ArrayDimension[];
}
export type ArrayDimension =
  | { readonly count: number }
  | { readonly countFrom: VariableSymbol; readonly plus: number }
  | { readonly countOps: readonly DwarfOp[]; readonly plus: number }
  | { readonly count: undefined };
export interface FunctionType extends TypeCommon {
  readonly kind: "function";
  readonly returns: Type;
  readonly parameters: readonly Type[];
  /** Of the same: what a definition calls them; a declaration may leave that out. */
  readonly parameterNames?: readonly (string | undefined)[];
  readonly variadic: boolean;
  /** Only C states it: false there for `f()`, which says nothing about parameters. */
  readonly prototyped?: boolean;
  /** It is of C, or unknown, and says nothing about parameters. */
  readonly takesAny?: boolean;
}
export interface AliasType extends TypeCommon {
  readonly kind: "typedef";
  readonly name: string;
  readonly target: Type;
}
export interface QualifiedType extends TypeCommon {
  readonly kind: "const" | "volatile" | "restrict" | "atomic";
  readonly target: Type;
}
export interface VoidType extends TypeCommon {
  readonly kind: "void";
}
