/** From a frame to its caller: by call frame information, else by the frame pointer and what x86-64 code looks like. */
import { evaluateNumber } from "../../symbols/evaluate";
import { SymbolError, type CallFrameRules } from "../../symbols/types";
import { frameAddress, unwindFrame } from "../../symbols/unwind";
import { contains, memoryAddress, offsetBy, toFile, toMemory } from "../../target/addresses";
import type { MemoryAddress } from "../../target/addresses";
import type { Memory, Target } from "../../target/target";
import {
  followsCall,
  isSignalTrampoline,
  RBP,
  readWord,
  RETURN_ADDRESS,
  RSP,
  scratchRegisters,
  signalContextOffsets,
} from "../codeX64";
import type { FrameRegisters, LoadedModule } from "../types";

/** General registers by DWARF number; 16 is the pc. */
type Known = ReadonlyMap<number, bigint>;

type Readable = Pick<Memory, "read">;

type Place = ReturnType<FrameRegisters["place"]>;

/** One step of unwinding: what was found out about a frame, and its caller. */
export interface UnwindStep {
  readonly cfa: MemoryAddress | undefined;
  readonly isTrampoline: boolean;
  readonly caller: UnwoundRegisters | undefined;
}

/** What libdw gives where call frame information is silent on a register. */
const NO_RULE = { kind: "undefined" } as const;

/** Unwinding met memory that cannot be read: the stack ends there. */
class Unreadable extends Error {}

function unlessUnreadable<T>(work: () => T): T | undefined {
  try {
    return work();
  } catch (error) {
    if (error instanceof Unreadable) return undefined;
    throw error;
  }
}

/** The registers of a frame, and where each of them is kept. */
export class UnwoundRegisters implements FrameRegisters {
  constructor(
    readonly known: Known,
    private readonly placeOf: (dwarfNumber: number) => Place,
    /** Beyond the general ones. */
    private readonly others: (dwarfNumber: number) => bigint | undefined,
    /** Scratch registers that no callee has saved: what they hold now. */
    readonly unsaved: Known = new Map(),
  ) {}

  value(dwarfNumber: number): bigint | undefined {
    return dwarfNumber <= RETURN_ADDRESS ? this.known.get(dwarfNumber) : this.others(dwarfNumber);
  }
  place(dwarfNumber: number): Place {
    return this.value(dwarfNumber) === undefined ? undefined : this.placeOf(dwarfNumber);
  }
  get held(): FrameRegisters {
    const all = new Map([...this.unsaved, ...this.known]);
    return new UnwoundRegisters(all, (number) => this.place(number), this.others);
  }
  get pc(): MemoryAddress {
    return memoryAddress(this.known.get(RETURN_ADDRESS) ?? 0n);
  }
  get sp(): MemoryAddress {
    return memoryAddress(this.known.get(RSP) ?? 0n);
  }
}

/** The innermost frame's: the thread's own. */
export function liveRegisters(target: Target, threadId: number): UnwoundRegisters {
  const registers = target.registers(threadId);
  const known = new Map<number, bigint>();
  for (let number = 0; number <= RETURN_ADDRESS; number++) {
    const value = number === RETURN_ADDRESS ? registers.pc : registers.byDwarf(number);
    if (value !== undefined) known.set(number, value);
  }
  return new UnwoundRegisters(
    known,
    () => ({ kind: "register" }),
    (number) => registers.byDwarf(number),
  );
}

/** How a frame goes on to its caller. Found out when it is asked for: of most innermost frames nobody asks. */
export class Unwinding {
  private readonly rules: CallFrameRules | undefined;
  private found: { readonly step: UnwindStep | undefined } | undefined;

  /** `innermost`: the frame may be at its first instructions, where no frame pointer is set. */
  constructor(
    private readonly memory: Readable,
    private readonly module: LoadedModule | undefined,
    private readonly registers: UnwoundRegisters,
    lookupPc: MemoryAddress,
    private readonly innermost: boolean,
  ) {
    this.rules = rulesAt(module, lookupPc);
  }

  /** Whether the frame is the kernel's trampoline for signal handlers. */
  get isTrampoline(): boolean {
    return this.rules?.signalFrame ?? this.step?.isTrampoline ?? false;
  }

  /** Undefined: the stack ends here. */
  get step(): UnwindStep | undefined {
    return (this.found ??= { step: this.unwind() }).step;
  }

  /** What the stack pointer is in the caller after the return. */
  get cfa(): MemoryAddress | undefined {
    const { memory, module, registers, rules } = this;
    if (rules === undefined || module === undefined) return this.step?.cfa;
    // Mostly by the registers alone, without a look into memory.
    const read = (address: bigint, length: number) => readAll(memory, address, length);
    const cfa = unlessUnreadable(() => frameAddress(rules, registers.known, read, module.bias));
    return cfa === undefined ? undefined : memoryAddress(cfa);
  }

  private unwind(): UnwindStep | undefined {
    const { memory, module, registers, rules } = this;
    return unlessUnreadable(() => {
      if (rules !== undefined && module !== undefined) return byRules(memory, module, registers, rules);
      if (isSignalTrampoline(memory.read(registers.pc, 16))) return bySignalContext(memory, registers);
      return byConvention(memory, module, registers, this.innermost);
    });
  }
}

function rulesAt(module: LoadedModule | undefined, lookupPc: MemoryAddress): CallFrameRules | undefined {
  try {
    return module?.symbols.callFrameAt(toFile(lookupPc, module.bias));
  } catch (error) {
    if (error instanceof SymbolError) return undefined;
    throw error;
  }
}

