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

/**
 * What frames were called with, as far as one evaluation has asked for it. What is passed, and to whom, may both be what the caller
 * was called with itself: without this each caller would be asked twice as often as the one before.
 */
type EntryValues = Map<Frame, Map<readonly DwarfOp[], bigint | undefined>>;

/** What the DWARF stack machine needs of a frame (or, for static storage, of no frame). */
export function dwarfContextOf(
  context: EvaluationContext,
  module: LoadedModule,
  frame: Frame | undefined = context.frame,
  known: EntryValues = new Map(),
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
    entryValue: (ops) => frame && entryValue(ops, context, frame, known),
  };
  return dwarf;
}

/** What a caller passed may be what it was passed itself. */
function entryValue(
  ops: readonly DwarfOp[],
  context: EvaluationContext,
  frame: Frame,
  known: EntryValues,
): bigint | undefined {
  const values = known.get(frame) ?? new Map<readonly DwarfOp[], bigint | undefined>();
  if (values.has(ops) || known.size === MOST_CALLERS) return values.get(ops);
  known.set(frame, values);
  values.set(ops, passedTo(ops, context, frame, known));
  return values.get(ops);
}

function passedTo(
  ops: readonly DwarfOp[],
  context: EvaluationContext,
  frame: Frame,
  known: EntryValues,
): bigint | undefined {
  const caller = context.callerOf?.(frame);
  if (caller?.module === undefined) return undefined;
  const site = caller.module.symbols.callSiteAt(toFile(caller.pc, caller.module.bias));
  const inCaller = dwarfContextOf(context, caller.module, caller, known);
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
  { module, lookupPc }: Frame,
  context: EvaluationContext,
  inCaller: DwarfContext,
): boolean {
  const called = module?.symbols.functionAt(toFile(lookupPc, module.bias));
  if (module === undefined || called === undefined) return false;
  const entry = toMemory(called.entry, module.bias);
  const stated = directTarget(returnAddress, context);
  if (stated === entry) return true;
  // Elsewhere is another function, or a stub that leads to this one (procedure linkage table).
  if (stated !== undefined && isFunction(stated, context)) return false;
  if (callee !== undefined)
    return module.symbols.functionsNamed(callee).some((named) => named.entry === called.entry);
  return target !== undefined && evaluateNumber(target, inCaller) === entry;
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
