/** What the DWARF stack machine is told of a frame. */
import { memoryAddress, toFile, toMemory } from "../target/addresses";
import { entryValueAt, evaluateNumber, frameBaseValue } from "../symbols/evaluate";
import type { EvaluationContext as DwarfContext } from "../symbols/stackMachine";
import type { CallSite, DwarfOp } from "../symbols/types";
import type { EvaluationContext, Frame, LoadedModule } from "./types";
import { frameRegister, readMemory } from "./values";
import { encodeInteger } from "./valuesIntegers";

/** Frames that are asked for what they passed on; recursion can pass a value on without end. */
const MOST_CALLERS = 64;

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
  if (site === undefined || !isCallOf(site, caller.module, frame, inCaller)) return undefined;
  return entryValueAt(site, ops, inCaller);
}

/**
 * Whether a frame's function is what its caller has called. It need not be: what was called may have jumped to it in place of
 * returning (a tail call), with other arguments.
 */
function isCallOf(
  { callee, target }: CallSite,
  callerModule: LoadedModule,
  frame: Frame | undefined,
  inCaller: DwarfContext,
): boolean {
  const { module } = frame ?? {};
  const called = frame && module?.symbols.functionAt(toFile(frame.lookupPc, module.bias));
  if (module === undefined || called === undefined) return false;
  if (callee === undefined)
    return target !== undefined && evaluateNumber(target, inCaller) === toMemory(called.entry, module.bias);
  if (callee.name !== undefined && callee.name === (called.linkageName ?? called.name)) return true;
  const { die } = called;
  return module === callerModule && die !== undefined && module.symbols.originOf(die) === callee.origin;
}
