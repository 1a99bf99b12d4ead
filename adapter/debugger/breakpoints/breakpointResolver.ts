/** Where breakpoints belong: from source lines, function names and addresses to places in memory. */
import { contains, toFile, toMemory } from "../../target/addresses";
import type { MemoryAddress } from "../../target/addresses";
import type { SourcePaths } from "../modules/sourcePaths";
import type { LoadedModule, ModuleList } from "../types";
import type { BreakpointWish, Resolution } from "./breakpoint";
import { addressWritten, functionPlaces, whyNoFunction } from "./functionNames";

interface LineMatch {
  readonly module: LoadedModule;
  readonly line: number;
  readonly addresses: readonly MemoryAddress[];
}

/** Finds the places of one breakpoint in all loaded modules. */
export function resolve(wish: BreakpointWish, modules: ModuleList, sources: SourcePaths): Resolution {
  switch (wish.kind) {
    case "source":
      return resolveLine(wish.path, wish.spec.line, modules, sources);
    case "function":
    case "exception":
      return resolveFunction(wish.spec.name, modules);
    case "instruction":
      return resolveAddress(wish.spec.address, modules);
  }
}

/** Lines in [from, to] of a person's file that have code in some module. */
export function linesWithCode(
  path: string,
  from: number,
  to: number,
  modules: ModuleList,
  sources: SourcePaths,
): number[] {
  const lines = new Set<number>();
  for (const { module, file } of sources.filesIn(modules.all, path))
    for (const line of module.symbols.linesWithCode(file, from, to)) lines.add(line);
  return [...lines].sort((a, b) => a - b);
}

function resolveLine(path: string, line: number, modules: ModuleList, sources: SourcePaths): Resolution {
  if (line < 1) return { places: [], message: `There is no line ${line}: lines are counted from 1.` };
  const matches: LineMatch[] = [];
  const files = sources.filesIn(modules.all, path);
  for (const { module, file } of files) {
    const found = module.symbols.addressesForLine(file, line);
    if (found === undefined || found.addresses.length === 0) continue;
    const addresses = found.addresses.map((address) => toMemory(address, module.bias));
    matches.push({ module, line: found.line, addresses });
  }
  if (matches.length === 0)
    return { places: [], message: pendingLine(path, line, files.length > 0, modules) };
  // Modules that share a file (a header) may move the line differently: the nearest one is meant.
  const nearest = Math.min(...matches.map((match) => match.line));
  const places = matches
    .filter((match) => match.line === nearest)
    .flatMap(({ module, addresses }) => addresses.map((address) => ({ module, address })));
  return { places: distinct(places), line: nearest };
}

function pendingLine(path: string, line: number, fileKnown: boolean, modules: ModuleList): string {
  if (fileKnown) return `There is no code at line ${line} or behind it.`;
  const { main } = modules;
  if (main !== undefined && main.symbols.debugFile === undefined)
    return "The program has no debug information: build it with -g. A library that is loaded later may have some.";
  return `No loaded file was built from ${path}; this breakpoint waits for a library that was.`;
}

function resolveFunction(name: string, modules: ModuleList): Resolution {
  const address = addressWritten(name);
  if (address !== undefined) return resolveAddress(address, modules);
  const found = functionPlaces(name, modules);
  if (found.length === 0) return { places: [], message: whyNoFunction(name, modules) };
  const whole = new Set(found.filter(({ isInlined }) => !isInlined).map((place) => place.address));
  const places = distinct(found).map((place) => ({ ...place, isWhole: whole.has(place.address) }));
  if (!found.some(({ isResolver }) => isResolver)) return { places };
  const message =
    `"${name}" is an indirect function: this breakpoint is on its resolver, which chooses the function that is called. ` +
    "Set one on that function by its own name.";
  return { places, message };
}

function resolveAddress(address: MemoryAddress, modules: ModuleList): Resolution {
  const module = modules.at(address);
  const segment =
    module === undefined
      ? undefined
      : module.symbols.segments.find((one) => contains(one.range, toFile(address, module.bias)));
  // Code that the program made at run time belongs to no file: the target refuses what is not mapped.
  if (segment === undefined || segment.executable) return { places: [{ module, address }] };
  return { places: [], message: "There is no code at this address." };
}

function distinct<P extends { readonly address: MemoryAddress }>(places: readonly P[]): P[] {
  return [...new Map(places.map((place) => [place.address, place])).values()];
}
