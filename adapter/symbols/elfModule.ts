/** What one ELF file tells: each question goes to the part that knows. */
import type { FileAddress } from "../target/addresses";
import { BreakpointLines } from "./breakpointLines";
import { CallFrames } from "./callFrames";
import { CallSites } from "./callSites";
import { DebugData } from "./debugData";
import { At, Named } from "./dwarf";
import type { ElfFile } from "./elfFile";
import { ElfSymbols } from "./elfSymbols";
import { Functions } from "./functions";
import { FunctionStatics } from "./functionStatics";
import { lazily } from "./lazily";
import { Lines } from "./lines";
import { Locations } from "./locations";
import { MethodTables } from "./methodTables";
import { NamedTypes } from "./namedTypes";
import { NamespaceAliases } from "./namespaceAliases";
import { Scopes } from "./scopes";
import type { ShimModule } from "./shim";
import type { FunctionType, Type } from "./sourceTypes";
import { TypeReader } from "./typeReader";
import type {
  CallFrameRules,
  CallSite,
  ElfSymbol,
  FileRange,
  FunctionSymbol,
  InlinedCall,
  LexicalScope,
  LineEntry,
  Location,
  NamespaceAlias,
  Segment,
  SymbolModule,
  TailCall,
  DieReference,
  VariableSymbol,
} from "./types";
import { Variables } from "./variables";

/** How many names are looked at for those that begin in a certain way. */
const MOST_NAMES = 10_000;

export class ElfModule implements SymbolModule {
  private readonly data: DebugData;
  private readonly symbols: ElfSymbols;
  private readonly lines: Lines;
  private readonly functions: Functions;
  private readonly variables: Variables;
  private readonly functionStatics: FunctionStatics;
  private readonly namespaceAliases: NamespaceAliases;
  private readonly scopes: Scopes;
  private readonly locations: Locations;
  private readonly types: TypeReader;
  private readonly breakpointLines: BreakpointLines;
  private readonly namedTypes: NamedTypes;
  private readonly methodTables: MethodTables;
  private readonly callFrames: CallFrames;
  private readonly callSites: CallSites;
  private ofThreads: readonly ElfSymbol[] | undefined;

  constructor(
    readonly path: string,
    private readonly elf: ElfFile,
    private readonly shim: ShimModule,
  ) {
    this.data = new DebugData(shim);
    this.symbols = new ElfSymbols(shim);
    this.lines = new Lines(this.data, elf.segments);
    this.functions = new Functions({
      data: this.data,
      lines: this.lines,
      symbols: this.symbols,
      segments: elf.segments,
      bytesAt: (address, length) => this.bytesAt(address, length),
    });
    this.locations = new Locations(this.data);
    this.variables = new Variables(this.data, () => this.types);
    this.types = new TypeReader({
      data: this.data,
      locations: this.locations,
      variable: (die) => this.variables.variable(die, true),
    });
    this.functionStatics = new FunctionStatics(this.data, this.variables);
    this.scopes = new Scopes(this.data, this.functions, this.variables);
    this.namespaceAliases = new NamespaceAliases(this.data, this.scopes);
    this.breakpointLines = new BreakpointLines(this.lines, this.functions, this.scopes);
    this.namedTypes = new NamedTypes(this.data, this.scopes, this.types);
    this.methodTables = new MethodTables(this.data, this.locations, this.types);
    this.callFrames = new CallFrames(shim);
    this.callSites = new CallSites(this.data, this.functions, this.locations);
  }

  get buildId(): string | undefined {
    return this.elf.buildId;
  }

  get debugFile(): string | undefined {
    return this.shim.debugFile();
  }

  get positionIndependent(): boolean {
    return this.elf.positionIndependent;
  }

  get entry(): FileAddress {
    return this.elf.entry;
  }

  get interpreter(): string | undefined {
    return this.elf.interpreter;
  }

  get segments(): readonly Segment[] {
    return this.elf.segments;
  }

  get dynamicSection(): FileAddress | undefined {
    return this.elf.dynamicSection;
  }

  get threadLocals(): FileRange | undefined {
    return this.elf.threadLocals;
  }

  get threadLocalSymbols(): readonly ElfSymbol[] {
    if (this.threadLocals === undefined) return [];
    this.ofThreads ??= this.symbols.containing("").filter(({ kind }) => kind === "threadLocal");
    return this.ofThreads;
  }

  get damage(): string | undefined {
    const found = this.shim.damage();
    if (found !== "")
      return `The debug information of ${this.path} is damaged (${found}); what can be read is used.`;
    const { missingFile } = this.data;
    if (missingFile === undefined) return undefined;
    return (
      `The split debug information ${missingFile} of ${this.path} could not be found, or is of another build: ` +
      "variables are missing. Put it back, or build the program again."
    );
  }

