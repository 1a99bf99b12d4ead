/** DWARF expressions and location lists, decoded from the shim's records. */
import type { FileAddress } from "../target/addresses";
import type { DebugData } from "./debugData";
import type { Die } from "./dies";
import { At, Op } from "./dwarf";
import type { AnswerReader } from "./shim";
import type { DieReference, DwarfOp, Location } from "./types";

interface LocationEntry {
  readonly low: bigint;
  readonly high: bigint;
  readonly ops: readonly DwarfOp[];
}

/** Reads one op record (see shim_symbols.h). */
function readOp(reader: AnswerReader): DwarfOp {
  const code = reader.u8();
  const typeSize = reader.u8();
  const encoding = reader.u8();
  const binary128 = reader.u8() === 1;
  const offset = reader.u32();
  const operand1 = reader.u64();
  const operand2 = reader.u64();
  const blockLength = reader.u32();
  const nestedCount = reader.u32();
  const block = reader.bytes(blockLength);
  const nested = Array.from({ length: nestedCount }, () => readOp(reader));
  return {
    code,
    operand1,
    operand2,
    offset,
    ...(blockLength > 0 && { block }),
    ...(nestedCount > 0 && { nested }),
    ...(typeSize > 0 && {
      operandType: { byteSize: typeSize, encoding, ...(binary128 && { binary128 }) },
    }),
  };
}

/** Reads a count of ops and the ops. */
export function readOps(reader: AnswerReader): DwarfOp[] {
  return Array.from({ length: reader.u32() }, () => readOp(reader));
}

/** A constant that a DIE states for what it names (DW_AT_const_value); numbers as 8 bytes. */
function constantOf(die: Die): Buffer | undefined {
  const value = die.attribute(At.constValue);
  switch (value?.kind) {
    case "block":
      return value.value;
    case "string":
      return Buffer.from(`${value.value}\0`);
    case "number": {
      const bytes = Buffer.alloc(8);
      bytes.writeBigUInt64LE(BigInt.asUintN(64, value.value));
      return bytes;
    }
    default:
      return undefined;
  }
}

/** What the linker has left out stands at 0, where a file has its header. */
function isDiscarded(location: Location): boolean {
  if (location.kind !== "expression") return false;
  const [op, ...more] = location.ops;
  return op !== undefined && more.length === 0 && op.operand1 === 0n && op.code === Op.addr;
}

export class Locations {
  private readonly entries = new Map<string, readonly LocationEntry[] | undefined>();

  constructor(private readonly data: DebugData) {}

  /** Where a variable's DIE says it is while execution stands at an address. */
  of(die: Die, address: FileAddress): Location {
    if (die.attribute(At.location) !== undefined) {
      const location = this.attribute(die.reference, At.location, address);
      return isDiscarded(location) ? { kind: "optimizedOut" } : location;
    }
    const bytes = constantOf(die);
    if (bytes !== undefined) return { kind: "constant", bytes };
    return die.flag(At.declaration) ? { kind: "absent" } : { kind: "optimizedOut" };
  }

  /** A location attribute of a DIE at an address; absent when it has none. */
  attribute(reference: DieReference, name: number, address: FileAddress): Location {
    const entries = this.read(reference, name);
    if (entries === undefined) return { kind: "absent" };
    const entry = entries.find(({ low, high }) => address >= low && address < high);
    if (entry === undefined || entry.ops.length === 0) return { kind: "optimizedOut" };
    return { kind: "expression", ops: entry.ops };
  }

  /** The ops of an attribute that is one expression, valid everywhere. */
  expression(reference: DieReference, name: number): readonly DwarfOp[] | undefined {
    return this.read(reference, name)?.[0]?.ops;
  }

  private read(reference: DieReference, name: number): readonly LocationEntry[] | undefined {
    const key = `${reference}/${name}`;
    if (!this.entries.has(key)) {
      const reader = this.data.shim.location(reference, name);
      this.entries.set(
        key,
        reader &&
          Array.from({ length: reader.u32() }, () => ({
            low: reader.u64(),
            high: reader.u64(),
            ops: readOps(reader),
          })),
      );
    }
    return this.entries.get(key);
  }
}
