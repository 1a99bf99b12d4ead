/** Variables: from DIEs, in scopes, units and the whole module. */
import type { FileAddress } from "../target/addresses";
import type { DebugData } from "./debugData";
import type { Die } from "./dies";
import { At, Named, Op, Tag } from "./dwarf";
import { partsOf, standsIn } from "./qualifiedNames";
import type { TypeReader } from "./typeReader";
import type { Type } from "./sourceTypes";
import type { Declaration, DieReference, VariableSymbol } from "./types";

const STATIC_OPS: readonly number[] = [Op.addr, Op.addrx, Op.gnuAddrIndex];
const THREAD_LOCAL_OPS: readonly number[] = [Op.const4u, Op.const8u, 0xa2, 0xfc];

/** A file-level variable has a fixed address, or (thread-local) an offset that a constant op pushes first. */
function isStaticStorage(die: Die): boolean {
  const location = die.attribute(At.location);
  if (location?.kind !== "expression") return false;
  return STATIC_OPS.includes(location.firstOp) || THREAD_LOCAL_OPS.includes(location.firstOp);
}

class DieVariable implements VariableSymbol {
  constructor(
    private readonly data: DebugData,
    private readonly types: TypeReader,
    readonly entry: Die,
    readonly kind: VariableSymbol["kind"],
    private readonly shown: string | undefined,
  ) {}

  get die(): DieReference {
    return this.entry.reference;
  }

  get name(): string {
    return this.shown ?? this.entry.name ?? "";
  }

  get linkageName(): string | undefined {
    return this.entry.linkageName;
  }

  get scope(): string {
    return this.data.qualifier(this.entry.reference);
  }

  get type(): Type {
    return this.types.typeOf(this.entry);
  }

  get declaration(): Declaration | undefined {
    return this.data.declarationOf(this.entry);
  }

  get declarationOnly(): boolean {
    return this.entry.flag(At.declaration);
  }

  get artificial(): boolean {
    return this.entry.flag(At.artificial);
  }
}

export class Variables {
  private readonly byDie = new Map<DieReference, DieVariable>();
  private readonly byUnit = new Map<number, readonly VariableSymbol[]>();

  constructor(
    private readonly data: DebugData,
    private readonly types: () => TypeReader,
  ) {}

  /** The variable of a DIE; `local`: it stands in a function; `name`: what it is called where its own is not enough. */
  variable(die: Die, local: boolean, name?: string): VariableSymbol {
    let known = this.byDie.get(die.reference);
    if (known === undefined) {
      known = new DieVariable(this.data, this.types(), die, kindOf(die, local), name);
      this.byDie.set(die.reference, known);
    }
    return known;
  }

  /** The variable at a DIE of this module. */
  at(reference: DieReference): VariableSymbol | undefined {
    const die = this.data.node(reference);
    return die && this.variable(die, true);
  }

  /** The DIE of a variable that this module gave. */
  dieOf(variable: VariableSymbol): Die | undefined {
    return this.byDie.get(variable.die)?.entry ?? this.data.node(variable.die);
  }

  ofUnitAt(address: FileAddress): readonly VariableSymbol[] {
    const unit = this.data.unitAt(address);
    if (unit === undefined) return [];
    let found = this.byUnit.get(unit.index);
    if (found === undefined) {
      found = this.definitions(this.data.unitVariables(unit.index));
      this.byUnit.set(unit.index, found);
    }
    return found;
  }

  named(name: string): readonly VariableSymbol[] {
    const parts = partsOf(name);
    const plain = parts.at(-1) ?? name;
    const around = parts.slice(0, -1).join("::");
    const dies = this.data
      .named(plain, Named.variable)
      .filter((each) => around === "" || standsIn(each.around, around))
      .map(({ die }) => die);
    const all = this.definitions(dies);
    const defined = all.filter(({ declarationOnly }) => !declarationOnly);
    return defined.length > 0 ? defined : all;
  }

  /** Leaves out declarations whose definition is there too. */
  private definitions(dies: readonly Die[]): VariableSymbol[] {
    const completed = new Set(dies.map(({ origin }) => origin));
    return dies
      .filter((die) => die.name !== undefined && !completed.has(die.reference))
      .map((die) => this.variable(die, false));
  }
}

function kindOf(die: Die, local: boolean): VariableSymbol["kind"] {
  if (die.tag === Tag.formalParameter) return "parameter";
  if (die.flag(At.external)) return "external";
  return local && !isStaticStorage(die) ? "local" : "static";
}
