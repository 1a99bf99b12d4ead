/** What the other files of this room ask the shim for, each answer kept. */
import path from "node:path";
import { readDie, readDies, readTree } from "./dies";
import type { Die } from "./dies";
import { At } from "./dwarf";
import { languageOf } from "./languages";
import { Lately } from "./lazily";
import { readScope, withoutArguments } from "./qualifiedNames";
import type { AnswerReader, ShimModule } from "./shim";
import { spellingOf } from "./templateNames";
import type { Declaration, DieReference } from "./types";

/** One compilation unit. */
export interface Unit {
  readonly index: number;
  readonly die: Die;
  readonly directory: string;
  readonly producer: string;
  readonly language: number;
}

/** A DIE found by name. */
export interface NamedDie {
  readonly die: Die;
  readonly unit: number;
  readonly kind: number;
  /** As `DebugData.qualifier` has it. */
  readonly around: string;
}

function readNamed(reader: AnswerReader | undefined): NamedDie[] {
  const found: NamedDie[] = [];
  while (reader?.more)
    found.push({
      unit: reader.u32(),
      kind: reader.u32(),
      around: readScope(reader.string()),
      die: readDie(reader),
    });
  return found;
}

/** A file name of a line table as an absolute, normalised path where the compiler said where it ran. */
export function sourcePath(directory: string, name: string): string {
  return path.posix.normalize(path.posix.isAbsolute(name) ? name : path.posix.join(directory, name));
}

/** Reads a file table (see shim_symbols.h). */
export function readFileTable(reader: AnswerReader): string[] {
  const directory = reader.string();
  return Array.from({ length: reader.u32() }, () => sourcePath(directory, reader.string()));
}

export class DebugData {
  private readonly units = new Map<number, Unit>();
  private readonly trees = new Map<DieReference, Die | undefined>();
  private readonly nodes = new Map<DieReference, Die | undefined>();
  private readonly fileTables = new Map<DieReference, readonly string[]>();
  /** The first file of split debug information (.dwo) that was looked for and not found, or is of another build. */
  missingFile: string | undefined;
  private readonly unitsByAddress = new Map<bigint, number | undefined>();
  private readonly spellings = new Lately<string, readonly string[]>(1000);
  private readonly qualifiers = new Lately<DieReference, string>(20_000);

  constructor(readonly shim: ShimModule) {}

  unitAt(address: bigint): Unit | undefined {
    let index = this.unitsByAddress.get(address);
    if (index === undefined && !this.unitsByAddress.has(address)) {
      index = this.shim.unitAt(address);
      if (this.unitsByAddress.size > 10_000) this.unitsByAddress.clear();
      this.unitsByAddress.set(address, index);
    }
    return index === undefined ? undefined : this.unit(index);
  }

  unit(index: number): Unit | undefined {
    const known = this.units.get(index);
    if (known) return known;
    const dies = readDies(this.shim.unit(index));
    const die = dies[0];
    if (die === undefined) return undefined;
    const root = dies[1] ?? die;
    const unit: Unit = {
      index,
      die,
      directory: die.string(At.compDir) ?? root.string(At.compDir) ?? "",
      producer: root.string(At.producer) ?? die.string(At.producer) ?? "",
      language: root.number(At.language) ?? die.number(At.language) ?? 0,
    };
    if (dies[1] === undefined) this.missingFile ??= splitFileOf(unit);
    this.units.set(index, unit);
    return unit;
  }

  /** What made the first unit of a language (DW_AT_producer); undefined: no unit is in it. */
  producerOf(language: ReturnType<typeof languageOf>): string | undefined {
    for (let index = 0; index < this.unitCount(); index++) {
      const unit = this.unit(index);
      if (unit !== undefined && languageOf(unit.language) === language) return unit.producer;
    }
    return undefined;
  }

  /** A DIE with all its descendants. */
  tree(reference: DieReference): Die | undefined {
    return this.keep(this.trees, reference, 255);
  }

  /** A DIE with its children. */
  node(reference: DieReference): Die | undefined {
    return this.trees.get(reference) ?? this.keep(this.nodes, reference, 1);
  }

