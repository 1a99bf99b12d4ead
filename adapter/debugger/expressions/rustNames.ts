/** Paths of Rust in expressions: `crate::`, `self::` and `super::`. */
import { partsOf } from "../../symbols/qualifiedNames";
import { joined } from "./enclosingScopes";
import { scopesAround, typesNamed } from "./names";
import type { NamePlace } from "./names";

/** A path with the names of the crate and the modules that it begins with, as the code of a place means it. */
export function rustPath(name: string, place: NamePlace): string {
  if (!/^(?:crate|self|super)::/.test(name)) return name;
  const [scope = ""] = scopesAround(place) ?? [];
  // What is around a method or a closure is its type, or has no name of its own, as in `module::{impl#0}`.
  const modules = partsOf(scope).filter((part) => !part.startsWith("{"));
  while (modules.length > 1 && typesNamed(joined(...modules), place).length > 0) modules.pop();
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
