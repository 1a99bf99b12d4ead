/** Functions: from DWARF, else from the symbol table. */
import { fileAddress } from "../target/addresses";
import type { FileAddress } from "../target/addresses";
import type { NamedDie, Unit } from "./debugData";
import type { Die } from "./dies";
import { At, Named } from "./dwarf";
import { DwarfFunction, type FunctionSources } from "./dwarfFunction";
import type { CoveringSymbol } from "./elfSymbols";
import { Lately } from "./lazily";
import { pushesFramePointer } from "./prologue";
import { mangledPart, withoutParameters } from "./mangledNames";
import {
  inlineNamespacesRead,
  isMeantBy,
  lastPart,
  partsOf,
  standsIn,
  withoutArguments,
} from "./qualifiedNames";
import type { DieReference, FileRange, FunctionSymbol, Segment } from "./types";

interface IndexedRange extends FileRange {
  readonly die: Die;
}

export class Functions {
  private readonly byUnit = new Map<number, readonly IndexedRange[]>();
  private readonly byDie = new Map<DieReference, FunctionSymbol>();
  private readonly found = new Lately<string, FunctionSymbol[]>(100);
  private readonly foundMeant = new Lately<string, FunctionSymbol[]>(100);
  private readonly foundInstances = new Lately<string, FunctionSymbol[]>(100);

  constructor(private readonly sources: FunctionSources) {}

  at(address: FileAddress): FunctionSymbol | undefined {
    return this.fromDwarf(address) ?? this.fromSymbol(this.sources.symbols.at(address));
  }

  /** The DIE of the function that covers an address. */
  dieAt(address: FileAddress): Die | undefined {
    const unit = this.sources.data.unitAt(address);
    return unit && this.covering(unit, address);
  }

  named(name: string): readonly FunctionSymbol[] {
    return this.found.get(`${inlineNamespacesRead()} ${name}`, () => this.findNamed(name));
  }

  private findNamed(name: string): FunctionSymbol[] {
    const bySymbol = this.sources.symbols
      .named(name)
      .filter((symbol) => this.isFunction(symbol))
      .map((symbol) => this.startingAt(symbol));
    return unique(bySymbol.length > 0 ? bySymbol : this.namedInDwarf(name));
  }

  /** See SymbolModule.unitFunctionsNamed. */
  ofUnit(name: string, near: FileAddress): FunctionSymbol[] {
    const unit = this.sources.data.unitAt(near);
    const isNamed = ({ die }: IndexedRange): boolean =>
      die.name !== undefined && (die.name === name || withoutArguments(die.name) === name);
    const named = unit === undefined ? [] : this.rangesOf(unit).filter(isNamed);
    return unique(
      named.map(({ die }) => this.describe(unit?.index ?? 0, die)).filter((each) => each !== undefined),
    );
  }

  /** See SymbolModule.functionsMeant. */
  meant(name: string): readonly FunctionSymbol[] {
    return this.foundMeant.get(`${inlineNamespacesRead()} ${name}`, () => this.findMeant(name));
  }

  private findMeant(name: string): FunctionSymbol[] {
    const described = this.describedAs(name, this.withArguments(name, Named.function));
    return unique([...this.named(name), ...described, ...this.mangled(name)]);
  }

  /** See SymbolModule.instancesNamed. */
  instancesNamed(name: string): readonly FunctionSymbol[] {
    return this.foundInstances.get(`${inlineNamespacesRead()} ${name}`, () =>
      unique(this.describedAs(name, this.sources.data.namedInstances(lastPart(name), Named.function))),
    );
  }

  private describedAs(name: string, dies: readonly NamedDie[]): FunctionSymbol[] {
    return dies
      .map(({ die, unit, around }) => this.describe(unit, die, around))
      .filter((found) => found !== undefined)
      .filter((found) => isMeantBy(found.name, name));
  }

  /** See SymbolModule.inlinedEntries. */
  inlinedEntries(name: string): FileAddress[] {
    const { data } = this.sources;
    const entries = this.withArguments(name, Named.inlined)
      .filter(({ die, around }) => isMeantBy(`${around}::${die.name ?? ""}`, name))
      .flatMap(({ die, unit }) => data.inlinedCalls(unit, die.reference))
      .map(inlinedEntry)
      .filter((entry) => entry !== undefined);
    return [...new Set(entries.map(fileAddress))];
  }

  /** What has the last part of a name, with any template arguments. */
  private withArguments(name: string, kind: number): NamedDie[] {
    const { data } = this.sources;
    const plain = lastPart(name);
    return [...data.named(plain, kind), ...data.namedInstances(plain, kind)];
  }

