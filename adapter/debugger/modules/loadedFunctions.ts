/** Functions by where they are in the program, whatever file they are of. */
import type { FunctionSymbol } from "../../symbols/types";
import { toFile, toMemory } from "../../target/addresses";
import type { MemoryAddress } from "../../target/addresses";
import type { LoadedModule, ModuleList } from "../types";
import { searchOrder } from "./searchOrder";

export interface LoadedFunction {
  readonly module: LoadedModule;
  readonly symbol: FunctionSymbol;
}

export function entryOf({ module, symbol }: LoadedFunction): MemoryAddress {
  return toMemory(symbol.entry, module.bias);
}

/** The function that begins at an address. */
export function functionStartingAt(address: MemoryAddress, modules: ModuleList): LoadedFunction | undefined {
  const module = modules.at(address);
  if (module === undefined) return undefined;
  const inFile = toFile(address, module.bias);
  const symbol = module.symbols.functionAt(inFile);
  return symbol?.entry === inFile ? { module, symbol } : undefined;
}

/** What the dynamic linker finds by a name, and so what a linkage stub leads to. */
export function functionLinkedAs(name: string, modules: ModuleList): LoadedFunction | undefined {
  for (const { symbols, bias } of searchOrder(modules)) {
    const symbol = symbols.elfSymbolNamed(name);
    if (symbol?.kind === "function" || symbol?.kind === "indirectFunction")
      return functionStartingAt(toMemory(symbol.address, bias), modules);
  }
  return undefined;
}
