/** The ELF files that are loaded in the program now: the executable, its libraries, the dynamic linker, the vDSO. */
import type { SymbolModule } from "../../symbols/types";
import { contains, memoryAddress, toFile, toMemory } from "../../target/addresses";
import type { AddressRange, LoadBias, MemoryAddress } from "../../target/addresses";
import type { Mapping, Target } from "../../target/target";
import { UserError } from "../types";
import type { LoadedModule, ModuleList } from "../types";
import { debugEntry, readLinkMaps, readRendezvous, type LinkMapEntry } from "./linkMap";
import { SymbolFiles, VDSO, type SymbolOpeners } from "./symbolFiles";
import { tlsModuleId } from "./threadLocals";

/** getauxval(3), <elf.h>. */
const AT_BASE = 7;
const AT_ENTRY = 9;
const AT_SYSINFO_EHDR = 33;

export interface ModuleChanges {
  readonly loaded: readonly LoadedModule[];
  readonly unloaded: readonly LoadedModule[];
}

/** What was loaded at a moment; valid for a program that is back at that moment. */
export interface ModuleSnapshot {
  readonly modules: readonly { readonly module: Module; readonly linkMap: MemoryAddress | undefined }[];
  readonly main: Module | undefined;
  readonly interpreter: Module | undefined;
}

interface Found {
  readonly symbols: SymbolModule;
  readonly bias: LoadBias;
  readonly linkMap?: MemoryAddress;
}

/** A loaded module with where its dynamic linker keeps it. */
export class Module implements LoadedModule {
  linkMap: MemoryAddress | undefined;
  private readonly extent: AddressRange<MemoryAddress>;

  constructor(
    readonly id: number,
    readonly symbols: SymbolModule,
    readonly bias: LoadBias,
    private readonly list: LoadedModules,
  ) {
    const ranges = symbols.segments.map((segment) => segment.range);
    const low = ranges.reduce(
      (least, range) => (range.low < least ? range.low : least),
      ranges[0]?.low ?? 0n,
    );
    const high = ranges.reduce((most, range) => (range.high > most ? range.high : most), 0n);
    this.extent = { low: memoryAddress(low + bias), high: memoryAddress(high + bias) };
  }

  covers(address: MemoryAddress): boolean {
    if (!contains(this.extent, address)) return false;
    const inFile = toFile(address, this.bias);
    return this.symbols.segments.some((segment) => contains(segment.range, inFile));
  }

  get threadLocalModule(): number | undefined {
    return tlsModuleId(this.list, this);
  }
}

export class LoadedModules implements ModuleList {
  private modules: Module[] = [];
  private readonly files: SymbolFiles;
  private lastId = 0;
  target: Target | undefined;
  main: Module | undefined;
  /** The dynamic linker, when there is one. */
  interpreter: Module | undefined;

  /** @param complain told once of each file that cannot be used. */
  constructor(parts: SymbolOpeners, complain: (sentence: string) => void) {
    this.files = new SymbolFiles(parts, complain);
  }

  get all(): readonly Module[] {
    return this.modules;
  }

  at(address: MemoryAddress): Module | undefined {
    return this.modules.find((module) => module.covers(address));
  }

  /** Whether the program's C library is musl, by its dynamic linker or its start-up code. */
  get muslLibc(): boolean {
    if (this.interpreter !== undefined) return /ld-musl/.test(this.interpreter.symbols.path);
    return this.main?.symbols.elfSymbolNamed("__init_tp") !== undefined;
  }

  /** The ELF entry of the executable. */
  get entry(): MemoryAddress | undefined {
    return this.main === undefined ? undefined : toMemory(this.main.symbols.entry, this.main.bias);
  }

  /** Where a trap notices changes of the list: r_brk, or, before it is set, the function that it will name. */
  get hook(): MemoryAddress | undefined {
    const { target, interpreter } = this;
    if (target === undefined || interpreter === undefined) return undefined;
    const address = this.rendezvousAddress();
    const rendezvous = address === undefined ? undefined : readRendezvous(target.memory, address);
    if (rendezvous !== undefined && rendezvous.breakAddress !== 0n) return rendezvous.breakAddress;
    const symbol = interpreter.symbols.elfSymbolNamed("_dl_debug_state");
    return symbol === undefined ? this.entry : toMemory(symbol.address, interpreter.bias);
  }

  /** Reads anew what is loaded; modules that stay keep their identity. Throws UserError without an executable. */
  refresh(target: Target): ModuleChanges {
    this.target = target;
    const mappings = target.mappings();
    const auxiliary = target.auxiliaryVector();
    const before = this.modules;
    const entry = memoryAddress(auxiliary.get(AT_ENTRY) ?? 0n);
    this.main = this.executable(mappings, entry);
    this.modules = [this.main];
    this.interpreter = this.dynamicLinker(mappings, auxiliary.get(AT_BASE), before);
    this.addVdso(auxiliary.get(AT_SYSINFO_EHDR), before);
    const rendezvous = this.rendezvousAddress();
    const maps = rendezvous === undefined ? undefined : readLinkMaps(target.memory, rendezvous);
    if (maps === undefined) this.keepLibraries(before, mappings);
    else for (const entry of maps) this.addLibrary(entry, mappings, before);
    return changes(before, this.modules);
  }

