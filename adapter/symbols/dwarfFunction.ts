/** One function as DWARF describes it. */
import { fileAddress } from "../target/addresses";
import type { FileAddress } from "../target/addresses";
import type { DebugData, Unit } from "./debugData";
import type { Die } from "./dies";
import { demangle } from "./demangle";
import { At, Tag } from "./dwarf";
import type { ElfSymbols } from "./elfSymbols";
import { languageOf } from "./languages";
import type { Lines } from "./lines";
import { bodyStart } from "./prologue";
import type { Declaration, DieReference, FileRange, FunctionSymbol, Segment } from "./types";

/** DW_CC_nocall (DWARF 5, 3.3.1.1): the standard convention does not hold, as after LLVM has removed parameters. */
const NO_CALL = 0x03;

/** What functions need to know of their module. */
export interface FunctionSources {
  readonly data: DebugData;
  readonly lines: Lines;
  readonly symbols: ElfSymbols;
  readonly segments: readonly Segment[];
  bytesAt(address: FileAddress, length: number): Buffer;
}

/** The name of a function, or inlined call, with the names around it (`scope`, where they are known already). */
export function functionName(die: Die, unit: Unit | undefined, data: DebugData, scope?: string): string {
  const { name } = die;
  // As clang leaves it with -gline-tables-only.
  if (name === undefined) return demangle(die.linkageName ?? "");
  const language = unit && languageOf(unit.language);
  if (language !== "c++" && language !== "rust") return name;
  const around = scope ?? data.qualifier(die.reference);
  return around === "" ? name : `${around}::${name}`;
}

/** A function that DWARF describes; the costly parts are found when asked for. */
export class DwarfFunction implements FunctionSymbol {
  private body: FileAddress | undefined;
  private wholeName: string | undefined;

  constructor(
    private readonly sources: FunctionSources,
    private readonly unit: Unit,
    private readonly entryDie: Die,
    /** The names around it, where they are known already. */
    private readonly scope: string | undefined,
  ) {}

  get name(): string {
    this.wholeName ??= functionName(this.entryDie, this.unit, this.sources.data, this.scope);
    return this.wholeName;
  }

  get linkageName(): string | undefined {
    return this.entryDie.linkageName;
  }

  get ranges(): readonly FileRange[] {
    return this.entryDie.ranges;
  }

  get entry(): FileAddress {
    const stated = this.entryDie.bigint(At.entryPc);
    return stated === undefined ? (this.ranges[0]?.low ?? fileAddress(0n)) : fileAddress(stated);
  }

  get bodyStart(): FileAddress {
    this.body ??= bodyStart(this.sources, this.unit, this);
    return this.body;
  }

  get die(): DieReference {
    return this.entryDie.reference;
  }

  get isTyped(): boolean {
    const levels = [...this.unit.producer.matchAll(/ -g(?:gdb)?(\d?)(?= |$)/g)].map(([, level]) => level);
    return levels.at(-1) !== "1";
  }

  get isVirtual(): boolean {
    return (this.entryDie.number(At.virtuality) ?? 0) !== 0;
  }

  get isMethod(): boolean {
    return this.entryDie.attribute(At.objectPointer) !== undefined;
  }

  get isExternal(): boolean {
    return this.entryDie.flag(At.external);
  }

  /** LLVM before 15 does not mark what it has changed, but says which parameters always have one value. */
  get isForOwnCalls(): boolean {
    if (this.entryDie.number(At.callingConvention) === NO_CALL) return true;
    if (this.isExternal) return false;
    const { children = [] } = this.sources.data.tree(this.die) ?? {};
    return children.some(
      (die) => die.tag === Tag.formalParameter && die.attribute(At.constValue) !== undefined,
    );
  }

  get isForTemporaries(): boolean {
    return this.entryDie.flag(At.rvalueReference);
  }

  get declaration(): Declaration | undefined {
    return this.sources.data.declarationOf(this.entryDie);
  }

  get language(): NonNullable<FunctionSymbol["language"]> {
    return languageOf(this.unit.language);
  }
}
