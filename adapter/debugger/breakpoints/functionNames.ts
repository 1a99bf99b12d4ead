/** Which functions a person means by a name as it is written for GDB, too: `::main`, `over(int)`, `lib.c:over`. */
import { parametersOf } from "../../symbols/mangledNames";
import { lastPart, partsOf, withoutArguments } from "../../symbols/qualifiedNames";
import { argumentsIn } from "../../symbols/templateNames";
import type { FunctionSymbol } from "../../symbols/types";
import { memoryAddress, toMemory } from "../../target/addresses";
import type { FileAddress, MemoryAddress } from "../../target/addresses";
import type { LoadedModule, ModuleList } from "../types";

export interface FunctionPlace {
  readonly module: LoadedModule;
  readonly address: MemoryAddress;
  /** It is the code that chooses the function of this name, which lies elsewhere. */
  readonly isResolver: boolean;
  /** It is where a call of the function begins that was inlined. */
  readonly isInlined: boolean;
}

/** A name in its parts. */
interface WrittenName {
  readonly name: string;
  /** Types of parameters as they are written. */
  readonly parameters?: readonly string[];
  /** The end of a source file's path. */
  readonly file?: string;
}

interface Candidate {
  readonly module: LoadedModule;
  readonly file: FileAddress;
  /** Absent: an inlined call, whose parameters cannot be told. */
  readonly symbol?: FunctionSymbol;
}

/**
 * Where a breakpoint on a name belongs; the name as it is comes first, since an operator may have any signs. `*name` means
 * the function's first instruction, before the prologue.
 */
export function functionPlaces(written: string, modules: ModuleList): FunctionPlace[] {
  const [, star, plain = ""] = /^(\*?)\s*(?:::)?(.*)$/s.exec(written.trim()) ?? [];
  const found = candidates({ name: plain }, modules);
  const all = found.length > 0 ? found : selected(readName(plain), modules);
  return all.map(({ module, file, symbol }) => ({
    module,
    address: toMemory(star === "*" && symbol !== undefined ? symbol.entry : file, module.bias),
    isResolver: symbol !== undefined && isResolver(module, plain, symbol),
    isInlined: symbol === undefined,
  }));
}

/** A name as it is written without its scope, template arguments and parameters. */
export function plainName(written: string): string {
  return withoutArguments(lastPart(readName(written).name));
}

/** Whether a name stands for what the resolver at a function's address chooses (STT_GNU_IFUNC). */
function isResolver({ symbols }: LoadedModule, name: string, { entry }: FunctionSymbol): boolean {
  const symbol = symbols.elfSymbolNamed(name);
  return symbol?.kind === "indirectFunction" && symbol.address === entry;
}

/** The address of code that is written in place of a name: `0x401000`, `*0x401000`, `*4198400`. */
export function addressWritten(written: string): MemoryAddress | undefined {
  const [, hexadecimal, decimal] =
    /^(?:\*?\s*(0x[0-9a-f]{1,16})|\*\s*([0-9]{1,19}))$/i.exec(written.trim()) ?? [];
  const digits = hexadecimal ?? decimal;
  return digits === undefined ? undefined : memoryAddress(BigInt(digits));
}

/** A sentence on a name that no function has. */
export function whyNoFunction(written: string, modules: ModuleList): string {
  const name = written.trim();
  if (name === "") return "The function has no name: write one, as main, file.c:main, or *ADDRESS.";
  const [, source, line] = /^(.+):([0-9]+)$/.exec(name) ?? [];
  if (source !== undefined)
    return `${name} is a line, not a function: set a breakpoint on line ${line} in the editor of ${source}.`;
  const { file, ...elsewhere } = readName(name.replace(/^\*\s*/, ""));
  const [other] = file === undefined ? [] : candidates(elsewhere, modules);
  const where = other && sourceOf(other);
  if (file !== undefined && where !== undefined)
    return `The function "${elsewhere.name}" is not of ${file} but of ${where}: write its name alone, or after that file.`;
  return `No loaded file has a function "${written}"; this breakpoint waits for a library that has.`;
}

