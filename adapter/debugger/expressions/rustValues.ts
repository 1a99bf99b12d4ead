/** Values of Rust whose type only what they are for tells: `Some(4)`, `None`, `Shape::Dot`, `(1, 2)`, a text for a `&str`. */
import type { Member, RecordType, Type } from "../../symbols/sourceTypes";
import { UserError } from "../types";
import type { EvaluationContext, Value } from "../types";
import { bytesOf, constantValue } from "../values/values";
import { encodeInteger } from "../values/valuesIntegers";
import { recordOf } from "../values/valuesMembers";
import { isRecord, plainType, sizeOf } from "../values/valuesTypes";
import { hasOnlyPositions, presentMembers } from "../values/valuesVariants";
import { splitName } from "./enclosingScopes";
import { convertForStore, requireInRange } from "./assignments";
import type { Environment } from "./environment";
import { isRust } from "./names";
import { requireNoOwner } from "./objectAssignments";
import { placeBytes } from "./programMemory";
import type { Expression } from "./syntax";

/** A value whose bytes are made here, so that nothing else owns what it has. */
const made = new WeakSet<Value>();

/** Whether a value was made from what was typed. */
export function isMade(value: Value): boolean {
  return made.has(value);
}

/** Evaluates an expression as a value that is given to a type: in Rust that may tell what is meant. Throws UserError. */
export async function evaluatedAs(node: Expression, type: Type, env: Environment): Promise<Value> {
  const record = isRust(env.place) ? recordOf(type, env.context) : undefined;
  const bytes = record && !env.typeOnly ? await bytesMeant(node, record, env) : undefined;
  if (bytes === undefined) return env.evaluate(node, env);
  const value = constantValue(type, bytes);
  made.add(value);
  return value;
}

/** Undefined: the expression is no such one, and means what it does anywhere. */
async function bytesMeant(
  node: Expression,
  record: RecordType,
  env: Environment,
): Promise<Buffer | undefined> {
  if (record.variantPart !== undefined) return variantBytes(node, record, env);
  if (node.kind === "string" && isText(record)) return textBytes(node.bytes, record, env);
  const fields = fieldsOf(node, record);
  if (fields === undefined || !hasOnlyPositions(record)) return undefined;
  return filled(Buffer.alloc(sizeOf(record) ?? 0), 0, record, fields, env);
}

/** A tuple's, or what stands behind the name of a struct whose members have places. */
function fieldsOf(node: Expression, record: RecordType): readonly Expression[] | undefined {
  if (node.kind === "comma") return partsOfTuple(node, record);
  const isNamed =
    node.kind === "call" && node.callee.kind === "name" && splitName(node.callee.name).plain === record.name;
  return isNamed ? node.arguments : undefined;
}

/** `((1, 2), 3)` and `(1, 2, 3)` are parsed alike: what the first member is tells which it is. */
function partsOfTuple(node: Expression, { members }: RecordType): Expression[] {
  const first = members[0] && plainType(members[0].type);
  const isNested = first !== undefined && isRecord(first) && hasOnlyPositions(first);
  const parts: Expression[] = [];
  let left = node;
  while (left.kind === "comma" && !(isNested && parts.length === members.length - 1)) {
    parts.unshift(left.right);
    left = left.left;
  }
  return [left, ...parts];
}

function isText({ displayName, members }: RecordType): boolean {
  return /^&(?:mut )?(?:str|\[u8\])$/.test(displayName) && members.length === 2;
}

async function textBytes(
  text: Buffer,
  { members, byteSize = 16 }: RecordType,
  env: Environment,
): Promise<Buffer> {
  const bytes = Buffer.alloc(byteSize);
  const words = { data_ptr: await placeBytes(text, env), length: BigInt(text.length) };
  for (const { name, byteOffset } of members)
    bytes.writeBigUInt64LE(name === "length" ? words.length : words.data_ptr, byteOffset);
  return bytes;
}

/** The variant that is written, `None` or `Some(4)`, and what it has. */
function writtenVariant(node: Expression): { name: string; fields: readonly Expression[] } | undefined {
  const callee = node.kind === "call" ? node.callee : node;
  if (callee.kind !== "name") return undefined;
  return { name: splitName(callee.name).plain, fields: node.kind === "call" ? node.arguments : [] };
}

async function variantBytes(
  node: Expression,
  record: RecordType,
  env: Environment,
): Promise<Buffer | undefined> {
  const written = writtenVariant(node);
  const variants = record.variantPart?.variants ?? [];
  const variant = variants.find(({ members }) => members.some(({ name }) => name === written?.name));
  const member = variant?.members.find(({ name }) => name === written?.name);
  const content = member && plainType(member.type);
  if (written === undefined || member === undefined || !content || !isRecord(content)) return undefined;
  const bytes = Buffer.alloc(sizeOf(record) ?? 0);
  await filled(bytes, member.byteOffset, content, written.fields, env);
  const discriminant = record.variantPart?.discriminant;
  const [value] = variant?.values ?? [];
  if (discriminant !== undefined && value !== undefined)
    encodeInteger(value.low, sizeOf(discriminant.type) ?? 0).copy(bytes, discriminant.byteOffset);
  requireVariant(bytes, record, member, env.context);
  return bytes;
}

/** Throws UserError where the bytes mean another variant: one that has what tells them apart in its own value. */
function requireVariant(bytes: Buffer, record: RecordType, member: Member, context: EvaluationContext): void {
  if (presentMembers(constantValue(record, bytes), record, context).variant === member) return;
  throw new UserError(`That is no value that ${record.displayName}::${member.name ?? ""} can have.`);
}

/** Writes the members of a record, in their order, to where it stands in `bytes`. Throws UserError. */
async function filled(
  bytes: Buffer,
  offset: number,
  record: RecordType,
  fields: readonly Expression[],
  env: Environment,
): Promise<Buffer> {
  const members = hasOnlyPositions(record) ? record.members : [];
  const name = record.name ?? record.displayName;
  if (record.members.length > 0 && members.length === 0)
    throw new UserError(`The members of ${name} have names: set them one by one.`);
  if (members.length !== fields.length)
    throw new UserError(`${name} has ${members.length} members, and ${fields.length} are given.`);
  for (const [index, field] of fields.entries()) {
    const member = members[index];
    if (member === undefined) continue;
    const value = await evaluatedAs(field, member.type, env);
    requireRange(field, value, member.type, env);
    if (!isMade(value)) requireNoOwner({ type: member.type, place: { kind: "constant" } }, value, env);
    const content = bytesOf(convertForStore(value, member.type, env.context), env.context);
    content.copy(bytes, offset + member.byteOffset);
  }
  return bytes;
}

/** Throws UserError for a number that a type cannot hold; `node` is what it comes from. */
export function requireRange(node: Expression, value: Value, type: Type, { context }: Environment): void {
  const target: Value = { type, place: { kind: "constant" } };
  requireInRange(target, value, node.kind === "integer" ? String(node.value) : "", context);
}
