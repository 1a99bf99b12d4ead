/** The debugger as the DAP layer sees it: every request of a person is one method. */
import { UserError } from "./types";
import type { CheckpointInfo, CheckpointListInfo } from "./checkpointTypes";
import type { Completion } from "./expressions/completions";
import type { DebuggerParts, LaunchSettings } from "./launchSettings";
import type {
  BreakpointState,
  DebuggerEvents,
  EvaluationContext,
  Frame,
  FunctionBreakpointSpec,
  InstructionBreakpointSpec,
  LoadedModule,
  SourceBreakpointSpec,
  VariableNode,
  VariableScope,
} from "./types";
import type { MemoryAddress } from "../target/addresses";
import type { Target, TargetThread } from "../target/target";

export type StepGranularity = "statement" | "line" | "instruction";
/** Only `repl` and `watch` may change the program (DAP's contexts of `evaluate`). */
export type EvaluateMode = "repl" | "watch" | "hover" | "variables" | "clipboard";

export interface FramePage {
  readonly frames: readonly Frame[];
  /** Known once the outermost frame was reached. */
  readonly total?: number;
}

/**
 * One debugging session. Methods that cannot do what is asked throw UserError (or TargetError, SymbolError) with one
 * sentence and change nothing. Methods that resume return at once; the stop comes as `events.stopped`.
 */
export class Debugger {
  constructor(parts: DebuggerParts, events: DebuggerEvents) {
    void parts, events;
  }

  /** Whether the program runs now: frames, values and memory cannot be read then. */
  get running(): boolean {
    return false;
  }
  /** The program, for disassembly. Undefined before launch and after the end. */
  get target(): Target | undefined {
    return undefined;
  }
  get modules(): readonly LoadedModule[] {
    return [];
  }

  /** Creates the program and loads its symbols; none of its own code has run. */
  async launch(settings: LaunchSettings): Promise<void> {
    void settings;
    throw new UserError("Not launched.");
  }
  /** Lets the launched program go: to main when stopOnEntry (no main: the ELF entry), else until something stops it. */
  async start(): Promise<void> {}

  /** Replaces all breakpoints of a source file. Same specs keep their ids and hit counts. Works at any time. */
  setSourceBreakpoints(path: string, specs: readonly SourceBreakpointSpec[]): BreakpointState[] {
    void path, specs;
    return [];
  }
  setFunctionBreakpoints(specs: readonly FunctionBreakpointSpec[]): BreakpointState[] {
    void specs;
    return [];
  }
  setInstructionBreakpoints(specs: readonly InstructionBreakpointSpec[]): BreakpointState[] {
    void specs;
    return [];
  }
  /** Lines in [from, to] that can have a breakpoint. */
  breakpointLocations(path: string, from: number, to: number): number[] {
    void path, from, to;
    return [];
  }

  /** Live threads; works while the program runs. */
  threads(): readonly TargetThread[] {
    return [];
  }
  /** Frames of a stopped thread from `start` (0: innermost), at most `count`; no more than these are unwound. */
  frames(threadId: number, start: number, count: number): FramePage {
    void threadId, start, count;
    return { frames: [] };
  }
  scopes(frame: Frame): VariableScope[] {
    void frame;
    return [];
  }
  /** What `expression`, `variables` and `completions` need of the world; calls only with `sideEffects`. */
  contextFor(frame: Frame | undefined, sideEffects: boolean): EvaluationContext {
    void frame, sideEffects;
    throw new UserError("Not launched.");
  }
  async evaluate(expression: string, frame: Frame | undefined, mode: EvaluateMode): Promise<VariableNode> {
    void expression, frame, mode;
    throw new UserError("Not launched.");
  }
  async completions(text: string, column: number, frame: Frame | undefined): Promise<Completion[]> {
    void text, column, frame;
    return [];
  }
  /** Reads up to `length` bytes of the stopped program: the readable prefix. */
  readMemory(address: MemoryAddress, length: number): Buffer {
    void address, length;
    throw new UserError("Not launched.");
  }

  continue(threadId: number): void {
    void threadId;
  }
  next(threadId: number, granularity: StepGranularity): void {
    void threadId, granularity;
  }
  stepIn(threadId: number, granularity: StepGranularity): void {
    void threadId, granularity;
  }
  /** To the caller of the thread's innermost frame. */
  stepOut(threadId: number): void {
    void threadId;
  }
  /** Asks a running program to stop. */
  pause(threadId?: number): void {
    void threadId;
  }

  /** Freezes a copy; a running program is interrupted and runs on, with no stop told. */
  async createCheckpoint(label?: string): Promise<CheckpointInfo> {
    void label;
    throw new UserError("Not launched.");
  }
  /** Replaces the live program by a fresh copy of a checkpoint; the stop is told after the promise has resolved. */
  async restartCheckpoint(id: number, keepCurrent = true): Promise<void> {
    void id, keepCurrent;
    throw new UserError("Not launched.");
  }
  async deleteCheckpoint(id: number): Promise<void> {
    void id;
    throw new UserError("Not launched.");
  }
  async renameCheckpoint(id: number, label: string): Promise<CheckpointInfo> {
    void id, label;
    throw new UserError("Not launched.");
  }
  checkpoints(): CheckpointListInfo {
    return { checkpoints: [] };
  }

  /** Kills the program and all its copies; tells `exited` (once) and `terminated`. */
  async terminate(): Promise<void> {}
  /** Frees everything; never throws, may be called twice, tells nothing. */
  dispose(): void {}
}