function byRules(
  memory: Readable,
  module: LoadedModule,
  registers: UnwoundRegisters,
  rules: CallFrameRules,
): UnwindStep | undefined {
  const read = (address: bigint, length: number) => readAll(memory, address, length);
  const outer = unwindFrame(rules, registers.known, read, module.bias);
  if (outer === undefined) return { cfa: undefined, isTrampoline: rules.signalFrame, caller: undefined };
  const { cfa } = outer;
  const known = new Map(outer.registers);
  const unsaved = new Map<number, bigint>();
  // What a call may change is not known of the caller; what a signal interrupted is all there.
  if (!rules.signalFrame)
    for (const number of scratchRegisters) {
      if ((rules.registers.get(number) ?? NO_RULE).kind !== "undefined") continue;
      const now = registers.known.get(number) ?? registers.unsaved.get(number);
      if (now !== undefined) unsaved.set(number, now);
      known.delete(number);
    }
  const placeOf = (number: number): Place => {
    const rule = rules.registers.get(number === RETURN_ADDRESS ? rules.returnAddressRegister : number);
    if (rule === undefined || rule.kind === "sameValue")
      return number === RSP ? undefined : registers.place(number);
    if (rule.kind !== "savedAt") return undefined;
    const address = evaluateNumber(rule.ops, {
      loadBias: module.bias,
      register: (other) => registers.known.get(other),
      readMemory: read,
      cfa: () => cfa,
    });
    return address === undefined ? undefined : { kind: "memory", address: memoryAddress(address) };
  };
  const caller = new UnwoundRegisters(known, placeOf, () => undefined, unsaved);
  return { cfa: memoryAddress(cfa), isTrampoline: rules.signalFrame, caller };
}

/** The trampoline's stack pointer is at the ucontext_t that the kernel made (arch/x86/kernel/signal.c). */
function bySignalContext(memory: Readable, registers: UnwoundRegisters): UnwindStep {
  const known = new Map<number, bigint>();
  const placeOf = (number: number): Place => {
    const offset = signalContextOffsets.get(number);
    return offset === undefined ? undefined : { kind: "memory", address: offsetBy(registers.sp, offset) };
  };
  for (const [number, offset] of signalContextOffsets)
    known.set(number, readAll(memory, registers.sp + BigInt(offset), 8).readBigUInt64LE(0));
  const caller = new UnwoundRegisters(known, placeOf, () => undefined);
  return { cfa: caller.sp, isTrampoline: true, caller };
}

/** Code without call frame information. */
function byConvention(
  memory: Readable,
  module: LoadedModule | undefined,
  registers: UnwoundRegisters,
  innermost: boolean,
): UnwindStep | undefined {
  const { sp } = registers;
  const rbp = registers.known.get(RBP);
  const returnSlot = innermost ? slotBeforeFrame(memory, module, registers) : undefined;
  if (returnSlot !== undefined) return conventionStep(memory, registers, returnSlot, undefined);
  if (rbp === undefined || rbp < sp || rbp % 8n !== 0n) return undefined;
  const slot = memoryAddress(rbp + 8n);
  const back = readWord(memory, slot);
  if (back === undefined || !followsCall(memory, memoryAddress(back))) return undefined;
  return conventionStep(memory, registers, slot, memoryAddress(rbp));
}

/** Where the return address is at a function's very beginning, or after a jump through a wrong pointer. */
function slotBeforeFrame(
  memory: Readable,
  module: LoadedModule | undefined,
  registers: UnwoundRegisters,
): MemoryAddress | undefined {
  const { pc, sp } = registers;
  const code = memory.read(pc, 1);
  if (module === undefined || code.length === 0) return returnsAt(memory, sp) ? sp : undefined;
  const inFile = toFile(pc, module.bias);
  const executable = module.symbols.segments.some((one) => one.executable && contains(one.range, inFile));
  if (!executable) return returnsAt(memory, sp) ? sp : undefined;
  const start = module.symbols.functionAt(inFile)?.entry;
  if (start === undefined) return returnsAt(memory, sp) ? sp : undefined;
  const entry = toMemory(start, module.bias);
  if (entry === pc) return sp;
  // Behind `push %rbp`, with or without endbr64 before it.
  const pushed = memory.read(offsetBy(pc, -1), 1)[0] === 0x55 && pc - entry <= 5n;
  return pushed ? offsetBy(sp, 8) : undefined;
}

function returnsAt(memory: Readable, slot: MemoryAddress): boolean {
  const back = readWord(memory, slot);
  return back !== undefined && followsCall(memory, memoryAddress(back));
}

function conventionStep(
  memory: Readable,
  registers: UnwoundRegisters,
  returnSlot: MemoryAddress,
  savedFramePointer: MemoryAddress | undefined,
): UnwindStep {
  const cfa = offsetBy(returnSlot, 8);
  const known = new Map<number, bigint>();
  const rbp =
    savedFramePointer === undefined ? registers.known.get(RBP) : readWord(memory, savedFramePointer);
  if (rbp !== undefined) known.set(RBP, rbp);
  known.set(RSP, cfa);
  known.set(RETURN_ADDRESS, readAll(memory, returnSlot, 8).readBigUInt64LE(0));
  const placeOf = (number: number): Place => {
    if (number === RETURN_ADDRESS) return { kind: "memory", address: returnSlot };
    if (number !== RBP) return undefined;
    return savedFramePointer === undefined
      ? registers.place(RBP)
      : { kind: "memory", address: savedFramePointer };
  };
  return { cfa, isTrampoline: false, caller: new UnwoundRegisters(known, placeOf, () => undefined) };
}

function readAll(memory: Readable, address: bigint, length: number): Buffer {
  const bytes = memory.read(memoryAddress(address), length);
  if (bytes.length < length) throw new Unreadable();
  return bytes;
}
