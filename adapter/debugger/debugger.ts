/** The debugger as the DAP layer sees it: every request of a person is one method. */
import type { MemoryAddress } from "../target/addresses";
import type { Detached } from "../target/checkpointer";
import type { Target, TargetThread } from "../target/target";
import { Breakpoints } from "./breakpoints/breakpoints";
import type { ExceptionFilter } from "./breakpoints/exceptions";
import type { CheckpointInspection, Comparison, FrameChoice } from "./checkpoints/checkpointInspection";
import { CheckpointList } from "./checkpoints/checkpointList";
import type { CheckpointInfo, CheckpointListInfo } from "./checkpoints/checkpointTypes";
import type { Checkpoints } from "./checkpoints/checkpoints";
import { completions, type Completion } from "./expressions/completions";
import { evaluate } from "./expressions/expressions";
import type { DebuggerParts, LaunchSettings } from "./launchSettings";
import { LoadedModules } from "./modules/modules";
import { SourcePaths } from "./modules/sourcePaths";
import { Program } from "./program";
import type { RunStop } from "./runControl";
import type { FramePage } from "./stack/frames";
import type { StepGranularity, Stepper } from "./stepping/stepping";
import { UserError } from "./types";
import type {
  BreakpointState,
  DebuggerEvents,
  EvaluationContext,
  ForkedProcess,
  Frame,
  FunctionBreakpointSpec,
  InstructionBreakpointSpec,
  LoadedModule,
  SourceBreakpointSpec,
  VariableNode,
  VariableScope,
} from "./types";
import { variableScopes } from "./values/variables";

/** Only `hover` may not change the program (DAP's contexts of `evaluate`). */
export type EvaluateMode = "repl" | "watch" | "hover" | "variables" | "clipboard";

/**
 * One debugging session. Methods that cannot do what is asked throw UserError (or TargetError, SymbolError) with one
 * sentence and change nothing. Methods that resume return at once; the stop comes as `events.stopped`.
 */
export class Debugger {
  private readonly breakpoints: Breakpoints;
  private readonly modulesLoaded: LoadedModules;
  /** Where the program's source files are on this machine, and what the person calls them. */
  sources = new SourcePaths();
  private program: Program | undefined;
  private settings: LaunchSettings | undefined;
  private disposed = false;
  private readonly checkpointList = new CheckpointList();

  constructor(
    private readonly parts: DebuggerParts,
    private readonly events: DebuggerEvents,
  ) {
    this.breakpoints = new Breakpoints(events);
    this.modulesLoaded = new LoadedModules(parts, (sentence) => events.output("console", `${sentence}\n`));
  }

  /** Whether the program runs now: frames, values and memory cannot be read then. */
  get running(): boolean {
    return this.program?.run.running ?? false;
  }
  /**
   * Resolves when nothing moves the stopped program (a call of one of its functions, a checkpoint): what is read before
   * that may be of the middle of a call.
   */
  get settled(): Promise<unknown> {
    return this.program?.run.settled ?? Promise.resolve();
  }
  /** The same for what makes the program go on: a call that takes longer than the seconds that are left to it is interrupted. */
  async settledWithin(seconds: number): Promise<void> {
    const late = setTimeout(() => this.program?.run.interruptCall(), seconds * 1000);
    await this.settled;
    clearTimeout(late);
  }
  /** The program, for disassembly. Undefined before launch and after the end. */
  get target(): Target | undefined {
    return this.program?.target;
  }
  get modules(): readonly LoadedModule[] {
    return this.modulesLoaded.all;
  }

  /** Creates the program and loads its symbols; none of its own code has run. */
  async launch(settings: LaunchSettings): Promise<void> {
    if (this.program !== undefined) throw new UserError("A program is being debugged already.");
    this.load(settings, await this.parts.createTarget(settings));
  }

  /** The same for a process that a program under debug made. When it fails, the process goes on by itself. */
  async adopt({ target, settings, release }: ForkedProcess): Promise<void> {
    if (this.program !== undefined) throw new UserError("A program is being debugged already.");
    if (target.threads.length === 0) throw new UserError("The process is not there any more.");
    this.load({ ...settings, stopOnEntry: false }, target, release);
    return Promise.resolve();
  }

