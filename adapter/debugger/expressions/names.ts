/** What a name in an expression means, from a place in the program: scopes first, then files, then modules. */
import { toFile } from "../../target/addresses";
import type { FileAddress, MemoryAddress } from "../../target/addresses";
import type { Type } from "../../symbols/sourceTypes";
import type { ElfSymbol, FunctionSymbol, LexicalScope, VariableSymbol } from "../../symbols/types";
import { searchOrder } from "../modules/searchOrder";
import type { EvaluationContext, LoadedModule } from "../types";
import { joined, nearest, outwards, splitName } from "./enclosingScopes";

/** Bases of bases that are looked into. */
const DEEPEST_BASE = 16;

/** Where names are looked up from. */
export interface NamePlace {
  readonly module?: LoadedModule;
  readonly address?: FileAddress;
  /** Innermost first. */
  readonly scopes: readonly LexicalScope[];
  /** Every module to search, in the order the dynamic linker searches them. */
  readonly modules: readonly LoadedModule[];
}

export type Meaning =
  | { readonly kind: "variable"; readonly symbol: VariableSymbol; readonly module: LoadedModule }
  | { readonly kind: "function"; readonly symbol: FunctionSymbol; readonly module: LoadedModule }
  | { readonly kind: "enumerator"; readonly value: bigint; readonly type: Type }
  /** Known from the symbol table alone: its type is not. */
  | { readonly kind: "object"; readonly symbol: ElfSymbol; readonly module: LoadedModule };

/** The place a context's frame stands at; without a frame only global names are found. */
export function namePlaceOf(context: EvaluationContext): NamePlace {
  const { frame, modules } = context;
  const ordered = searchOrder(modules);
  if (frame?.module === undefined)
    return { ...(modules.main && { module: modules.main }), scopes: [], modules: ordered };
  return {
    module: frame.module,
    address: toFile(frame.lookupPc, frame.module.bias),
    scopes: frame.scopes,
    modules: ordered,
  };
}

/** The place of an address of a module, as a stop there will find it. */
export function namePlaceAt(
  module: LoadedModule,
  address: MemoryAddress,
  modules: EvaluationContext["modules"],
): NamePlace {
  const file = toFile(address, module.bias);
  const scopes = module.symbols.scopesAt(file, 0);
  return { module, address: file, scopes, modules: searchOrder(modules) };
}

