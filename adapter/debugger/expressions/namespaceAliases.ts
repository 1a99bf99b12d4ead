/** Names of namespaces in expressions: `fs::path` where the program says `namespace fs = std::filesystem`. */
import { isSameScope, partsOf } from "../../symbols/qualifiedNames";
import type { NamespaceAlias } from "../../symbols/types";
import { joined } from "./enclosingScopes";
import { scopesAround } from "./names";
import type { NamePlace } from "./names";

/** Names of namespaces in namespaces that have names. */
const MOST_STEPS = 8;

/** A name with the namespaces' own names, as the code of a place would have it. */
export function throughAliases(name: string, place: NamePlace): string {
  const { module, address } = place;
  // Of the library's own names most are asked for, and none of them is one.
  if (!/.::/.test(name) || name.startsWith("std::") || module === undefined || address === undefined)
    return name;
  const scopes = scopesAround(place);
  const aliases = scopes && module.symbols.namespaceAliasesAt(address);
  if (scopes === undefined || aliases === undefined || aliases.length === 0) return name;
  let found = name;
  for (let step = 0; step < MOST_STEPS; step++) {
    const next = throughOne(found, aliases, scopes);
    if (next === found) break;
    found = next;
  }
  return found;
}

function throughOne(name: string, aliases: readonly NamespaceAlias[], scopes: readonly string[]): string {
  const isGlobal = name.startsWith("::");
  const parts = partsOf(isGlobal ? name.slice(2) : name);
  const rest = (from: number): string => parts.slice(from).join("::");
  const local = isGlobal
    ? undefined
    : aliases.find((each) => each.scope === undefined && each.name === parts[0]);
  if (local) return joined(local.namespace, rest(1));
  for (const scope of isGlobal ? [""] : scopes)
    for (let count = 1; count < parts.length; count++) {
      const written = joined(scope, ...parts.slice(0, count));
      const alias = aliases.find(
        (each) => each.scope !== undefined && isSameScope(joined(each.scope, each.name), written),
      );
      if (alias) return joined(alias.namespace, rest(count));
    }
  return name;
}
