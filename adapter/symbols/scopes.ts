/** Scopes and inlined calls around an address, from a function's tree of DIEs. */
import type { FileAddress } from "../target/addresses";
import type { DebugData, Unit } from "./debugData";
import type { Die } from "./dies";
import { At, Tag } from "./dwarf";
import { functionName } from "./dwarfFunction";
import type { Functions } from "./functions";
import { lazily } from "./lazily";
import { namedEntries } from "./parameterPacks";
import type { DieReference, InlinedCall, LexicalScope, VariableSymbol } from "./types";
import type { Variables } from "./variables";

const BLOCK_TAGS: readonly number[] = [Tag.lexicalBlock, Tag.tryBlock, Tag.catchBlock, Tag.withStatement];

function covers(die: Die, address: FileAddress): boolean {
  return die.ranges.some(({ low, high }) => address >= low && address < high);
}

function isScope({ tag }: Die): boolean {
  return tag === Tag.inlinedSubroutine || BLOCK_TAGS.includes(tag);
}

function isVariable({ tag }: Die): boolean {
  return tag === Tag.variable || tag === Tag.formalParameter;
}

export class Scopes {
  constructor(
    private readonly data: DebugData,
    private readonly functions: Functions,
    private readonly variables: Variables,
  ) {}

  /** The function's DIE and below it every block and inlined call around an address, outermost first. */
  pathAt(address: FileAddress): Die[] {
    const found = this.functions.dieAt(address);
    let at = found && this.data.tree(found.reference);
    const path: Die[] = [];
    while (at !== undefined) {
      path.push(at);
      at = at.children.find((child) => isScope(child) && covers(child, address));
    }
    return path;
  }

  inlinedCallsAt(address: FileAddress): InlinedCall[] {
    const unit = this.data.unitAt(address);
    return this.pathAt(address)
      .filter(({ tag }) => tag === Tag.inlinedSubroutine)
      .reverse()
      .map((die) => this.inlinedCall(die, unit));
  }

  scopesAt(address: FileAddress, level: number): LexicalScope[] {
    const levels: Die[][] = [[]];
    for (const die of this.pathAt(address).reverse()) {
      levels.at(-1)?.push(die);
      if (die.tag === Tag.inlinedSubroutine) levels.push([]);
    }
    const path = levels[level] ?? [];
    const present = new Set(
      path.flatMap((die) => namedEntries(die, isVariable).map(({ die: { origin } }) => origin)),
    );
    return path.map((die) => this.scope(die, present));
  }

  private inlinedCall(die: Die, unit: Unit | undefined): InlinedCall {
    const { data } = this;
    const name = lazily(() => functionName(die, unit, data), "");
    const callFile = data.fileOf(die, At.callFile);
    const callLine = die.number(At.callLine);
    const callColumn = die.number(At.callColumn);
    return {
      get functionName() {
        return name();
      },
      die: die.reference,
      ranges: die.ranges,
      ...(callFile !== undefined && { callFile }),
      ...(callLine !== undefined && { callLine }),
      ...(callColumn !== undefined && { callColumn }),
    };
  }

  /** `present`: the abstract variables of which this scope, or one in or around it, has a concrete instance. */
  private scope(die: Die, present: ReadonlySet<DieReference>): LexicalScope {
    const kind =
      die.tag === Tag.subprogram ? "function" : die.tag === Tag.inlinedSubroutine ? "inlined" : "block";
    const { data } = this;
    return {
      die: die.reference,
      kind,
      ranges: die.ranges,
      variables: this.variablesIn(die, present),
      get around() {
        return data.qualifier(die.reference);
      },
    };
  }

  /**
   * Those, too, that only the abstract instance has: the compiler left them out here altogether. GCC has some in a block further in
   * that the abstract instance has not.
   */
  private variablesIn(scope: Die, present: ReadonlySet<DieReference>): VariableSymbol[] {
    const abstract = scope.origin === 0 ? undefined : this.data.tree(scope.origin);
    const whole = abstract === undefined ? [] : namedEntries(abstract, isVariable);
    const names = new Map(whole.map(({ die, name }) => [die.reference, name]));
    // Of a pack here some may be left out, which the numbers count all the same.
    const own = namedEntries(scope, isVariable).map(({ die, name }) => ({
      die,
      name: names.get(die.origin) ?? name,
    }));
    return [...own, ...whole.filter(({ die }) => !present.has(die.reference))]
      .filter(({ name }) => name !== undefined)
      .map(({ die, name }) => this.variables.variable(die, true, name));
  }
}
