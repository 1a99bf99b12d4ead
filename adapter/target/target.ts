/**
 * The seam between the debugger and whatever holds the program: a process under ptrace today; a core file or a
 * remote stub may come. A capability a target lacks is an absent property, found once; there are no methods that
 * only refuse. Everything here is all-stop: while the program runs, nothing but `interrupt`, `kill`,
 * breakpoint changes and the checkpointer may be used; those say what they do to a running program.
 * Its part for checkpoints stands in checkpointer.ts.
 */
import type { AddressRange, MemoryAddress } from "./addresses";
import type { Checkpointer, FrozenState } from "./checkpointer";

export interface Target {
  /** The program's process id, as the program itself sees it. Changes only by a restore. */
  readonly processId: number;
  /** Live threads, the leader first, else in the order of their ids. */
  readonly threads: readonly TargetThread[];
  readonly memory: Memory;
  /** The registers of a stopped thread. Throws TargetError for a thread that is gone. */
  registers(threadId: number): Registers;
  /** What is mapped where, as /proc/PID/maps has it (proc(5)). */
  mappings(): Mapping[];
  /** The auxiliary vector: AT_* type to value (getauxval(3)). */
  auxiliaryVector(): Map<number, bigint>;
  readonly execution?: Execution;
  readonly checkpointer?: Checkpointer;
  /** Frees everything: kills a launched program and every copy of it. Never throws; may be called twice. */
  dispose(): void;
}

/** `id` is small, starts at 1, and names the same thread again after a restore; `tid` is the kernel's. */
export interface TargetThread {
  readonly id: number;
  readonly tid: number;
  readonly name: string;
}

/** A sentence for a person: what is wrong and what to do. */
export class TargetError extends Error {}

export interface Memory {
  /**
   * Reads up to `length` bytes; inserted traps are hidden. Gives the readable prefix, which is shorter where
   * memory ends, and empty where nothing is mapped. Never throws for an address.
   */
  read(address: MemoryAddress, length: number): Buffer;
  /** Writes all of `bytes`, read-only pages too; traps stay in place. Throws TargetError when it cannot. */
  write(address: MemoryAddress, bytes: Uint8Array): void;
}

/** A thread's registers by DWARF or architecture name; values are unsigned. */
export interface Registers {
  readonly pc: MemoryAddress;
  readonly sp: MemoryAddress;
  /** By DWARF number (x86-64 psABI figure 3.36: 0 rax, 1 rdx, ... 6 rbp, 7 rsp, 16 return address); of xmm0 all of ymm0. */
  byDwarf(number: number): bigint | undefined;
  /** All registers in the order a register view shows them. */
  list(): RegisterValue[];
  /** Sets one register by name (`rip`, `eflags`, `xmm0`, `st0` ...), in the thread. */
  set(name: string, value: bigint): void;
  /** General, floating-point and vector state, opaque; `restore` puts it back whole, a call in progress too. */
  save(): RegisterState;
  restore(state: RegisterState): void;
  /**
   * Prepares the thread for a call made by the debugger: sets the named registers and makes the kernel forget a
   * system call it would restart (orig_rax = -1). Undo it with `restore` of what `save` gave.
   */
  prepareCall(values: ReadonlyMap<string, bigint>): void;
}

export interface RegisterValue {
  readonly name: string;
  readonly group: "general" | "segment" | "floating" | "vector";
  readonly bits: number;
  readonly value: bigint;
}

declare const registerState: unique symbol;
export interface RegisterState {
  readonly [registerState]: true;
}

export interface Mapping {
  readonly low: MemoryAddress;
  readonly high: MemoryAddress;
  readonly permissions: string;
  readonly offset: bigint;
  readonly inode: number;
  readonly path: string;
}

export type ExitStatus =
  { readonly exitCode: number } | { readonly signal: number; readonly signalName: string };

export interface SignalInfo {
  readonly number: number;
  /** `SIGSEGV`; real-time ones as `SIGRTMIN+1`. */
  readonly name: string;
  /** `Segmentation fault`. */
  readonly description: string;
  readonly code: number;
  /** si_addr where the signal has one (sigaction(2)). */
  readonly faultAddress?: MemoryAddress;
  readonly senderProcessId?: number;
}

