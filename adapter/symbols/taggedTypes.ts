/** Structs, unions, classes and enumerations (DWARF 5 sections 5.7 and 5.8), which a unit may declare only. */
import type { DebugData } from "./debugData";
import type { Die } from "./dies";
import { At, Encoding, Named, Tag } from "./dwarf";
import { languageOf } from "./languages";
import { lazily } from "./lazily";
import { readMembers } from "./members";
import type { MemberSources } from "./members";
import type { EnumType, Member, RecordType } from "./sourceTypes";

const LANGUAGE_C99 = 0x0c;

/** The type of a struct's, union's or class's DIE. */
export function readRecord(die: Die, kind: RecordType["kind"], sources: MemberSources): RecordType {
  const { data } = sources;
  const complete = lazily(() => (die.flag(At.declaration) ? definitionOf(die, data) : die), undefined);
  const members = lazily((): readonly Member[] => {
    const found = complete();
    return found ? readMembers(found, sources) : [];
  }, []);
  const displayName = lazily(() => nameOf(die, kind, data), kind);
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
    get signed() {
      return enumerators().some(({ value }) => value < 0n) || die.number(At.encoding) === Encoding.signed;
    },
    get enumerators() {
      return enumerators();
    },
  };
}

/** The complete type that a declaration (`struct node;`) stands for, from whichever unit has it. */
function definitionOf(declaration: Die, data: DebugData): Die | undefined {
  if (declaration.name === undefined) return undefined;
  const found = data
    .named(declaration.name, Named.type)
    .find(({ die }) => die.tag === declaration.tag && !die.flag(At.declaration));
  return found && data.node(found.die.reference);
}

function nameOf(die: Die, keyword: string, data: DebugData): string {
  const language = languageOf(die.number(At.language) ?? LANGUAGE_C99);
  if (language === "c" || die.name === undefined) return `${keyword} ${die.name ?? "{...}"}`;
  const around = data.qualifier(die.reference);
  return around === "" ? die.name : `${around}::${die.name}`;
}
