/** The launched program and all that is known of it: one object from launch to the end. */
import { basename } from "node:path";
import type { Breakpoints } from "./breakpoints";
import { BreakpointHits } from "./breakpointHits";
import { CheckpointInspection } from "./checkpointInspection";
import type { CheckpointList } from "./checkpointList";
import { Checkpoints, type Loaded, type Standing } from "./checkpoints";
import { Frames } from "./frames";
import type { LaunchSettings } from "./launchSettings";
import type { LoadedModules, ModuleChanges } from "./modules";
import { ProgramCalls } from "./programCalls";
import { RunControl, type RunStop } from "./runControl";
import { sentenceOf } from "./failure";
import { passedSignals } from "./signals";
import type { SourcePaths } from "./sourcePaths";
import { Stepper } from "./stepping";
import { describeStop, stopInWords } from "./stops";
import { threadLocalAddress } from "./threadLocals";
import { UserError } from "./types";
import type { DebuggerEvents, EvaluationContext, Frame, Stop } from "./types";
import { formatAddress, toFile, toMemory } from "../target/addresses";
import type { MemoryAddress } from "../target/addresses";
import type {
  BreakpointToken,
  Execution,
  ExitStatus,
  ForkedTarget,
  StopEvent,
  Target,
} from "../target/target";

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
  private lastStop: Stop | undefined;
  private exiting: ExitStatus | undefined;
  private hook: BreakpointToken | undefined;
  private readonly calls: ProgramCalls;
  private readonly literals = new Map<string, MemoryAddress>();
  private over = false;
  private disposed = false;

  constructor(private readonly parts: ProgramParts) {
    const { target, modules, settings, breakpoints, events } = parts;
    if (target.execution === undefined) throw new UserError("This target cannot run a program.");
    this.execution = target.execution;
    this.frames = new Frames({ target, modules, sources: parts.sources });
    const output: DebuggerEvents["output"] = (category, text) => {
      this.execution.drainOutput();
      events.output(category, text);
    };
    const hits = new BreakpointHits(breakpoints, { output }, (threadId) => this.contextAtHit(threadId));
    this.run = new RunControl({
      execution: this.execution,
      pcOf: (threadId) => this.pcOf(threadId),
      anyThread: () => this.anyThread(),
      aboutToRun: () => this.aboutToRun(),
      modulesMayHaveChanged: (address) => {
        if (address === this.hook?.address) this.refreshModules();
      },
      programReplaced: (path) => this.programReplaced(path),
      programForked: (event) => this.programForked(event),
      arrive: (threadId, address) => hits.arrive(threadId, address),
      hasBreakpoint: (address) => breakpoints.at(address).length > 0,
      takeEnd: () => this.calls.takeEnd(),
      ended: (stop) => this.told(stop),
      failed: (error) => this.failed(error),
    });
    this.calls = new ProgramCalls({
      target,
      run: this.run,
      frames: this.frames,
      entry: () => modules.entry,
      isExiting: () => this.exiting !== undefined,
      describe: (address) => this.describeAddress(address),
    });
    this.stepper = new Stepper({
      target,
      modules,
      frames: this.frames,
      run: this.run,
      sources: parts.sources,
    });
    this.checkpoints = target.checkpointer && this.makeCheckpoints(target.checkpointer, settings);
    this.inspection =
      this.checkpoints && target.checkpointer && this.makeInspection(this.checkpoints, target.checkpointer);
    this.execution.pauseAtExit ||= settings.stopOnExit === "always";
    this.listen();
  }

  get target(): Target {
    return this.parts.target;
  }

  /** Reads what is loaded and inserts the breakpoints. Throws SymbolError or UserError when the executable is unusable. */
  load(): void {
    const { modules, breakpoints, events, sources } = this.parts;
    const { loaded } = modules.refresh(this.target);
    this.execution.passSignals = passedSignals(modules.muslLibc, this.parts.settings.stopOnSignals);
    this.moveHook(this.parts.modules.hook);
    for (const module of loaded) events.moduleLoaded(module);
    breakpoints.attach({ execution: this.execution, modules, sources });
    this.describeMain();
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
      return here ? { ...stop, reason: "entry" } : stop;
    } finally {
      this.run.removeTemporaries([token]);
    }
  }

  /** How the program ends, while it stands at its exit. */
  get exitStatus(): ExitStatus | undefined {
    return this.exiting;
  }

  /** Throws UserError while the program runs. */
  assertStopped(): void {
    if (this.run.running) throw new UserError("The program is running: pause it first.");
  }

  contextFor(frame: Frame | undefined, calls: boolean): EvaluationContext {
    const { target } = this;
    const { modules } = this.parts;
    const threadId = frame?.threadId ?? this.lastStop?.threadId ?? this.anyThread();
    const caller = () => (frame === undefined ? undefined : this.frames.at(threadId, frame.index + 1));
    return {
      target,
      modules,
      threadId,
      caller,
      ...(frame === undefined ? {} : { frame }),
      ...(calls ? { callFunction: this.calls.onRequest(threadId) } : {}),
      threadLocalAddress: (module, offset) => threadLocalAddress(target, modules, threadId, module, offset),
    };
  }

  /** Ends the program and everything made of it; tells nothing. */
  dispose(): void {
    this.over = true;
    this.disposed = true;
    this.checkpoints?.end();
    this.target.dispose();
    this.parts.breakpoints.detach();
    this.parts.modules.clear();
  }

  /** Kills the program; its end is told by the activity under way, or here. */
  async terminate(): Promise<void> {
    if (this.over) return;
    this.over = true;
    const { running } = this.run;
    this.execution.kill();
    if (!running) await this.finish(this.exiting ?? { signal: 9, signalName: "SIGKILL" });
  }

  /** What a hit breakpoint's condition and log message see: they may call functions, in the middle of a run. */
  private contextAtHit(threadId: number): EvaluationContext {
    const context = this.contextFor(this.frames.at(threadId, 0), false);
    return { ...context, callFunction: this.calls.atHit(threadId), literals: this.literals };
  }

  private makeCheckpoints(
    checkpointer: NonNullable<Target["checkpointer"]>,
    settings: LaunchSettings,
  ): Checkpoints {
    return new Checkpoints({
      checkpointer,
      settings,
      list: this.parts.checkpointList,
      execution: this.execution,
      run: this.run,
      events: this.parts.events,
      standing: (interrupted) => this.standing(interrupted),
      exitStatus: () => this.exiting,
      replaced: (loaded) => this.replaced(loaded),
      restoreFailed: () => this.restoreFailed(),
      createFailed: () => this.createFailed(),
    });
  }

  private makeInspection(
    checkpoints: Checkpoints,
    checkpointer: NonNullable<Target["checkpointer"]>,
  ): CheckpointInspection {
    const { modules, sources } = this.parts;
    const { target, frames, run } = this;
    const contextFor = (threadId: number, frame?: Frame): EvaluationContext => ({
      ...this.contextFor(frame, false),
      threadId,
    });
    return new CheckpointInspection({
      checkpoints,
      checkpointer,
      run,
      sources,
      muslLibc: () => modules.muslLibc,
      live: () => ({ target, modules, frames, sources, contextFor }),
    });
  }

  private standing(interrupted: boolean): Standing {
    const stopped = interrupted ? undefined : this.lastStop?.threadId;
    const isLive = this.target.threads.some((thread) => thread.id === stopped);
    const threadId = isLive && stopped !== undefined ? stopped : this.anyThread();
    const frame = this.frames.at(threadId, 0);
    if (frame === undefined) throw new UserError("The program is not there any more.");
    const loaded = { ...this.parts.modules.snapshot(), hook: this.hook?.address };
    return { frame, stopReason: interrupted ? "running" : stopInWords(this.lastStop), loaded };
  }

  private replaced(loaded: Loaded | undefined): void {
    this.exiting = undefined;
    this.frames.clear();
    if (loaded === undefined) this.refreshModules();
    else this.modulesChanged(this.parts.modules.goBack(loaded), loaded.hook);
  }

  private restoreFailed(): void {
    if (this.target.threads.length > 0) {
      this.frames.clear();
      if (this.exiting === undefined) this.refreshModules();
      return;
    }
    const status = this.exiting ?? { signal: 9, signalName: "SIGKILL" };
    setImmediate(() => {
      this.finish(status).catch((error: unknown) => this.failed(error));
    });
  }

  private createFailed(): void {
    if (this.target.threads.length > 0) return;
    setImmediate(() => {
      this.gone({ signal: 9, signalName: "SIGKILL" }, true).catch((error: unknown) => this.failed(error));
    });
  }

  private aboutToRun(): void {
    this.frames.clear();
    this.exiting = undefined;
  }

  private programReplaced(path: string): void {
    const { modules, breakpoints, events } = this.parts;
    events.output("console", `The program now runs ${path}.\n`);
    for (const module of modules.clear()) events.moduleUnloaded(module);
    this.hook = undefined;
    this.frames.clear();
    breakpoints.forgetPlaces();
    try {
      this.refreshModules();
      this.execution.passSignals = passedSignals(modules.muslLibc, this.parts.settings.stopOnSignals);
      this.describeMain();
    } catch (error) {
      const sentence = sentenceOf(error);
      if (sentence === undefined) throw error;
      events.output("important", `${sentence}\n`);
    }
  }

  private programForked({ threadId, sentence, suspended }: Extract<StopEvent, { kind: "forked" }>): void {
    this.frames.clear();
    const frame = this.frames.at(threadId, 0);
    const loaded = { ...this.parts.modules.snapshot(), hook: this.hook?.address };
    if (frame !== undefined)
      for (const child of suspended) this.checkpoints?.addFork(child, { frame, stopReason: "fork", loaded });
    this.parts.events.output("console", `${sentence}\n`);
  }

  /** A child that is to be debugged by itself. */
  private childForked({ target, release }: ForkedTarget): void {
    const { events, settings } = this.parts;
    const file = target.mappings().find(({ path }) => path.startsWith("/"))?.path ?? settings.program;
    events.output("console", `The program forked: process ${target.processId} has a session of its own.\n`);
    events.forked({ target, settings, name: basename(file), release });
  }

  private refreshModules(): void {
    const { modules } = this.parts;
    const changes = modules.refresh(this.target);
    this.modulesChanged(changes, modules.hook);
  }

  private modulesChanged({ loaded, unloaded }: ModuleChanges, hook: MemoryAddress | undefined): void {
    const { breakpoints, events } = this.parts;
    this.moveHook(hook);
    if (loaded.length + unloaded.length === 0) return;
    for (const module of unloaded) events.moduleUnloaded(module);
    for (const module of loaded) events.moduleLoaded(module);
    breakpoints.refresh(unloaded);
  }

  private moveHook(address: MemoryAddress | undefined): void {
    if (address === this.hook?.address) return;
    if (this.hook !== undefined) this.execution.removeBreakpoint(this.hook);
    this.hook = address === undefined ? undefined : this.execution.insertBreakpoint(address);
  }

  /** A pause before the program has gone on from its exit finds it there still. */
  private stillAtExit({ event }: RunStop): RunStop | undefined {
    if (event.kind !== "interrupted" || this.exiting === undefined) return undefined;
    return { event: { kind: "exiting", threadId: event.threadId, status: this.exiting }, hits: [] };
  }

  private async told(heard: RunStop): Promise<void> {
    if (this.disposed) return;
    this.execution.drainOutput();
    const stop = this.stillAtExit(heard) ?? heard;
    const { event } = stop;
    if (event.kind === "exited") return this.gone(event.status, event.unexpected);
    if (this.over) return;
    this.exiting = event.kind === "exiting" ? event.status : undefined;
    const { breakpoints, events, settings } = this.parts;
    this.lastStop = describeStop(stop, (id) => breakpoints.find(id), this.anyThread());
    if (this.exiting !== undefined && this.checkpoints !== undefined && this.checkpoints.count > 0)
      events.checkpointsChanged();
    events.stopped(this.lastStop);
    this.checkpoints?.stopped();
    const automatic = settings.checkpoints.auto === "stops" && this.lastStop.reason !== "checkpoint";
    if (automatic && this.exiting === undefined) await this.checkpoints?.createAutomatically();
  }

  private async gone(status: ExitStatus, unexpected: boolean): Promise<void> {
    const { checkpoints } = this;
    if (!unexpected || this.over || checkpoints === undefined || checkpoints.count === 0)
      return this.finish(status);
    const revived = await this.run.whileStopped(async () => {
      const stop = await checkpoints.revive(status);
      return { value: stop !== undefined, ...(stop === undefined ? {} : { stop }) };
    });
    if (!revived) await this.finish(status);
  }

  private finish(status: ExitStatus): Promise<void> {
    const { events, ended } = this.parts;
    if (this.disposed) return Promise.resolve();
    this.execution.drainOutput();
    this.dispose();
    events.exited(status);
    events.terminated();
    ended();
    return Promise.resolve();
  }

  /** An activity that could not be done: the program stands where it was, and the person hears why. */
  private failed(error: unknown): void {
    if (this.over) return;
    const { events } = this.parts;
    const sentence =
      sentenceOf(error) ?? (error instanceof Error ? (error.stack ?? error.message) : String(error));
    this.execution.drainOutput();
    events.output("important", `${sentence}\n`);
    if (this.target.threads.length === 0) {
      void this.finish(this.exiting ?? { signal: 9, signalName: "SIGKILL" });
      return;
    }
    this.lastStop = { reason: "pause", description: sentence, threadId: this.anyThread() };
    events.stopped(this.lastStop);
  }

  private listen(): void {
    const { events } = this.parts;
    this.execution.onOutput = (stream, bytes) => events.output(stream, bytes);
    this.execution.onKilled = (status) => {
      this.gone(status, true).catch((error: unknown) => this.failed(error));
    };
    this.execution.onNote = (sentence) => events.output("console", `${sentence}\n`);
    this.execution.onForked = (child) => this.childForked(child);
    this.execution.onThreadStarted = (thread) => events.threadStarted(thread.id);
    this.execution.onThreadExited = (thread) => events.threadExited(thread.id);
  }

  private describeMain(): void {
    const { main } = this.parts.modules;
    const { events } = this.parts;
    if (main === undefined) return;
    if (main.symbols.debugFile === undefined)
      events.output(
        "console",
        `${main.symbols.path} has no debug information: build it with -g to see its source.\n`,
      );
  }

  private describeAddress(address: MemoryAddress): string {
    const { modules, sources } = this.parts;
    const module = modules.at(address);
    const entry = module?.symbols.lineAt(toFile(address, module.bias));
    if (entry === undefined || entry.line === 0) return formatAddress(address);
    return `${basename(sources.local(entry.file))}:${entry.line}`;
  }

  private pcOf(threadId: number): MemoryAddress | undefined {
    return this.target.threads.some((thread) => thread.id === threadId)
      ? this.target.registers(threadId).pc
      : undefined;
  }

  private anyThread(): number {
    return this.target.threads[0]?.id ?? 1;
  }
}
