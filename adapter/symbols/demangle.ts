/**
 * The names of C++ and Rust as their linkers have them (Itanium C++ ABI, "Mangling"; Rust RFC 2603), made readable. The wasm of
 * gecko-profiler-demangle does the work; it lies beside the bundle and is loaded for the first such name.
 */
import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import * as library from "gecko-profiler-demangle/index_bg.js";

const FILE = "demangle.wasm";
const MANGLED = /^_(?:Z|R[A-Z0-9]|_Z)/;
/** What is said of classes and functions, by its prefix: the library words these as no other tool does. */
const special: readonly (readonly [prefix: RegExp, plain: string, said: string])[] = [
  [/^_ZTV/, "_ZTI", "vtable for"],
  [/^_ZTT/, "_ZTI", "VTT for"],
  [/^_ZTh(?:n?\d+)_/, "_Z", "non-virtual thunk to"],
  [/^_ZTv(?:n?\d+)_(?:n?\d+)_/, "_Z", "virtual thunk to"],
];

/** What the shim has put behind the names of linkage stubs (symbols_plt_x64.c). */
const STUB = "@plt";

const known = new Map<string, string>();
/** Names of a large program that are kept. */
const MOST_KNOWN = 20_000;
let demangler: ((name: string) => string) | undefined;

function load(): (name: string) => string {
  const folders = [__dirname, path.join(__dirname, "../dist"), path.join(__dirname, "../../dist")];
  const file = folders.map((folder) => path.join(folder, FILE)).find(existsSync);
  if (file === undefined) throw new Error(`${FILE} is missing; run 'npm run build'.`);
  const instance = new WebAssembly.Instance(new WebAssembly.Module(readFileSync(file)), {
    "./index_bg.js": library,
  });
  const exports = instance.exports as { readonly __wbindgen_start: () => void };
  library.__wbg_set_wasm(exports);
  exports.__wbindgen_start();
  return library.demangle_any;
}

/** Numbers without their types, no comma in front of an empty pack of template arguments, and namespaces as DWARF has them. */
function plain(name: string): string {
  return name
    .replace(/\((?:unsigned |signed )?(?:char|short|int|long)\)(?=-?\d)/g, "")
    .replaceAll(", >", ">")
    .replace(/\b_GLOBAL__N_1\b/g, "(anonymous namespace)");
}

/** By the library; undefined when it can make nothing of it, of which it gives the underscores away. */
function readable(name: string): string | undefined {
  demangler ??= load();
  try {
    const found = demangler(name);
    return found.replace(/^_*/, "") === name.replace(/^_*/, "") ? undefined : plain(found);
  } catch {
    return undefined;
  }
}

function make(name: string): string {
  if (name.endsWith(STUB)) return make(name.slice(0, -STUB.length)) + STUB;
  // The linker writes the version of what the program has from a library behind its name.
  const [plainName = name] = name.split("@", 1);
  if (plainName !== name) return make(plainName);
  for (const [prefix, plain, said] of special) {
    if (!prefix.test(name)) continue;
    const found = readable(name.replace(prefix, plain))?.replace(/^typeinfo for /, "");
    return found === undefined ? name : `${said} ${found}`;
  }
  return readable(name) ?? name;
}

/**
 * A name as a person reads it: `std::thread::join()` for `_ZNSt6thread4joinEv`; any other name as it is. What a compiler has
 * added to a copy of a function stands behind it: `sum(int) [clone .cold]`.
 */
export function demangle(name: string): string {
  if (!MANGLED.test(name)) return name;
  let found = known.get(name);
  if (found === undefined) {
    if (known.size >= MOST_KNOWN) known.clear();
    known.set(name, (found = make(name)));
  }
  return found;
}
