/** The parts of names that were demangled, and what mangled ones are looked for by. Pure. */

/** Functions that have no identifier for a name (Itanium C++ ABI, "Operator Encodings"). */
const operators: ReadonlyMap<string, string> = new Map([
  ["operator new", "_Znw"],
  ["operator new[]", "_Zna"],
  ["operator delete", "_Zdl"],
  ["operator delete[]", "_Zda"],
]);

/**
 * What stands in every mangled name of functions that are called `part`, which has no scope: an identifier stands there behind its
 * length. Undefined: of an operator of a class, which may be encoded in many ways.
 */
export function mangledPart(part: string): string | undefined {
  const [identifier] = /^[A-Za-z_$][\w$]*$/.exec(part.replace(/^~/, "")) ?? [];
  return identifier === undefined ? operators.get(part) : `${identifier.length}${identifier}`;
}

/** A demangled function's name without its parameters and what is behind them: `std::thread::join`. */
export function withoutParameters(name: string): string {
  return split(name).name;
}

/** The parameters of a demangled function as they stand between its parentheses; undefined where there are none. */
export function parametersOf(name: string): string | undefined {
  return split(name).parameters;
}

function split(demangled: string): { name: string; parameters?: string } {
  // libstdc++ marks what C++11 has changed.
  const name = demangled.replace(/\[abi:[^\]]*\]/g, "");
  const [behind = ""] = /(?: const| volatile| &&?| \[[^\]]*\])*$/.exec(name) ?? [];
  const end = name.length - behind.length - 1;
  if (name.charAt(end) !== ")") return { name };
  let depth = 0;
  for (let at = end; at >= 0; at--) {
    const character = name.charAt(at);
    if (character === ")") depth++;
    else if (character === "(" && --depth === 0)
      return { name: name.slice(0, at), parameters: name.slice(at + 1, end) };
  }
  return { name };
}
