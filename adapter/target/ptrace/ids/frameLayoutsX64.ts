/** How the frames of a process's functions are laid out, by the files that its code is mapped from. */
import { closeSync, fstatSync, openSync } from "node:fs";
import { memoryAddress, type MemoryAddress } from "../../addresses";
import { readMappings, type FileMapping } from "../mappings";
import { Register, shim } from "../shim";

/** FP_LAYOUT_SIZE, what a layout has, and FP_NOT_SAVED (native-shim/shim_memory.h). */
const SIZE = 80;
const HIGH = 8;
const CFA_REGISTER = 16;
const CFA_OFFSET = 24;
const SAVED = 32;
const NOT_SAVED = -(1n << 63n);

/** The registers that a call preserves beside rsp, as user_regs_struct has them, in the order of a layout. */
export const PRESERVED: readonly number[] = [
  Register.rbx,
  Register.rbp,
  Register.r12,
  Register.r13,
  Register.r14,
  Register.r15,
];
/** Those and rsp by DWARF's numbers (System V psABI for x86-64, figure 3.36). */
const BY_NUMBER: Readonly<Record<string, number>> = {
  3: Register.rbx,
  6: Register.rbp,
  7: Register.rsp,
  12: Register.r12,
  13: Register.r13,
  14: Register.r14,
  15: Register.r15,
};

/** The addresses of a function's code. */
export interface Extent {
  readonly low: MemoryAddress;
  readonly high: MemoryAddress;
}

/** The frame of a function while it is at some place. */
export interface FrameLayout extends Extent {
  readonly path: string;
  /** The register that the canonical frame address is counted from, and how far it is. */
  readonly cfaRegister: number;
  readonly cfaOffset: bigint;
  /** Where what a call preserves has been saved by then: from the canonical frame address. */
  readonly saved: ReadonlyMap<number, bigint>;
}

/** Of a process that stays as it is. */
export class FrameLayouts {
  private mappings: readonly FileMapping[] | undefined;
  private readonly known = new Map<bigint, FrameLayout | undefined>();
  private readonly extents = new Map<bigint, Extent | undefined>();

  constructor(private readonly processId: number) {}

  /** At a place in the code; undefined where no file tells, or not simply. */
  at(place: bigint): FrameLayout | undefined {
    if (!this.known.has(place)) this.known.set(place, this.find(place));
    return this.known.get(place);
  }

  /** The function at a place, by symbols; without one of its own all code between two that have one. Undefined: no file tells. */
  extentAt(place: bigint): Extent | undefined {
    if (!this.extents.has(place)) this.extents.set(place, this.findExtent(place));
    return this.extents.get(place);
  }

  private find(place: bigint): FrameLayout | undefined {
    const layout = Buffer.alloc(SIZE);
    const found = this.ask(place, (file, offset) => shim.frameLayout(file, offset, layout));
    return found && decode(layout, found.path, found.bias);
  }

  private findExtent(place: bigint): Extent | undefined {
    const extent = Buffer.alloc(2 * HIGH);
    const found = this.ask(place, (file, offset) => shim.functionExtent(file, offset, extent));
    return found && decodeExtent(extent, found.bias);
  }

  /** Asks the file that a place is mapped from. Undefined: there is none, or it does not tell. */
  private ask(
    place: bigint,
    question: (file: number, offset: bigint) => number,
  ): { readonly path: string; readonly bias: bigint } | undefined {
    this.mappings ??= readMappings(this.processId);
    const mapping = this.mappings.find(({ low, high }) => low <= place && place < high);
    if (!mapping || mapping.inode === 0) return undefined;
    const file = openMapped(this.processId, mapping);
    if (file === undefined) return undefined;
    try {
      const bias = mapping.low - mapping.offset;
      return question(file, place - bias) < 0 ? undefined : { path: mapping.path, bias };
    } finally {
      closeSync(file);
    }
  }
}

/** The file that is mapped, where it still has its name. */
function openMapped(processId: number, { path, inode }: FileMapping): number | undefined {
  let file: number;
  try {
    file = openSync(`/proc/${processId}/root${path}`, "r");
  } catch {
    return undefined;
  }
  if (fstatSync(file).ino === inode) return file;
  closeSync(file);
  return undefined;
}

function decodeExtent(extent: Buffer, bias: bigint): Extent {
  return {
    low: memoryAddress(extent.readBigUInt64LE(0) + bias),
    high: memoryAddress(extent.readBigUInt64LE(HIGH) + bias),
  };
}

function decode(layout: Buffer, path: string, bias: bigint): FrameLayout | undefined {
  const cfaRegister = BY_NUMBER[String(layout.readBigInt64LE(CFA_REGISTER))];
  if (cfaRegister === undefined) return undefined;
  const saved = PRESERVED.map((register, index): [number, bigint] => [
    register,
    layout.readBigInt64LE(SAVED + index * 8),
  ]);
  return {
    path,
    ...decodeExtent(layout, bias),
    cfaRegister,
    cfaOffset: layout.readBigInt64LE(CFA_OFFSET),
    saved: new Map(saved.filter(([, place]) => place !== NOT_SAVED)),
  };
}
