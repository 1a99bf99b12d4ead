/** Calls of the program's own functions on a stopped thread, by the System V x86-64 convention (psABI 3.2.2). */
import { formatAddress, memoryAddress, offsetBy } from "../target/addresses";
import type { MemoryAddress } from "../target/addresses";
import { TargetError } from "../target/target";
import type { Execution, ExitStatus, RegisterState, StopEvent, Target } from "../target/target";
import { UserError } from "./types";
import type { CallResult, FunctionCaller } from "./types";

export interface CallSurroundings {
  readonly target: Target;
  readonly threadId: number;
  /** Where the called function returns to: executable, and nothing the program runs meanwhile (the ELF entry). */
  readonly returnAddress: MemoryAddress;
  /**
   * Whether the other threads run meanwhile (the default). Where they are held they run, too, once the called function waits for
   * long: one may have the lock that it waits for.
   */
  readonly others?: "run" | "hold";
  /**
   * Asked for each stop that is not the call's return. True: an internal matter (a library loaded), dealt with; the
   * call goes on. False or absent: the call ends there, everything is put back, UserError says where.
   */
  readonly handleStop?: (event: StopEvent) => boolean | Promise<boolean>;
  /** Told of an end that cannot be put back: the program exits, is gone, or runs another file. */
  readonly onEnd?: (event: StopEvent) => void;
  /** Names a place in the program for the sentence of a call that stopped elsewhere: `main.c:12`. */
  readonly describe?: (address: MemoryAddress) => string;
}

/** Milliseconds for which other threads are held before it is asked whether the function waits; LLDB's are as many. */
const LONGEST_ALONE = 250;
const RED_ZONE = 128;
/** What the widest vector on the stack needs. */
const STACK_ALIGNMENT = 64n;
const integerRegisters = ["rdi", "rsi", "rdx", "rcx", "r8", "r9"];
const FLOAT_REGISTERS = 8;
/** DWARF numbers (psABI figure 3.36). */
const RAX = 0;
const RDX = 1;
const XMM0 = 17;
const ST0 = 33;
const EFLAGS = 49;
/** eflags: single-step and string direction, both clear at a function's entry. */
const TRAP_AND_DIRECTION = 0x500n;

interface Arguments {
  readonly integers: readonly bigint[];
  readonly floats: readonly bigint[];
  readonly stack: readonly bigint[];
}

/** The caller of functions for an EvaluationContext. The program must be stopped; it is stopped after each call. */
export function functionCaller(surroundings: CallSurroundings): FunctionCaller {
  return async (entry, integers, floats = [], stack = []) => {
    const { execution } = surroundings.target;
    if (execution === undefined) throw new UserError("Functions can only be called in a live program.");
    if (execution.running) throw new UserError("The program is running: pause it first.");
    if (integers.length > integerRegisters.length || floats.length > FLOAT_REGISTERS)
      throw new RangeError("More register arguments than the convention has registers.");
    try {
      return await new Call(surroundings, execution).run(entry, { integers, floats, stack });
    } catch (error) {
      if (error instanceof TargetError) throw new UserError(error.message);
      throw error;
    }
  };
}

/** One call, from saving the registers to putting them back. */
class Call {
  private readonly saved: RegisterState;
  private returnStack = 0n;
  private others: "run" | "hold";

  constructor(
    private readonly surroundings: CallSurroundings,
    private readonly execution: Execution,
  ) {
    this.saved = this.registers.save();
    this.others = surroundings.others ?? "run";
  }

  async run(entry: MemoryAddress, values: Arguments): Promise<CallResult> {
    this.prepare(entry, values);
    const token = this.execution.insertBreakpoint(this.surroundings.returnAddress);
    let end: StopEvent | undefined;
    try {
      end = await this.runToReturn();
    } catch (error) {
      this.registers.restore(this.saved);
      throw error;
    } finally {
      this.execution.removeBreakpoint(token);
    }
    if (end !== undefined) throw await this.undo(end);
    const result = this.result();
    this.registers.restore(this.saved);
    return result;
  }

  private get registers(): ReturnType<Target["registers"]> {
    return this.surroundings.target.registers(this.surroundings.threadId);
  }

