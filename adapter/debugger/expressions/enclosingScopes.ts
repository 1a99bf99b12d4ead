/** The namespaces and classes that a place is in, and what a name means there. Pure but for what is asked of its arguments. */
import { isSameScope, partsOf } from "../../symbols/qualifiedNames";

/** Scopes, and a name, one in the other. */
export function joined(...scopes: readonly string[]): string {
  return scopes.filter((scope) => scope !== "").join("::");
}

/** A scope and those around it, from inside out: `lib::Circle`, `lib`, and the global one, which is empty. */
export function outwards(scope: string): string[] {
  const parts = scope === "" ? [] : partsOf(scope);
  return [...parts.map((_, index) => joined(...parts.slice(0, parts.length - index))), ""];
}

/** A name in its last part and the scope that is written before it. */
export function splitName(name: string): { plain: string; written: string } {
  const parts = partsOf(name);
  return { plain: parts.at(-1) ?? name, written: joined(...parts.slice(0, -1)) };
}

/** Of several things of a name that which is found first from inside out, where `written` stands before the name. */
export function nearest<T>(
  things: readonly T[],
  scopeOf: (thing: T) => string,
  written: string,
  scopes: readonly string[],
): T | undefined {
  if (things.length === 0) return undefined;
  const known = things.map((thing) => ({ thing, scope: scopeOf(thing) }));
  for (const scope of scopes) {
    const wanted = joined(scope, written);
    const found = known.find((each) => isSameScope(each.scope, wanted));
    if (found) return found.thing;
  }
  return undefined;
}
