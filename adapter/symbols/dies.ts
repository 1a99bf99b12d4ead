/** Debugging information entries as objects, decoded from the shim's die records. */
import { fileAddress } from "../target/addresses";
import { At } from "./dwarf";
import type { AnswerReader } from "./shim";
import type { DieReference, FileRange } from "./types";

type AttributeValue =
  | { readonly kind: "number"; readonly value: bigint }
  | { readonly kind: "string"; readonly value: string }
  | { readonly kind: "reference"; readonly value: DieReference }
  | { readonly kind: "block"; readonly value: Buffer }
  | { readonly kind: "flag" }
  | { readonly kind: "ranges"; readonly value: readonly FileRange[] }
  | { readonly kind: "file"; readonly index: number; readonly unit: DieReference }
  | { readonly kind: "expression"; readonly firstOp: number }
  | { readonly kind: "list" };

/** FP_CLASS_* of shim_symbols.h. */
const enum Class {
  unsigned = 1,
  signed = 2,
  string = 3,
  reference = 4,
  block = 5,
  flag = 6,
  ranges = 7,
  file = 8,
  expression = 9,
  list = 10,
}

const NO_RANGES: readonly FileRange[] = [];

/** One entry with what its abstract origin or specification adds; its children when a tree was asked for. */
export class Die {
  readonly children: Die[] = [];

  constructor(
    readonly reference: DieReference,
    readonly tag: number,
    readonly depth: number,
    /** The direct abstract origin or specification; 0: none. */
    readonly origin: DieReference,
    private readonly attributes: ReadonlyMap<number, AttributeValue>,
  ) {}

  get name(): string | undefined {
    return this.string(At.name);
  }

  get linkageName(): string | undefined {
    return this.string(At.linkageName) ?? this.string(At.mipsLinkageName);
  }

  /** Code it covers; empty for what has none. */
  get ranges(): readonly FileRange[] {
    const value = this.attributes.get(At.ranges);
    return value?.kind === "ranges" ? value.value : NO_RANGES;
  }

  get typeReference(): DieReference | undefined {
    return this.referenceTo(At.type);
  }

  attribute(name: number): AttributeValue | undefined {
    return this.attributes.get(name);
  }

  string(name: number): string | undefined {
    const value = this.attributes.get(name);
    return value?.kind === "string" ? value.value : undefined;
  }

  bigint(name: number): bigint | undefined {
    const value = this.attributes.get(name);
    return value?.kind === "number" ? value.value : undefined;
  }

  number(name: number): number | undefined {
    const value = this.bigint(name);
    return value === undefined ? undefined : Number(value);
  }

  flag(name: number): boolean {
    return this.attributes.get(name)?.kind === "flag";
  }

  referenceTo(name: number): DieReference | undefined {
    const value = this.attributes.get(name);
    return value?.kind === "reference" && value.value !== 0 ? value.value : undefined;
  }
}

function readRanges(reader: AnswerReader, length: number): FileRange[] {
  return Array.from({ length: length / 16 }, () => ({
    low: fileAddress(reader.u64()),
    high: fileAddress(reader.u64()),
  }));
}

function readNumber(reader: AnswerReader, width: number): bigint {
  if (width === 8) return reader.u64();
  return BigInt(width === 4 ? reader.u32() : width === 2 ? reader.u16() : reader.u8());
}

function readValue(reader: AnswerReader, kind: Class, length: number): AttributeValue {
  switch (kind) {
    case Class.unsigned:
      return { kind: "number", value: readNumber(reader, length) };
    case Class.signed:
      return { kind: "number", value: BigInt.asIntN(64, reader.u64()) };
    case Class.string:
      return { kind: "string", value: reader.text(length) };
    case Class.reference:
      return { kind: "reference", value: reader.reference() };
    case Class.flag:
      return { kind: "flag" };
    case Class.ranges:
      return { kind: "ranges", value: readRanges(reader, length) };
    case Class.file:
      return { kind: "file", index: reader.reference(), unit: reader.reference() };
    case Class.expression:
      return { kind: "expression", firstOp: reader.u8() };
    case Class.list:
      return { kind: "list" };
    default:
      return { kind: "block", value: reader.bytes(length) };
  }
}

/** Reads one die record. */
export function readDie(reader: AnswerReader): Die {
  const start = reader.at;
  const end = start + reader.u32();
  const tag = reader.u16();
  const depth = reader.u16();
  const reference = reader.reference();
  const origin = reader.reference();
  const attributes = new Map<number, AttributeValue>();
  while (reader.at < end) {
    const name = reader.u16();
    const kind = reader.u16();
    attributes.set(name, readValue(reader, kind, reader.u32()));
  }
  return new Die(reference, tag, depth, origin, attributes);
}

/** Reads die records to the answer's end. */
export function readDies(reader: AnswerReader | undefined): Die[] {
  const dies: Die[] = [];
  while (reader?.more) dies.push(readDie(reader));
  return dies;
}

/** Joins die records in document order into the tree that their depths state; undefined for no records. */
export function readTree(reader: AnswerReader | undefined): Die | undefined {
  const path: Die[] = [];
  while (reader?.more) {
    const die = readDie(reader);
    path[die.depth - 1]?.children.push(die);
    path.length = die.depth;
    path.push(die);
  }
  return path[0];
}
