/** The members of structs, unions and classes: the way to one by its name, and its value. */
import type { Member, RecordType, Type } from "../../symbols/sourceTypes";
import type { EvaluationContext, Value } from "../types";
import { partOf } from "./values";
import { virtualBase } from "./valuesBases";
import { plainType } from "./valuesTypes";

/** From a record to a member of a member of it, the outermost first. */
export type MemberPath = readonly Member[];

/** The way to a member by name, also inside anonymous members and base classes; `0` is the first of Rust's tuples. */
export function findMember(record: RecordType, written: string): MemberPath | undefined {
  const name = /^\d+$/.test(written) ? `__${written}` : written;
  const direct = record.members.find((member) => member.name === name && !member.isBase);
  if (direct !== undefined) return [direct];
  for (const member of record.members) {
    if (member.name !== undefined && !member.isBase) continue;
    const inner = plainType(member.type);
    const found = "members" in inner ? findMember(inner, name) : undefined;
    if (found !== undefined) return [member, ...found];
  }
  return undefined;
}

/** All ways to members of a name in different base classes, of which none hides the others. */
export function waysToMember(record: RecordType, name: string): MemberPath[] {
  const direct = record.members.find((member) => member.name === name && !member.isBase);
  if (direct !== undefined) return [[direct]];
  return record.members.flatMap((member) => {
    if (member.name !== undefined && !member.isBase) return [];
    const inner = plainType(member.type);
    return "members" in inner ? waysToMember(inner, name).map((way) => [member, ...way]) : [];
  });
}

/** The value of a member of a record: a bit-field, a base class, or any other. */
export function readMember(record: Value, member: Member, context: EvaluationContext): Value {
  if (member.addressOps !== undefined) return virtualBase(record, member.type, member.addressOps, context);
  if (member.bitSize === undefined) return partOf(record, member.type, member.byteOffset, context);
  const firstBit = member.bitOffset ?? member.byteOffset * 8;
  const field = { bitSize: member.bitSize, bitOffset: firstBit % 8 };
  return partOf(record, member.type, Math.floor(firstBit / 8), context, field);
}

/** The value at the end of a way that `findMember` found. */
export function readAlong(record: Value, path: MemberPath, context: EvaluationContext): Value {
  return path.reduce((holder, member) => readMember(holder, member, context), record);
}

type Modules = Pick<EvaluationContext, "modules">;

/** The struct, union or class a type is; one that is incomplete here is looked up by name in the program. */
export function recordOf(type: Type, context: Modules): RecordType | undefined {
  const plain = plainType(type);
  if (plain.kind !== "struct" && plain.kind !== "union" && plain.kind !== "class") return undefined;
  return plain.incomplete ? (completeRecord(plain, context) ?? plain) : plain;
}

function completeRecord(record: RecordType, context: Modules): RecordType | undefined {
  if (record.name === undefined) return undefined;
  const wanted = withoutKeyword(record);
  for (const module of context.modules.all)
    for (const type of module.symbols.typesNamed(record.name))
      // Each instance of a template has classes of its own, and they have one name.
      if (type.kind === record.kind && !type.incomplete && withoutKeyword(type) === wanted) return type;
  return undefined;
}

/** C has it in front of the name, C++ has not. */
function withoutKeyword({ displayName }: Type): string {
  return displayName.replace(/^(?:struct|union|class) /, "");
}

/** Whether a member is a base class that has nothing. */
export function isEmptyBase({ isBase, type }: Member, context: Modules): boolean {
  const record = isBase === true ? recordOf(type, context) : undefined;
  return record !== undefined && !record.incomplete && record.members.length === 0;
}