  /**
   * Creates the program anew in place of the one that is there or has ended; breakpoints stay, checkpoints are freed,
   * and nothing is told of the old program's end. When the new one cannot be created, the old one goes on.
   */
  async restart(settings: LaunchSettings): Promise<void> {
    const target = await this.parts.createTarget(settings);
    for (const module of this.modulesLoaded.all) this.events.moduleUnloaded(module);
    this.program?.dispose();
    this.program = undefined;
    this.load(settings, target);
  }

  private load(settings: LaunchSettings, target: Target, undo = (): void => target.dispose()): void {
    try {
      if (this.disposed) throw new UserError("The session has ended.");
      this.sources = new SourcePaths(settings.sourceMap);
      const program: Program = new Program({
        target,
        settings,
        modules: this.modulesLoaded,
        sources: this.sources,
        breakpoints: this.breakpoints,
        events: this.events,
        checkpointList: this.checkpointList,
        ended: () => {
          if (this.program === program) this.program = undefined;
        },
      });
      program.load();
      this.settings = settings;
      this.program = program;
    } catch (error) {
      this.breakpoints.detach();
      undo();
      throw error;
    }
  }

  /** Lets the launched program go: to main when stopOnEntry (no main: the ELF entry), else until something stops it. */
  start(): Promise<void> {
    const program = this.live();
    const threadId = program.target.threads[0]?.id ?? 1;
    if (this.settings?.stopOnEntry === true) program.run.start(() => program.toEntry());
    else this.continue(threadId);
    return Promise.resolve();
  }

  /** Replaces all breakpoints of a source file. Same specs keep their ids and hit counts. Works at any time. */
  setSourceBreakpoints(path: string, specs: readonly SourceBreakpointSpec[]): BreakpointState[] {
    return this.breakpoints.setInSource(path, specs);
  }
  setFunctionBreakpoints(specs: readonly FunctionBreakpointSpec[]): BreakpointState[] {
    return this.breakpoints.setOnFunctions(specs);
  }
  /** Stops where exceptions of these kinds are thrown or caught. */
  setExceptionBreakpoints(filters: readonly ExceptionFilter[]): void {
    this.breakpoints.setOnExceptions(filters);
  }
  setInstructionBreakpoints(specs: readonly InstructionBreakpointSpec[]): BreakpointState[] {
    return this.breakpoints.setOnInstructions(specs);
  }
  /** Lines in [from, to] that can have a breakpoint; none before the launch. */
  breakpointLocations(path: string, from: number, to: number): number[] {
    return this.breakpoints.locations(path, from, to);
  }

  /** Live threads; works while the program runs. */
  threads(): readonly TargetThread[] {
    return this.program?.target.threads ?? [];
  }
  /** Frames of a stopped thread from `start` (0: innermost), at most `count`; no more than these are unwound. */
  frames(threadId: number, start: number, count: number): FramePage {
    return this.stopped(threadId).frames.page(threadId, start, count);
  }
  scopes(frame: Frame): VariableScope[] {
    return variableScopes(this.contextFor(frame, true));
  }
  /** What `expression`, `variables` and `completions` need of the world; calls only with `sideEffects`. */
  contextFor(frame: Frame | undefined, sideEffects: boolean): EvaluationContext {
    const program = this.live();
    program.assertStopped();
    return program.contextFor(frame, sideEffects);
  }
  async evaluate(expression: string, frame: Frame | undefined, mode: EvaluateMode): Promise<VariableNode> {
    const sideEffects = mode !== "hover";
    return evaluate(expression, this.contextFor(frame, sideEffects), { sideEffects });
  }
  async completions(text: string, column: number, frame: Frame | undefined): Promise<Completion[]> {
    return completions(this.contextFor(frame, false), text, column);
  }
  /** Reads up to `length` bytes of the stopped program: the readable prefix. */
  readMemory(address: MemoryAddress, length: number): Buffer {
    const program = this.live();
    program.assertStopped();
    return program.target.memory.read(address, length);
  }
  /** Writes memory of the stopped program. Throws TargetError where it cannot be written. */
  writeMemory(address: MemoryAddress, bytes: Buffer): void {
    const program = this.live();
    program.assertStopped();
    program.target.memory.write(address, bytes);
    program.wrote({ kind: "memory", address, bytes: bytes.length });
  }