/** Why the program is stopped. One value a stop, from whatever cause: this is the one road into "stopped". */
export type StopEvent =
  /** A trap was hit and `pc` is wound back to it. */
  | { readonly kind: "breakpoint"; readonly threadId: number; readonly address: MemoryAddress }
  /** A trap instruction of the program's own (int3 in its code); pc is behind it. */
  | { readonly kind: "trap"; readonly threadId: number }
  /** The step that was asked for is done, or left its ranges. */
  | { readonly kind: "step"; readonly threadId: number }
  | { readonly kind: "signal"; readonly threadId: number; readonly signal: SignalInfo }
  | { readonly kind: "interrupted"; readonly threadId: number }
  /** The program runs another file now; all of memory, symbols and breakpoints are new. */
  | { readonly kind: "exec"; readonly threadId: number; readonly path: string }
  /** At the moment of exit: memory and registers can still be read; a resume ends it. */
  | { readonly kind: "exiting"; readonly threadId: number; readonly status: ExitStatus }
  /** A checkpoint was restored: the live process is a fresh copy of it. */
  | { readonly kind: "restored"; readonly threadId: number }
  /** The program made a child, and what was asked for such children has been done; it goes on by a resume. */
  | {
      readonly kind: "forked";
      readonly threadId: number;
      /** For a person. */
      readonly sentence: string;
      /** Children that stand still from now on; `restore` switches to one. */
      readonly suspended: readonly FrozenState[];
    }
  /** The program is gone; nothing can be read. `unexpected`: it died without passing its exit (SIGKILL). */
  | { readonly kind: "exited"; readonly status: ExitStatus; readonly unexpected: boolean };

export interface ResumeRequest {
  /**
   * run: until something stops it. instruction: `threadId` takes one instruction. range: `threadId` steps while its pc
   * is in one of `ranges`, and stops at the first instruction outside them (a called function's first, too).
   */
  readonly mode: "run" | "instruction" | "range";
  readonly threadId?: number;
  readonly ranges?: readonly AddressRange<MemoryAddress>[];
  /**
   * Where the thread stood when its step began, when a stop that was nobody's business has come in between: the step is over if
   * the thread is where it was to come to.
   */
  readonly begun?: MemoryAddress;
  /** Whether the other threads run meanwhile. */
  readonly others: "run" | "hold";
  /**
   * The signal a thread stopped with: delivered when it goes on (the default), thrown away, or kept for the
   * next resume (for calls the debugger makes).
   */
  readonly signal?: "deliver" | "discard" | "keep";
  /**
   * Where a signal's handler may leave other than by its return (the functions that longjmp). A step runs a handler as
   * a whole; when the stepping thread comes to one of these addresses in it, the step ends there as at a breakpoint.
   */
  readonly handlerExits?: () => readonly MemoryAddress[];
}

export interface Execution {
  /**
   * Lets the program go on and gives the stop that ends it. One at a time. A thread that stands on an inserted
   * breakpoint steps over it first. Throws TargetError when there is nothing to resume.
   */
  resume(request: ResumeRequest): Promise<StopEvent>;
  /** Asks a running program to stop: the pending `resume` gives `interrupted`, or another stop that came first. */
  interrupt(): void;
  /** Whether a `resume` is pending. */
  readonly running: boolean;
  /** Whether a thread is there, stands still and can be read: one that waits in vfork(2) cannot, whatever the others do. */
  stands(threadId: number): boolean;
  /** Whether a running thread waits for something: for a lock, perhaps. */
  isAsleep(threadId: number): boolean;
  /** Counts what was written into the program's memory and registers: equal numbers, no write in between. */
  readonly revision: number;

  /** Inserts a trap, counted: as many removes as inserts. Works while the program runs. Throws TargetError. */
  insertBreakpoint(address: MemoryAddress, condition?: ConditionProgram): BreakpointToken;
  removeBreakpoint(token: BreakpointToken): void;
  /** Several in one go; undefined where no trap can stand. */
  insertBreakpoints(requests: readonly TrapRequest[]): (BreakpointToken | undefined)[];
  removeBreakpoints(tokens: readonly BreakpointToken[]): void;

