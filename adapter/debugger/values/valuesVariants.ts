/** Which of its members a record has at present: Rust's enums have those of one variant (DWARF 5 section 5.7.10). */
import type { Member, RecordType, Variant, VariantPart } from "../../symbols/sourceTypes";
import { UserError } from "../types";
import type { EvaluationContext, Value } from "../types";
import { integerOf } from "./values";
import { isEmptyBase, readMember } from "./valuesMembers";
import { integerTraits, isRecord, plainType } from "./valuesTypes";

/** No discriminant is wider. */
const MOST_BYTES = 16;

export interface PresentMembers {
  /** All, where it cannot be told which of a variant there are. */
  readonly members: readonly Member[];
  /** The only one of them, when it is a variant that is a struct of its own, as each of Rust's is. */
  readonly variant?: Member;
  /** Why the members are not those of one variant: `<no variant 7>`. */
  readonly problem?: string;
}

/** The members that a value of a record type has now, but for bases that have none. Never throws UserError. */
export function presentMembers(value: Value, record: RecordType, context: EvaluationContext): PresentMembers {
  const { variantPart } = record;
  const members = record.members.filter((member) => !isEmptyBase(member, context));
  if (variantPart === undefined) return { members };
  const active = activeVariant(value, variantPart, context);
  if (active === undefined) return { members };
  if (typeof active === "bigint") return { members, problem: `<no variant ${active}>` };
  const sometimes = new Set(variantPart.variants.flatMap((variant) => variant.members));
  const always = members.filter((one) => !sometimes.has(one) && one !== variantPart.discriminant);
  const [variant, ...more] = [...always, ...active.members];
  if (variant !== undefined && more.length === 0 && isRecord(plainType(variant.type)))
    return { members: [variant], variant };
  return { members: members.filter((one) => !sometimes.has(one) || active.members.includes(one)) };
}

/** The variant, or the discriminant that none has; undefined: it cannot be told. */
function activeVariant(
  value: Value,
  { discriminant, variants }: VariantPart,
  context: EvaluationContext,
): Variant | bigint | undefined {
  if (discriminant === undefined) {
    const [only, ...more] = variants.filter((variant) => !isImpossible(variant.members));
    return more.length === 0 ? only : undefined;
  }
  const traits = integerTraits(discriminant.type);
  if (traits === undefined || traits.size > MOST_BYTES) return undefined;
  const number = discriminantOf(value, discriminant, traits.signed, context);
  if (number === undefined) return undefined;
  const bits = traits.size * 8;
  const typed = (stated: bigint) =>
    traits.signed ? BigInt.asIntN(bits, stated) : BigInt.asUintN(bits, stated);
  const stated = variants.find(({ values }) =>
    values?.some(({ low, high }) => typed(low) <= number && number <= typed(high)),
  );
  return stated ?? variants.find(({ values }) => values === undefined) ?? number;
}

function discriminantOf(
  value: Value,
  discriminant: Member,
  signed: boolean,
  context: EvaluationContext,
): bigint | undefined {
  try {
    return integerOf(readMember(value, discriminant, context), signed, context);
  } catch (error) {
    if (error instanceof UserError) return undefined;
    throw error;
  }
}

/** Whether there can be no value with these members, since one is of a type without values: `!`, an enum without variants. */
function isImpossible(members: readonly Member[], known = new Map<RecordType, boolean>()): boolean {
  return members.some(({ type }) => {
    const plain = plainType(type);
    if (plain.kind === "base") return plain.displayName === "!";
    if (!isRecord(plain)) return false;
    let impossible = known.get(plain);
    if (impossible === undefined) {
      // Damaged debug information can have a type be a member of itself.
      known.set(plain, false);
      const { variantPart } = plain;
      impossible =
        variantPart === undefined
          ? isImpossible(plain.members, known)
          : variantPart.variants.every((variant) => isImpossible(variant.members, known));
      known.set(plain, impossible);
    }
    return impossible;
  });
}

/** Whether a record's members have places and no names, as those of Rust's tuples: `__0`, `__1`. */
export function hasOnlyPositions({ members }: Pick<RecordType, "members">): boolean {
  return members.length > 0 && members.every(({ name }, index) => name === `__${index}`);
}
