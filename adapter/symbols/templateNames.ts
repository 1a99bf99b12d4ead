/** How names with template arguments are spelt: by compilers, which differ, and by people, who leave out what is always the same. */

/** Templates of the standard libraries whose last arguments are mostly those that nobody writes. */
const WITH_DEFAULTS =
  /^std::(?:basic_string|deque|forward_list|list|map|multimap|multiset|priority_queue|queue|set|stack|unique_ptr|unordered_map|unordered_multimap|unordered_multiset|unordered_set|vector)$/;
/** The arguments that they have then. */
const DEFAULT = /^std::(?:allocator|char_traits|default_delete|deque|equal_to|hash|less|vector)</;

const ARITHMETIC = /\b(?:(?:const|volatile|unsigned|signed|long|short|int|char|double)\b\s*)+/g;

/** `char const *` as `const char*`, `long unsigned int` as `long unsigned`. */
function speltWords(text: string): string {
  const sorted = text.replace(ARITHMETIC, (words) => {
    const all = words.trim().split(/\s+/);
    const isSized = all.some((word) => /^(?:long|short|unsigned)$/.test(word));
    const kept = all.filter((word) => !(isSized && (word === "int" || word === "signed")));
    return `${kept.sort().join(" ")} `;
  });
  return sorted
    .replace(/\s*([*&(),[\]])\s*/g, "$1")
    .replace(/\s+/g, " ")
    .replace(/\b(\d+)[uUlL]+\b/g, "$1")
    .trim();
}

/** The arguments between the brackets of a template, as they are written, with the spaces around them. */
export function argumentsIn(text: string): string[] {
  const parts: string[] = [];
  let depth = 0;
  let start = 0;
  for (let at = 0; at < text.length; at++) {
    const character = text.charAt(at);
    if (/[<([{]/.test(character)) depth++;
    else if (/[>)\]}]/.test(character)) depth--;
    else if (character === "," && depth === 0) {
      parts.push(text.slice(start, at));
      start = at + 1;
    }
  }
  const last = text.slice(start);
  return last.trim() === "" && parts.length === 0 ? [] : [...parts, last];
}

/** Where the bracket that is open at a position is closed. */
function closing(text: string, open: number): number {
  let depth = 0;
  for (let at = open; at < text.length; at++) {
    if (text[at] === "<") depth++;
    else if (text[at] === ">" && --depth === 0) return at;
  }
  return text.length;
}

/** Without the arguments at the end that a template of the standard libraries has anyway. */
function speltArguments(template: string, list: readonly string[]): string[] {
  const spelt = list.map(speltType);
  if (!WITH_DEFAULTS.test(template.replace(/^const /, ""))) return spelt;
  while (spelt.length > 1 && DEFAULT.test(spelt.at(-1) ?? "")) spelt.pop();
  return spelt;
}

/** One spelling of a type, or of any other template argument. */
export function speltType(text: string): string {
  const open = text.indexOf("<");
  if (open < 0) return speltWords(text.replace(/\bstd::(?:__cxx11|__1)::/g, "std::"));
  const close = closing(text, open);
  const template = speltWords(text.slice(0, open).replace(/\bstd::(?:__cxx11|__1)::/g, "std::"));
  const inside = speltArguments(template, argumentsIn(text.slice(open + 1, close)));
  const rest = close + 1 < text.length ? speltType(text.slice(close + 1)) : "";
  const spelt = `${template}<${inside.join(",")}>${rest}`;
  return spelt.replace(/\bstd::basic_string<char>/g, "std::string");
}

/** A test of names with template arguments, without what is around them: whether they are how `wanted` is spelt, in a scope. */
export function spellingOf(wanted: string, scope: string): (part: string) => boolean {
  const around = scope === "" ? "" : `${scope}::`;
  if (!wanted.endsWith(">")) return (part) => part === wanted;
  const spelt = speltType(around + wanted);
  return (part) => part === wanted || (part.endsWith(">") && speltType(around + part) === spelt);
}

/** Whether a name is how `wanted` is spelt; see `spellingOf`. */
export function isSpelling(part: string, wanted: string, scope = ""): boolean {
  return part === wanted || (part.endsWith(">") && spellingOf(wanted, scope)(part));
}