  /** Puts arguments and return address in place: at the entry, rsp + 8 is a multiple of 16 (psABI 3.2.2), and here of more. */
  private prepare(entry: MemoryAddress, { integers, floats, stack }: Arguments): void {
    const { registers } = this;
    const below = offsetBy(registers.sp, -RED_ZONE - stack.length * 8) / STACK_ALIGNMENT;
    const sp = memoryAddress(below * STACK_ALIGNMENT - 8n);
    const words = [this.surroundings.returnAddress, ...stack];
    const bytes = Buffer.alloc(words.length * 8);
    words.forEach((word, index) => bytes.writeBigUInt64LE(BigInt.asUintN(64, word), index * 8));
    this.surroundings.target.memory.write(sp, bytes);
    this.returnStack = sp + 8n;
    const flags = registers.byDwarf(EFLAGS) ?? 0x202n;
    const values = new Map<string, bigint>([
      ["rip", entry],
      ["rsp", sp],
      ["rax", BigInt(floats.length)],
      ["eflags", flags & ~TRAP_AND_DIRECTION],
    ]);
    integers.forEach((value, index) => values.set(integerRegisters[index] ?? "", value));
    const isWide = registers.list().some(({ name }) => name === "ymm0");
    floats.forEach((value, index) => values.set(`${isWide ? "ymm" : "xmm"}${index}`, value));
    registers.prepareCall(values);
  }

  /** Lets the program run until the function returns (undefined), or until the stop that ends the call. */
  private async runToReturn(): Promise<StopEvent | undefined> {
    const { handleStop } = this.surroundings;
    for (;;) {
      const event = await this.resume();
      if (this.isReturn(event)) return undefined;
      const atReturn = event.kind === "breakpoint" && event.address === this.surroundings.returnAddress;
      if (atReturn) continue;
      const internal = await handleStop?.(event);
      if (!internal || event.kind === "exec") return event;
    }
  }

  /** Lets the called function go on; interrupts it when it waits after the others have been held for long, and holds them no longer. */
  private async resume(): Promise<StopEvent> {
    const { threadId, target } = this.surroundings;
    const request = { mode: "run", threadId, others: this.others, signal: "keep" } as const;
    if (this.others === "run" || target.threads.length === 1) return this.execution.resume(request);
    const timer = setInterval(() => {
      if (!this.execution.isAsleep(threadId)) return;
      this.others = "run";
      this.execution.interrupt();
    }, LONGEST_ALONE);
    try {
      return await this.execution.resume(request);
    } finally {
      clearInterval(timer);
    }
  }

  private isReturn(event: StopEvent): boolean {
    return (
      event.kind === "breakpoint" &&
      event.threadId === this.surroundings.threadId &&
      event.address === this.surroundings.returnAddress &&
      this.registers.sp === this.returnStack
    );
  }

  private result(): CallResult {
    const { registers } = this;
    const read = (number: number): bigint => registers.byDwarf(number) ?? 0n;
    return { rax: read(RAX), rdx: read(RDX), xmm0: read(XMM0), xmm1: read(XMM0 + 1), st0: read(ST0) };
  }

  /** Puts the thread back to where it was before the call, if there is one still, and says what happened. */
  private async undo(event: StopEvent): Promise<UserError> {
    if (event.kind === "exited" || event.kind === "exiting" || event.kind === "exec") {
      this.surroundings.onEnd?.(event);
      return new UserError(endSentence(event));
    }
    const where = this.whereStopped(event);
    if (event.kind === "signal" && event.threadId === this.surroundings.threadId) await this.dropSignal();
    this.registers.restore(this.saved);
    return new UserError(`${where}; the thread was put back to where it was before the call.`);
  }

  private whereStopped(event: StopEvent): string {
    const threadId = "threadId" in event ? event.threadId : this.surroundings.threadId;
    const { pc } = this.surroundings.target.registers(threadId);
    const place = this.surroundings.describe?.(pc) ?? formatAddress(pc);
    const thread = threadId === this.surroundings.threadId ? "" : `in thread ${threadId} `;
    switch (event.kind) {
      case "signal":
        return `The call got ${event.signal.name} (${event.signal.description}) ${thread}at ${place}`;
      case "breakpoint":
        return `The call stopped ${thread}at a breakpoint at ${place}`;
      case "interrupted":
        return `The call was interrupted at ${place}`;
      default:
        return `The call stopped ${thread}at ${place}`;
    }
  }

  /**
   * The signal was the call's and must not reach the program: a step of one instruction at the return address
   * throws it away. What the instruction does is undone with the registers.
   */
  private async dropSignal(): Promise<void> {
    const { threadId, returnAddress } = this.surroundings;
    this.registers.prepareCall(new Map([["rip", returnAddress]]));
    await this.execution.resume({ mode: "instruction", threadId, others: "hold", signal: "discard" });
  }
}

function endSentence(event: StopEvent & { kind: "exited" | "exiting" | "exec" }): string {
  if (event.kind === "exec") return `The called function replaced the program by ${event.path}.`;
  const status: ExitStatus = event.status;
  return "exitCode" in status
    ? `The called function ended the program with exit code ${status.exitCode}.`
    : `The call ended the program by ${status.signalName}.`;
}
