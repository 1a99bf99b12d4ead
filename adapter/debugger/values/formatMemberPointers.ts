/** Pointers to members of C++ classes as text (Itanium C++ ABI, section 2.3). */
import type { BaseType, RecordType, Type } from "../../symbols/sourceTypes";
import type { EvaluationContext, Value } from "../types";
import { symbolSuffix } from "./formatScalars";
import { bytesOf } from "./values";
import { recordOf } from "./valuesMembers";
import { plainType, sameType } from "./valuesTypes";

const NULL = "NULL";

/** Undefined for types that are no pointers to members. Throws UserError with the text that stands for unread bytes. */
export function formatMemberPointer(
  value: Value,
  type: BaseType,
  context: EvaluationContext,
): string | undefined {
  const { pointsInto } = type;
  if (pointsInto === undefined) return undefined;
  const bytes = bytesOf(value, context);
  if (plainType(pointsInto.target).kind === "function") return functionText(bytes, context);
  const offset = bytes.readBigInt64LE(0);
  if (offset === -1n) return NULL;
  const record = recordOf(pointsInto.containing, context);
  const name = record && memberAt(record, Number(offset), pointsInto.target, context);
  return name === undefined ? offset.toString() : `${offset} <${name}>`;
}

/** An odd number is one more than an offset in the vtable; behind it stands what is added to `this`. */
function functionText(bytes: Buffer, context: EvaluationContext): string {
  const entry = bytes.readBigUInt64LE(0);
  const adjustment = bytes.readBigInt64LE(8);
  if (entry === 0n) return NULL;
  const text =
    entry % 2n === 1n
      ? `virtual, at ${entry - 1n} in the vtable`
      : `0x${entry.toString(16)}${symbolSuffix(entry, context)}`;
  return adjustment === 0n ? text : `${text}, this + ${adjustment}`;
}

/** `Der::d`: the data member of a type at an offset, also of base classes. */
function memberAt(
  record: RecordType,
  offset: number,
  type: Type,
  context: EvaluationContext,
): string | undefined {
  for (const member of record.members) {
    if (member.addressOps !== undefined || member.bitSize !== undefined) continue;
    if (member.isBase) {
      const base = recordOf(member.type, context);
      const found = base && memberAt(base, offset - member.byteOffset, type, context);
      if (found !== undefined) return found;
    } else if (member.byteOffset === offset && member.name !== undefined && sameType(member.type, type))
      return `${record.displayName}::${member.name}`;
  }
  return undefined;
}
