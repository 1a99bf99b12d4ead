/** Running until a frame is the innermost one again: after a call, out of a function, through longjmp and throw. */
import type { SymbolModule } from "../../symbols/types";
import { toMemory } from "../../target/addresses";
import type { AddressRange, FileAddress, MemoryAddress } from "../../target/addresses";
import type { BreakpointToken, ConditionProgram, ResumeRequest, TrapRequest } from "../../target/target";
import { isSystemCall, longjmpTarget, RSP, type JumpTarget } from "../codeX64";
import type { RunStop } from "../runControl";
import { isOthers, isOwn, type StepGround } from "./stepGround";

/** Called with a jmp_buf in the first argument; none of them returns. */
const longjmpNames = ["longjmp", "_longjmp", "siglongjmp", "__longjmp_chk"];
/** Called by the handler that a C++ exception landed in. */
const landingName = "__cxa_begin_catch";

/** The stack pointer is at `sp` or above: of all calls of a recursion the one that is meant, or an older one. */
function stackIsBackTo(sp: MemoryAddress): ConditionProgram {
  return [{ op: "constant", value: sp }, { op: "register", number: RSP }, { op: "lessEqualU" }];
}

/** The temporary breakpoints of one run; all are gone when it ends. */
class Traps {
  private readonly tokens: BreakpointToken[] = [];
  constructor(private readonly ground: StepGround) {}

  insert(address: MemoryAddress, condition?: ConditionProgram): void {
    this.tokens.push(this.ground.run.insertTemporary(address, condition));
  }
  /** A trap that the run cannot do without, and others that only help. */
  insertAll(needed: TrapRequest, others: Iterable<MemoryAddress>): void {
    const requests = [needed, ...[...others].map((address) => ({ address }))];
    this.tokens.push(...this.ground.run.insertTemporaries(requests));
    // Said by whoever inserts it alone.
    if (this.tokens[0]?.address !== needed.address) this.insert(needed.address, needed.condition);
  }
  remove(): void {
    this.ground.run.removeTemporaries(this.tokens.splice(0));
  }
}

type JumpKind = "longjmp" | "catch";

export class StepReturn {
  private readonly jumps = new WeakMap<SymbolModule, ReadonlyMap<FileAddress, JumpKind>>();

  constructor(private readonly ground: StepGround) {}

  /**
   * Runs until the thread is at `pc` with its stack pointer at `sp` or above, or has jumped (longjmp, throw) to a frame
   * that is as old or older. Undefined: it is there; else the stop that came first.
   */
  async runTo(threadId: number, pc: MemoryAddress, sp: MemoryAddress): Promise<RunStop | undefined> {
    const traps = new Traps(this.ground);
    try {
      const jumps = this.jumpEntries();
      traps.insertAll({ address: pc, condition: stackIsBackTo(sp) }, jumps.keys());
      const goals: JumpTarget[] = [{ pc, sp }];
      const lookForJump = (): void => {
        const { pc: here } = this.ground.target.registers(threadId);
        const goal = this.jumpGoal(threadId, jumps.get(here), sp);
        if (goal === undefined) return;
        traps.insert(goal.pc, stackIsBackTo(goal.sp));
        goals.push(goal);
      };
      // A thread that was stepped into the jump itself stands on its trap and would pass it unseen.
      lookForJump();
      for (;;) {
        const stop = await this.ground.run.resume({ mode: "run", threadId, others: "run" });
        if (isOthers(stop, threadId)) continue;
        if (!isOwn(stop, threadId)) return stop;
        const at = this.ground.target.registers(threadId);
        if (goals.some((goal) => goal.pc === at.pc && at.sp >= goal.sp)) return undefined;
        lookForJump();
      }
    } finally {
      traps.remove();
    }
  }