  continue(threadId: number): void {
    const { run } = this.stopped(threadId);
    run.start(() => run.resume({ mode: "run", threadId, others: "run" }));
  }
  next(threadId: number, granularity: StepGranularity): void {
    this.step(threadId, (stepper) => stepper.next(threadId, granularity));
  }
  stepIn(threadId: number, granularity: StepGranularity): void {
    this.step(threadId, (stepper) => stepper.stepIn(threadId, granularity));
  }
  /** To the caller of the thread's innermost frame. */
  stepOut(threadId: number): void {
    this.step(threadId, (stepper) => stepper.stepOut(threadId));
  }
  /** Asks a running program to stop. */
  pause(threadId?: number): void {
    this.live().run.pause(threadId);
  }

  /** Freezes a copy; a running program is interrupted and runs on, with no stop told. */
  async createCheckpoint(label?: string): Promise<CheckpointInfo> {
    return this.checkpointsOf().create(label);
  }
  /** Replaces the live program by a fresh copy of a checkpoint; the stop is told after the promise has resolved. */
  async restartCheckpoint(id: number, keepCurrent = true, keepFiles = false): Promise<void> {
    return this.checkpointsOf().restart(id, keepCurrent, keepFiles);
  }
  async deleteCheckpoint(id: number): Promise<void> {
    return this.checkpointsOf().delete(id);
  }
  async renameCheckpoint(id: number, label: string): Promise<CheckpointInfo> {
    return this.checkpointsOf().rename(id, label);
  }
  /** Lets a fresh copy of a checkpoint run free, without a debugger; the checkpoint stays. */
  async detachCheckpoint(id: number): Promise<Detached> {
    return this.checkpointsOf().detach(id);
  }
  /** Evaluates in a frame of a checkpoint, where nothing can be changed; the program may run meanwhile. */
  async evaluateInCheckpoint(id: number, expression: string, choice: FrameChoice): Promise<VariableNode> {
    return this.inspectionOf().evaluate(id, expression, choice);
  }
  /** What changed from a checkpoint to another one, or to the live program. */
  async compareCheckpoints(id: number, otherId?: number): Promise<Comparison> {
    return this.inspectionOf().compare(id, otherId);
  }
  checkpoints(): CheckpointListInfo {
    return this.program?.checkpoints?.info() ?? { checkpoints: [] };
  }

  /** Kills the program and all its copies; tells `exited` (once) and `terminated`. */
  async terminate(): Promise<void> {
    await this.program?.terminate();
  }
  /** Frees everything; never throws, may be called twice, tells nothing. */
  dispose(): void {
    this.disposed = true;
    this.program?.dispose();
    this.program = undefined;
    this.modulesLoaded.dispose();
  }

  /** At the exit nothing is left to step: the program ends, unless that would end checkpoints, too. */
  private step(threadId: number, body: (stepper: Stepper) => Promise<RunStop>): void {
    const { run, stepper, exitStatus, checkpoints } = this.stopped(threadId);
    if (exitStatus === undefined) run.start(() => body(stepper));
    else if (checkpoints === undefined || checkpoints.count === 0) this.continue(threadId);
    else
      throw new UserError(
        "The program is at its exit: there is nothing left to step. Continue ends it, and its checkpoints " +
          "with it; restart one to go back.",
      );
  }
  private live(): Program {
    if (this.program === undefined) throw new UserError("There is no program: launch one first.");
    return this.program;
  }
  private stopped(threadId: number): Program {
    const program = this.live();
    program.assertStopped();
    if (!program.target.threads.some((thread) => thread.id === threadId))
      throw new UserError(`There is no thread ${threadId}.`);
    return program;
  }
  private inspectionOf(): CheckpointInspection {
    const { inspection } = this.live();
    if (inspection === undefined) throw new UserError("This target cannot make checkpoints.");
    return inspection;
  }
  private checkpointsOf(): Checkpoints {
    const { checkpoints } = this.live();
    if (checkpoints === undefined) throw new UserError("This target cannot make checkpoints.");
    return checkpoints;
  }
}