function candidates({ name, file }: WrittenName, modules: ModuleList): Candidate[] {
  return modules.all.flatMap((module) => {
    const starts = module.symbols
      .functionsMeant(name)
      .map((symbol): Candidate => ({ module, file: symbol.bodyStart, symbol }));
    const inlined = module.symbols.inlinedEntries(name).map((entry): Candidate => ({ module, file: entry }));
    const all = [...starts, ...inlined];
    return file === undefined ? all : all.filter((candidate) => isOfFile(candidate, file));
  });
}

/** Those that take what is written; the only function of a name is meant whatever is written. */
function selected(written: WrittenName, modules: ModuleList): Candidate[] {
  const all = candidates(written, modules);
  const { parameters } = written;
  if (parameters === undefined) return all;
  const wanted = parameters.map(canonical).join();
  const fitting = all.filter((candidate) => parameterLists(candidate).includes(wanted));
  if (fitting.length > 0) return fitting;
  const functions = all.filter(({ symbol }) => symbol !== undefined);
  return functions.length <= 1 ? all : [];
}

/** What a function takes; a method with its object and without. */
function parameterLists({ module, symbol }: Candidate): string[] {
  const type = symbol && module.symbols.functionTypeOf(symbol);
  if (symbol === undefined) return [];
  if (type === undefined) {
    const parameters = parametersOf(symbol.name);
    return parameters === undefined ? [] : [listed(parameters).map(canonical).join()];
  }
  const names = type.parameters.map(({ displayName }) => displayName);
  const all = names.map(canonical);
  return isObject(names[0], symbol.name) ? [all.join(), all.slice(1).join()] : [all.join()];
}

/** Whether a parameter's type is the pointer to an object of the class that a function is a method of. */
function isObject(type: string | undefined, functionName: string): boolean {
  if (type === undefined || !type.includes("*")) return false;
  const className = type.replace(/\b(const|volatile|struct|class|union)\b|[*]|\s/g, "");
  const around = partsOf(functionName).slice(0, -1).join("::").replace(/\s/g, "");
  return around === className || around.endsWith(`::${className}`);
}

function sourceOf({ module, file, symbol }: Candidate): string | undefined {
  return symbol?.declaration?.file ?? module.symbols.lineAt(file)?.file;
}

function isOfFile(candidate: Candidate, wanted: string): boolean {
  const source = sourceOf(candidate);
  return source === wanted || source?.endsWith(`/${wanted}`) === true;
}

/** `lib.c:ns::over(int, long)` in its parts. */
function readName(text: string): WrittenName {
  const [, file, rest = text] = /^([^:()<>]+):(?!:)\s*(?:::)?(.+)$/.exec(text) ?? [];
  const inFile = file === undefined ? {} : { file: file.trim() };
  const [, name, list] = /^(.*[^\s(])\s*\(([^()]*)\)(?:\s*const)?$/.exec(rest) ?? [];
  if (name === undefined || list === undefined) return { name: rest, ...inFile };
  return { name, parameters: listed(list), ...inFile };
}

/** The types of a list. */
function listed(list: string): string[] {
  const all = argumentsIn(list).map((each) => each.trim());
  return all.length === 1 && all[0] === "void" ? [] : all;
}

/** One spelling for all that C has of a type: `char const *` and `const char*`, `unsigned long` and `long unsigned int`. */
function canonical(type: string): string {
  const [, base = type, rest = ""] = /^([^*&<]*)(.*)$/s.exec(type) ?? [];
  const words = base.split(/\s+/).filter((word) => word !== "" && !/^(struct|class|union|enum)$/.test(word));
  const sized = words.some((word) => /^(long|short|unsigned|signed)$/.test(word));
  const isChar = words.includes("char");
  const kept = words.filter((word) => !(sized && word === "int") && !(word === "signed" && !isChar));
  const spelt = kept.length === 0 ? ["int"] : kept;
  return [...spelt].sort().join(" ") + rest.replace(/\s+/g, "");
}
