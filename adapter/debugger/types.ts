/**
 * The words of the debugger room: what the DAP layer asks of it and gets. DAP's own words (variablesReference,
 * frameId) stay in adapter/dap.
 */
import type { Type } from "../symbols/sourceTypes";
import type { CallSite, FunctionSymbol, LexicalScope, SymbolModule } from "../symbols/types";
import type { LoadBias, MemoryAddress } from "../target/addresses";
import type { ExitStatus, SignalInfo, Target } from "../target/target";
import type { LaunchSettings } from "./launchSettings";

/** A mistake of the user's or a state that forbids it: one sentence for a person. Everything goes on. */
export class UserError extends Error {}

/** An ELF file as it is loaded in the program. */
export interface LoadedModule {
  readonly id: number;
  readonly symbols: SymbolModule;
  readonly bias: LoadBias;
  /** Where the program's own threads keep this module's thread-locals; undefined when it has none. */
  readonly threadLocalModule?: number;
}

/** Every loaded module; finds the one that covers an address, and the symbols everywhere. */
export interface ModuleList {
  readonly all: readonly LoadedModule[];
  readonly main: LoadedModule | undefined;
  at(address: MemoryAddress): LoadedModule | undefined;
}

/** Registers of one frame: the live ones for the innermost, unwound ones for its callers. */
export interface FrameRegisters {
  /** Undefined: not known in this frame (a caller's scratch register). */
  value(dwarfNumber: number): bigint | undefined;
  /** Where a write must go: into the thread's register, or to the stack slot where it was saved. */
  place(dwarfNumber: number): { kind: "register" } | { kind: "memory"; address: MemoryAddress } | undefined;
  /** In callers: the same, with the scratch registers as the callee has them, for one who knows that it left them alone. */
  readonly held?: FrameRegisters;
}

/** One frame of a stopped thread: a function's own, or a call inlined into it. Valid until the program runs. */
export interface Frame {
  readonly threadId: number;
  /** 0: the innermost. Inlined calls count. */
  readonly index: number;
  /** The pc as a person sees it (the return address in callers). */
  readonly pc: MemoryAddress;
  /** The address to look things up by: in callers, inside the call instruction. */
  readonly lookupPc: MemoryAddress;
  readonly cfa: MemoryAddress | undefined;
  readonly module: LoadedModule | undefined;
  readonly functionName: string;
  readonly function: FunctionSymbol | undefined;
  /** How many inlined calls lie inside the physical function at this frame: argument of `scopesAt`. */
  readonly inlineLevel: number;
  readonly isInlined: boolean;
  readonly isSignalHandlerCaller: boolean;
  /** The function has left by a jump to the beginning of another, as this site of it says: a tail call. Nothing else is left of it. */
  readonly tailCall: { readonly site: CallSite; readonly to: MemoryAddress } | undefined;
  readonly source: { readonly path: string; readonly line: number; readonly column: number } | undefined;
  readonly registers: FrameRegisters;
  readonly scopes: readonly LexicalScope[];
}

/** A store in a stopped program: into a register of a thread, or into memory. */
export type Write =
  | { readonly kind: "register"; readonly threadId: number }
  | { readonly kind: "memory"; readonly address: MemoryAddress; readonly bytes: number };

/** What values and expressions need of the world: one frame (or none, for globals) of one stopped program. */
export interface EvaluationContext {
  readonly target: Target;
  readonly modules: ModuleList;
  readonly frame?: Frame;
  /** The thread a call runs on, when there is no frame. */
  readonly threadId?: number;
  /** The frame that called, or jumped to, the function of a frame of the stack, for DW_OP_entry_value. */
  readonly callerOf?: (frame: Frame) => Frame | undefined;
  /** The address of a thread-local, by module and offset; throws UserError when it has none yet. */
  threadLocalAddress(module: LoadedModule, offset: bigint): MemoryAddress;
  /** Runs the program's own code; absent where that must not happen (hover, no execution). */
  readonly callFunction?: FunctionCaller;
  /** String literals placed in the program's memory, by their bytes: for what is evaluated again and again. */
  readonly literals?: Map<string, MemoryAddress>;
  /** Memory of the program's for results that are returned there, used again by what is evaluated again and again. */
  readonly spaces?: ResultSpaces;
  /** Told of each store, when it is done: what was known of the stop may be of the past. */
  readonly wrote?: (write: Write) => void;
  /** Why nothing may be changed or called here, when that has a reason of its own: a sentence. */
  readonly unchangeable?: string;
}

/** The first `used` are those of results that are looked at. */
export interface ResultSpaces {
  readonly addresses: MemoryAddress[];
  used: number;
}

/** What the convention leaves in registers at a return; `st0` is the 80-bit value of a long double. */
export interface CallResult {
  readonly rax: bigint;
  readonly rdx: bigint;
  /** Of a vector of 32 bytes: all of ymm0. */
  readonly xmm0: bigint;
  readonly xmm1: bigint;
  readonly st0: bigint;
}

/**
 * Calls a function of the program on the context's thread and gives the result registers at its return. Other threads
 * run meanwhile. When the call stops elsewhere (signal, breakpoint) everything is put back and UserError says where.
 * Float arguments are what xmm0 to xmm7 hold, or ymm0 to ymm7 of vectors of 32 bytes; stack arguments are 8-byte words, the
 * first one lowest, at a multiple of 64.
 */