  unitVariables(index: number): Die[] {
    return readDies(this.shim.unitVariables(index));
  }

  unitCount(): number {
    return this.shim.unitCount();
  }

  /** The names that a unit gives to namespaces. */
  unitAliases(index: number): Die[] {
    return readDies(this.shim.unitAliases(index));
  }

  /** Static variables of functions. */
  unitStatics(index: number): Die[] {
    return readDies(this.shim.unitStatics(index));
  }

  unitFunctions(index: number): Die[] {
    return readDies(this.shim.unitFunctions(index));
  }

  /** The inlined calls in a unit of the function with this abstract instance. */
  inlinedCalls(unit: number, abstract: DieReference): Die[] {
    return readDies(this.shim.inlined(unit, abstract));
  }

  /** What has a name outside functions, in one unit or in all. */
  named(name: string, kinds: number, unit?: number): NamedDie[] {
    return readNamed(this.shim.named(name, kinds, unit ?? -1));
  }

  /** What has the name `plain` with template arguments. */
  namedInstances(plain: string, kinds: number): NamedDie[] {
    return readNamed(this.shim.instancesNamed(plain, kinds));
  }

  /** Names of some kinds (`Named`) that begin with `prefix`, with the kind of what has them; a name can come twice. */
  namesStartingWith(prefix: string, kinds: number, most = 0x7fffffff): { name: string; kind: number }[] {
    const reader = this.shim.namesStartingWith(prefix, kinds, most);
    const found: { name: string; kind: number }[] = [];
    while (reader?.more) {
      const kind = reader.u32();
      found.push({ kind, name: reader.string() });
    }
    return found;
  }

  /** As `named`, of a name in a scope whose template arguments may be spelt otherwise. */
  namedAs(name: string, kinds: number, scope: string, unit?: number): NamedDie[] {
    const plain = withoutArguments(name);
    // The second is how GCC writes it.
    for (const written of new Set([name, name.replace(/>(?=>)/g, "> ")])) {
      const found = this.named(written, kinds, unit);
      if (found.length > 0 || plain === name) return found;
    }
    // Without a scope it may be one that a `using` brings in.
    const around = scope || "std";
    const spelt = this.spellings.get(`${kinds} ${around} ${name}`, () =>
      this.named(name, kinds).length > 0 ? [] : this.instances(plain, kinds).filter(spellingOf(name, around)),
    );
    return spelt.flatMap((each) => this.named(each, kinds, unit));
  }

  /** The names around a DIE joined by "::"; empty at file level. */
  qualifier(reference: DieReference): string {
    return this.qualifiers.get(reference, () => readScope(this.shim.qualifier(reference)));
  }

  /** The file that DW_AT_decl_file or DW_AT_call_file names. */
  fileOf(die: Die, attribute: number): string | undefined {
    const value = die.attribute(attribute);
    if (value?.kind !== "file") return undefined;
    let table = this.fileTables.get(value.unit);
    if (table === undefined) {
      const reader = this.shim.files(value.unit);
      table = reader ? readFileTable(reader) : [];
      this.fileTables.set(value.unit, table);
    }
    return table[value.index];
  }

  declarationOf(die: Die): Declaration | undefined {
    const line = die.number(At.declLine);
    const file = this.fileOf(die, At.declFile);
    return line === undefined || file === undefined ? undefined : { file, line };
  }

  /** The names that are `plain` with template arguments. */
  private instances(plain: string, kinds: number): string[] {
    const reader = this.shim.instances(plain, kinds);
    const found: string[] = [];
    while (reader?.more) found.push(reader.string());
    return found;
  }

  private keep(
    cache: Map<DieReference, Die | undefined>,
    reference: DieReference,
    depth: number,
  ): Die | undefined {
    if (!cache.has(reference)) cache.set(reference, readTree(this.shim.dies(reference, depth)));
    return cache.get(reference);
  }
}

/** Where the rest of a skeleton unit should be (DWARF 5, 3.1.2). */
function splitFileOf({ die, directory }: Unit): string | undefined {
  const name = die.string(At.dwoName) ?? die.string(At.gnuDwoName);
  return name === undefined ? undefined : sourcePath(directory, name);
}
