/** What the DWARF stack machine is told of a frame. */
import { memoryAddress, offsetBy, toFile, toMemory, type MemoryAddress } from "../target/addresses";
import { entryValueAt, evaluateNumber, frameBaseValue } from "../symbols/evaluate";
import type { EvaluationContext as DwarfContext } from "../symbols/stackMachine";
import type { CallSite, DwarfOp } from "../symbols/types";
import type { EvaluationContext, Frame, LoadedModule } from "./types";
import { frameRegister, readMemory } from "./values";
import { encodeInteger } from "./valuesIntegers";

/** Frames that are asked for what they passed on; recursion can pass a value on without end. */
const MOST_CALLERS = 64;

/** The instruction CALL rel32, and its bytes. */
const CALL = 0xe8;
const CALL_SIZE = 5;

/** What the DWARF stack machine needs of a frame (or, for static storage, of no frame). */
export function dwarfContextOf(
  context: EvaluationContext,
  module: LoadedModule,
  frame: Frame | undefined = context.frame,
  depth = 0,
): DwarfContext {
  const register = (number: number): bigint | undefined => frameRegister(number, context, frame);
  const dwarf: DwarfContext = {
    loadBias: module.bias,
    register,
    registerBytes: (number, length) => {
      const value = register(number);
      return value === undefined ? undefined : encodeInteger(value, length);
    },
    readMemory: (address, length) => readMemory(memoryAddress(address), length, context),
    frameBase: () =>
      frame?.module &&
      frameBaseValue(frame.module.symbols.frameBaseAt(toFile(frame.lookupPc, frame.module.bias)), dwarf),
    cfa: () => frame?.cfa,
    tlsAddress: (offset) => context.threadLocalAddress(module, offset),
    entryValue: (ops) => entryValue(ops, context, frame, depth),
  };
  return dwarf;
}

/** What a caller passed may be what it was passed itself: `depth` counts the frames on the way. */
function entryValue(
  ops: readonly DwarfOp[],
  context: EvaluationContext,
  frame: Frame | undefined,
  depth: number,
): bigint | undefined {
  const caller = frame && depth < MOST_CALLERS ? context.callerOf?.(frame) : undefined;
  if (caller?.module === undefined) return undefined;
  const site = caller.module.symbols.callSiteAt(toFile(caller.pc, caller.module.bias));
  const inCaller = dwarfContextOf(context, caller.module, caller, depth + 1);
  if (site === undefined || !isCallOf(site, caller.pc, frame, context, inCaller)) return undefined;
  return entryValueAt(site, ops, inCaller);
}

/**
 * Whether a frame's function is what its caller has called. It need not be: what was called may have jumped to it in place of
 * returning (a tail call), with other arguments. The call's instruction tells, else the name that is called, else what the pointer
 * is that is called by.
 */
function isCallOf(
  { callee, target }: CallSite,
  returnAddress: MemoryAddress,
  frame: Frame | undefined,
  context: EvaluationContext,
  inCaller: DwarfContext,
): boolean {
  const { module } = frame ?? {};
  const called = frame && module?.symbols.functionAt(toFile(frame.lookupPc, module.bias));
  if (module === undefined || called === undefined) return false;
  const entry = toMemory(called.entry, module.bias);
  const stated = directTarget(returnAddress, context);
  if (stated === entry) return true;
  // Elsewhere is another function, or a stub that leads to this one (procedure linkage table).
  if (stated !== undefined && isFunction(stated, context)) return false;
  if (callee !== undefined)
    return module.symbols.functionsNamed(callee).some((named) => named.entry === called.entry);
  // What the caller was called with itself is not asked for: it would be once more at each caller.
  const known = { ...inCaller, entryValue: () => undefined };
  return target !== undefined && evaluateNumber(target, known) === entry;
}

/** Where the call goes that returns to an address, when it is one of the kind E8 rel32 (Intel SDM volume 2, CALL). */
function directTarget(
  returnAddress: MemoryAddress,
  { target }: EvaluationContext,
): MemoryAddress | undefined {
  const code = target.memory.read(offsetBy(returnAddress, -CALL_SIZE), CALL_SIZE);
  if (code.length < CALL_SIZE || code[0] !== CALL) return undefined;
  return offsetBy(returnAddress, code.readInt32LE(1));
}

function isFunction(address: MemoryAddress, { modules }: EvaluationContext): boolean {
  const module = modules.at(address);
  const inFile = module && toFile(address, module.bias);
  return inFile !== undefined && module?.symbols.functionAt(inFile)?.entry === inFile;
}
