/**
 * Where a thread keeps its thread-local variables on x86-64: through the dynamic thread vector that the thread
 * control block names (Drepper, "ELF Handling For Thread-Local Storage", variant II; the layouts of glibc and musl).
 */
import { memoryAddress, offsetBy, toMemory } from "../../target/addresses";
import type { MemoryAddress } from "../../target/addresses";
import type { Memory, Target } from "../../target/target";
import { UserError } from "../types";
import type { LoadedModule } from "../types";
import type { LoadedModules, Module } from "./modules";

/** DWARF's number of the fs base (psABI figure 3.36). */
const FS_BASE = 58;
const DTV_OFFSET = 8;
const UNALLOCATED = 0xffff_ffff_ffff_ffffn;

/** The module id of a module with thread-locals, as its dynamic linker numbers it; undefined without any. */
export function tlsModuleId(modules: LoadedModules, module: Module): number | undefined {
  if (module.symbols.threadLocals === undefined) return undefined;
  if (module === modules.main) return 1;
  return glibcModuleId(modules, module) ?? orderOf(modules, module);
}

/** glibc describes its own `link_map` to thread debuggers: { size in bits, count, offset }. */
function glibcModuleId(modules: LoadedModules, module: Module): number | undefined {
  const { target } = modules;
  if (target === undefined || module.linkMap === undefined) return undefined;
  for (const candidate of modules.all) {
    const symbol = candidate.symbols.elfSymbolNamed("_thread_db_link_map_l_tls_modid");
    if (symbol === undefined) continue;
    const description = target.memory.read(toMemory(symbol.address, candidate.bias), 12);
    if (description.length < 12) return undefined;
    const bytes = target.memory.read(offsetBy(module.linkMap, description.readUInt32LE(8)), 8);
    return bytes.length < 8 ? undefined : Number(bytes.readBigUInt64LE(0));
  }
  return undefined;
}

/** musl numbers modules with thread-locals in the order they were loaded. */
function orderOf(modules: LoadedModules, module: Module): number | undefined {
  const order = modules.all.filter((one) => one.symbols.threadLocals !== undefined).indexOf(module);
  return order < 0 ? undefined : order + 1;
}

/**
 * The address of a thread-local variable in one thread. Throws UserError while it has none, and for an offset that is
 * not in the module's thread-local segment.
 */
export function threadLocalAddress(
  target: Target,
  modules: Pick<LoadedModules, "muslLibc">,
  threadId: number,
  module: LoadedModule,
  offset: bigint,
): MemoryAddress {
  const moduleId = module.threadLocalModule;
  const block = moduleId === undefined ? undefined : blockOf(target, modules.muslLibc, threadId, moduleId);
  if (block === undefined)
    throw new UserError("This thread has no copy of the thread-local variable yet: it was not used in it.");
  return memoryAddress(block + offsetInBlock(module, offset));
}

/** With -gsplit-dwarf gcc gives the address in the segment's image where the offset in a thread's copy is meant. */
function offsetInBlock({ symbols }: LoadedModule, offset: bigint): bigint {
  const { low, high } = symbols.threadLocals ?? { low: 0n, high: 0n };
  if (offset <= high - low) return offset;
  if (offset >= low && offset < high) return offset - low;
  throw new UserError(
    "The debug information is wrong about where this thread-local variable is: outside of the module's thread-local segment.",
  );
}

function blockOf(target: Target, musl: boolean, threadId: number, moduleId: number): bigint | undefined {
  const threadControlBlock = target.registers(threadId).byDwarf(FS_BASE);
  if (threadControlBlock === undefined || threadControlBlock === 0n) return undefined;
  const vector = word(target.memory, threadControlBlock + BigInt(DTV_OFFSET));
  if (vector === undefined || vector === 0n) return undefined;
  const size = musl ? word(target.memory, vector) : word(target.memory, vector - 16n);
  if (size === undefined || BigInt(moduleId) > size) return undefined;
  const block = word(target.memory, vector + BigInt(moduleId * (musl ? 8 : 16)));
  return block === undefined || block === 0n || block === UNALLOCATED ? undefined : block;
}

function word(memory: Memory, address: bigint): bigint | undefined {
  const bytes = memory.read(memoryAddress(address), 8);
  return bytes.length < 8 ? undefined : bytes.readBigUInt64LE(0);
}
