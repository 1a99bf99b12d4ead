/**
 * Which of the frames at a breakpoint's address it is about. Where inlined calls begin at that very address none of their code has
 * run: a breakpoint of the function around them, or of a line of it, has stopped there.
 */
import type { InlinedCall } from "../../symbols/types";
import { toFile, toMemory } from "../../target/addresses";
import type { MemoryAddress } from "../../target/addresses";
import type { SourcePaths } from "../modules/sourcePaths";
import { callsBeginningAt, inlinedCalls } from "../stack/inlinedCalls";
import { callSite, type SourceLine } from "../stepping/stepPlace";
import type { LoadedModule, ModuleList } from "../types";
import type { BreakpointWish } from "./breakpoint";
import { plainName } from "./functionNames";

interface Place {
  readonly module: LoadedModule;
  readonly address: MemoryAddress;
  readonly modules: ModuleList;
  readonly sources: SourcePaths;
  /** See BreakpointPlace. */
  readonly isWhole: boolean;
}

/**
 * How many of the innermost inlined calls at a breakpoint's address are inside the frame that it is about.
 * @param line where the breakpoint of a source line was set in fact.
 */
export function callsInside(wish: BreakpointWish, line: number | undefined, place: Place): number {
  const { address, modules } = place;
  const calls = inlinedCalls(modules, address);
  const beginning = callsBeginningAt(modules, calls, address);
  if (beginning === 0) return 0;
  if (wish.kind === "source") return insideLine(wish.path, line ?? wish.spec.line, calls, beginning, place);
  return wish.kind === "function" ? insideFunction(wish.spec.name, calls, beginning, place) : 0;
}

/** The outermost frame that stands on the line is meant; behind a prologue, which may have another line, the function. */
function insideLine(
  path: string,
  line: number,
  calls: readonly InlinedCall[],
  beginning: number,
  { module, address, sources }: Place,
): number {
  const { symbols, bias } = module;
  const at = toFile(address, bias);
  const files = sources.compiledFiles(symbols, path);
  const stands = (here: SourceLine | undefined): boolean => here?.line === line && files.includes(here.file);
  for (let inside = beginning; inside > 0; inside--) {
    const inner = calls[calls.length - inside];
    if (inner !== undefined && stands(callSite(inner))) return inside;
  }
  const body = symbols.functionAt(at)?.bodyStart;
  const isBody = body !== undefined && toMemory(body, bias) === address;
  return isBody && !stands(symbols.lineAt(at)) ? beginning : 0;
}

function insideFunction(
  written: string,
  calls: readonly InlinedCall[],
  beginning: number,
  { isWhole }: Place,
): number {
  if (isWhole) return beginning;
  const name = plainName(written);
  for (let inside = beginning - 1; inside > 0; inside--)
    if (plainName(calls[calls.length - 1 - inside]?.functionName ?? "") === name) return inside;
  return 0;
}
