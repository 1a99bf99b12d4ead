/**
 * Follows what the program's dynamic linker loads and unloads, by a trap where it tells debuggers of changes (r_brk,
 * <link.h>): keeps the modules, the breakpoints in them and the client's list in step with it.
 */
import type { MemoryAddress } from "../../target/addresses";
import type { BreakpointToken, Execution, Target } from "../../target/target";
import type { Breakpoints } from "../breakpoints/breakpoints";
import type { Loaded } from "../checkpoints/checkpointGround";
import { sentenceOf } from "../failure";
import type { LaunchSettings } from "../launchSettings";
import { passedSignals } from "../signals";
import type { DebuggerEvents } from "../types";
import type { LoadedModules, ModuleChanges } from "./modules";
import type { SourcePaths } from "./sourcePaths";

/** What has to do with what is loaded. */
export interface LoaderGround {
  readonly target: Target;
  readonly execution: Execution;
  readonly settings: Pick<LaunchSettings, "stopOnSignals">;
  readonly modules: LoadedModules;
  readonly sources: SourcePaths;
  readonly breakpoints: Breakpoints;
  readonly events: Pick<DebuggerEvents, "output" | "moduleLoaded" | "moduleUnloaded">;
}

export class DynamicLoader {
  private hook: BreakpointToken | undefined;

  constructor(private readonly ground: LoaderGround) {}

  /** Reads what is loaded and inserts the breakpoints. Throws SymbolError or UserError when the executable is unusable. */
  load(): void {
    const { target, execution, modules, breakpoints, events, sources } = this.ground;
    const { loaded } = modules.refresh(target);
    this.choosePassedSignals();
    this.moveHook(modules.hook);
    for (const module of loaded) events.moduleLoaded(module);
    breakpoints.attach({ execution, modules, sources });
    this.describeMain();
  }

  /** A thread has met a trap: reads anew what is loaded when it is the one of the dynamic linker. */
  arrived(address: MemoryAddress): void {
    if (address === this.hook?.address) this.refresh();
  }

  /** Reads anew what is loaded. */
  refresh(): void {
    const { target, modules } = this.ground;
    const changes = modules.refresh(target);
    this.changed(changes, modules.hook);
  }

  /** What is loaded now, for `goBack`. */
  snapshot(): Loaded {
    return { hook: this.hook?.address, ...this.ground.modules.snapshot() };
  }

  /** The program is back where this was loaded. */
  goBack(loaded: Loaded): void {
    this.changed(this.ground.modules.goBack(loaded), loaded.hook);
  }

  /** The program runs another file now (execve(2)): nothing that was loaded is there any more. */
  replaced(path: string): void {
    const { modules, breakpoints, events } = this.ground;
    events.output("console", `The program now runs ${path}.\n`);
    for (const module of modules.clear()) events.moduleUnloaded(module);
    this.hook = undefined;
    breakpoints.forgetPlaces();
    try {
      this.refresh();
      this.choosePassedSignals();
      this.describeMain();
    } catch (error) {
      const sentence = sentenceOf(error);
      if (sentence === undefined) throw error;
      events.output("important", `${sentence}\n`);
    }
  }

  private changed({ loaded, unloaded }: ModuleChanges, hook: MemoryAddress | undefined): void {
    const { breakpoints, events } = this.ground;
    this.moveHook(hook);
    if (loaded.length + unloaded.length === 0) return;
    for (const module of unloaded) events.moduleUnloaded(module);
    for (const module of loaded) events.moduleLoaded(module);
    breakpoints.refresh(unloaded);
  }

  private moveHook(address: MemoryAddress | undefined): void {
    const { execution } = this.ground;
    if (address === this.hook?.address) return;
    if (this.hook !== undefined) execution.removeBreakpoint(this.hook);
    this.hook = address === undefined ? undefined : execution.insertBreakpoint(address);
  }

  /** Which signals are the C library's own depends on which one it is. */
  private choosePassedSignals(): void {
    const { execution, modules, settings } = this.ground;
    execution.passSignals = passedSignals(modules.muslLibc, settings.stopOnSignals);
  }

  private describeMain(): void {
    const { modules, events } = this.ground;
    const { main } = modules;
    if (main === undefined) return;
    if (main.symbols.debugFile === undefined)
      events.output(
        "console",
        `${main.symbols.path} has no debug information: build it with -g to see its source.\n`,
      );
  }
}
