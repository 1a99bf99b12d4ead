/** The launched program and all that is known of it: one object from launch to the end. */
import { basename } from "node:path";
import { formatAddress, toFile, toMemory } from "../target/addresses";
import type { MemoryAddress } from "../target/addresses";
import type { Checkpointer } from "../target/checkpointer";
import type { Execution, ExitStatus, ForkedTarget, StopEvent, Target } from "../target/target";
import { BreakpointHits } from "./breakpoints/breakpointHits";
import type { Breakpoints } from "./breakpoints/breakpoints";
import type { CheckpointInspection } from "./checkpoints/checkpointInspection";
import type { CheckpointList } from "./checkpoints/checkpointList";
import type { Checkpoints } from "./checkpoints/checkpoints";
import { ProgramCheckpoints } from "./checkpoints/programCheckpoints";
import type { LaunchSettings } from "./launchSettings";
import { DynamicLoader } from "./modules/dynamicLoader";
import type { LoadedModules } from "./modules/modules";
import type { SourcePaths } from "./modules/sourcePaths";
import { threadLocalAddress } from "./modules/threadLocals";
import { ProgramCalls } from "./programCalls";
import { ProgramStops } from "./programStops";
import { RunControl, type RunStop } from "./runControl";
import { Frames } from "./stack/frames";
import { Stepper } from "./stepping/stepping";
import { UserError } from "./types";
import type { DebuggerEvents, EvaluationContext, Frame, ResultSpaces, Write } from "./types";

/** What a program is made of, beside the target. */
export interface ProgramParts {
  readonly target: Target;
  readonly settings: LaunchSettings;
  readonly modules: LoadedModules;
  readonly sources: SourcePaths;
  readonly breakpoints: Breakpoints;
  readonly events: DebuggerEvents;
  readonly checkpointList: CheckpointList;
  /** Called once, when the program is gone for good and everybody was told. */
  readonly ended: () => void;
}

export class Program {
  readonly frames: Frames;
  readonly run: RunControl;
  readonly stepper: Stepper;
  readonly checkpoints: Checkpoints | undefined;
  readonly inspection: CheckpointInspection | undefined;
  readonly execution: Execution;
  private readonly stops: ProgramStops;
  private readonly loader: DynamicLoader;
  private readonly calls: ProgramCalls;
  private readonly literals = new Map<string, MemoryAddress>();
  private readonly spaces: ResultSpaces = { addresses: [], used: 0 };

  constructor(private readonly parts: ProgramParts) {
    const { target, modules, settings } = parts;
    if (target.execution === undefined) throw new UserError("This target cannot run a program.");
    this.execution = target.execution;
    this.loader = new DynamicLoader({ ...parts, execution: this.execution });
    this.frames = new Frames({ target, modules, sources: parts.sources });
    this.run = this.makeRunControl(this.execution);
    this.stops = new ProgramStops({
      ...parts,
      execution: this.execution,
      run: this.run,
      checkpoints: () => this.checkpoints,
      anyThread: () => this.anyThread(),
      dispose: () => this.dispose(),
    });
    this.calls = new ProgramCalls({
      target,
      run: this.run,
      frames: this.frames,
      entry: () => modules.entry,
      isExiting: () => this.stops.exitStatus !== undefined,
      describe: (address) => this.describeAddress(address),
    });
    this.stepper = new Stepper({
      target,
      modules,
      frames: this.frames,
      run: this.run,
      sources: parts.sources,
    });
    const made = target.checkpointer && this.makeCheckpoints(target.checkpointer);
    this.checkpoints = made?.checkpoints;
    this.inspection = made?.inspection;
    this.execution.pauseAtExit ||= settings.stopOnExit === "always";
    this.listen();
  }

  get target(): Target {
    return this.parts.target;
  }

  /** Reads what is loaded and inserts the breakpoints. Throws SymbolError or UserError when the executable is unusable. */
  load(): void {
    this.loader.load();
  }

  /** An activity: to main's first line, without one to the ELF entry. */
  async toEntry(): Promise<RunStop> {
    const { modules } = this.parts;
    const { main } = modules;
    const [function_] = main?.symbols.functionsNamed("main") ?? [];
    const place =
      main === undefined || function_ === undefined
        ? modules.entry
        : toMemory(function_.bodyStart, main.bias);
    const run = () => this.run.resume({ mode: "run", threadId: this.anyThread(), others: "run" });
    if (place === undefined) return run();
    const token = this.run.insertTemporary(place);
    try {
      const stop = await run();
      const here = stop.event.kind === "breakpoint" && stop.event.address === place;
      if (here) this.frames.hideBeginning(stop.event.threadId);
      return here ? { ...stop, reason: "entry" } : stop;
    } finally {
      this.run.removeTemporaries([token]);
    }
  }

  /** How the program ends, while it stands at its exit. */
  get exitStatus(): ExitStatus | undefined {
    return this.stops.exitStatus;
  }

  /** Throws UserError while the program runs. */
  assertStopped(): void {
    if (this.run.running) throw new UserError("The program is running: pause it first.");
  }

  /**
   * What an expression may ask of the program, in a frame or in none. `calls`: it may call functions, one at a time.
   * `thread`: where there is no frame; by default that which has stopped.
   */
  contextFor(frame: Frame | undefined, calls: boolean, thread?: number): EvaluationContext {
    const { target } = this;
    const { modules } = this.parts;
    const threadId = frame?.threadId ?? thread ?? this.stops.last?.threadId ?? this.anyThread();
    return {
      target,
      modules,
      threadId,
      callerOf: (inner) => this.frames.callerOf(inner),
      ...(frame === undefined ? {} : { frame }),
      ...(calls ? { callFunction: this.calls.onRequest(threadId) } : {}),
      threadLocalAddress: (module, offset) => threadLocalAddress(target, modules, threadId, module, offset),
      wrote: (write) => this.wrote(write),
    };
  }

