/** Paths of Rust in expressions: `crate::`, `self::`, `super::` and `Self::`. */
import { partsOf } from "../../symbols/qualifiedNames";
import { joined } from "./enclosingScopes";
import { plainType } from "../values/valuesTypes";
import { scopedVariable, scopesAround, typesNamed } from "./names";
import type { NamePlace } from "./names";

/** Types and functions have names of their own within them: those of closures. */
function isNoModule(scope: string, place: NamePlace): boolean {
  if (typesNamed(scope, place).length > 0) return true;
  const { symbols } = place.module ?? {};
  if (symbols === undefined) return false;
  return symbols.functionsNamed(scope).length > 0 || symbols.instancesNamed(scope).length > 0;
}

/** The type whose method the code of a place is of: what its own methods stand in, and `self` is of. */
function selfType(place: NamePlace): string | undefined {
  const [scope = ""] = scopesAround(place) ?? [];
  if (typesNamed(scope, place).length > 0) return scope;
  const self = scopedVariable("self", place);
  let type = self && plainType(self.type);
  while (type?.kind === "pointer") type = plainType(type.target);
  return type?.displayName;
}

/** A path with the names of the crate and the modules that it begins with, as the code of a place means it. */
export function rustPath(name: string, place: NamePlace): string {
  if (/^Self(?:::|$)/.test(name)) return joined(selfType(place) ?? "Self", name.slice("Self::".length));
  if (!/^(?:crate|self|super)::/.test(name)) return name;
  const [scope = ""] = scopesAround(place) ?? [];
  // What is around a method or a closure is its type or function, or has no name of its own, as in `module::{impl#0}`.
  const all = partsOf(scope);
  const unnamed = all.findIndex((part) => part.startsWith("{"));
  const modules = unnamed < 0 ? all : all.slice(0, unnamed);
  while (modules.length > 1 && isNoModule(joined(...modules), place)) modules.pop();
  const parts = partsOf(name);
  if (parts[0] === "crate") return joined(modules[0] ?? "", ...parts.slice(1));
  if (parts[0] === "self") parts.shift();
  let depth = modules.length;
  while (parts[0] === "super") {
    parts.shift();
    depth--;
  }
  return joined(...modules.slice(0, Math.max(depth, 0)), ...parts);
}
