/** Names of namespaces in expressions: `fs::path` where the program says `namespace fs = std::filesystem`. */
import { isSameScope, partsOf } from "../../symbols/qualifiedNames";
import type { NamespaceAlias } from "../../symbols/types";
import { joined } from "./enclosingScopes";
import { lookUpName, scopesAround, typesNamed } from "./names";
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
    const next = throughOne(found, aliases, scopes, place);
    if (next === found) break;
    found = next;
  }
  return found;
}

/** What is nearer to the place than a name for a namespace, and is called as it is written, is meant. */
function throughOne(
  name: string,
  aliases: readonly NamespaceAlias[],
  scopes: readonly string[],
  place: NamePlace,
): string {
  const isGlobal = name.startsWith("::");
  const parts = partsOf(isGlobal ? name.slice(2) : name);
  const local = isGlobal
    ? undefined
    : aliases.find((each) => each.scope === undefined && each.name === parts[0]);
  if (local) return joined(local.namespace, ...parts.slice(1));
  const around = isGlobal ? [""] : scopes;
  const found = around.map((scope) => aliasIn(scope, parts, aliases));
  const at = found.findIndex((each) => each !== undefined);
  if (at < 0 || around.slice(0, at).some((scope) => isThere(scope, parts, place))) return name;
  return found[at] ?? name;
}

/** What a name means by a name for a namespace that stands in a scope. */
function aliasIn(
  scope: string,
  parts: readonly string[],
  aliases: readonly NamespaceAlias[],
): string | undefined {
  for (let count = 1; count < parts.length; count++) {
    const written = joined(scope, ...parts.slice(0, count));
    const alias = aliases.find(
      (each) => each.scope !== undefined && isSameScope(joined(each.scope, each.name), written),
    );
    if (alias) return joined(alias.namespace, ...parts.slice(count));
  }
  return undefined;
}

/** Whether a scope has what a name means by itself, or a type that it begins with. */
function isThere(scope: string, parts: readonly string[], place: NamePlace): boolean {
  if (typesNamed(joined(scope, parts[0] ?? ""), place).length > 0) return true;
  return lookUpName(`::${joined(scope, ...parts)}`, place) !== undefined;
}
