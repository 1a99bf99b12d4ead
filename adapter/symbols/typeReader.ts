/** Types from DIEs (DWARF 5 section 5); whatever a type refers to is read when it is looked at. */
import type { DebugData } from "./debugData";
import type { Die } from "./dies";
import { At, Encoding, Named, Tag } from "./dwarf";
import { languageOf } from "./languages";
import type { Locations } from "./locations";
import { readMembers } from "./members";
import { derivedName } from "./typeNames";
import type {
  ArrayDimension,
  BaseType,
  DieReference,
  EnumType,
  Member,
  Type,
  VariableSymbol,
  VoidType,
} from "./types";

const POINTER_SIZE = 8;
const LONGEST_CHAIN = 64;

export const voidType: VoidType = { kind: "void", displayName: "void" };

const encodings: Readonly<Record<number, BaseType["encoding"]>> = {
  [Encoding.boolean]: "boolean",
  [Encoding.complexFloat]: "complex",
  [Encoding.float]: "float",
  [Encoding.signed]: "signed",
  [Encoding.signedChar]: "signedChar",
  [Encoding.unsigned]: "unsigned",
  [Encoding.address]: "unsigned",
  [Encoding.unsignedChar]: "unsignedChar",
  [Encoding.utf]: "character",
  [Encoding.ascii]: "character",
};

/** What types need from the rest of the room. */
export interface TypeSources {
  readonly data: DebugData;
  readonly locations: Locations;
  variable(die: Die): VariableSymbol;
}

/** Runs `make` once, at the first call. */
function once<T>(make: () => T): () => T {
  let made: { value: T } | undefined;
  return () => (made ??= { value: make() }).value;
}

export class TypeReader {
  private readonly types = new Map<DieReference, Type>();

  constructor(private readonly sources: TypeSources) {}

  /** The type of a DIE's DW_AT_type; void when it has none. */
  typeOf(die: Die): Type {
    return this.type(die.typeReference);
  }

  type(reference: DieReference | undefined): Type {
    if (reference === undefined) return voidType;
    let type = this.types.get(reference);
    if (type === undefined) {
      const die = this.sources.data.node(reference);
      type = die ? this.read(die) : voidType;
      this.types.set(reference, type);
    }
    return type;
  }

  private read(die: Die): Type {
    switch (die.tag) {
      case Tag.baseType:
      case Tag.unspecifiedType:
      case Tag.ptrToMemberType:
        return this.base(die);
      case Tag.pointerType:
        return this.pointer(die, "pointer");
      case Tag.referenceType:
        return this.pointer(die, "reference");
      case Tag.rvalueReferenceType:
        return this.pointer(die, "rvalueReference");
      case Tag.structureType:
        return this.record(die, "struct");
      case Tag.unionType:
        return this.record(die, "union");
      case Tag.classType:
        return this.record(die, "class");
      case Tag.enumerationType:
        return this.enumeration(die);
      case Tag.arrayType:
        return this.array(die);
      case Tag.subroutineType:
      case Tag.subprogram:
        return this.functionType(die);
      case Tag.typedef:
        return this.alias(die);
      default:
        return this.qualifiedOrVoid(die);
    }
  }

  private qualifiedOrVoid(die: Die): Type {
    switch (die.tag) {
      case Tag.constType:
        return this.qualified(die, "const");
      case Tag.volatileType:
        return this.qualified(die, "volatile");
      case Tag.restrictType:
        return this.qualified(die, "restrict");
      case Tag.atomicType:
        return this.qualified(die, "atomic");
      case Tag.subrangeType:
        return this.typeOf(die);
      default:
        return voidType;
    }
  }

  private base(die: Die): Type {
    const byteSize =
      die.number(At.byteSize) ?? (die.tag === Tag.ptrToMemberType ? 2 * POINTER_SIZE : undefined);
    return {
      kind: "base",
      displayName: die.name ?? (die.tag === Tag.ptrToMemberType ? "pointer to member" : "unknown type"),
      ...(byteSize !== undefined && { byteSize }),
      die: die.reference,
      encoding: encodings[die.number(At.encoding) ?? 0] ?? "other",
    };
  }

  private pointer(die: Die, kind: "pointer" | "reference" | "rvalueReference"): Type {
    const target = once(() => this.typeOf(die));
    return named({
      kind,
      displayName: "",
      byteSize: die.number(At.byteSize) ?? POINTER_SIZE,
      die: die.reference,
      get target() {
        return target();
      },
    });
  }

  private qualified(die: Die, kind: "const" | "volatile" | "restrict" | "atomic"): Type {
    const target = once(() => this.typeOf(die));
    return named({
      kind,
      displayName: "",
      get byteSize() {
        return sizeOf(target());
      },
      die: die.reference,
      get target() {
        return target();
      },
    });
  }

  private alias(die: Die): Type {
    const target = once(() => this.typeOf(die));
    const name = die.name ?? "";
    return {
      kind: "typedef",
      name,
      displayName: name,
      get byteSize() {
        return sizeOf(target());
      },
      die: die.reference,
      get target() {
        return target();
      },
    };
  }

