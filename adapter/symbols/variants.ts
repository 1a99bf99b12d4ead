/** The variants of a record and what tells them apart (DWARF 5 section 5.7.10): Rust's enums, Ada's variant records. */
import type { Die } from "./dies";
import { At, Tag } from "./dwarf";
import type { Member, Type, Variant, VariantPart } from "./sourceTypes";
import type { DieReference } from "./types";

type ValueRange = NonNullable<Variant["values"]>[number];

/** In DW_AT_discr_list, what stands before a value, or before the lowest and the highest (DWARF 5 section 7.16). */
const DSC_LABEL = 0;
const DSC_RANGE = 1;

/** Reads a DW_TAG_variant_part with all below it; `memberAt` knows the record's members by their DIEs. */
export function readVariantPart(
  part: Die,
  memberAt: (reference: DieReference) => Member | undefined,
): VariantPart {
  const stated = part.referenceTo(At.discr);
  const discriminant = stated === undefined ? undefined : memberAt(stated);
  const signed = discriminant !== undefined && isSigned(discriminant.type);
  const variants = part.children
    .filter(({ tag }) => tag === Tag.variant)
    .map((variant): Variant => {
      const values = valuesOf(variant, signed);
      const members = variant.children.flatMap(({ reference }) => memberAt(reference) ?? []);
      return { members, ...(values && { values }) };
    });
  return { variants, ...(discriminant && { discriminant }) };
}

function isSigned(type: Type): boolean {
  return type.kind === "base" && (type.encoding === "signed" || type.encoding === "signedChar");
}

function valuesOf(variant: Die, signed: boolean): ValueRange[] | undefined {
  const value = variant.attribute(At.discrValue);
  if (value?.kind === "number") return [{ low: value.value, high: value.value }];
  if (value?.kind === "block") {
    const wide = littleEndian(value.value);
    return [{ low: wide, high: wide }];
  }
  const list = variant.attribute(At.discrList);
  return list?.kind === "block" ? readDiscriminants(list.value, signed) : undefined;
}

/** LLVM writes a discriminant of 128 bits as a block. */
function littleEndian(bytes: Buffer): bigint {
  return bytes.reduceRight((value, byte) => (value << 8n) | BigInt(byte), 0n);
}

/** The values and ranges of a DW_AT_discr_list, up to what is damaged. */
export function readDiscriminants(list: Buffer, signed: boolean): ValueRange[] {
  const found: ValueRange[] = [];
  let at = 0;
  const number = (): bigint | undefined => {
    let value = 0n;
    for (let shift = 0n; at < list.length; shift += 7n) {
      const byte = list[at++] ?? 0;
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return signed ? BigInt.asIntN(Number(shift) + 7, value) : value;
    }
    return undefined;
  };
  while (at < list.length) {
    const kind = list[at++];
    const low = number();
    const high = kind === DSC_RANGE ? number() : low;
    if ((kind !== DSC_LABEL && kind !== DSC_RANGE) || low === undefined || high === undefined) break;
    found.push({ low, high });
  }
  return found;
}
