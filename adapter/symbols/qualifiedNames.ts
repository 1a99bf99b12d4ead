/** Names with their namespaces, classes and template arguments, as DWARF spells them. Pure. */

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

/** An operator with template arguments; of two readings the longer operator: GCC writes `operator< <int>`, clang no space. */
const OPERATOR_INSTANCE =
  /^(operator(?:<=>|<<=|>>=|->\*|<<|>>|&&|\|\||\+\+|--|->|\(\)|\[\]|[-+*/%^&|=!<>]=|[-+*/%^&|~!=<>,])) ?<.*>$/s;

/** A part without its template arguments: `get<int>` as `get`, `operator< <int>` as `operator<`. */
export function withoutArguments(part: string): string {
  if (/^operator(?!\w)/.test(part)) return OPERATOR_INSTANCE.exec(part)?.[1] ?? part;
  return part.replace(/ ?<.*>$/s, "");
}

/**
 * Whether a person who writes `wanted` means a function called `name`: what is around it may be left out, anonymous namespaces
 * and template arguments too, as GDB has it.
 */
export function isMeantBy(name: string, wanted: string): boolean {
  const parts = partsOf(wanted);
  return [name, lookedThrough(name)].some((written) => {
    const last = partsOf(written).slice(-parts.length);
    return (
      last.length === parts.length &&
      last.every((part, index) => part === parts[index] || withoutArguments(part) === parts[index])
    );
  });
}

/** A scope as names are looked up in it: what stands in an anonymous namespace is seen in that around it. */
export function lookedThrough(scope: string): string {
  return partsOf(scope)
    .filter((part) => part !== "(anonymous namespace)")
    .join("::");
}

/** Whether what stands in `scope` may be written with `around` before it: with all of the scope, or its last parts. */
export function standsIn(scope: string, around: string): boolean {
  if (around === "") return true;
  const seen = lookedThrough(scope);
  const wanted = lookedThrough(around);
  return seen === wanted || seen.endsWith(`::${wanted}`);
}
