/** From one frame's registers to its caller's, by call frame information (DWARF 5 section 6.4). Pure. */
import { evaluateNumber } from "./evaluate";
import type { EvaluationContext } from "./stackMachine";
import type { CallFrameRules, DwarfOp, RegisterRule } from "./types";

/** DWARF register numbers of x86-64 (psABI): 0-15 are rax rdx rcx rbx rsi rdi rbp rsp r8-r15, 16 the return address. */
const STACK_POINTER = 7;
const RETURN_ADDRESS = 16;

/** The general registers of a frame by DWARF number; absent: not known in this frame. */
export type FrameRegisters = ReadonlyMap<number, bigint>;

export interface CallerFrame {
  /** The canonical frame address of the frame that was unwound. */
  readonly cfa: bigint;
  /** The caller's registers; 16 is where it goes on. */
  readonly registers: FrameRegisters;
}

type ReadMemory = (address: bigint, length: number) => Buffer;

function contextOf(
  registers: FrameRegisters,
  readMemory: ReadMemory,
  bias: bigint,
  cfa?: bigint,
): EvaluationContext {
  return { loadBias: bias, register: (number) => registers.get(number), readMemory, cfa: () => cfa };
}

function restore(
  rule: RegisterRule,
  own: bigint | undefined,
  context: EvaluationContext,
): bigint | undefined {
  const number = (ops: readonly DwarfOp[]): bigint | undefined => evaluateNumber(ops, context);
  switch (rule.kind) {
    case "undefined":
      return undefined;
    case "sameValue":
      return own;
    case "value":
      return number(rule.ops);
    case "savedAt": {
      const address = number(rule.ops);
      return address === undefined ? undefined : context.readMemory(address, 8).readBigUInt64LE(0);
    }
  }
}

/** The canonical frame address; undefined when it cannot be computed. Throws what `readMemory` throws. */
export function frameAddress(
  rules: CallFrameRules,
  registers: FrameRegisters,
  readMemory: ReadMemory,
  loadBias: bigint,
): bigint | undefined {
  return evaluateNumber(rules.cfa, contextOf(registers, readMemory, loadBias));
}

/**
 * The caller's registers, or undefined when this is the outermost frame (its return address is undefined or zero) or
 * the CFA cannot be computed. Throws what `readMemory` throws.
 */
export function unwindFrame(
  rules: CallFrameRules,
  registers: FrameRegisters,
  readMemory: ReadMemory,
  loadBias: bigint,
): CallerFrame | undefined {
  const cfa = frameAddress(rules, registers, readMemory, loadBias);
  if (cfa === undefined) return undefined;
  const context = contextOf(registers, readMemory, loadBias, cfa);
  const caller = new Map<number, bigint>();
  for (let number = 0; number < RETURN_ADDRESS; number++) {
    const own = registers.get(number);
    const rule = rules.registers.get(number);
    /* The psABI has no rule for rsp: the CFA is its value before the call. */
    const value = rule ? restore(rule, own, context) : number === STACK_POINTER ? cfa : own;
    if (value !== undefined) caller.set(number, BigInt.asUintN(64, value));
  }
  const returnRule = rules.registers.get(rules.returnAddressRegister);
  const returnAddress =
    returnRule && restore(returnRule, registers.get(rules.returnAddressRegister), context);
  if (returnAddress === undefined || returnAddress === 0n) return undefined;
  caller.set(RETURN_ADDRESS, returnAddress);
  return { cfa, registers: caller };
}