  sourceFiles(): readonly string[] {
    return [...this.lines.filesWithUnits().keys()];
  }

  lineAt(address: FileAddress): LineEntry | undefined {
    return this.lines.entryAt(address);
  }

  lineRangesAt(address: FileAddress): readonly FileRange[] {
    return this.lines.rangesAt(address, this.functions.dieAt(address)?.ranges ?? []);
  }

  addressesForLine(file: string, line: number): { line: number; addresses: FileAddress[] } | undefined {
    return this.breakpointLines.addressesFor(file, line);
  }

  linesWithCode(file: string, from: number, to: number): readonly number[] {
    return this.breakpointLines.linesWithCode(file, from, to);
  }

  functionAt(address: FileAddress): FunctionSymbol | undefined {
    return this.functions.at(address);
  }

  functionsNamed(name: string): readonly FunctionSymbol[] {
    return this.functions.named(name);
  }

  unitFunctionsNamed(name: string, near: FileAddress): readonly FunctionSymbol[] {
    return this.functions.ofUnit(name, near);
  }

  functionsMeant(name: string): readonly FunctionSymbol[] {
    return this.functions.meant(name);
  }

  instancesNamed(name: string): readonly FunctionSymbol[] {
    return this.functions.instancesNamed(name);
  }

  inlinedEntries(name: string): readonly FileAddress[] {
    return this.functions.inlinedEntries(name);
  }

  functionTypeOf(symbol: FunctionSymbol): FunctionType | undefined {
    const type = symbol.die === undefined || !symbol.isTyped ? undefined : this.types.type(symbol.die);
    return type?.kind === "function" ? type : undefined;
  }

  namesStartingWith(
    prefix: string,
    limit: number,
  ): readonly { name: string; kind: "function" | "variable" }[] {
    const found = new Map<string, "function" | "variable">();
    for (const { name, kind } of this.data.namesStartingWith(
      prefix,
      Named.function | Named.variable,
      MOST_NAMES,
    )) {
      if (found.size >= limit) break;
      if (!found.has(name)) found.set(name, kind === Named.function ? "function" : "variable");
    }
    return [...found].map(([name, kind]) => ({ name, kind }));
  }

  elfSymbolAt(address: FileAddress): ElfSymbol | undefined {
    return this.symbols.at(address);
  }

  elfSymbolNamed(name: string): ElfSymbol | undefined {
    return this.symbols.named(name)[0];
  }

  inlinedCallsAt(address: FileAddress): readonly InlinedCall[] {
    return this.scopes.inlinedCallsAt(address);
  }

  scopesAt(address: FileAddress, level: number): readonly LexicalScope[] {
    return this.scopes.scopesAt(address, level);
  }

  unitVariablesAt(address: FileAddress): readonly VariableSymbol[] {
    return this.variables.ofUnitAt(address);
  }

  variableOf(die: DieReference): VariableSymbol | undefined {
    return this.variables.at(die);
  }

  variablesNamed(name: string): readonly VariableSymbol[] {
    return this.variables.named(name);
  }

  namespaceAliasesAt(address: FileAddress): readonly NamespaceAlias[] {
    return this.namespaceAliases.at(address);
  }

  functionStaticsNamed(name: string): readonly VariableSymbol[] {
    return this.functionStatics.named(name);
  }

  typesNamed(name: string, near?: FileAddress): readonly Type[] {
    return this.namedTypes.typesNamed(name, near);
  }

  methodTableAt(address: FileAddress): Type | undefined {
    return this.methodTables.at(address);
  }

  enumeratorNamed(name: string, near?: FileAddress): { value: bigint; type: Type } | undefined {
    return this.namedTypes.enumeratorNamed(name, near);
  }

  locationOf(variable: VariableSymbol, address: FileAddress): Location {
    const die = this.variables.dieOf(variable);
    return die ? this.locations.of(die, address) : { kind: "absent" };
  }

  frameBaseAt(address: FileAddress): Location {
    const die = this.functions.dieAt(address);
    return die ? this.locations.attribute(die.reference, At.frameBase, address) : { kind: "absent" };
  }

  callSiteAt(returnAddress: FileAddress): CallSite | undefined {
    return this.callSites.at(returnAddress);
  }

  tailCallsOf(symbol: FunctionSymbol): readonly TailCall[] {
    return this.callSites.tailCallsOf(symbol);
  }

  callFrameAt(address: FileAddress): CallFrameRules | undefined {
    return this.callFrames.at(address);
  }

  bytesAt(address: FileAddress, length: number): Buffer {
    return this.elf.bytesAt(address, length);
  }

  readonly rustCompiler = lazily(() => this.data.producerOf("rust"), undefined);

  dispose(): void {
    this.shim.close();
  }
}
