/** What all kinds of steps work with. */
import type { FunctionSymbol, LineEntry } from "../../symbols/types";
import { toFile, toMemory } from "../../target/addresses";
import type { AddressRange, MemoryAddress } from "../../target/addresses";
import type { Target } from "../../target/target";
import type { LoadedModules } from "../modules/modules";
import type { SourcePaths } from "../modules/sourcePaths";
import type { RunControl, RunStop } from "../runControl";
import type { Frames } from "../stack/frames";

export interface StepGround {
  readonly target: Target;
  readonly modules: LoadedModules;
  readonly frames: Frames;
  readonly run: RunControl;
  readonly sources: SourcePaths;
}

type SourceFile = Pick<LineEntry, "file">;

/** Whether a stop is the stepping thread's own step or temporary breakpoint, and nobody else's business. */
export function isOwn(stop: RunStop, threadId: number): boolean {
  const { event } = stop;
  if (stop.hits.length > 0 || stop.reason !== undefined) return false;
  return (event.kind === "step" || event.kind === "breakpoint") && event.threadId === threadId;
}

/** Whether a stop is a temporary breakpoint that another thread ran into: the program goes on. */
export function isOthers(stop: RunStop, threadId: number): boolean {
  return stop.event.kind === "breakpoint" && stop.hits.length === 0 && stop.event.threadId !== threadId;
}

/** The line table row of an address; none for line 0 (code that belongs to no line). */
export function lineAt(ground: StepGround, pc: MemoryAddress): LineEntry | undefined {
  const module = ground.modules.at(pc);
  const entry = module?.symbols.lineAt(toFile(pc, module.bias));
  return entry === undefined || entry.line === 0 ? undefined : entry;
}

/**
 * Whether a person wants to see this code: its source is here. Of a C library with debug information but no sources
 * nobody does. For a step that began in code without a source of its own (`from`), any lines will do.
 */
export function isWorthSeeing(ground: StepGround, pc: MemoryAddress, from: SourceFile | undefined): boolean {
  const entry = lineAt(ground, pc);
  if (entry === undefined) return false;
  return ground.sources.isHere(entry.file) || (from !== undefined && !ground.sources.isHere(from.file));
}

export function functionAt(ground: StepGround, pc: MemoryAddress): FunctionSymbol | undefined {
  const module = ground.modules.at(pc);
  return module?.symbols.functionAt(toFile(pc, module.bias));
}

/** The ranges of the line around an address. */
export function lineRanges(ground: StepGround, pc: MemoryAddress): AddressRange<MemoryAddress>[] {
  const module = ground.modules.at(pc);
  if (module === undefined) return [];
  return module.symbols
    .lineRangesAt(toFile(pc, module.bias))
    .map(({ low, high }) => ({ low: toMemory(low, module.bias), high: toMemory(high, module.bias) }));
}

/** Whether an address is the first of a statement. */
export function beginsStatement(ground: StepGround, pc: MemoryAddress): boolean {
  const module = ground.modules.at(pc);
  const entry = lineAt(ground, pc);
  if (module === undefined || entry === undefined) return false;
  return entry.isStatement && entry.range.low === toFile(pc, module.bias);
}
