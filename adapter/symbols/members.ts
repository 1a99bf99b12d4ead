/** Members of structs, unions and classes, bit-fields in both of DWARF's ways included. */
import type { DebugData } from "./debugData";
import type { Die } from "./dies";
import { At, Op, Tag } from "./dwarf";
import type { Locations } from "./locations";
import type { Member, RecordType, Type } from "./sourceTypes";
import type { DieReference } from "./types";
import { readVariantPart } from "./variants";

/** What reading members needs. */
export interface MemberSources {
  readonly data: DebugData;
  readonly locations: Locations;
  readType(reference: DieReference | undefined): Type;
}

/** DWARF 2 states an offset as an expression: DW_OP_plus_uconst. Where a virtual base is, the object itself tells. */
function offsetOf(die: Die, { locations }: MemberSources): Pick<Member, "byteOffset" | "addressOps"> {
  const stated = die.attribute(At.dataMemberLocation);
  if (stated?.kind !== "expression") return { byteOffset: die.number(At.dataMemberLocation) ?? 0 };
  const ops = locations.expression(die.reference, At.dataMemberLocation) ?? [];
  const [op, ...more] = ops;
  const isConstant = more.length === 0 && (op?.code === Op.plusUconst || op?.code === Op.constu);
  return isConstant ? { byteOffset: Number(op.operand1) } : { byteOffset: 0, addressOps: ops };
}

function isStatic(die: Die): boolean {
  return die.flag(At.external) || die.flag(At.declaration);
}

/** Bit offset of a bit-field's lowest bit from the record's start. */
function bitOffsetOf(die: Die, byteOffset: number, bitSize: number, type: Type): number {
  const fromStart = die.number(At.dataBitOffset);
  if (fromStart !== undefined) return byteOffset * 8 + fromStart;
  /*
   * DWARF 2 and 3 count from the storage unit's highest bit (DW_AT_bit_offset). A packed field may reach over the
   * unit's end: clang writes a negative number then, in 8 bytes that do not say so.
   */
  const stated = die.bigint(At.bitOffset);
  if (stated === undefined) return byteOffset * 8;
  const fromTop = Number(BigInt.asIntN(64, stated));
  const storage = (die.number(At.byteSize) ?? type.byteSize ?? 4) * 8;
  return byteOffset * 8 + storage - fromTop - bitSize;
}

function readMember(die: Die, sources: MemberSources): Member {
  const type = sources.readType(die.typeReference);
  const stated = offsetOf(die, sources);
  const name = die.name === undefined ? {} : { name: die.name };
  const bitSize = die.number(At.bitSize);
  if (bitSize === undefined) {
    return { ...name, type, ...stated, ...(die.tag === Tag.inheritance && { isBase: true }) };
  }
  const bitOffset = bitOffsetOf(die, stated.byteOffset, bitSize, type);
  return { ...name, type, byteOffset: Math.floor(bitOffset / 8), bitSize, bitOffset };
}

/** Members of the variants of a Rust enum, all of them, at their offsets; the discriminant's first. */
function variantMembers(part: Die): Die[] {
  return part.children.flatMap((child) => (child.tag === Tag.variant ? child.children : [child]));
}

/** What a complete record consists of. */
export type RecordContent = Pick<RecordType, "members" | "variantPart">;

/** The data members of a complete record in declaration order, base classes first as DWARF has them. */
export function readContent(record: Die, sources: MemberSources): RecordContent {
  const children = record.children.map((child) =>
    child.tag === Tag.variantPart ? (sources.data.tree(child.reference) ?? child) : child,
  );
  const part = children.find(({ tag }) => tag === Tag.variantPart);
  const dies = children.flatMap((child) => (child.tag === Tag.variantPart ? variantMembers(child) : [child]));
  const members = new Map(
    dies
      .filter(({ tag }) => tag === Tag.member || tag === Tag.inheritance)
      .filter((die) => !isStatic(die))
      .map((die) => [die.reference, namedMember(die, sources)]),
  );
  return {
    members: [...members.values()],
    ...(part && { variantPart: readVariantPart(part, (reference) => members.get(reference)) }),
  };
}

function namedMember(die: Die, sources: MemberSources): Member {
  const member = readMember(die, sources);
  return die.tag === Tag.inheritance ? { name: member.type.displayName, ...member } : member;
}