  /** Somebody has stored something: frames that depend on it are found anew. */
  wrote(write: Write): void {
    const changed = this.frames.wrote(write);
    if (changed || write.kind === "register") this.parts.events.invalidated();
  }

  /** Ends the program and everything made of it; tells nothing. */
  dispose(): void {
    this.stops.close();
    this.checkpoints?.end();
    this.target.dispose();
    this.parts.breakpoints.detach();
    this.parts.modules.clear();
  }

  /** Kills the program; its end is told by the activity under way, or here. */
  async terminate(): Promise<void> {
    this.stops.terminate();
  }

  /** What a hit breakpoint's condition and log message see: they may call functions, in the middle of a run. */
  private contextAtHit(threadId: number): EvaluationContext {
    const context = this.contextFor(this.frames.at(threadId, 0), false);
    const { literals, spaces } = this;
    spaces.used = 0;
    return { ...context, callFunction: this.calls.atHit(threadId), literals, spaces };
  }

  private makeRunControl(execution: Execution): RunControl {
    const { breakpoints, events } = this.parts;
    const output: DebuggerEvents["output"] = (category, text) => {
      execution.drainOutput();
      events.output(category, text);
    };
    const hits = new BreakpointHits(
      breakpoints,
      { output },
      (threadId) => this.contextAtHit(threadId),
      (threadId, inside) => this.frames.hide(threadId, inside),
    );
    return new RunControl({
      execution,
      pcOf: (threadId) => this.pcOf(threadId),
      anyThread: () => this.anyThread(),
      aboutToRun: () => this.aboutToRun(),
      modulesMayHaveChanged: (address) => this.loader.arrived(address),
      programReplaced: (path) => this.programReplaced(path),
      programForked: (event) => this.programForked(event),
      arrive: (threadId, address) => hits.arrive(threadId, address),
      hasBreakpoint: (address) => breakpoints.at(address).length > 0,
      takeEnd: () => this.calls.takeEnd(),
      ended: (stop) => this.told(stop),
      failed: (error) => this.stops.failed(error),
    });
  }

  private makeCheckpoints(checkpointer: Checkpointer): ProgramCheckpoints {
    const { execution, run, frames, stops, loader } = this;
    return new ProgramCheckpoints(checkpointer, {
      ...this.parts,
      execution,
      run,
      frames,
      stops,
      loader,
      contextFor: (threadId, frame) => this.contextFor(frame, false, threadId),
      anyThread: () => this.anyThread(),
    });
  }

  private async told(stop: RunStop): Promise<void> {
    await this.stops.told(stop);
    if (this.stops.last !== undefined) this.frames.prepare(this.stops.last.threadId);
  }

  private aboutToRun(): void {
    this.frames.clear();
    this.stops.notExiting();
  }

  private programReplaced(path: string): void {
    this.frames.clear();
    this.loader.replaced(path);
  }

  private programForked({ threadId, sentence, suspended }: Extract<StopEvent, { kind: "forked" }>): void {
    this.frames.clear();
    const frame = this.frames.at(threadId, 0);
    if (frame !== undefined) {
      const place = this.frames.placeOf(threadId) ?? frame;
      const { hiding } = this.frames;
      const standing = {
        frame,
        place,
        stopReason: "fork",
        stop: undefined,
        loaded: this.loader.snapshot(),
        hiding,
      };
      for (const child of suspended) this.checkpoints?.addFork(child, standing);
    }
    this.parts.events.output("console", `${sentence}\n`);
  }

  /** A child that is to be debugged by itself. */
  private childForked({ target, release }: ForkedTarget): void {
    const { events, settings } = this.parts;
    const file = target.mappings().find(({ path }) => path.startsWith("/"))?.path ?? settings.program;
    events.output("console", `The program forked: process ${target.processId} has a session of its own.\n`);
    events.forked({ target, settings, name: basename(file), release });
  }

  private listen(): void {
    const { events } = this.parts;
    this.execution.onOutput = (stream, bytes) => events.output(stream, bytes);
    this.execution.onKilled = (status) => this.stops.killed(status);
    this.execution.onWaitsForContinue = () => this.stops.waitsForContinue();
    this.execution.onNote = (sentence) => events.output("console", `${sentence}\n`);
    this.execution.onForked = (child) => this.childForked(child);
    this.execution.onThreadStarted = (thread) => events.threadStarted(thread.id);
    this.execution.onThreadExited = (thread) => events.threadExited(thread.id);
  }

  private describeAddress(address: MemoryAddress): string {
    const { modules, sources } = this.parts;
    const module = modules.at(address);
    const entry = module?.symbols.lineAt(toFile(address, module.bias));
    if (entry === undefined || entry.line === 0) return formatAddress(address);
    return `${basename(sources.local(entry.file))}:${entry.line}`;
  }

  private pcOf(threadId: number): MemoryAddress | undefined {
    return this.execution.stands(threadId) ? this.target.registers(threadId).pc : undefined;
  }

  /** One that can be read, where there is one. */
  private anyThread(): number {
    const { threads } = this.target;
    return (threads.find(({ id }) => this.execution.stands(id)) ?? threads[0])?.id ?? 1;
  }
}
