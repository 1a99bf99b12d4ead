/** The physical frames of one stopped thread, unwound one by one as they are asked for. */
import type { FunctionSymbol } from "../../symbols/types";
import { offsetBy, toFile } from "../../target/addresses";
import type { MemoryAddress } from "../../target/addresses";
import type { Target } from "../../target/target";
import type { LoadedModule, ModuleList } from "../types";
import { ReadAhead } from "./readAhead";
import { liveRegisters, Unwinding, type UnwoundRegisters } from "./unwinder";

export interface PhysicalFrame {
  readonly pc: MemoryAddress;
  /** Inside the call instruction, in callers. */
  readonly lookupPc: MemoryAddress;
  readonly registers: UnwoundRegisters;
  readonly unwinding: Unwinding;
  readonly module: LoadedModule | undefined;
  readonly function: FunctionSymbol | undefined;
  /** The kernel's trampoline for signal handlers. */
  readonly isTrampoline: boolean;
  /** The stack pointer in the caller right after the return; undefined for the outermost. */
  readonly cfa: MemoryAddress | undefined;
  /** The stack pointer in this frame. */
  readonly sp: MemoryAddress;
}

/** No real program's stack is deeper; a damaged one may seem so. */
const DEEPEST = 1_000_000;

export class PhysicalFrames {
  private readonly frames: PhysicalFrame[] = [];
  private readonly memory: ReadAhead;
  private complete = false;

  constructor(
    private readonly target: Target,
    private readonly modules: ModuleList,
    private readonly threadId: number,
  ) {
    this.memory = new ReadAhead(target.memory);
  }

  /** 0: the innermost. Undefined behind the outermost. */
  at(index: number): PhysicalFrame | undefined {
    while (!this.complete && this.frames.length <= index) this.unwind();
    return this.frames[index];
  }

  /** Whether bytes lie on the stack between the innermost and the outermost frame found so far. */
  cover(address: MemoryAddress, bytes: number): boolean {
    const ends = this.frames.flatMap(({ sp, cfa }) => (cfa === undefined ? [sp] : [sp, cfa]));
    const end = offsetBy(address, bytes);
    return ends.some((low) => low < end) && ends.some((high) => high > address);
  }

  private unwind(): void {
    const inner = this.frames.at(-1);
    const registers =
      inner === undefined ? liveRegisters(this.target, this.threadId) : this.callerRegisters(inner);
    if (registers === undefined || this.frames.length >= DEEPEST) this.complete = true;
    else this.frames.push(this.frame(registers, inner));
  }

  private callerRegisters(inner: PhysicalFrame): UnwoundRegisters | undefined {
    const { caller } = inner.unwinding.step ?? {};
    if (caller === undefined || caller.pc === 0n) return undefined;
    const before = this.frames.at(-2);
    // A caller's frame lies above its callee's, but for a handler on a stack of its own.
    const climbs = caller.sp > inner.sp || inner.isTrampoline || before?.isTrampoline === true;
    return climbs ? caller : undefined;
  }

  private frame(registers: UnwoundRegisters, inner: PhysicalFrame | undefined): PhysicalFrame {
    const { pc } = registers;
    const lookupPc = inner === undefined || inner.isTrampoline ? pc : offsetBy(pc, -1);
    const module = this.modules.at(lookupPc);
    const unwinding = new Unwinding(this.memory, module, registers, lookupPc, inner === undefined);
    return new UnwindableFrame(registers, lookupPc, module, unwinding);
  }
}

class UnwindableFrame implements PhysicalFrame {
  readonly pc: MemoryAddress;
  readonly sp: MemoryAddress;
  readonly isTrampoline: boolean;

  constructor(
    readonly registers: UnwoundRegisters,
    readonly lookupPc: MemoryAddress,
    readonly module: LoadedModule | undefined,
    readonly unwinding: Unwinding,
  ) {
    this.pc = registers.pc;
    this.sp = registers.sp;
    this.isTrampoline = unwinding.isTrampoline;
  }

  /** Asked for when needed: a library's debug information may be large. */
  get function(): FunctionSymbol | undefined {
    return this.module?.symbols.functionAt(toFile(this.lookupPc, this.module.bias));
  }

  get cfa(): MemoryAddress | undefined {
    return this.unwinding.cfa;
  }
}
