/** The registers of an x86-64 thread: struct user_regs_struct and the XSAVE area (Intel SDM volume 1, 13.4). */
import { memoryAddress, type MemoryAddress } from "../addresses";
import { TargetError, type RegisterState, type Registers, type RegisterValue } from "../target";
import { errorName, shim } from "./shim";
import { holdSignalsOff, letSignalsCome } from "./threads/signalsHeldOff";
import type { BlockedCall } from "./threads/interruptedWaits";
import type { Tracee } from "./threads/tracee";

/** The order of struct user_regs_struct (sys/user.h). */
const layout = [
  "r15",
  "r14",
  "r13",
  "r12",
  "rbp",
  "rbx",
  "r11",
  "r10",
  "r9",
  "r8",
  "rax",
  "rcx",
  "rdx",
  "rsi",
  "rdi",
  "orig_rax",
  "rip",
  "cs",
  "eflags",
  "rsp",
  "ss",
  "fs_base",
  "gs_base",
  "ds",
  "es",
  "fs",
  "gs",
] as const;

const general = "rax rbx rcx rdx rsi rdi rbp rsp r8 r9 r10 r11 r12 r13 r14 r15 rip eflags".split(" ");
const segment = "cs ss ds es fs gs fs_base gs_base".split(" ");
const narrow: ReadonlySet<string> = new Set(["eflags", "cs", "ss", "ds", "es", "fs", "gs"]);

/** System V ABI for x86-64, figure 3.36. */
const dwarfNames = "rax rdx rcx rbx rsi rdi rbp rsp r8 r9 r10 r11 r12 r13 r14 r15 rip".split(" ");
const DWARF_XMM0 = 17;
const DWARF_ST0 = 33;

const XSTATE_SIZE = 16384;
const ST_OFFSET = 32;
const XMM_OFFSET = 160;
const XSTATE_BV = 512;
const YMM_HIGH_OFFSET = 576;
const X87 = 1n;
const SSE = 2n;
const AVX = 4n;

interface SavedState {
  readonly registers: Buffer;
  readonly xstate: Buffer;
  readonly toldAt: MemoryAddress | undefined;
  readonly blocked: BlockedCall | undefined;
}

function readBytes(bytes: Buffer, offset: number, size: number): bigint {
  let value = 0n;
  for (let at = size - 1; at >= 0; at--) value = (value << 8n) | BigInt(bytes[offset + at] ?? 0);
  return value;
}

function writeBytes(bytes: Buffer, offset: number, size: number, value: bigint): void {
  for (let at = 0; at < size; at++) bytes[offset + at] = Number((value >> BigInt(8 * at)) & 0xffn);
}

/** NT_X86_XSTATE of a thread. Throws TargetError when the thread is not stopped. */
export function readXstate(tid: number): Buffer {
  const bytes = Buffer.alloc(XSTATE_SIZE);
  const size = shim.getXstate(tid, bytes, bytes.length);
  if (size < 0) throw new TargetError(`Floating-point registers cannot be read (${errorName(size)}).`);
  return bytes.subarray(0, size);
}

/** Sets NT_X86_XSTATE of a thread. */
export function writeXstate(tid: number, bytes: Buffer): void {
  const result = shim.setXstate(tid, bytes, bytes.length);
  if (result < 0) throw new TargetError(`Floating-point registers cannot be set (${errorName(result)}).`);
}

/** Where registers are read from: struct user_regs_struct and NT_X86_XSTATE. */
export interface RegisterBytes {
  readonly general: Buffer;
  readonly xstate: Buffer;
}

/** What can be told of registers without setting any. */
export class RegisterReaderX64 implements Pick<Registers, "pc" | "sp" | "byDwarf" | "list"> {
  constructor(private readonly bytes: RegisterBytes) {}

  get pc(): MemoryAddress {
    return memoryAddress(this.general("rip") ?? 0n);
  }

  get sp(): MemoryAddress {
    return memoryAddress(this.general("rsp") ?? 0n);
  }

  byDwarf(number: number): bigint | undefined {
    const name = dwarfNames[number];
    if (name !== undefined) return this.general(name);
    if (number >= DWARF_XMM0 && number < DWARF_XMM0 + 16)
      return readVector(this.bytes.xstate, number - DWARF_XMM0).value;
    if (number >= DWARF_ST0 && number < DWARF_ST0 + 8)
      return readBytes(this.bytes.xstate, ST_OFFSET + 16 * (number - DWARF_ST0), 10);
    return { 49: this.general("eflags"), 58: this.general("fs_base"), 59: this.general("gs_base") }[number];
  }

  list(): RegisterValue[] {
    const { xstate } = this.bytes;
    const plain = (group: "general" | "segment") => (name: string) => ({
      name,
      group,
      bits: narrow.has(name) ? 32 : 64,
      value: this.general(name) ?? 0n,
    });
    return [
      ...general.map(plain("general")),
      ...segment.map(plain("segment")),
      ...floating(xstate),
      ...vectors(xstate),
    ];
  }

  private general(name: string): bigint | undefined {
    const index = (layout as readonly string[]).indexOf(name);
    return index < 0 ? undefined : this.bytes.general.readBigUInt64LE(index * 8);
  }
}

