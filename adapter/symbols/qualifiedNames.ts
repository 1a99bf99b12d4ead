/** Names with their namespaces, classes and template arguments, as DWARF spells them. */

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

/** An operator with template arguments; of two readings the longer operator: GCC writes `operator< <int>`, clang no space. */
const OPERATOR_INSTANCE =
  /^(operator(?:<=>|<<=|>>=|->\*|<<|>>|&&|\|\||\+\+|--|->|\(\)|\[\]|[-+*/%^&|=!<>]=|[-+*/%^&|~!=<>,])) ?<.*>$/s;

/** A part without its template arguments: `get<int>` as `get`, `operator< <int>` as `operator<`. */
export function withoutArguments(part: string): string {
  if (/^operator(?!\w)/.test(part)) return OPERATOR_INSTANCE.exec(part)?.[1] ?? part;
  return part.replace(/ ?<.*>$/s, "");
}

/** One spelling of template arguments, which compilers and people write with more or fewer spaces, `4` as `4ul`. */
function spelt(part: string): string {
  if (!part.includes("<")) return part;
  const suffix = /\b(\d+)[uUlL]+\b/g;
  return part
    .replace(/\s*([<>,*&()])\s*/g, "$1")
    .replace(/\s+/g, " ")
    .replace(suffix, "$1");
}

/** Arguments that a person leaves out of the standard library's templates, since they are as they always are. */
const USUAL = /^,std::(?:\w+::)?(?:allocator|char_traits|default_delete|deque|equal_to|hash|less|vector)\b/;

/** How a part of a name is the one that `wanted` means: spelt as it, or with more arguments, which may be the usual ones. */
export function likeness(part: string, wanted: string): "same" | "usual" | "begun" | undefined {
  if (part === wanted) return "same";
  return part.endsWith(">") && wanted.endsWith(">") ? speltLike(part, spelt(wanted)) : undefined;
}

function speltLike(part: string, meant: string): ReturnType<typeof likeness> {
  const found = spelt(part);
  if (found === meant) return "same";
  const rest = found.startsWith(meant.slice(0, -1)) ? found.slice(meant.length - 1) : "";
  if (!rest.startsWith(",")) return undefined;
  return USUAL.test(rest) ? "usual" : "begun";
}

/** Of names those that are meant: spelt as it is, else with the usual arguments, else the only one that begins so. */
export function spellingsOf(wanted: string, names: readonly string[]): string[] {
  if (!wanted.endsWith(">")) return names.filter((name) => name === wanted);
  const meant = spelt(wanted);
  const likely = names
    .filter((name) => name.endsWith(">"))
    .map((name) => ({ name, like: name === wanted ? "same" : speltLike(name, meant) }));
  const like = (how: ReturnType<typeof likeness>): string[] =>
    likely.filter((each) => each.like === how).map(({ name }) => name);
  const [same, usual, begun] = [like("same"), like("usual"), like("begun")];
  if (same.length > 0) return same;
  return usual.length > 0 ? usual : begun.length === 1 ? begun : [];
}

/**
 * Whether a person who writes `wanted` means a function called `name`: what is around it may be left out, anonymous and inline
 * namespaces and template arguments too, as GDB has it.
 */
export function isMeantBy(name: string, wanted: string): boolean {
  const parts = partsOf(wanted);
  return [name, lookedThrough(name)].some((written) => {
    const last = partsOf(written).slice(-parts.length);
    return (
      last.length === parts.length &&
      last.every((part, index) => {
        const meant = parts[index] ?? "";
        return /same|usual/.test(likeness(part, meant) ?? "") || withoutArguments(part) === meant;
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

/** Whether two ways to write a scope mean one. */
export function isSameScope(scope: string, wanted: string): boolean {
  return scope === wanted || lookedThrough(scope) === lookedThrough(wanted);
}

/** Whether what stands in `scope` may be written with `around` before it: with all of the scope, or its last parts. */
export function standsIn(scope: string, around: string): boolean {
  const endsAs = (whole: string, last: string): boolean => whole === last || whole.endsWith(`::${last}`);
  if (around === "" || endsAs(scope, around)) return true;
  const seen = lookedThrough(scope);
  return endsAs(seen, around) || endsAs(seen, lookedThrough(around));
}