  /**
   * Lets a thread step in ranges (in none: one instruction) while the others run. When a signal's handler comes in
   * between and jumps to the thread's frame or an older one, the step ends where it landed.
   */
  stepRange(threadId: number, ranges: readonly AddressRange<MemoryAddress>[]): Promise<RunStop> {
    if (ranges.length === 0) return this.step({ mode: "instruction", threadId, others: "run" });
    return this.step({ mode: "range", threadId, ranges, others: "run" });
  }

  /** The same with all other threads held, for the one instruction in `code`; but a system call may wait for what they do. */
  oneInstruction(threadId: number, code: Buffer): Promise<RunStop> {
    return this.step({ mode: "instruction", threadId, others: isSystemCall(code) ? "run" : "hold" });
  }

  private async step(request: ResumeRequest & { readonly threadId: number }): Promise<RunStop> {
    const { run, target } = this.ground;
    const { threadId } = request;
    const start = target.registers(threadId);
    const begun: JumpTarget = { pc: start.pc, sp: start.sp };
    const stop = await run.resume({ handlerExits: () => this.longjmpEntries(), ...request });
    if (!isOwn(stop, threadId) || stop.event.kind !== "breakpoint") return stop;
    const { pc } = target.registers(threadId);
    // A jump that stays in the handler is passed; of a step in ranges the caller sees that it is in a deeper frame.
    const passed = request.mode === "instruction" ? begun : undefined;
    const goal = this.jumpGoal(threadId, this.jumpEntries().get(pc), begun.sp) ?? passed;
    if (goal === undefined) return stop;
    const other = await this.runTo(threadId, goal.pc, goal.sp);
    return other ?? { event: { kind: "step", threadId }, hits: [] };
  }

  /** Runs a thread to an address in the call that has just begun (behind its prologue). */
  async runInto(threadId: number, pc: MemoryAddress): Promise<RunStop | undefined> {
    const traps = new Traps(this.ground);
    try {
      traps.insert(pc);
      for (;;) {
        const stop = await this.ground.run.resume({ mode: "run", threadId, others: "run" });
        if (isOthers(stop, threadId)) continue;
        return isOwn(stop, threadId) ? undefined : stop;
      }
    } finally {
      traps.remove();
    }
  }

  private jumpEntries(): Map<MemoryAddress, JumpKind> {
    const entries = new Map<MemoryAddress, JumpKind>();
    for (const { symbols, bias } of this.ground.modules.all)
      for (const [address, kind] of this.jumpsOf(symbols)) entries.set(toMemory(address, bias), kind);
    return entries;
  }

  private longjmpEntries(): MemoryAddress[] {
    return [...this.jumpEntries()].flatMap(([address, kind]) => (kind === "longjmp" ? [address] : []));
  }

  /** Looked up once a file: a C library has many symbols. */
  private jumpsOf(symbols: SymbolModule): ReadonlyMap<FileAddress, JumpKind> {
    let jumps = this.jumps.get(symbols);
    if (jumps === undefined) {
      const found = new Map<FileAddress, JumpKind>();
      for (const name of [...longjmpNames, landingName]) {
        const symbol = symbols.elfSymbolNamed(name);
        if (symbol?.kind === "function")
          found.set(symbol.address, name === landingName ? "catch" : "longjmp");
      }
      jumps = found;
      this.jumps.set(symbols, jumps);
    }
    return jumps;
  }

  /** Where a jump leads, when that is in the awaited frame or an older one. */
  private jumpGoal(threadId: number, kind: JumpKind | undefined, sp: MemoryAddress): JumpTarget | undefined {
    const { target, modules, frames } = this.ground;
    if (kind === undefined) return undefined;
    if (kind === "longjmp") {
      const jump = longjmpTarget(target.memory, target.registers(threadId), modules.muslLibc);
      return jump !== undefined && jump.sp >= sp && modules.at(jump.pc) !== undefined ? jump : undefined;
    }
    const handler = frames.physical(threadId, 1);
    return handler !== undefined && handler.sp >= sp ? { pc: handler.pc, sp: handler.sp } : undefined;
  }
}