/** As they are when they are asked for. */
class BytesOfTracee implements RegisterBytes {
  constructor(private readonly tracee: Tracee) {}

  get general(): Buffer {
    return this.tracee.registers;
  }

  get xstate(): Buffer {
    return readXstate(this.tracee.tid);
  }
}

export class RegistersX64 extends RegisterReaderX64 implements Registers {
  /** `written` is called when one is set by name. */
  constructor(
    private readonly tracee: Tracee,
    private readonly written: () => void,
  ) {
    super(new BytesOfTracee(tracee));
  }

  set(name: string, value: bigint): void {
    this.written();
    if (!(layout as readonly string[]).includes(name)) {
      this.setExtended(name, value);
      return;
    }
    const registers = Buffer.from(this.tracee.registers);
    writeGeneral(registers, name, value);
    // A thread that is sent elsewhere is no longer in the system call it was stopped in.
    if (name === "rip") writeGeneral(registers, "orig_rax", -1n);
    this.tracee.setRegisters(registers);
  }

  save(): RegisterState {
    const saved: SavedState = {
      registers: Buffer.from(this.tracee.registers),
      xstate: Buffer.from(readXstate(this.tracee.tid)),
      toldAt: this.tracee.toldAt,
      blocked: this.tracee.blocked,
    };
    return saved as unknown as RegisterState;
  }

  restore(state: RegisterState): void {
    const saved = state as unknown as SavedState;
    letSignalsCome(this.tracee);
    writeXstate(this.tracee.tid, saved.xstate);
    this.tracee.setRegisters(saved.registers);
    this.tracee.toldAt = saved.toldAt;
    this.tracee.blocked = saved.blocked;
  }

  prepareCall(values: ReadonlyMap<string, bigint>): void {
    const registers = Buffer.from(this.tracee.registers);
    holdSignalsOff(this.tracee);
    writeGeneral(registers, "orig_rax", -1n);
    for (const [name, value] of values)
      if ((layout as readonly string[]).includes(name)) writeGeneral(registers, name, value);
      else this.setExtended(name, value);
    this.tracee.setRegisters(registers);
  }

  private setExtended(name: string, value: bigint): void {
    const place = extendedPlace(name);
    if (place === undefined) throw new TargetError(`There is no register ${name} that can be set.`);
    const xstate = Buffer.from(readXstate(this.tracee.tid));
    writeBytes(xstate, place.offset, place.size, value);
    if (place.high !== undefined) writeBytes(xstate, place.high, 16, value >> 128n);
    xstate.writeBigUInt64LE(xstate.readBigUInt64LE(XSTATE_BV) | place.component, XSTATE_BV);
    writeXstate(this.tracee.tid, xstate);
  }
}

function writeGeneral(registers: Buffer, name: string, value: bigint): void {
  registers.writeBigUInt64LE(BigInt.asUintN(64, value), (layout as readonly string[]).indexOf(name) * 8);
}

function extendedPlace(
  name: string,
): { offset: number; size: number; high?: number; component: bigint } | undefined {
  const [, kind, digits] = /^(xmm|ymm|st)(\d+)$/.exec(name) ?? [];
  const number = Number(digits);
  if (kind === "st" && number < 8) return { offset: ST_OFFSET + 16 * number, size: 10, component: X87 };
  if (kind === undefined || number >= 16)
    return name === "mxcsr" ? { offset: 24, size: 4, component: SSE } : undefined;
  const offset = XMM_OFFSET + 16 * number;
  if (kind === "xmm") return { offset, size: 16, component: SSE };
  return { offset, size: 16, high: YMM_HIGH_OFFSET + 16 * number, component: SSE | AVX };
}

function floating(xstate: Buffer): RegisterValue[] {
  const stack = Array.from({ length: 8 }, (_, index) => ({
    name: `st${index}`,
    group: "floating" as const,
    bits: 80,
    value: readBytes(xstate, ST_OFFSET + 16 * index, 10),
  }));
  const control = [
    ["fctrl", 0, 2],
    ["fstat", 2, 2],
    ["mxcsr", 24, 4],
  ] as const;
  return [
    ...stack,
    ...control.map(([name, offset, size]) => ({
      name,
      group: "floating" as const,
      bits: size * 8,
      value: readBytes(xstate, offset, size),
    })),
  ];
}

function vectors(xstate: Buffer): RegisterValue[] {
  return Array.from({ length: 16 }, (_, index) => ({
    ...readVector(xstate, index),
    group: "vector" as const,
  }));
}

function readVector(xstate: Buffer, index: number): { name: string; bits: number; value: bigint } {
  const isWide = xstate.length >= YMM_HIGH_OFFSET + 256;
  // A component whose bit is clear is in its initial state, all zero, whatever the bytes are.
  const inUse = isWide && (xstate.readBigUInt64LE(XSTATE_BV) & AVX) !== 0n;
  const low = readBytes(xstate, XMM_OFFSET + 16 * index, 16);
  const high = inUse ? readBytes(xstate, YMM_HIGH_OFFSET + 16 * index, 16) : 0n;
  return isWide
    ? { name: `ymm${index}`, bits: 256, value: (high << 128n) | low }
    : { name: `xmm${index}`, bits: 128, value: low };
}
