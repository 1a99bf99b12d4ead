/** Types and enumerators by name. */
import type { FileAddress } from "../target/addresses";
import type { DebugData, NamedDie } from "./debugData";
import type { Die } from "./dies";
import { At, Named, Tag } from "./dwarf";
import { partsOf, standsIn } from "./qualifiedNames";
import type { Scopes } from "./scopes";
import { qualifiedName } from "./taggedTypes";
import { baseTypeNames, splitKeyword } from "./typeNames";
import type { TypeReader } from "./typeReader";
import type { Type } from "./sourceTypes";

const keywordTags: Readonly<Record<string, readonly number[]>> = {
  struct: [Tag.structureType, Tag.classType],
  class: [Tag.structureType, Tag.classType],
  union: [Tag.unionType],
  enum: [Tag.enumerationType],
};
const TYPE_TAGS: readonly number[] = [
  Tag.typedef,
  Tag.baseType,
  Tag.structureType,
  Tag.classType,
  Tag.unionType,
  Tag.enumerationType,
];

/** Typedefs and base types come before tags of the same name. */
function order({ tag }: Die): number {
  return tag === Tag.typedef || tag === Tag.baseType ? 0 : 1;
}

export class NamedTypes {
  constructor(
    private readonly data: DebugData,
    private readonly scopes: Scopes,
    private readonly types: TypeReader,
  ) {}

  typesNamed(name: string, near?: FileAddress): Type[] {
    const { keyword, plain } = splitKeyword(name);
    const tags = keyword === undefined ? TYPE_TAGS : (keywordTags[keyword] ?? TYPE_TAGS);
    const names = keyword === undefined ? baseTypeNames(plain) : [plain];
    const isWanted = (die: Die): boolean => tags.includes(die.tag);
    for (const search of this.searches(near)) {
      const found = names.flatMap((one) => search(one, Named.type)).filter(isWanted);
      const complete = found.filter((die) => !die.flag(At.declaration));
      if (complete.length > 0) {
        const sorted = complete.sort((a, b) => order(a) - order(b)).map(({ reference }) => reference);
        return [...new Set(sorted)].map((reference) => this.types.type(reference));
      }
    }
    return [];
  }

  enumeratorNamed(name: string, near?: FileAddress): { value: bigint; type: Type } | undefined {
    const local = near === undefined ? undefined : this.localEnumerator(name, near);
    if (local) return local;
    const unit = near === undefined ? undefined : this.data.unitAt(near);
    const inUnit = unit ? this.enumeratorsNamed(name, unit.index) : [];
    return this.enumerator(inUnit.length > 0 ? inUnit : this.enumeratorsNamed(name));
  }

  /** Each behind its enumeration. What is around that may be written before it. */
  private enumeratorsNamed(name: string, unit?: number): NamedDie[] {
    const parts = partsOf(name);
    const around = parts.slice(0, -1).join("::");
    const found = this.data.named(parts.at(-1) ?? name, Named.enumerator, unit);
    const at = found.findIndex((each, index) => {
      const owner = found[index - 1];
      return each.kind === Named.enumerator && owner !== undefined && standsIn(owner.around, around);
    });
    return at < 0 ? [] : found.slice(at - 1, at + 1);
  }

  private searches(near: FileAddress | undefined): ((name: string, kinds: number) => Die[])[] {
    const unit = near === undefined ? undefined : this.data.unitAt(near);
    return [
      (name) => (near === undefined ? [] : this.localDies(near).filter((die) => this.isCalled(die, name))),
      (name, kinds) => (unit ? this.search(name, kinds, unit.index) : []),
      (name, kinds) => this.search(name, kinds),
    ];
  }

  /** With the function around it, too, as its type is shown: `main::Local`. */
  private isCalled(die: Die, name: string): boolean {
    return die.name === name || (name.includes("::") && qualifiedName(die, this.data) === name);
  }

  private search(name: string, kinds: number, unit?: number): Die[] {
    const parts = partsOf(name);
    const around = parts.slice(0, -1).join("::");
    return this.data
      .namedAs(parts.at(-1) ?? name, kinds, around, unit)
      .filter((each) => around === "" || standsIn(each.around, around))
      .map(({ die }) => die);
  }

  /** Types declared inside the functions and blocks around an address, innermost first. */
  private localDies(near: FileAddress): Die[] {
    return this.scopes
      .pathAt(near)
      .reverse()
      .flatMap(({ children }) => children.filter(({ tag }) => TYPE_TAGS.includes(tag)));
  }

  private localEnumerator(name: string, near: FileAddress): { value: bigint; type: Type } | undefined {
    for (const die of this.localDies(near)) {
      const found = die.children.find((child) => child.tag === Tag.enumerator && child.name === name);
      const value = found?.bigint(At.constValue);
      if (value !== undefined) return { value, type: this.types.type(die.reference) };
    }
    return undefined;
  }

  /** The shim gives each enumerator behind its enumeration. */
  private enumerator(found: readonly NamedDie[]): { value: bigint; type: Type } | undefined {
    const at = found.findIndex(({ kind }) => kind === Named.enumerator);
    const value = found[at]?.die.bigint(At.constValue);
    const owner = found[at - 1];
    if (value === undefined || owner?.kind !== Named.type) return undefined;
    return { value, type: this.types.type(owner.die.reference) };
  }
}
