/** The variables that differ between two states of the program. */
import { existsSync } from "node:fs";
import path from "node:path";
import { withoutParameters } from "../../symbols/mangledNames";
import { partsOf } from "../../symbols/qualifiedNames";
import type { DieReference, ElfSymbol, VariableSymbol } from "../../symbols/types";
import { toFile, toMemory } from "../../target/addresses";
import type { ChangedPages } from "../../target/checkpointer";
import type { Frame, LoadedModule } from "../types";
import { readVariable } from "../values/valuesLocation";
import { frameRows } from "../values/variables";
import { ChangedBytes } from "./changedBytes";
import type { ProgramState } from "./checkpointStates";
import { changesOf, type ValueChange } from "./valueChanges";

export interface VariableChange extends ValueChange {
  /** `Locals of main`, `Statics`, `Globals`. */
  readonly scope: string;
}

/** Rows, frames of a thread, and places in memory without a name that are looked at, at most. */
const MOST_ROWS = 1000;
const MOST_FRAMES = 1000;
const MOST_NAMELESS = 100_000;

/**
 * Arguments and locals of the calls that are active in both states, the statics of their files, and whatever global has a
 * changed byte. Innermost calls first.
 */
export function compareStates(
  before: ProgramState,
  after: ProgramState,
  changed: ChangedPages,
): VariableChange[] {
  const bytes = new ChangedBytes(changed, before.target.memory, after.target.memory);
  const comparison = new StateComparison(before, after, bytes);
  for (const { id } of after.target.threads)
    if (before.target.threads.some((thread) => thread.id === id)) comparison.thread(id);
  comparison.threadLocals();
  comparison.globals(changed);
  return comparison.changes.slice(0, MOST_ROWS);
}

interface FramePair {
  readonly before: Frame;
  readonly after: Frame;
}

class StateComparison {
  readonly changes: VariableChange[] = [];
  /** Those that were told, by their address. */
  private readonly statics = new Set<bigint | DieReference>();
  private readonly presence = new Map<string, boolean>();

  constructor(
    private readonly before: ProgramState,
    private readonly after: ProgramState,
    private readonly bytes: ChangedBytes,
  ) {}

  thread(threadId: number): void {
    const pairs = this.sharedFrames(threadId);
    const names = pairs.map(({ after }) => after.functionName);
    const others = this.after.target.threads.length > 1 ? `, thread ${threadId}` : "";
    for (const pair of pairs) {
      const { functionName, index } = pair.after;
      const recursive = names.filter((name) => name === functionName).length > 1;
      this.frame(pair, `${functionName}${recursive ? `, frame ${index}` : ""}${others}`);
    }
  }

  /** Thread-locals whose bytes differ, of whatever files. */
  threadLocals(): void {
    for (const module of this.after.modules.all) {
      if (!this.before.modules.all.includes(module)) continue;
      for (const symbol of module.symbols.threadLocalSymbols)
        for (const { id } of this.after.target.threads)
          if (this.before.target.threads.some((thread) => thread.id === id))
            this.threadLocal(symbol, module, id);
    }
  }

  /** Globals by the symbols that cover the bytes that differ. */
  globals(changed: ChangedPages): void {
    const { pageSize } = changed;
    let nameless = 0;
    let reached = 0n;
    for (const { address } of changed.pages) {
      const module = this.after.modules.at(address) ?? this.after.modules.at(lastIn(address, pageSize));
      if (module === undefined || !this.before.modules.all.includes(module)) continue;
      const end = address + BigInt(pageSize);
      let at = this.bytes.next(address > reached ? address : reached, end);
      while (at !== undefined && nameless < MOST_NAMELESS) {
        const symbol = module.symbols.elfSymbolAt(toFile(at, module.bias));
        const named = symbol?.kind === "object" && symbol.size > 0n ? symbol : undefined;
        if (named === undefined) nameless++;
        else this.global(named, module);
        reached = named === undefined ? at + 8n : toMemory(named.address, module.bias) + named.size;
        at = this.bytes.next(reached, end);
      }
    }
  }

  /** Calls that are active in both: the same function with the same place on the stack. */
  private sharedFrames(threadId: number): FramePair[] {
    const former = new Map(placedFrames(this.before, threadId));
    return placedFrames(this.after, threadId).flatMap(([place, after]) => {
      const before = after.cfa === undefined ? undefined : former.get(place);
      return before === undefined ? [] : [{ before, after }];
    });
  }

  private frame({ before, after }: FramePair, name: string): void {
    const { module } = after;
    if (module === undefined) return;
    const known = new Set(frameRows(before, module).map(({ symbol }) => symbol.die));
    for (const { symbol } of frameRows(after, module)) {
      if (!known.has(symbol.die)) continue;
      const isStatic = symbol.kind === "static" || symbol.kind === "external";
      if (isStatic && (!this.isOwn(symbol, module) || this.isTold(symbol, module, after.threadId))) continue;
      const kind = symbol.kind === "parameter" ? "Arguments" : "Locals";
      const scope = isStatic ? this.staticsOf(symbol, module, after.threadId) : `${kind} of ${name}`;
      this.variable(symbol, module, scope, { before, after });
    }
  }