export type FunctionCaller = (
  entry: MemoryAddress,
  integerArguments: readonly bigint[],
  floatArguments?: readonly bigint[],
  stackArguments?: readonly bigint[],
) => Promise<CallResult>;

/** Where a value lives, for reading and writing. */
export type ValuePlace =
  | { readonly kind: "memory"; readonly address: MemoryAddress }
  /** `number` is DWARF's; `offset`: the value starts at that byte of the register. */
  | { readonly kind: "register"; readonly number: number; readonly offset?: number }
  /** A register by the target's name (`rip`, `eflags`, `xmm0`), of the live thread. */
  | { readonly kind: "namedRegister"; readonly name: string; readonly offset?: number }
  /** Nowhere; `bytes`: what a piece of a value in pieces holds. */
  | { readonly kind: "constant"; readonly bytes?: Buffer }
  /** A piece that is not known here. */
  | { readonly kind: "optimizedOut" }
  | { readonly kind: "pieces"; readonly pieces: readonly { place: ValuePlace; bytes: number }[] };

/**
 * A typed value with its bytes, or the reason why there are none. Structs, unions and arrays in memory have neither:
 * they are read when their parts are asked for.
 */
export interface Value {
  readonly type: Type;
  readonly place: ValuePlace;
  readonly bytes?: Buffer;
  /** Set when there are no bytes: `<optimized out>`, `<cannot read memory at 0x10>`. */
  readonly unavailable?: string;
  /** Of a pointer that is optimized out while its target is known: what lies at an offset from where it would point. */
  readonly pointee?: (type: Type, byteOffset: number) => Value;
  readonly bitField?: { readonly bitSize: number; readonly bitOffset: number };
}

/** A row of the variables view. Children are made when asked for. */
export interface VariableNode {
  readonly name: string;
  readonly value: string;
  readonly typeName: string;
  /** An expression that gives this value again in this frame. */
  readonly evaluateName?: string;
  readonly memoryReference?: MemoryAddress;
  /** Of arrays and containers: their length, so that a client pages. */
  readonly indexedCount?: number;
  readonly namedCount?: number;
  readonly lazy?: boolean;
  readonly readOnly: boolean;
  /** Why it is, as the rest of a sentence that begins with the name. */
  readonly readOnlyReason?: string;
  readonly children?: (start?: number, count?: number) => Promise<VariableNode[]> | VariableNode[];
  /** Parses an expression and stores it. Throws UserError. Gives the row as it is now. */
  readonly assign?: (expression: string) => Promise<VariableNode>;
}

export interface VariableScope {
  readonly name: "Arguments" | "Locals" | "Statics" | "Registers";
  readonly expensive: boolean;
  readonly count?: number;
  children(start?: number, count?: number): Promise<VariableNode[]> | VariableNode[];
}

export interface SourceBreakpointSpec {
  readonly line: number;
  readonly column?: number;
  readonly condition?: string;
  readonly hitCondition?: string;
  readonly logMessage?: string;
}
export interface FunctionBreakpointSpec {
  readonly name: string;
  readonly condition?: string;
  readonly hitCondition?: string;
}
export interface InstructionBreakpointSpec {
  readonly address: MemoryAddress;
  readonly condition?: string;
  readonly hitCondition?: string;
}

/** A user's breakpoint as it stands. `id` is DAP's, kept for its life. */
export interface BreakpointState {
  readonly id: number;
  readonly verified: boolean;
  readonly message?: string;
  readonly path?: string;
  readonly line?: number;
  readonly address?: MemoryAddress;
}

/** Why the debugger stopped, for a person and for DAP. */
export interface Stop {
  readonly reason:
    | "entry"
    | "breakpoint"
    | "function breakpoint"
    | "instruction breakpoint"
    | "step"
    | "pause"
    | "exception"
    | "exit"
    | "checkpoint"
    | "goto";
  readonly description?: string;
  readonly text?: string;
  readonly threadId: number;
  readonly breakpointIds?: readonly number[];
  readonly signal?: SignalInfo;
  /** The exception or panic that it is at. */
  readonly exception?: { readonly name: string; readonly description: string };
  /** Of a restart: the stop that the checkpoint was taken at, and where the program stands again. */
  readonly origin?: Stop;
}

/** A process that the program made, to be debugged by itself. It stands at its beginning. */
export interface ForkedProcess {
  readonly target: Target;
  /** Those of the program that made it. */
  readonly settings: LaunchSettings;
  /** Of the file it runs. */
  readonly name: string;
  /** Lets it go on without a debugger; it is of no use then. */
  release(): void;
}

/** What happens without being asked for. The DAP layer turns each into an event. */
export interface DebuggerEvents {
  stopped(stop: Stop): void;
  continued(): void;
  exited(status: ExitStatus): void;
  terminated(): void;
  threadStarted(threadId: number): void;
  threadExited(threadId: number): void;
  breakpointChanged(state: BreakpointState): void;
  moduleLoaded(module: LoadedModule): void;
  moduleUnloaded(module: LoadedModule): void;
  /** `console` lines are the debugger's own; the others are the program's bytes. */
  output(category: "stdout" | "stderr" | "console" | "important", text: string | Buffer): void;
  checkpointsChanged(): void;
  /** Somebody set a register, or memory that frames depend on: frames and variables of the stop are others now. */
  invalidated(): void;
  /** Whoever hears of it takes it over (`Debugger.adopt`), ends it (`target.dispose`) or lets it go. */
  forked(child: ForkedProcess): void;
}