  /** Those whose names the symbol table has mangled; what has no scope around it in `name` is meant to have none. */
  private mangled(name: string): FunctionSymbol[] {
    const text = mangledPart(lastPart(name));
    if (text === undefined) return [];
    const isMeant = ({ displayName }: CoveringSymbol): boolean => {
      const found = withoutParameters(displayName);
      return isMeantBy(found, name) && (partsOf(name).length > 1 || partsOf(found).length === 1);
    };
    return this.sources.symbols
      .containing(text)
      .filter((symbol) => this.isFunction(symbol) && !symbol.name.endsWith(".cold") && isMeant(symbol))
      .map((symbol) => this.startingAt(symbol));
  }

  private namedInDwarf(name: string): FunctionSymbol[] {
    const { data } = this.sources;
    const parts = partsOf(name);
    const around = parts.slice(0, -1).join("::");
    return data
      .namedAs(parts.at(-1) ?? name, Named.function, around)
      .filter((each) => around === "" || standsIn(each.around, around))
      .map((each) => this.describe(each.unit, each.die, each.around))
      .filter((found) => found !== undefined);
  }

  private fromDwarf(address: FileAddress): FunctionSymbol | undefined {
    const unit = this.sources.data.unitAt(address);
    const die = unit && this.covering(unit, address);
    return unit && die && this.describe(unit.index, die);
  }

  private describe(unitIndex: number, die: Die, around?: string): FunctionSymbol | undefined {
    const unit = this.sources.data.unit(unitIndex);
    if (unit === undefined || die.ranges.length === 0) return undefined;
    let known = this.byDie.get(die.reference);
    if (known === undefined) {
      known = new DwarfFunction(this.sources, unit, die, around);
      this.byDie.set(die.reference, known);
    }
    return known;
  }

  private covering(unit: Unit, address: FileAddress): Die | undefined {
    const ranges = this.rangesOf(unit);
    let low = 0;
    let high = ranges.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const range = ranges[middle];
      if (range !== undefined && range.low <= address) low = middle + 1;
      else high = middle;
    }
    const found = ranges[low - 1];
    return found !== undefined && address < found.high ? found.die : undefined;
  }

  private rangesOf(unit: Unit): readonly IndexedRange[] {
    let ranges = this.byUnit.get(unit.index);
    if (ranges === undefined) {
      const code = this.sources.segments.filter(({ executable }) => executable);
      const isCode = (at: bigint): boolean => code.some(({ range }) => at >= range.low && at < range.high);
      ranges = this.sources.data
        .unitFunctions(unit.index)
        .flatMap((die) => die.ranges.map(({ low, high }) => ({ low, high, die })))
        .filter(({ low }) => isCode(low))
        .sort((a, b) => (a.low < b.low ? -1 : a.low > b.low ? 1 : 0));
      this.byUnit.set(unit.index, ranges);
    }
    return ranges;
  }

  private isFunction({ kind, address }: CoveringSymbol): boolean {
    if (kind === "function" || kind === "indirectFunction") return true;
    const isCode = ({ executable, range }: Segment): boolean =>
      executable && address >= range.low && address < range.high;
    return kind === "other" && this.sources.segments.some(isCode);
  }

  private startingAt(symbol: CoveringSymbol): FunctionSymbol {
    const described = this.fromDwarf(symbol.address);
    return described?.entry === symbol.address ? described : this.asFunction(symbol);
  }

  private fromSymbol(symbol: CoveringSymbol | undefined): FunctionSymbol | undefined {
    return symbol && this.isFunction(symbol) ? this.asFunction(symbol) : undefined;
  }

  private asFunction(symbol: CoveringSymbol): FunctionSymbol {
    const { sources } = this;
    return {
      get name() {
        return symbol.displayName;
      },
      linkageName: symbol.name,
      ranges: [{ low: symbol.address, high: symbol.end }],
      entry: symbol.address,
      get bodyStart() {
        return fileAddress(symbol.address + BigInt(pushesFramePointer(sources.bytesAt(symbol.address, 16))));
      },
    };
  }
}

/** GCC can state an entry that lies outside the code it calls inlined: there the call is not yet on the stack. */
function inlinedEntry(call: Die): bigint | undefined {
  const stated = call.bigint(At.entryPc);
  const isInside =
    stated !== undefined && call.ranges.some(({ low, high }) => stated >= low && stated < high);
  return isInside ? stated : call.ranges[0]?.low;
}

function unique(functions: readonly FunctionSymbol[]): FunctionSymbol[] {
  return [...new Map(functions.map((found) => [found.entry, found])).values()];
}
