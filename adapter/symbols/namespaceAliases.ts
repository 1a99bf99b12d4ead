/** `namespace fs = std::filesystem;`: names that are given to namespaces, in functions and outside. */
import type { FileAddress } from "../target/addresses";
import type { DebugData } from "./debugData";
import type { Die } from "./dies";
import { At, Tag } from "./dwarf";
import type { Scopes } from "./scopes";
import type { DieReference, NamespaceAlias } from "./types";

/** Names of names of namespaces. */
const LONGEST_CHAIN = 8;

export class NamespaceAliases {
  private readonly units = new Map<number, readonly NamespaceAlias[]>();

  constructor(
    private readonly data: DebugData,
    private readonly scopes: Scopes,
  ) {}

  /** See SymbolModule.namespaceAliasesAt. */
  at(address: FileAddress): NamespaceAlias[] {
    const local = this.scopes
      .pathAt(address)
      .reverse()
      .flatMap((scope) => this.inScope(scope));
    const unit = this.data.unitAt(address);
    return [...local, ...(unit ? this.ofUnit(unit.index) : [])];
  }

  /** Of inlined code the abstract instance alone may have them. */
  private inScope(scope: Die): NamespaceAlias[] {
    const abstract = scope.origin === 0 ? undefined : this.data.tree(scope.origin);
    const named = [...scope.children, ...(abstract?.children ?? [])].filter(
      ({ tag, name }) => tag === Tag.importedDeclaration && name !== undefined,
    );
    return named.flatMap((die) => this.alias(die, undefined));
  }

  private ofUnit(index: number): readonly NamespaceAlias[] {
    let known = this.units.get(index);
    if (known === undefined) {
      const dies = this.data.unitAliases(index);
      known = dies.flatMap((die) => this.alias(die, this.data.qualifier(die.reference)));
      this.units.set(index, known);
    }
    return known;
  }

  private alias(die: Die, scope: string | undefined): NamespaceAlias[] {
    const { name } = die;
    const namespace = this.namespaceOf(die.referenceTo(At.import));
    if (name === undefined || namespace === undefined) return [];
    return [scope === undefined ? { name, namespace } : { name, namespace, scope }];
  }

  private namespaceOf(reference: DieReference | undefined, depth = 0): string | undefined {
    const die = reference === undefined ? undefined : this.data.node(reference);
    if (die === undefined || depth > LONGEST_CHAIN) return undefined;
    if (die.tag === Tag.importedDeclaration) return this.namespaceOf(die.referenceTo(At.import), depth + 1);
    if (die.tag !== Tag.namespace || die.name === undefined) return undefined;
    const around = this.data.qualifier(die.reference);
    return around === "" ? die.name : `${around}::${die.name}`;
  }
}
