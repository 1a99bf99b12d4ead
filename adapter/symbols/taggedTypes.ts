/** Structs, unions, classes and enumerations (DWARF 5 sections 5.7 and 5.8), which a unit may declare only. */
import type { DebugData } from "./debugData";
import type { Die } from "./dies";
import { At, Encoding, Named, Op, Tag } from "./dwarf";
import { languageOf } from "./languages";
import { lazily } from "./lazily";
import { readContent } from "./members";
import type { MemberSources, RecordContent } from "./members";
import { standardRecord } from "./standardString";
import type { Conversion, EnumType, Member, RecordType, Type, VirtualMethod } from "./sourceTypes";

/** Of what states none. */
export const LANGUAGE_C99 = 0x0c;

/** DW_CC_pass_by_reference (DWARF 5, table 7.18). */
const PASS_BY_REFERENCE = 0x04;

/** Whether a class has a destructor, or a constructor that copies or moves, of the program's own (Itanium C++ ABI, 1.1). */
function copiesItself(record: Die, sources: MemberSources): boolean {
  const ownName = record.name?.replace(/<.*$/s, "");
  return record.children.some((method) => {
    if (method.tag !== Tag.subprogram || method.flag(At.artificial)) return false;
    if (method.flag(At.deleted) || method.number(At.defaulted) !== undefined) return false;
    if (method.name?.startsWith("~") === true) return true;
    return method.name === ownName && takesOther(method, record, sources);
  });
}

/** Whether a method takes another object of its class, by reference. */
function takesOther(method: Die, record: Die, sources: MemberSources): boolean {
  const { children = [] } = sources.data.node(method.reference) ?? {};
  const [, other, ...more] = children.filter(({ tag }) => tag === Tag.formalParameter);
  if (other === undefined || more.length > 0) return false;
  const type = sources.readType(other.typeReference);
  if (type.kind !== "reference" && type.kind !== "rvalueReference") return false;
  return withoutQualifiers(type.target).die === record.reference;
}

function withoutQualifiers(type: Type): Type {
  return type.kind === "const" || type.kind === "volatile" || type.kind === "typedef"
    ? withoutQualifiers(type.target)
    : type;
}

/** Whether a member, or a base, is copied by code; a class with virtual functions is, since its objects know it. */
function isCopiedByCode({ name, type }: Member): boolean {
  const plain = withoutQualifiers(type.kind === "array" ? type.element : type);
  return ("members" in plain && plain.passedByReference === true) || /^_vptr/.test(name ?? "");
}

function isPassedByReference(
  record: Die | undefined,
  members: readonly Member[],
  sources: MemberSources,
): boolean {
  const stated = record?.number(At.callingConvention);
  if (record === undefined || stated !== undefined) return stated === PASS_BY_REFERENCE;
  return copiesItself(record, sources) || members.some(isCopiedByCode);
}

/** Whether a class has an operator = for its own objects that a person has written. */
function assignsItself(record: Die, sources: MemberSources): boolean {
  return record.children.some((method) => {
    if (method.tag !== Tag.subprogram || method.name !== "operator=" || method.flag(At.artificial))
      return false;
    if (method.flag(At.deleted) || method.number(At.defaulted) !== undefined) return false;
    return takesOther(method, record, sources);
  });
}

function isAssignedByCode({ type }: Member): boolean {
  const plain = withoutQualifiers(type.kind === "array" ? type.element : type);
  return "members" in plain && plain.assignedByCode === true;
}

const NOTHING: RecordContent = { members: [] };

function isAssignedBy(
  record: Die | undefined,
  { members }: RecordContent,
  name: string,
  sources: MemberSources,
): boolean {
  // clang does not say which are defaulted; those of the library are where its classes are copied by their bytes.
  if (name.startsWith("std::")) return false;
  return (record !== undefined && assignsItself(record, sources)) || members.some(isAssignedByCode);
}

function readVirtualMethods(record: Die | undefined, sources: MemberSources): VirtualMethod[] {
  return (record?.children ?? []).flatMap((child) => readVirtualMethod(child, sources));
}

function readVirtualMethod(method: Die, sources: MemberSources): VirtualMethod[] {
  if (method.tag !== Tag.subprogram || method.name === undefined) return [];
  const [op] = sources.locations.expression(method.reference, At.vtableElemLocation) ?? [];
  const type = op?.code === Op.constu ? sources.readType(method.reference) : undefined;
  if (op === undefined || type?.kind !== "function") return [];
  return [{ name: method.name, type, slot: Number(op.operand1) }];
}

function readConversions(record: Die | undefined, { readType }: MemberSources): Conversion[] {
  return (record?.children ?? []).flatMap(({ tag, name, typeReference }) => {
    const isConversion =
      tag === Tag.subprogram && /^operator (?!new\b|delete\b|co_await\b|"")/.test(name ?? "");
    return isConversion && name !== undefined && typeReference !== undefined
      ? [{ name, type: readType(typeReference) }]
      : [];
  });
}