  /** What is loaded now, for a way back to it without reading anything. */
  snapshot(): ModuleSnapshot {
    const { main, interpreter } = this;
    return {
      modules: this.modules.map((module) => ({ module, linkMap: module.linkMap })),
      main,
      interpreter,
    };
  }

  /** The program is back where the snapshot was taken. */
  goBack(snapshot: ModuleSnapshot): ModuleChanges {
    const before = this.modules;
    for (const { module, linkMap } of snapshot.modules) module.linkMap = linkMap;
    this.modules = snapshot.modules.map(({ module }) => module);
    this.main = snapshot.main;
    this.interpreter = snapshot.interpreter;
    return changes(before, this.modules);
  }

  /** Forgets what is loaded (exec, the program's end); files stay open for the next refresh. */
  clear(): readonly LoadedModule[] {
    const before = this.modules;
    this.modules = [];
    this.main = undefined;
    this.interpreter = undefined;
    return before;
  }

  dispose(): void {
    this.clear();
    this.target = undefined;
    this.files.dispose();
  }

  private executable(mappings: readonly Mapping[], entry: MemoryAddress): Module {
    const file = pathAt(mappings, entry);
    if (file === undefined)
      throw new UserError("The program's executable is not mapped; it cannot be debugged.");
    const before = this.main;
    const symbols = this.files.open(file);
    const bias = BigInt.asUintN(64, entry - symbols.entry);
    const same = before?.symbols === symbols && before.bias === bias;
    return same ? before : new Module(++this.lastId, symbols, bias, this);
  }

  private dynamicLinker(
    mappings: readonly Mapping[],
    base: bigint | undefined,
    before: readonly Module[],
  ): Module | undefined {
    if (base === undefined || base === 0n) return undefined;
    const file = pathAt(mappings, memoryAddress(base));
    const symbols = file === undefined ? undefined : this.files.tryOpen(file);
    return symbols === undefined ? undefined : this.add({ symbols, bias: base }, before);
  }

  private addVdso(address: bigint | undefined, before: readonly Module[]): void {
    const { target } = this;
    if (address === undefined || address === 0n || target === undefined) return;
    const start = memoryAddress(address);
    const kept = before.find((module) => module.symbols.path === VDSO && module.covers(start));
    if (kept !== undefined) {
      this.modules.push(kept);
      return;
    }
    const mapping = target.mappings().find((one) => contains(one, start));
    if (mapping === undefined) return;
    const symbols = this.files.tryOpenVdso(target.memory.read(start, Number(mapping.high - start)));
    if (symbols === undefined) return;
    const [first] = symbols.segments;
    const bias = first === undefined ? address : address - (first.range.low - first.fileOffset);
    this.add({ symbols, bias: BigInt.asUintN(64, bias) }, before);
  }

  private addLibrary(entry: LinkMapEntry, mappings: readonly Mapping[], before: readonly Module[]): void {
    const present = this.modules.find((module) => module.covers(entry.dynamicSection));
    if (present !== undefined) {
      present.linkMap = entry.address;
      return;
    }
    const file = pathAt(mappings, entry.dynamicSection) ?? entry.name();
    if (!file.startsWith("/")) return;
    const symbols = this.files.tryOpen(file);
    if (symbols !== undefined) this.add({ symbols, bias: entry.bias, linkMap: entry.address }, before);
  }

  /** While the linker's list cannot be read (in the middle of a change, start-up): what is still mapped stays. */
  private keepLibraries(before: readonly Module[], mappings: readonly Mapping[]): void {
    for (const module of before) {
      if (this.modules.includes(module) || module.linkMap === undefined) continue;
      const [first] = module.symbols.segments;
      if (first === undefined) continue;
      const start = toMemory(first.range.low, module.bias);
      if (pathAt(mappings, start) === module.symbols.path) this.modules.push(module);
    }
  }

  private add(found: Found, before: readonly Module[]): Module {
    const module =
      before.find((one) => one.symbols === found.symbols && one.bias === found.bias) ??
      new Module(++this.lastId, found.symbols, found.bias, this);
    module.linkMap = found.linkMap ?? module.linkMap;
    if (!this.modules.includes(module)) this.modules.push(module);
    return module;
  }

  private rendezvousAddress(): MemoryAddress | undefined {
    const { target, main, interpreter } = this;
    if (target === undefined || main === undefined) return undefined;
    const section = main.symbols.dynamicSection;
    const own = section === undefined ? undefined : debugEntry(target.memory, toMemory(section, main.bias));
    if (own !== undefined || interpreter === undefined) return own;
    const symbol = interpreter.symbols.elfSymbolNamed("_r_debug");
    return symbol === undefined ? undefined : toMemory(symbol.address, interpreter.bias);
  }
}

function changes(before: readonly Module[], after: readonly Module[]): ModuleChanges {
  return {
    loaded: after.filter((module) => !before.includes(module)),
    unloaded: before.filter((module) => !after.includes(module)),
  };
}

/** The file that is mapped at an address; one that was deleted meanwhile keeps its name. */
function pathAt(mappings: readonly Mapping[], address: MemoryAddress): string | undefined {
  const path = mappings.find((mapping) => contains(mapping, address))?.path;
  return path?.startsWith("/") === true ? path.replace(/ \(deleted\)$/, "") : undefined;
}
