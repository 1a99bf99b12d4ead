/** Types from DIEs (DWARF 5 section 5); whatever a type refers to is read when it is looked at. */
import { elementCount, readDimensions } from "./arrayTypes";
import type { TypeSources } from "./arrayTypes";
import type { Die } from "./dies";
import { At, Encoding, Tag } from "./dwarf";
import { languageOf } from "./languages";
import { lazily } from "./lazily";
import type { MemberSources } from "./members";
import { parametersOf } from "./parameterPacks";
import type { BaseType, Type, VoidType } from "./sourceTypes";
import { LANGUAGE_C99, qualifiedName, readEnumeration, readRecord } from "./taggedTypes";
import { derivedName } from "./typeNames";
import type { DieReference } from "./types";

const POINTER_SIZE = 8;
const LONGEST_CHAIN = 64;
const TRANSPARENT: readonly number[] = [
  Tag.typedef,
  Tag.constType,
  Tag.volatileType,
  Tag.restrictType,
  Tag.atomicType,
];

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

export class TypeReader {
  private readonly types = new Map<DieReference, Type>();
  private readonly memberSources: MemberSources;

  constructor(private readonly sources: TypeSources) {
    const { data, locations } = sources;
    this.memberSources = { data, locations, readType: (reference) => this.type(reference) };
  }

  /** The type of a DIE's DW_AT_type; void when it has none. */
  typeOf(die: Die): Type {
    return this.type(die.typeReference);
  }

  type(reference: DieReference | undefined): Type {
    if (reference === undefined) return voidType;
    let type = this.types.get(reference);
    if (type === undefined) {
      const die = this.sources.data.node(reference);
      const elsewhere = die?.referenceTo(At.signature);
      if (elsewhere !== undefined && elsewhere !== reference) return this.type(elsewhere);
      type = die ? this.read(die) : voidType;
      this.types.set(reference, type);
    }
    return type;
  }

  /** What a typedef or qualifier stands for; in damaged files such chains can be circles, which end in void. */
  private targetOf(die: Die): Type {
    let at: Die | undefined = die;
    for (let step = 0; at !== undefined && TRANSPARENT.includes(at.tag); step++) {
      if (step > LONGEST_CHAIN) return voidType;
      at = at.typeReference === undefined ? undefined : this.sources.data.node(at.typeReference);
    }
    return this.typeOf(die);
  }

  private read(die: Die): Type {
    switch (die.tag) {
      case Tag.baseType:
      case Tag.unspecifiedType:
        return this.base(die);
      case Tag.ptrToMemberType:
        return this.pointerToMember(die);
      case Tag.pointerType:
        return this.pointer(die, "pointer");
      case Tag.referenceType:
        return this.pointer(die, "reference");
      case Tag.rvalueReferenceType:
        return this.pointer(die, "rvalueReference");
      case Tag.structureType:
        return readRecord(die, "struct", this.memberSources);
      case Tag.unionType:
        return readRecord(die, "union", this.memberSources);
      case Tag.classType:
        return readRecord(die, "class", this.memberSources);
      case Tag.enumerationType:
        return readEnumeration(die, this.sources.data);
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
    const byteSize = die.number(At.byteSize);
    return {
      kind: "base",
      displayName: die.name ?? "unknown type",
      ...(byteSize !== undefined && { byteSize }),
      die: die.reference,
      encoding: encodings[die.number(At.encoding) ?? 0] ?? "other",
    };
  }

  /** One to data is an offset; one to a function is an address and what is added to `this` (Itanium C++ ABI, 2.3). */
  private pointerToMember(die: Die): Type {
    const target = lazily(() => this.typeOf(die), voidType);
    const containing = lazily(() => this.type(die.referenceTo(At.containingType)), voidType);
    const byteSize = lazily(() => POINTER_SIZE * (isFunction(target()) ? 2 : 1), POINTER_SIZE);
    return named({
      kind: "base",
      encoding: "other",
      displayName: "",
      die: die.reference,
      get byteSize() {
        return byteSize();
      },
      pointsInto: {
        get containing() {
          return containing();
        },
        get target() {
          return target();
        },
      },
    });
  }

  private pointer(die: Die, kind: "pointer" | "reference" | "rvalueReference"): Type {
    const target = lazily(() => this.typeOf(die), voidType);
    return named({
      kind,
      ...(die.name !== undefined && { name: die.name }),
      displayName: "",
      byteSize: die.number(At.byteSize) ?? POINTER_SIZE,
      die: die.reference,
      get target() {
        return target();
      },
    });
  }

  private qualified(die: Die, kind: "const" | "volatile" | "restrict" | "atomic"): Type {
    const target = lazily(() => this.targetOf(die), voidType);
    return named({
      kind,
      displayName: "",
      get byteSize() {
        return target().byteSize;
      },
      die: die.reference,
      get target() {
        return target();
      },
    });
  }

  private alias(die: Die): Type {
    const target = lazily(() => this.targetOf(die), voidType);
    const displayName = lazily(() => qualifiedName(die, this.sources.data), die.name ?? "");
    return {
      kind: "typedef",
      name: die.name ?? "",
      get displayName() {
        return displayName();
      },
      get byteSize() {
        return target().byteSize;
      },
      die: die.reference,
      get target() {
        return target();
      },
    };
  }

  private array(die: Die): Type {
    const element = lazily(() => this.typeOf(die), voidType);
    const dimensions = readDimensions(die, this.sources);
    const byteSize = lazily((): number | undefined => {
      const count = elementCount(dimensions);
      const size = element().byteSize;
      return (
        die.number(At.byteSize) ?? (count === undefined || size === undefined ? undefined : count * size)
      );
    }, undefined);
    return named({
      kind: "array",
      displayName: "",
      get byteSize() {
        return byteSize();
      },
      die: die.reference,
      get element() {
        return element();
      },
      dimensions,
      ...(die.flag(At.gnuVector) && { isVector: true as const }),
      ...(languageOf(die.number(At.language) ?? LANGUAGE_C99) === "rust" && { isOfRust: true as const }),
    });
  }

  private functionType(die: Die): Type {
    const returns = lazily(() => this.typeOf(die), voidType);
    const taken = (): Die[] => parametersOf(die, (pack) => this.sources.data.node(pack));
    const parameters = lazily((): readonly Type[] => taken().map((child) => this.typeOf(child)), []);
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
      get parameterNames() {
        return taken().map(({ name }) => name);
      },
      variadic: die.children.some(({ tag }) => tag === Tag.unspecifiedParameters),
      prototyped: die.flag(At.prototyped),
      takesAny: !die.flag(At.prototyped) && languageOf(die.number(At.language) ?? LANGUAGE_C99) === "c",
    });
  }
}

function isFunction(type: Type): boolean {
  if (type.kind === "function") return true;
  const alias = type.kind === "typedef" || type.kind === "const" || type.kind === "volatile";
  return alias && isFunction(type.target);
}

/** Gives a derived type its display name, made when first asked for. */
function named<T extends Type>(type: T): T {
  const displayName = lazily(() => derivedName(type), "...");
  return Object.defineProperty(type, "displayName", { get: displayName, enumerable: true });
}