  private record(die: Die, kind: "struct" | "union" | "class"): Type {
    const complete = once(() => (die.flag(At.declaration) ? this.definitionOf(die) : die));
    const members = once((): readonly Member[] => {
      const found = complete();
      return found ? readMembers(found, (reference) => this.type(reference), this.sources.data) : [];
    });
    const displayName = once(() => this.recordName(die, kind));
    return {
      kind,
      ...(die.name !== undefined && { name: die.name }),
      get displayName() {
        return displayName();
      },
      get byteSize() {
        return complete()?.number(At.byteSize);
      },
      die: die.reference,
      get members() {
        return members();
      },
      get incomplete() {
        return complete() === undefined;
      },
    };
  }

  /** The complete type that a declaration (`struct node;`) stands for, from whichever unit has it. */
  private definitionOf(declaration: Die): Die | undefined {
    if (declaration.name === undefined) return undefined;
    const found = this.sources.data
      .named(declaration.name, Named.type)
      .find(({ die }) => die.tag === declaration.tag && !die.flag(At.declaration));
    return found && this.sources.data.node(found.die.reference);
  }

  private recordName(die: Die, keyword: string): string {
    const file = die.attribute(At.declFile);
    const unit = file?.kind === "file" ? this.sources.data.node(file.unit) : undefined;
    const language = languageOf(unit?.number(At.language) ?? 0x0c);
    if (language === "c" || die.name === undefined) return `${keyword} ${die.name ?? "{...}"}`;
    const around = this.sources.data.qualifier(die.reference);
    return around === "" ? die.name : `${around}::${die.name}`;
  }

  private enumeration(die: Die): Type {
    const enumerators = once(() => {
      const complete = die.flag(At.declaration) ? (this.definitionOf(die) ?? die) : die;
      return complete.children
        .filter(({ tag }) => tag === Tag.enumerator)
        .map((child) => ({ name: child.name ?? "", value: child.bigint(At.constValue) ?? 0n }));
    });
    const displayName = once(() => this.recordName(die, "enum"));
    const type: EnumType = {
      kind: "enum",
      ...(die.name !== undefined && { name: die.name }),
      get displayName() {
        return displayName();
      },
      byteSize: die.number(At.byteSize) ?? 4,
      die: die.reference,
      get signed() {
        return enumerators().some(({ value }) => value < 0n) || die.number(At.encoding) === Encoding.signed;
      },
      get enumerators() {
        return enumerators();
      },
    };
    return type;
  }

  private array(die: Die): Type {
    const element = once(() => this.typeOf(die));
    const dimensions = die.children
      .filter(({ tag }) => tag === Tag.subrangeType || tag === Tag.enumerationType)
      .map((child) => this.dimension(child));
    const stated = die.number(At.byteSize);
    const count = dimensions.reduce<number | undefined>(
      (product, dimension) =>
        product === undefined || !("count" in dimension) || dimension.count === undefined
          ? undefined
          : product * dimension.count,
      1,
    );
    return named({
      kind: "array",
      displayName: "",
      get byteSize() {
        const size = sizeOf(element());
        return stated ?? (count === undefined || size === undefined ? undefined : count * size);
      },
      die: die.reference,
      get element() {
        return element();
      },
      dimensions: dimensions.length > 0 ? dimensions : [{ count: undefined }],
    });
  }

  private dimension(die: Die): ArrayDimension {
    const lower = die.number(At.lowerBound) ?? 0;
    return this.bound(die, At.count, 0) ?? this.bound(die, At.upperBound, 1 - lower) ?? { count: undefined };
  }

  private bound(die: Die, attribute: number, plus: number): ArrayDimension | undefined {
    const value = die.attribute(attribute);
    switch (value?.kind) {
      case "number":
        /* An upper bound of -1, in any width, is how GCC and Clang write a length of none. */
        return { count: Math.max(0, Number(BigInt.asIntN(64, value.value)) + plus) };
      case "reference": {
        const variable = this.sources.data.node(value.value);
        return variable && { countFrom: this.sources.variable(variable), plus };
      }
      case "expression": {
        const countOps = this.sources.locations.expression(die.reference, attribute);
        return countOps && { countOps, plus };
      }
      default:
        return undefined;
    }
  }

  private functionType(die: Die): Type {
    const returns = once(() => this.typeOf(die));
    const parameters = once(() =>
      die.children.filter(({ tag }) => tag === Tag.formalParameter).map((child) => this.typeOf(child)),
    );
    return named({
      kind: "function",
      displayName: "",
      die: die.reference,
      get returns() {
        return returns();
      },
      get parameters() {
        return parameters();
      },
      variadic: die.children.some(({ tag }) => tag === Tag.unspecifiedParameters),
      prototyped: die.flag(At.prototyped),
    });
  }
}

/** Gives a derived type its display name, made when first asked for. */
function named<T extends Type>(type: T): T {
  const displayName = once(() => derivedName(type));
  return Object.defineProperty(type, "displayName", { get: displayName, enumerable: true });
}

/** The size of a type; damaged files can have a typedef be its own target, so the chain is bounded. */
function sizeOf(type: Type): number | undefined {
  let at = type;
  for (let step = 0; step < LONGEST_CHAIN; step++) {
    if (
      at.kind !== "typedef" &&
      at.kind !== "const" &&
      at.kind !== "volatile" &&
      at.kind !== "restrict" &&
      at.kind !== "atomic"
    ) {
      return at.byteSize;
    }
    at = at.target;
  }
  return undefined;
}
