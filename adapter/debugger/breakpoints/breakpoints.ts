/** All breakpoints of the user's: kept from before the launch to the end, inserted wherever they have a place. */
import type { MemoryAddress } from "../../target/addresses";
import { TargetError, type Execution } from "../../target/target";
import type { LoadedModules } from "../modules/modules";
import type { SourcePaths } from "../modules/sourcePaths";
import type {
  BreakpointState,
  DebuggerEvents,
  FunctionBreakpointSpec,
  InstructionBreakpointSpec,
  LoadedModule,
  SourceBreakpointSpec,
} from "../types";
import { Breakpoint, sameWish, type BreakpointPlace, type BreakpointWish } from "./breakpoint";
import { callsInside } from "./breakpointFrames";
import { linesWithCode, resolve } from "./breakpointResolver";
import { syntaxProblem } from "./breakpointSyntax";
import { compileCondition } from "./conditions";
import type { ExceptionFilter } from "./exceptions";

/** The program as breakpoints need it. */
interface BreakpointGround {
  readonly execution: Execution;
  readonly modules: LoadedModules;
  readonly sources: SourcePaths;
}

export class Breakpoints {
  private readonly all = new Map<number, Breakpoint>();
  private readonly told = new Map<number, string>();
  private lastId = 0;
  private ground: BreakpointGround | undefined;

  constructor(private readonly events: Pick<DebuggerEvents, "breakpointChanged">) {}

  /** The program is there: everything that has a place is inserted, and told. */
  attach(ground: BreakpointGround): void {
    this.ground = ground;
    this.refresh();
  }

  /** The program is gone, its traps with it. Breakpoints and their hit counts stay. */
  detach(): void {
    this.ground = undefined;
    for (const breakpoint of this.all.values()) breakpoint.locations = [];
  }

  /** Replaces those of a source file. Equal ones keep their id and hit count, here and below. */
  setInSource(path: string, specs: readonly SourceBreakpointSpec[]): BreakpointState[] {
    return this.replace(
      (wish) => wish.kind === "source" && wish.path === path,
      specs.map((spec) => ({ kind: "source", path, spec })),
    );
  }

  setOnFunctions(specs: readonly FunctionBreakpointSpec[]): BreakpointState[] {
    return this.replace(
      (wish) => wish.kind === "function",
      specs.map((spec) => ({ kind: "function", spec })),
    );
  }

  /** On the first instructions, where the arguments still are in registers. */
  setOnExceptions(filters: readonly ExceptionFilter[]): void {
    this.replace(
      (wish) => wish.kind === "exception",
      filters.flatMap((filter) =>
        filter.functionNames.map((name) => ({ kind: "exception", filter, spec: { name: `*${name}` } })),
      ),
    );
  }

  setOnInstructions(specs: readonly InstructionBreakpointSpec[]): BreakpointState[] {
    return this.replace(
      (wish) => wish.kind === "instruction",
      specs.map((spec) => ({ kind: "instruction", spec })),
    );
  }

  /** Lines in [from, to] that can have a breakpoint; none before the launch. */
  locations(path: string, from: number, to: number): number[] {
    const { ground } = this;
    return ground === undefined ? [] : linesWithCode(path, from, to, ground.modules, ground.sources);
  }

  /** Places what has new places and tells what changed: modules came or went. */
  refresh(unloaded: readonly LoadedModule[] = []): void {
    for (const breakpoint of this.all.values()) {
      this.lift(breakpoint, ({ module }) => module !== undefined && unloaded.includes(module));
      this.place(breakpoint);
      this.tell(breakpoint);
    }
  }

  /** All traps are gone with the program that exec replaced. */
  forgetPlaces(): void {
    for (const breakpoint of this.all.values()) breakpoint.locations = [];
  }

  /** Those that stand at an address. */
  at(address: MemoryAddress): Breakpoint[] {
    return [...this.all.values()].filter((breakpoint) => breakpoint.standsAt(address));
  }

  find(id: number): Breakpoint | undefined {
    return this.all.get(id);
  }

  /** Tells the client, when it does not know this state yet. */
  tell(breakpoint: Breakpoint): void {
    if (breakpoint.wish.kind === "exception") return;
    const state = breakpoint.state();
    const text = JSON.stringify(state, withBigints);
    if (this.told.get(breakpoint.id) === text) return;
    this.told.set(breakpoint.id, text);
    this.events.breakpointChanged(state);
  }

  /** Puts `wishes` in the place of those that `replaced` selects. */
  private replace(
    replaced: (wish: BreakpointWish) => boolean,
    wishes: readonly BreakpointWish[],
  ): BreakpointState[] {
    const old = [...this.all.values()].filter(({ wish }) => replaced(wish));
    const result = wishes.map((wish) => {
      const index = old.findIndex((breakpoint) => sameWish(breakpoint.wish, wish));
      return old.splice(index, index < 0 ? 0 : 1)[0] ?? this.add(wish);
    });
    for (const breakpoint of old) {
      this.lift(breakpoint, () => true);
      this.all.delete(breakpoint.id);
      this.told.delete(breakpoint.id);
    }
    return result.map((breakpoint) => {
      this.place(breakpoint);
      const state = breakpoint.state();
      this.told.set(breakpoint.id, JSON.stringify(state, withBigints));
      return state;
    });
  }

  private add(wish: BreakpointWish): Breakpoint {
    const breakpoint = new Breakpoint(++this.lastId, wish);
    this.all.set(breakpoint.id, breakpoint);
    return breakpoint;
  }

  private place(breakpoint: Breakpoint): void {
    const { ground } = this;
    if (breakpoint.specProblem !== undefined) return;
    if (ground === undefined || ground.modules.main === undefined) {
      breakpoint.message = "This breakpoint waits for the program to be launched.";
      return;
    }
    const resolution = resolve(breakpoint.wish, ground.modules, ground.sources);
    breakpoint.syntaxProblem = syntaxProblem(breakpoint, resolution, ground.modules);
    const places = breakpoint.syntaxProblem === undefined ? resolution.places : [];
    const wanted = new Set(places.map((place) => place.address));
    this.lift(breakpoint, ({ address }) => !wanted.has(address));
    breakpoint.message = resolution.message;
    breakpoint.line = resolution.line;
    for (const place of places)
      if (!breakpoint.standsAt(place.address)) this.insert(ground, breakpoint, place);
  }

  private insert(
    ground: BreakpointGround,
    breakpoint: Breakpoint,
    { module, address, isWhole = false }: BreakpointPlace,
  ): void {
    const { condition } = breakpoint;
    const program =
      condition === undefined || module === undefined
        ? undefined
        : compileCondition(condition, { module, address, modules: ground.modules });
    try {
      const token = ground.execution.insertBreakpoint(address, program);
      const inside =
        module === undefined
          ? 0
          : callsInside(breakpoint.wish, breakpoint.line, { ...ground, module, address, isWhole });
      breakpoint.locations.push({ module, address, callsInside: inside, token });
    } catch (error) {
      if (!(error instanceof TargetError)) throw error;
      breakpoint.message = error.message;
    }
  }

  private lift(breakpoint: Breakpoint, gone: (location: Breakpoint["locations"][number]) => boolean): void {
    const leaving = breakpoint.locations.filter(gone);
    if (leaving.length === 0) return;
    breakpoint.locations = breakpoint.locations.filter((location) => !leaving.includes(location));
    for (const { token } of leaving) if (token !== undefined) this.ground?.execution.removeBreakpoint(token);
  }
}

function withBigints(_key: string, value: unknown): unknown {
  return typeof value === "bigint" ? value.toString() : value;
}