  private global(covering: ElfSymbol, module: LoadedModule): void {
    const isThere = (variable: VariableSymbol): boolean =>
      !variable.declarationOnly &&
      this.addressOf(variable, module) === toMemory(covering.address, module.bias);
    const { name, functionName } = namesBehind(covering.displayName);
    const file = module.symbols.variablesNamed(name).find(isThere);
    const symbol = file ?? module.symbols.functionStaticsNamed(name).find(isThere);
    if (symbol === undefined || this.isTold(symbol, module) || !this.isOwn(symbol, module)) return;
    this.variable(symbol, module, file ? "Globals" : `Statics of ${symbol.scope || functionName}`);
  }

  private threadLocal(covering: ElfSymbol, module: LoadedModule, threadId: number): void {
    const address = this.copyAt(module, covering.address, threadId);
    if (address === undefined || this.bytes.next(address, address + covering.size) === undefined) return;
    const { name, functionName } = namesBehind(covering.displayName);
    const isIt = (variable: VariableSymbol): boolean =>
      !variable.declarationOnly && this.addressOf(variable, module, threadId) === address;
    const file = module.symbols.variablesNamed(name).find(isIt);
    const symbol = file ?? module.symbols.functionStaticsNamed(name).find(isIt);
    if (symbol === undefined || !this.isOwn(symbol, module) || this.isTold(symbol, module, threadId)) return;
    const others = this.after.target.threads.length > 1 ? `, thread ${threadId}` : "";
    const scope = file ? "Globals" : `Statics of ${symbol.scope || functionName}`;
    this.variable(symbol, module, `${scope}${others}`, threadId);
  }

  /** Where a thread has what its thread-locals begin with at an offset; undefined: it has no copy of the module's. */
  private copyAt(module: LoadedModule, offset: bigint, threadId: number): bigint | undefined {
    try {
      return this.after.contextFor(threadId).threadLocalAddress(module, offset);
    } catch {
      return undefined;
    }
  }

  /** A thread-local variable has one in each thread. */
  private addressOf(variable: VariableSymbol, module: LoadedModule, threadId?: number): bigint | undefined {
    const context = this.after.contextFor(threadId ?? this.after.target.threads[0]?.id ?? 1, undefined);
    const { place } = readVariable(variable, module, context);
    return place.kind === "memory" ? place.address : undefined;
  }

  private staticsOf(symbol: VariableSymbol, module: LoadedModule, threadId: number): string {
    const own = this.addressOf(symbol, module, threadId);
    const isThreadLocal = this.after.target.threads.some(
      ({ id }) => this.addressOf(symbol, module, id) !== own,
    );
    return isThreadLocal ? `Statics, thread ${threadId}` : "Statics";
  }

  /** Whether a static variable was met before: copies of an inlined function have entries of their own for it. */
  private isTold(symbol: VariableSymbol, module: LoadedModule, threadId?: number): boolean {
    const key = this.addressOf(symbol, module, threadId) ?? symbol.die;
    const isTold = this.statics.has(key);
    this.statics.add(key);
    return isTold;
  }

  /** The inner life of a library is not told, except where its source is at hand. */
  private isOwn({ declaration }: VariableSymbol, module: LoadedModule): boolean {
    if (module === this.after.modules.main) return true;
    if (declaration === undefined) return false;
    const file = this.after.sources.local(declaration.file);
    let isThere = this.presence.get(file);
    if (isThere === undefined) this.presence.set(file, (isThere = path.isAbsolute(file) && existsSync(file)));
    return isThere;
  }

  /** `where`: the frames that it is read in, or the thread. */
  private variable(
    symbol: VariableSymbol,
    module: LoadedModule,
    scope: string,
    where: FramePair | number = this.after.target.threads[0]?.id ?? 1,
  ): void {
    if (this.changes.length >= MOST_ROWS) return;
    const pair = typeof where === "number" ? undefined : where;
    const threadId = typeof where === "number" ? where : where.after.threadId;
    const beforeContext = this.before.contextFor(threadId, pair?.before);
    const afterContext = this.after.contextFor(threadId, pair?.after);
    const values = {
      before: readVariable(symbol, module, beforeContext),
      after: readVariable(symbol, module, afterContext),
      beforeContext,
      afterContext,
    };
    for (const change of changesOf(symbol.name, values, this.bytes)) this.changes.push({ ...change, scope });
  }
}

/** A thread's frames, innermost first, each with its function and its place on the stack; inlined calls by how many are around them. */
function placedFrames({ frames }: ProgramState, threadId: number): [place: string, frame: Frame][] {
  let around = 0;
  const outermostFirst = [...frames.page(threadId, 0, MOST_FRAMES).frames].reverse();
  const placed = outermostFirst.map((frame): [string, Frame] => {
    around = frame.isInlined ? around + 1 : 0;
    return [`${frame.functionName} ${frame.cfa} ${around} ${frame.module?.id}`, frame];
  });
  return placed.reverse();
}

/**
 * A variable's own name in that of its symbol, and, where that has it, its function's: `f()::calls`, clang's `f.calls`. GCC numbers
 * those of functions (`calls.0`), and static ones that link-time optimization brings together.
 */
function namesBehind(symbol: string): { name: string; functionName: string } {
  const parts = partsOf(symbol.replace(/(?:\.lto_priv)?\.\d+$/, ""));
  const [, functionName, name = parts.at(-1) ?? ""] = /^([^.]+)\.(.*)$/.exec(parts.at(-1) ?? "") ?? [];
  return { name, functionName: functionName ?? withoutParameters(parts.slice(0, -1).join("::")) };
}

function lastIn(address: bigint, pageSize: number): Parameters<typeof toFile>[0] {
  return (address + BigInt(pageSize - 1)) as Parameters<typeof toFile>[0];
}