  /** Signals that pass to the program without a stop (SIGCHLD, SIGALRM ...). */
  passSignals: ReadonlySet<number>;
  /** Whether the moment of exit is a stop (`exiting`) or only its end (`exited`). */
  pauseAtExit: boolean;

  /** The program was killed from outside while it stood still: nothing is left of it. */
  onKilled: (status: ExitStatus) => void;
  /** A thread was to go on and waits for SIGCONT: job control has stopped the program. Called for each thread, each time. */
  onWaitsForContinue: () => void;
  /** Something that a person should know, and that stops nothing. */
  onNote: (sentence: string) => void;
  /**
   * With followFork `both`: the program made a process, which stands at its beginning: where fork returns, or, by vfork,
   * at the first instruction of what it runs. The program goes on meanwhile. What it writes comes with the program's.
   */
  onForked: (child: ForkedTarget) => void;
  /** Threads come and go without a stop. */
  onThreadStarted: (thread: TargetThread) => void;
  onThreadExited: (thread: TargetThread) => void;
  /** Bytes the program wrote, as they come, in the order written; `stdout` when a terminal mixes both. */
  onOutput: (stream: "stdout" | "stderr", bytes: Buffer) => void;
  /** Reads all output written so far and hands it to `onOutput`; call it before telling of a stop or an exit. */
  drainOutput(): void;

  /** Ends the program at once. The pending `resume`, if any, gives `exited`. */
  kill(): void;
}

export interface TrapRequest {
  readonly address: MemoryAddress;
  readonly condition?: ConditionProgram;
}

declare const breakpointToken: unique symbol;
export interface BreakpointToken {
  readonly [breakpointToken]: true;
  readonly address: MemoryAddress;
}

/**
 * A condition the target can decide by itself, at the trap, without asking the debugger: a stack program.
 * Values are 64-bit. The program stands for false when it leaves 0; any error (unreadable memory, division by
 * zero) counts as true, so that the debugger decides.
 */
export type ConditionProgram = readonly ConditionOp[];
export type ConditionOp =
  | { readonly op: "constant"; readonly value: bigint }
  /** Pushes a general register by DWARF number. */
  | { readonly op: "register"; readonly number: number }
  /** Pops an address, pushes what is there, extended to 64 bits. */
  | { readonly op: "load"; readonly bytes: 1 | 2 | 4 | 8; readonly signed: boolean }
  /** Keeps the low `bits` of the top, extended to 64 bits. */
  | { readonly op: "extend"; readonly bits: number; readonly signed: boolean }
  /** Pops b then a, pushes a OP b (comparisons push 0 or 1; `U`: unsigned, `S`: signed). */
  | { readonly op: BinaryConditionOp }
  | { readonly op: "not" | "negate" | "complement" };
export type BinaryConditionOp =
  | "add"
  | "subtract"
  | "multiply"
  | "divideS"
  | "divideU"
  | "remainderS"
  | "remainderU"
  | "and"
  | "or"
  | "xor"
  | "shiftLeft"
  | "shiftRightS"
  | "shiftRightU"
  | "equal"
  | "lessS"
  | "lessU"
  | "lessEqualS"
  | "lessEqualU"
  | "logicalAnd"
  | "logicalOr";

/** Which side of the program's own fork is debugged. suspend: the parent, and the child stands still. both: each by itself. */
export type FollowFork = "parent" | "child" | "suspend" | "both";

/** A process that the program made, as a target of its own. */
export interface ForkedTarget {
  readonly target: Target;
  /** Lets it go on without a debugger, where nobody takes it; the target is of no use then. */
  release(): void;
}

/** The debuggee's surroundings at launch; everything else is what a shell would give. */
export interface LaunchOptions {
  readonly program: string;
  readonly args: readonly string[];
  readonly cwd: string;
  /** The whole environment, ready. */
  readonly env: Readonly<Record<string, string>>;
  /** File names for standard input, output, error; null: the terminal made for it (input: /dev/null). */
  readonly stdio: readonly [string | null, string | null, string | null];
  readonly disableASLR: boolean;
  readonly sameProcessId: "auto" | "never" | "namespace";
  /** Whether checkpoints keep the contents of files that are open for writing, beside the offsets. Default: offsets. */
  readonly files?: "offsets" | "contents";
  /** Default: parent. */
  readonly followFork?: FollowFork;
}
