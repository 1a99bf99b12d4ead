/** Parameters of variadic templates, `Args... args`: GCC has them in a pack, clang several of one name. */
import type { Die } from "./dies";
import { Tag } from "./dwarf";
import type { DieReference } from "./types";

/** What a pack is called where GCC has left its name out. */
const UNNAMED = "pack";

/** A parameter or variable of a scope, and its name; of one in a pack `args#0`, as GDB has it. */
export interface NamedEntry {
  readonly die: Die;
  readonly name: string | undefined;
}

/** The parameters of a function, those in packs among them. `nodeOf` gives a pack's own where the DIE has come without. */
export function parametersOf(die: Die, nodeOf: (reference: DieReference) => Die | undefined): Die[] {
  return die.children.flatMap((child) => {
    if (child.tag === Tag.formalParameter) return [child];
    if (child.tag !== Tag.gnuParameterPack) return [];
    const pack = child.children.length > 0 ? child : nodeOf(child.reference);
    return pack?.children.filter(({ tag }) => tag === Tag.formalParameter) ?? [];
  });
}

/** The variables and parameters of a scope with their names. */
export function namedEntries(scope: Die, isVariable: (die: Die) => boolean): NamedEntry[] {
  const own = scope.children.flatMap((die): NamedEntry[] => {
    if (die.tag === Tag.gnuParameterPack)
      return die.children.map((child, index) => ({ die: child, name: `${die.name ?? UNNAMED}#${index}` }));
    return isVariable(die) ? [{ die, name: die.name }] : [];
  });
  return numbered(own);
}

/** Parameters that share their name are of a pack. */
function numbered(entries: readonly NamedEntry[]): NamedEntry[] {
  const isParameter = ({ die }: NamedEntry): boolean => die.tag === Tag.formalParameter;
  const counts = new Map<string | undefined, number>();
  for (const entry of entries.filter(isParameter)) counts.set(entry.name, (counts.get(entry.name) ?? 0) + 1);
  const seen = new Map<string, number>();
  return entries.map((entry) => {
    const { name } = entry;
    if (name === undefined || !isParameter(entry) || (counts.get(name) ?? 0) < 2) return entry;
    const index = seen.get(name) ?? 0;
    seen.set(name, index + 1);
    return { ...entry, name: `${name}#${index}` };
  });
}
