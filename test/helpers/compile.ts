/** Compiles the programs of test/debuggees at test time, into a cache that git ignores. */
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";

/** The repository's top folder. */
export const repository = path.resolve(path.dirname(fileURLToPath(import.meta.url)), "../..");

const sources = path.join(repository, "test/debuggees");
const cache = path.join(repository, "test/.out/debuggees");
const compilers: Readonly<Record<string, string>> = { ".cc": "g++", ".cpp": "g++", ".rs": "rustc" };
const suffixes = [".c", ".cc", ".cpp", ".S", ".rs"];

/** Named sets of flags that many tests share. All but `stripped` and `noDebugInfo` carry DWARF. */
const variants = {
  default: ["-g", "-O0"],
  optimized: ["-g", "-O2"],
  static: ["-g", "-O0", "-static"],
  staticPie: ["-g", "-O0", "-static-pie"],
  fixedAddress: ["-g", "-O0", "-no-pie"],
  dwarf4: ["-g", "-gdwarf-4", "-O0"],
  noDebugInfo: ["-O0", "-g0"],
  stripped: ["-O0", "-g0", "-s"],
} as const;

/** What some distributions' compilers do of their own accord is left out, so that programs are alike on all. */
const alike = ["-fcf-protection=none", "-fno-stack-protector", "-U_FORTIFY_SOURCE"] as const;

export type Variant = keyof typeof variants;

export interface CompileOptions {
  /** Default: `gcc`, or `g++` and `rustc` for sources of C++ and Rust. */
  compiler?: string;
  /** Default: `default`, which is -g -O0. */
  variant?: Variant;
  /** Added behind the variant's. */
  flags?: readonly string[];
  /** More source files of the same program, as names or paths. */
  with?: readonly string[];
  /** Files that the sources include, so that a change of theirs is seen. */
  headers?: readonly string[];
  /** Name of the output file, default the source's without its suffix. */
  output?: string;
}

/** The path of a debuggee's source, by its name without suffix or by a path of its own. Throws when there is none. */
export function sourceOf(name: string): string {
  if (path.isAbsolute(name)) return name;
  const candidates = ["", ...suffixes].map((suffix) => path.join(sources, name + suffix));
  const found = candidates.find((file) => existsSync(file));
  if (found === undefined) throw new Error(`There is no ${name} in test/debuggees.`);
  return found;
}

/**
 * Compiles a program of test/debuggees (or at an absolute path) and gives the executable's path. Compiled once for
 * the same source, compiler and flags; several test processes may ask for the same program at once.
 */
export function compile(name: string, options: CompileOptions = {}): string {
  const files = [name, ...(options.with ?? [])].map(sourceOf);
  const source = files[0] ?? "";
  const compiler = options.compiler ?? compilers[path.extname(source)] ?? "gcc";
  const output = options.output ?? path.basename(source, path.extname(source));
  const common =
    compiler === "rustc" ? ["-g"] : [...alike, ...variants[options.variant ?? "default"], "-pthread"];
  const command = [...common, ...files, ...(options.flags ?? [])];
  const folder = path.join(cache, keyOf(compiler, command, [...files, ...(options.headers ?? [])]));
  const executable = path.join(folder, output);
  if (!existsSync(executable)) build(folder, compiler, command, output);
  return executable;
}

function keyOf(compiler: string, command: readonly string[], files: readonly string[]): string {
  const hash = createHash("sha256").update(JSON.stringify([compiler, command]));
  for (const file of files) hash.update(readFileSync(file));
  return hash.digest("hex").slice(0, 20);
}

/** The folder takes its final name when all is in it, so nobody ever sees half of a program. */
function build(folder: string, compiler: string, command: readonly string[], output: string): void {
  mkdirSync(cache, { recursive: true });
  const unfinished = mkdtempSync(path.join(cache, "new-"));
  const result = spawnSync(compiler, [...command, "-o", path.join(unfinished, output)], { encoding: "utf8" });
  if (result.status !== 0) {
    rmSync(unfinished, { recursive: true, force: true });
    throw new Error(`${compiler} ${command.join(" ")}: ${result.error?.message ?? result.stderr}`);
  }
  spawnSync("chmod", ["755", unfinished]);
  try {
    renameSync(unfinished, folder);
  } catch (error) {
    rmSync(unfinished, { recursive: true, force: true });
    if (!existsSync(path.join(folder, output))) throw error;
  }
}

/**
 * The lines of a source that carry a marker: `// #BP1` gives `{ BP1: line }`. Asking for one that is not there throws.
 */
export function markers(name: string): Readonly<Record<string, number>> {
  const file = sourceOf(name);
  const lines: Record<string, number> = {};
  readFileSync(file, "utf8")
    .split("\n")
    .forEach((text, index) => {
      for (const match of text.matchAll(/\/[/*].*?#([A-Z][A-Z0-9_]*)/g)) lines[match[1] ?? ""] = index + 1;
    });
  return new Proxy(lines, {
    get(all, marker) {
      const line = all[String(marker)];
      if (line === undefined) throw new Error(`${path.basename(file)} has no marker #${String(marker)}.`);
      return line;
    },
  });
}
