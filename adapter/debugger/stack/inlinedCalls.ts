/** The calls inlined around an address, as debug information has them. */
import type { InlinedCall } from "../../symbols/types";
import { toFile, toMemory } from "../../target/addresses";
import type { AddressRange, MemoryAddress } from "../../target/addresses";
import type { LoadedModule, ModuleList } from "../types";

/** Inlined calls around an address, outermost first. */
export function inlinedCalls(modules: ModuleList, address: MemoryAddress): InlinedCall[] {
  const module = modules.at(address);
  if (module === undefined) return [];
  return [...module.symbols.inlinedCallsAt(toFile(address, module.bias))].reverse();
}

/** How many of the innermost calls (given outermost first) begin exactly at an address: none of their code has run. */
export function callsBeginningAt(
  modules: ModuleList,
  calls: readonly InlinedCall[],
  pc: MemoryAddress,
): number {
  const module = modules.at(pc);
  if (module === undefined) return 0;
  const address = toFile(pc, module.bias);
  const first = calls.findIndex((call) => call.ranges.some((range) => range.low === address));
  return first < 0 ? 0 : calls.length - first;
}

/** An inlined call's ranges in memory. */
export function rangesInMemory(module: LoadedModule, call: InlinedCall): AddressRange<MemoryAddress>[] {
  return call.ranges.map(({ low, high }) => ({
    low: toMemory(low, module.bias),
    high: toMemory(high, module.bias),
  }));
}
