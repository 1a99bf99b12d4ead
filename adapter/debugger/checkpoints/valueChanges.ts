/** What differs between two values of one variable: the members and elements that do, or the whole. */
import type { EvaluationContext, Value } from "../types";
import { partOf } from "../values/values";
import { readMember, recordOf } from "../values/valuesMembers";
import { elementType, isCharacter, plainType, sizeOf } from "../values/valuesTypes";
import { presentMembers } from "../values/valuesVariants";
import { variableNode } from "../values/variablesNodes";
import { viewOf } from "../views/views";
import type { ChangedBytes } from "./changedBytes";

export interface ValueChange {
  readonly name: string;
  readonly type: string;
  readonly before: string;
  readonly after: string;
}

/** A value in both states, with what its parts are read with. */
export interface ValuePair {
  readonly before: Value;
  readonly after: Value;
  readonly beforeContext: EvaluationContext;
  readonly afterContext: EvaluationContext;
}

/** Parts of one variable that are told at most. */
const MOST_PARTS = 16;
/** About how many characters a value's text may have. */
const TEXT_LENGTH = 200;

/** The rows for one variable; none when it is the same. */
export function changesOf(name: string, pair: ValuePair, bytes: ChangedBytes): ValueChange[] {
  const found: ValueChange[] = [];
  collect(name, pair, bytes, found);
  if (found.length <= MOST_PARTS) return found;
  const rest = { name: `${name} (more)`, type: pair.after.type.displayName, before: "…", after: "…" };
  return [...found.slice(0, MOST_PARTS), rest];
}

/** Stops once there are more than are told. */
function collect(name: string, pair: ValuePair, bytes: ChangedBytes, found: ValueChange[]): void {
  if (found.length > MOST_PARTS) return;
  const extent = sameMemory(pair);
  const plain = plainType(pair.after.type);
  const changed = extent === undefined || bytes.next(extent.low, extent.high) !== undefined;
  const isViewed = hasView(pair);
  if (!changed && !isViewed && !hasText(plain.kind)) return;
  if (isViewed && (pushTexts(name, pair, found) || !changed)) return;
  if (extent !== undefined && plain.kind === "array" && !isCharacter(plainType(elementType(plain))))
    return collectElements(name, pair, extent, bytes, found);
  if (extent !== undefined && (plain.kind === "struct" || plain.kind === "class"))
    if (collectMembers(name, pair, bytes, found)) return;
  pushTexts(name, pair, found);
}

/** False when the texts are the same. */
function pushTexts(name: string, pair: ValuePair, found: ValueChange[]): boolean {
  const before = textOf(name, pair.before, pair.beforeContext);
  const after = textOf(name, pair.after, pair.afterContext);
  if (before === after) return false;
  found.push({ name, type: pair.after.type.displayName, before, after });
  return true;
}

/** Whether a value is shown as what it stands for, which may lie elsewhere: of a string its characters. */
function hasView({ before, after, beforeContext, afterContext }: ValuePair): boolean {
  return viewOf(after, afterContext) !== undefined || viewOf(before, beforeContext) !== undefined;
}

/** Whether a value's text may differ though its own bytes do not: it shows what it leads to. */
function hasText(kind: string): boolean {
  return kind === "pointer" || kind === "reference" || kind === "rvalueReference";
}

function textOf(name: string, value: Value, context: EvaluationContext): string {
  return variableNode(value, { context, name, length: TEXT_LENGTH }).value;
}

/** Where both values are, if that is the same memory. */
function sameMemory({ before, after }: ValuePair): { low: bigint; high: bigint } | undefined {
  const size = sizeOf(after.type);
  if (before.place.kind !== "memory" || after.place.kind !== "memory" || size === undefined) return undefined;
  if (before.place.address !== after.place.address || sizeOf(before.type) !== size) return undefined;
  return { low: after.place.address, high: after.place.address + BigInt(size) };
}

function collectElements(
  name: string,
  pair: ValuePair,
  { low, high }: { low: bigint; high: bigint },
  bytes: ChangedBytes,
  found: ValueChange[],
): void {
  const plain = plainType(pair.after.type);
  const element = plain.kind === "array" ? elementType(plain) : plain;
  const size = sizeOf(element) ?? 0;
  if (size === 0) return;
  for (let at = bytes.next(low, high); at !== undefined && found.length <= MOST_PARTS;) {
    const index = Number(at - low) / size;
    const whole = Math.floor(index);
    const part = partPair(pair, (value, context) => partOf(value, element, whole * size, context));
    collect(`${name}[${whole}]`, part, bytes, found);
    at = bytes.next(low + BigInt((whole + 1) * size), high);
  }
}

/** False when the type has no members to go by, or a Rust enum is not of the same variant in both. */
function collectMembers(name: string, pair: ValuePair, bytes: ChangedBytes, found: ValueChange[]): boolean {
  const record = recordOf(pair.after.type, pair.afterContext);
  if (record === undefined || record.incomplete || record.members.length === 0) return false;
  const { members } = presentMembers(pair.after, record, pair.afterContext);
  const former = presentMembers(pair.before, record, pair.beforeContext).members;
  if (members.length !== former.length || members.some((one) => !former.includes(one))) return false;
  for (const member of members) {
    const part = partPair(pair, (value, context) => readMember(value, member, context));
    const own = member.isBase || member.name === undefined ? name : `${name}.${member.name}`;
    collect(own, part, bytes, found);
  }
  return true;
}

function partPair(pair: ValuePair, part: (value: Value, context: EvaluationContext) => Value): ValuePair {
  const { before, after, beforeContext, afterContext } = pair;
  return {
    ...pair,
    before: part(before, beforeContext),
    after: part(after, afterContext),
  };
}