/** GCC says of `using Base::f` which functions it means (DW_TAG_imported_declaration); clang does not. */
function readUsedMethods(record: Die | undefined, { data }: MemberSources): RecordType["usedMethods"] {
  const imports = record?.children.filter(({ tag }) => tag === Tag.importedDeclaration) ?? [];
  const used = imports.flatMap((die) => {
    const reference = die.referenceTo(At.import);
    const method = reference === undefined ? undefined : data.node(reference);
    if (method?.tag !== Tag.subprogram || method.name === undefined) return [];
    return [{ className: data.qualifier(method.reference), name: method.name }];
  });
  return [...new Map(used.map((each) => [`${each.className}::${each.name}`, each])).values()];
}

type Methods = Pick<RecordType, "virtualMethods" | "usedMethods" | "conversions">;

function readMethods(record: Die | undefined, sources: MemberSources): Methods {
  return {
    virtualMethods: readVirtualMethods(record, sources),
    usedMethods: readUsedMethods(record, sources),
    conversions: readConversions(record, sources),
  };
}

/** The type of a struct's, union's or class's DIE. */
export function readRecord(die: Die, kind: RecordType["kind"], sources: MemberSources): RecordType {
  const complete = lazily(() => completeOf(die, sources.data), undefined);
  const displayName = lazily(() => nameOf(die, kind, sources.data), kind);
  const known = lazily(() => (complete() ? undefined : standardRecord(displayName())), undefined);
  const content = lazily((): RecordContent => contentOf(complete(), sources) ?? known() ?? NOTHING, NOTHING);
  const methods = lazily(() => readMethods(complete(), sources), {});
  const assignedByCode = lazily(() => isAssignedBy(complete(), content(), displayName(), sources), false);
  const typeArguments = lazily((): readonly Type[] => readTypeArguments(complete(), sources), []);
  return {
    kind,
    ...(die.name !== undefined && { name: die.name }),
    get displayName() {
      return displayName();
    },
    get byteSize() {
      return complete()?.number(At.byteSize) ?? known()?.byteSize;
    },
    die: die.reference,
    get members() {
      return content().members;
    },
    get variantPart() {
      return content().variantPart;
    },
    get typeArguments() {
      return typeArguments();
    },
    get incomplete() {
      return complete() === undefined && known() === undefined;
    },
    get alignment() {
      return complete()?.number(At.alignment);
    },
    get passedByReference() {
      return known() !== undefined || isPassedByReference(complete(), content().members, sources);
    },
    get assignedByCode() {
      return assignedByCode();
    },
    get virtualMethods() {
      return methods().virtualMethods;
    },
    get usedMethods() {
      return methods().usedMethods;
    },
    get conversions() {
      return methods().conversions;
    },
  };
}

function contentOf(record: Die | undefined, sources: MemberSources): RecordContent | undefined {
  return record && readContent(record, sources);
}

function readTypeArguments(record: Die | undefined, { readType }: MemberSources): Type[] {
  const dies = record?.children.filter(({ tag }) => tag === Tag.templateTypeParameter) ?? [];
  return dies.map((die) => readType(die.typeReference));
}

/** The type of an enumeration's DIE. */
export function readEnumeration(die: Die, data: DebugData): EnumType {
  const enumerators = lazily((): EnumType["enumerators"] => {
    const complete = die.flag(At.declaration) ? (definitionOf(die, data) ?? die) : die;
    return complete.children
      .filter(({ tag }) => tag === Tag.enumerator)
      .map((child) => ({ name: child.name ?? "", value: child.bigint(At.constValue) ?? 0n }));
  }, []);
  const displayName = lazily(() => nameOf(die, "enum", data), "enum");
  return {
    kind: "enum",
    ...(die.name !== undefined && { name: die.name }),
    get displayName() {
      return displayName();
    },
    byteSize: die.number(At.byteSize) ?? 4,
    die: die.reference,
    isScoped: die.flag(At.enumClass),
    get signed() {
      return enumerators().some(({ value }) => value < 0n) || die.number(At.encoding) === Encoding.signed;
    },
    get enumerators() {
      return enumerators();
    },
  };
}

function completeOf(die: Die, data: DebugData): Die | undefined {
  return die.flag(At.declaration) ? definitionOf(die, data) : die;
}

/** The complete type that a declaration (`struct node;`) stands for, from whichever unit has it. */
function definitionOf(declaration: Die, data: DebugData): Die | undefined {
  if (declaration.name === undefined) return undefined;
  const named = data
    .named(declaration.name, Named.type)
    .filter(({ die }) => die.tag === declaration.tag && !die.flag(At.declaration));
  const around = data.qualifier(declaration.reference);
  const same = named.find((each) => each.around === around);
  // In C++ one of that name in another namespace or class is another one.
  const found =
    same ?? (languageOf(declaration.number(At.language) ?? LANGUAGE_C99) === "c++" ? undefined : named[0]);
  return found && data.node(found.die.reference);
}

function nameOf(die: Die, keyword: string, data: DebugData): string {
  const language = languageOf(die.number(At.language) ?? LANGUAGE_C99);
  if (language === "c" || die.name === undefined) return `${keyword} ${die.name ?? "{...}"}`;
  return qualifiedName(die, data);
}

/** The name of a type with the names around it, which in C are none. */
export function qualifiedName(die: Die, data: DebugData): string {
  const name = die.name ?? "";
  if (languageOf(die.number(At.language) ?? LANGUAGE_C99) === "c") return name;
  const around = data.qualifier(die.reference);
  return around === "" ? name : `${around}::${name}`;
}