/** The variable of a scope that a name means, innermost first. */
export function scopedVariable(name: string, place: NamePlace): VariableSymbol | undefined {
  for (const scope of place.scopes) {
    const found = scope.variables.findLast((variable) => variable.name === name);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** What a name means; `scope` is a source file or function that the name is looked up in. */
export function lookUpName(name: string, place: NamePlace, scope?: string): Meaning | undefined {
  const plain = name.startsWith("::") ? name.slice(2) : name;
  if (scope !== undefined) return inFile(plain, scope, place);
  const scoped = name === plain && place.module !== undefined ? scopedVariable(name, place) : undefined;
  if (scoped !== undefined && place.module !== undefined)
    return { kind: "variable", symbol: scoped, module: place.module };
  const scopes = scopesAround(place);
  if (scopes && name !== plain)
    return inScopes(plain, [""], place) ?? undescribed(plain, currentFirst(place), true);
  const found = scopes && inScopes(plain, scopes, place);
  return (
    (found && isOthersOwn(found, place) ? inOwnModule(plain, place) : found) ??
    found ??
    inUnit(plain, place) ??
    inModules(plain, place) ??
    inFunction(plain, place) ??
    inEnumeration(plain, place) ??
    inBases(plain, place)
  );
}

/** Whether a meaning is a static variable of a library: whatever the program itself has of the name is meant before it. */
function isOthersOwn(meaning: Meaning, { module }: NamePlace): boolean {
  return meaning.kind === "variable" && meaning.symbol.kind === "static" && meaning.module !== module;
}

function inOwnModule(name: string, place: NamePlace): Meaning | undefined {
  return inUnit(name, place) ?? (place.module && described(name, place.module, place));
}

/** The language of the code of a place; undefined: nobody tells. */
export function languageAt({ module, address }: NamePlace): FunctionSymbol["language"] {
  return address === undefined ? undefined : module?.symbols.functionAt(address)?.language;
}

/** Whether the code of a place is Rust's. */
export function isRust(place: NamePlace): boolean {
  return languageAt(place) === "rust";
}

/** Whether the code of a place is of a language whose names have scopes. */
export function hasScopes(place: NamePlace): boolean {
  const language = languageAt(place);
  return language === "c++" || language === "rust";
}

/** The scopes in which the code of a place looks for names, from inside out; undefined: its language has none. */
export function scopesAround(place: NamePlace): readonly string[] | undefined {
  if (!hasScopes(place)) return undefined;
  return outwards(place.scopes.find(({ kind }) => kind !== "block")?.around ?? "");
}

/** Variables and functions by the scopes that they stand in: those that the unit has, then those of all modules. */
function inScopes(name: string, scopes: readonly string[], place: NamePlace): Meaning | undefined {
  const { module, address } = place;
  const { plain, written } = splitName(name);
  const variableIn = (variables: readonly VariableSymbol[]): VariableSymbol | undefined => {
    const ofName = variables.filter((variable) => variable.name === plain);
    const inOrder = [...ofName].sort((a, b) => Number(a.declarationOnly) - Number(b.declarationOnly));
    return nearest(inOrder, ({ scope }) => scope, written, scopes);
  };
  const own =
    module && address !== undefined ? variableIn(module.symbols.unitVariablesAt(address)) : undefined;
  if (own && module) return { kind: "variable", symbol: own, module };
  for (const each of currentFirst(place)) {
    const variable = variableIn(each.symbols.variablesNamed(plain));
    if (variable) return { kind: "variable", symbol: variable, module: each };
    const functions = scopes
      .flatMap((scope) => ownFirst(each.symbols.functionsNamed(joined(scope, name)), place))
      .filter((called) => hasType(called, plain, each));
    const called = nearest(functions, (one) => splitName(one.name).written, written, scopes);
    if (called) return { kind: "function", symbol: called, module: each };
  }
  return undefined;
}

/** A static member of a class, as a class that is made of it has it: `Circle::made` of `Shape`. */
function inBases(name: string, place: NamePlace, depth = 0): Meaning | undefined {
  const { plain, written } = splitName(name);
  if (written === "" || depth > DEEPEST_BASE) return undefined;
  for (const type of typesNamed(written, place)) {
    const bases = "members" in type ? type.members.filter(({ isBase }) => isBase) : [];
    for (const base of bases) {
      const inherited = `${base.type.displayName}::${plain}`;
      const found = inScopes(inherited, [""], place) ?? inBases(inherited, place, depth + 1);
      if (found) return found;
    }
  }
  return undefined;
}

/** Variables, functions and enumerators of the unit and module of the place. */
function inUnit(name: string, place: NamePlace): Meaning | undefined {
  const { module, address } = place;
  if (module === undefined || address === undefined) return undefined;
  const symbol = module.symbols.unitVariablesAt(address).find((variable) => variable.name === name);
  if (symbol !== undefined) return { kind: "variable", symbol, module };
  const enumerator = module.symbols.enumeratorNamed(name, address);
  return enumerator && { kind: "enumerator", ...enumerator };
}

function currentFirst(place: NamePlace): readonly LoadedModule[] {
  const { module, modules } = place;
  return module === undefined ? modules : [module, ...modules.filter((other) => other !== module)];
}

function inModules(name: string, place: NamePlace): Meaning | undefined {
  const ordered = currentFirst(place);
  for (const module of ordered) {
    const found = described(name, module, place);
    if (found !== undefined) return found;
  }
  return undescribed(name, ordered);
}

/** Functions of the place's file first, those that only other files see last. */
function ownFirst(functions: readonly FunctionSymbol[], { module, address }: NamePlace): FunctionSymbol[] {
  const around = address === undefined ? undefined : module?.symbols.functionAt(address);
  const file = around?.declaration?.file;
  const rank = ({ declaration, isExternal }: FunctionSymbol): number => {
    if (declaration !== undefined && declaration.file === file) return 0;
    return isExternal === true ? 1 : 2;
  };
  return functions.length < 2 ? [...functions] : [...functions].sort((a, b) => rank(a) - rank(b));
}

/** A meaning that the debug information gives. */
function described(name: string, module: LoadedModule, place: NamePlace): Meaning | undefined {
  const variables = module.symbols.variablesNamed(name);
  const symbol = variables.find((variable) => !variable.declarationOnly) ?? variables[0];
  if (symbol !== undefined) return { kind: "variable", symbol, module };
  const functions = ownFirst(module.symbols.functionsNamed(name), place);
  const called = functions.find((candidate) => hasType(candidate, name, module));
  if (called !== undefined) return { kind: "function", symbol: called, module };
  const enumerator = module.symbols.enumeratorNamed(name);
  return enumerator && { kind: "enumerator", ...enumerator };
}

/** Whether the debug information tells a function's type: not of assembly, nor what an indirect function leads to. */
function hasType(symbol: FunctionSymbol, name: string, module: LoadedModule): boolean {
  if (symbol.die === undefined || symbol.language === "assembly") return false;
  return module.symbols.elfSymbolNamed(name)?.kind !== "indirectFunction";
}

/** A meaning that only a symbol table gives. `exact`: not that of a function with the name in a scope. */
function undescribed(name: string, modules: readonly LoadedModule[], exact = false): Meaning | undefined {
  for (const module of modules) {
    const symbol = module.symbols
      .functionsNamed(name)
      .find((called) => !exact || splitName(called.name).written === "");
    if (symbol !== undefined) return { kind: "function", symbol: withoutType(symbol), module };
    const data = module.symbols.elfSymbolNamed(name);
    if (data !== undefined && (data.kind === "object" || data.kind === "threadLocal"))
      return { kind: "object", symbol: data, module };
  }
  return undefined;
}

function withoutType({ name, ranges, entry, bodyStart }: FunctionSymbol): FunctionSymbol {
  return { name, ranges, entry, bodyStart };
}

/** `function::variable`: a static variable in the outermost scopes of a function. */
function inFunction(name: string, place: NamePlace): Meaning | undefined {
  const split = /^(.+)::([^:]+)$/.exec(name);
  const [, functionName, variableName] = split ?? [];
  if (functionName === undefined || variableName === undefined) return undefined;
  for (const module of currentFirst(place))
    for (const symbol of module.symbols.functionsNamed(functionName)) {
      const scopes = module.symbols.scopesAt(
        symbol.bodyStart,
        module.symbols.inlinedCallsAt(symbol.bodyStart).length,
      );
      const found = scopedVariable(variableName, { scopes, modules: [] });
      if (found?.kind === "static" || found?.kind === "external")
        return { kind: "variable", symbol: found, module };
    }
  return undefined;
}

/** `enumeration::name`, as C++ spells the enumerators of an enum class. */
function inEnumeration(name: string, place: NamePlace): Meaning | undefined {
  const [, enumeration, enumerator] = /^(.+)::([^:]+)$/.exec(name) ?? [];
  if (enumeration === undefined) return undefined;
  for (const type of typesNamed(enumeration, place)) {
    const found =
      type.kind === "enum" ? type.enumerators.find((candidate) => candidate.name === enumerator) : undefined;
    if (found !== undefined) return { kind: "enumerator", value: found.value, type };
  }
  return undefined;
}

function fileMatches(path: string | undefined, file: string): boolean {
  return path !== undefined && (path === file || path.endsWith(`/${file}`));
}

function inFile(name: string, file: string, place: NamePlace): Meaning | undefined {
  for (const module of currentFirst(place)) {
    const symbol = module.symbols
      .variablesNamed(name)
      .find((variable) => fileMatches(variable.declaration?.file, file));
    if (symbol !== undefined) return { kind: "variable", symbol, module };
    const called = module.symbols
      .functionsNamed(name)
      .find((candidate) => fileMatches(candidate.declaration?.file, file));
    if (called !== undefined) return { kind: "function", symbol: called, module };
  }
  return undefined;
}

/** Types by name, the place's unit and module first. */
export function typesNamed(name: string, place: NamePlace): Type[] {
  const near = place.module?.symbols.typesNamed(name, place.address) ?? [];
  if (near.length > 0) return [...near];
  for (const module of place.modules) {
    const found = module.symbols.typesNamed(name);
    if (found.length > 0) return [...found];
  }
  return [];
}
