/** The program of these tests in the ways it can be built. */
import { execFileSync } from "node:child_process";
import { copyFileSync, mkdirSync, mkdtempSync } from "node:fs";
import path from "node:path";
import { openModule } from "../../adapter/symbols/module";
import type { FunctionSymbol, SymbolModule, VariableSymbol } from "../../adapter/symbols/types";
import { compile, repository } from "../helpers/compile";

/** A source of test/symbols/programs. */
export function program(name: string): string {
  return path.join(repository, "test/symbols/programs", name);
}

export const factsSource = program("facts.c");

/** Compiles facts.c and elsewhere.c; gives the executable's path. */
export function buildFacts(flags: readonly string[], compiler = "gcc"): string {
  return compile(factsSource, { compiler, variant: "noDebugInfo", flags, with: [program("elsewhere.c")] });
}

/** A folder that git ignores, for files a test makes. */
export function scratchFolder(): string {
  const parent = path.join(repository, "test/.out/symbols");
  mkdirSync(parent, { recursive: true });
  return mkdtempSync(path.join(parent, "new-"));
}

/** A stripped copy of a program whose debug information is in a file of its own, found by its debug link. */
export function separateByLink(executable: string): string {
  const folder = scratchFolder();
  const stripped = path.join(folder, "linked");
  mkdirSync(path.join(folder, ".debug"));
  const debug = path.join(folder, ".debug", "linked.debug");
  execFileSync("objcopy", ["--only-keep-debug", executable, debug]);
  execFileSync("objcopy", ["--strip-all", `--add-gnu-debuglink=${debug}`, executable, stripped]);
  return stripped;
}

/** A stripped copy without symbols or debug information. */
export function stripped(executable: string): string {
  const copy = path.join(scratchFolder(), "stripped");
  copyFileSync(executable, copy);
  execFileSync("strip", ["--strip-all", copy]);
  return copy;
}

/** Opens a module for the time of `use`. */
export function withModule<T>(file: string, use: (module: SymbolModule) => T): T {
  const module = openModule(file);
  try {
    return use(module);
  } finally {
    module.dispose();
  }
}

/** The only function of a name. */
export function functionNamed(module: SymbolModule, name: string): FunctionSymbol {
  const [found, ...more] = module.functionsNamed(name);
  if (found === undefined || more.length > 0)
    throw new Error(`${name}: ${more.length + (found ? 1 : 0)} functions`);
  return found;
}

/** The variables of a function's own scope by name, at its body's start. */
export function localsOf(module: SymbolModule, name: string): ReadonlyMap<string, VariableSymbol> {
  const { bodyStart } = functionNamed(module, name);
  const variables = module.scopesAt(bodyStart, 0).flatMap((scope) => scope.variables);
  return new Map(variables.map((variable) => [variable.name, variable]));
}
