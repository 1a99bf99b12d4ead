/** Names with their namespaces, classes and template arguments, as DWARF spells them. */
import { isSpelling } from "./templateNames";

/**
 * The inline namespaces of all that has been read: a program has a namespace of a name inline or not, and so has everything
 * that is linked with it.
 */
const inlineNamespaces = new Set<string>();

/** What was found by names is found again as long as this stays as it is. */
export function inlineNamespacesRead(): number {
  return inlineNamespaces.size;
}

/** FP_INLINE_NAMESPACE (native-shim/shim_symbols.h). */
const INLINE = "\u0001";

/** A scope as it is written, of one as the shim gives it; what is found to be an inline namespace is looked through from now on. */
export function readScope(marked: string): string {
  if (!marked.includes(INLINE)) return marked;
  const parts: string[] = [];
  for (const part of partsOf(marked)) {
    parts.push(part.replace(INLINE, ""));
    if (part.endsWith(INLINE)) inlineNamespaces.add(parts.join("::"));
  }
  return parts.join("::");
}

/** `lib::Box<a::b>::get` as `lib`, `Box<a::b>`, `get`; an operator is one part. */
export function partsOf(name: string): string[] {
  const parts: string[] = [];
  let start = 0;
  let depth = 0;
  for (let at = 0; at < name.length; at++) {
    if (at === start && /^operator(?!\w)/.test(name.slice(at))) break;
    const character = name.charAt(at);
    if (/[<([]/.test(character)) depth++;
    else if (/[>)\]]/.test(character)) depth--;
    else if (depth === 0 && name.startsWith("::", at)) {
      parts.push(name.slice(start, at));
      start = ++at + 1;
    }
  }
  return [...parts, name.slice(start)];
}

/** `get` of `lib::Box::get`. */
export function lastPart(name: string): string {
  return partsOf(name).at(-1) ?? name;
}

/** An operator with template arguments; of two readings the longer operator: GCC writes `operator< <int>`, clang no space. */
const OPERATOR_INSTANCE =
  /^(operator(?:<=>|<<=|>>=|->\*|<<|>>|&&|\|\||\+\+|--|->|\(\)|\[\]|[-+*/%^&|=!<>]=|[-+*/%^&|~!=<>,])) ?<.*>$/s;

/** A part without its template arguments: `get<int>` as `get`, `operator< <int>` as `operator<`. */
export function withoutArguments(part: string): string {
  if (/^operator(?!\w)/.test(part)) return OPERATOR_INSTANCE.exec(part)?.[1] ?? part;
  return part.replace(/ ?<.*>$/s, "");
}

/**
 * Whether a person who writes `wanted` means a function called `name`: what is around it may be left out, anonymous and inline
 * namespaces and template arguments too, as GDB has it.
 */
export function isMeantBy(name: string, wanted: string): boolean {
  const parts = partsOf(wanted);
  return [name, lookedThrough(name)].some((written) => {
    const all = partsOf(written);
    const last = all.slice(-parts.length);
    return (
      last.length === parts.length &&
      last.every((part, index) => {
        const meant = parts[index] ?? "";
        const scope = all.slice(0, all.length - parts.length + index).join("::");
        return isSpelling(part, meant, scope) || withoutArguments(part) === meant;
      })
    );
  });
}

/** A scope as names are looked up in it: what stands in an anonymous or inline namespace is seen in that around it. */
export function lookedThrough(scope: string): string {
  const parts = partsOf(scope);
  const isSeen = (part: string, index: number): boolean =>
    part !== "(anonymous namespace)" && !inlineNamespaces.has(parts.slice(0, index + 1).join("::"));
  return parts.filter(isSeen).join("::");
}

/** The parts of a scope, and whether each may be left out where names are looked up: anonymous and inline namespaces. */
function seenParts(scope: string): readonly { part: string; isOptional: boolean }[] {
  const parts = scope === "" ? [] : partsOf(scope);
  return parts.map((part, index) => ({
    part,
    isOptional:
      part === "(anonymous namespace)" || inlineNamespaces.has(parts.slice(0, index + 1).join("::")),
  }));
}

type Seen = ReturnType<typeof seenParts>;

/** Whether the first parts of both, up to these counts, are one scope; `isEnd`: of the scope there may be more before them. */
function areOne(scope: Seen, wanted: Seen, of: { left: number; right: number }, isEnd: boolean): boolean {
  const { left, right } = of;
  if (right === 0 && isEnd) return true;
  if (left === 0 && right === 0) return true;
  const [found, meant] = [scope[left - 1], wanted[right - 1]];
  if (found && meant && found.part === meant.part)
    if (areOne(scope, wanted, { left: left - 1, right: right - 1 }, isEnd)) return true;
  if (found?.isOptional === true && areOne(scope, wanted, { left: left - 1, right }, isEnd)) return true;
  return meant?.isOptional === true && areOne(scope, wanted, { left, right: right - 1 }, isEnd);
}

/** Whether two ways to write a scope mean one. */
export function isSameScope(scope: string, wanted: string): boolean {
  if (scope === wanted) return true;
  const [seen, meant] = [seenParts(scope), seenParts(wanted)];
  return areOne(seen, meant, { left: seen.length, right: meant.length }, false);
}

/** Whether what stands in `scope` may be written with `around` before it: with all of the scope, or its last parts. */
export function standsIn(scope: string, around: string): boolean {
  if (around === "" || scope === around) return true;
  // Most are told by that.
  const last = partsOf(around).at(-1) ?? "";
  if (!scope.includes(last) && last !== "(anonymous namespace)") return false;
  const [seen, meant] = [seenParts(scope), seenParts(around)];
  return areOne(seen, meant, { left: seen.length, right: meant.length }, true);
}
