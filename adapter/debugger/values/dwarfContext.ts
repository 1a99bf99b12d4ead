/** What the DWARF stack machine is told of a frame. */
import { entryValueAt, evaluateNumber, frameBaseValue } from "../../symbols/evaluate";
import type { EvaluationContext as DwarfContext } from "../../symbols/stackMachine";
import type { CallSite, DwarfOp } from "../../symbols/types";
import { memoryAddress, toFile } from "../../target/addresses";
import { calledBefore } from "../codeX64";
import { entryOf, functionStartingAt, type LoadedFunction } from "../modules/loadedFunctions";
import { tailCallsIn } from "../stack/tailCalls";
import type { EvaluationContext, Frame, LoadedModule } from "../types";
import { frameRegister, readMemory } from "./values";
import { encodeInteger } from "./valuesIntegers";

/** Frames that are asked for what they passed on; recursion can pass a value on without end. */
const MOST_CALLERS = 64;

/**
 * What frames were called with, by the first op that asks, as far as one evaluation has asked for it. What is passed, and to whom, may
 * both be what the caller was called with itself: without this each caller would be asked twice as often as the one before.
 */
type EntryValues = Map<Frame, Map<DwarfOp | undefined, bigint | undefined>>;

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
  const values = known.get(frame) ?? new Map<DwarfOp | undefined, bigint | undefined>();
  if (values.has(ops[0]) || known.size === MOST_CALLERS) return values.get(ops[0]);
  known.set(frame, values);
  values.set(ops[0], passedTo(ops, context, frame, known));
  return values.get(ops[0]);
}

function passedTo(
  ops: readonly DwarfOp[],
  context: EvaluationContext,
  frame: Frame,
  known: EntryValues,
): bigint | undefined {
  const caller = context.callerOf?.(frame);
  const called = functionOf(frame);
  if (caller?.module === undefined || called === undefined) return undefined;
  const site =
    caller.tailCall?.site ?? caller.module.symbols.callSiteAt(toFile(caller.pc, caller.module.bias));
  const inCaller = dwarfContextOf(context, caller.module, caller, known);
  if (site === undefined || !isCallOf(called, site, caller, context, inCaller)) return undefined;
  return tailCallsIn(context).comesBack(called) ? undefined : entryValueAt(site, ops, inCaller);
}

function functionOf({ module, lookupPc }: Frame): LoadedFunction | undefined {
  const symbol = module?.symbols.functionAt(toFile(lookupPc, module.bias));
  return module && symbol && { module, symbol };
}

/**
 * Whether a frame's function is what its caller has called. It need not be: what was called may have jumped to it in place of
 * returning (a tail call), with other arguments. The call's instruction tells, else the name that is called, else what the pointer
 * is that is called by.
 */
function isCallOf(
  called: LoadedFunction,
  { callee, target }: CallSite,
  { pc, tailCall }: Frame,
  { target: { memory }, modules }: EvaluationContext,
  inCaller: DwarfContext,
): boolean {
  const { module, symbol } = called;
  if (tailCall !== undefined) return tailCall.to === entryOf(called);
  const stated = calledBefore(memory, pc);
  if (stated === entryOf(called)) return true;
  // Elsewhere is another function, or a stub that leads to this one (procedure linkage table).
  if (stated !== undefined && functionStartingAt(stated, modules) !== undefined) return false;
  if (callee !== undefined)
    return module.symbols.functionsNamed(callee).some((named) => named.entry === symbol.entry);
  return target !== undefined && evaluateNumber(target, inCaller) === entryOf(called);
}
