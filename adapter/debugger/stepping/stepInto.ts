/** Into a call that has just been made: through linkage stubs and the resolver, behind the function's prologue. */
import { memoryAddress, offsetBy, toFile, toMemory } from "../../target/addresses";
import type { MemoryAddress } from "../../target/addresses";
import { isCall, isLinkageStub, LONGEST_INSTRUCTION, readWord } from "../codeX64";
import type { RunStop } from "../runControl";
import { functionAt, isOwn, isWorthSeeing, type StepGround } from "./stepGround";
import type { SourceLine } from "./stepPlace";
import type { StepReturn } from "./stepReturn";

/** Instructions of stubs and of the resolver's own frame, its calls not counted; really some 50. */
const LONGEST_DETOUR = 400;

/** inside: behind the prologue of a function with lines. passed: the call is over, it had none. */
export type EnterOutcome = "inside" | "passed" | RunStop;

export class StepInto {
  constructor(
    private readonly ground: StepGround,
    private readonly returns: StepReturn,
  ) {}

  /**
   * The thread stands at the first instruction of a call. Enters a function that has lines and a source; steps over one
   * that has not. `back`: where the call returns to.
   */
  async enter(
    threadId: number,
    back: { readonly pc: MemoryAddress; readonly sp: MemoryAddress },
    from: SourceLine | undefined,
  ): Promise<EnterOutcome> {
    for (let count = 0; count < LONGEST_DETOUR; count++) {
      const { pc } = this.ground.target.registers(threadId);
      if (pc === back.pc) return "passed";
      if (this.isThunk(pc)) {
        const stop = await this.returns.stepRange(threadId, []);
        if (!isOwn(stop, threadId)) return stop;
        continue;
      }
      if (isWorthSeeing(this.ground, pc, from)) return (await this.skipPrologue(threadId, pc)) ?? "inside";
      if (!this.isDetour(pc)) break;
      const stop = await this.stepOverCalls(threadId, pc);
      if (stop !== undefined) return stop;
    }
    return (await this.returns.runTo(threadId, back.pc, back.sp)) ?? "passed";
  }

  private async skipPrologue(threadId: number, pc: MemoryAddress): Promise<RunStop | undefined> {
    const { modules } = this.ground;
    const callee = functionAt(this.ground, pc);
    const module = modules.at(pc);
    if (callee === undefined || module === undefined) return undefined;
    const entry = toMemory(callee.entry, module.bias);
    const body = toMemory(callee.bodyStart, module.bias);
    return pc === entry && body !== pc ? this.returns.runInto(threadId, body) : undefined;
  }

  /** What adjusts `this` and goes to the method of that class: it has the lines of what it goes to (Itanium C++ ABI, 5.1.4.2). */
  private isThunk(pc: MemoryAddress): boolean {
    const module = this.ground.modules.at(pc);
    const symbol = module?.symbols.elfSymbolAt(toFile(pc, module.bias));
    return symbol !== undefined && /^_ZT[hvc]/.test(symbol.name);
  }

  /** Code that only passes control on: linkage stubs, and the dynamic linker where it resolves a first call. */
  private isDetour(pc: MemoryAddress): boolean {
    const { modules, target } = this.ground;
    const { interpreter } = modules;
    if (interpreter !== undefined && modules.at(pc) === interpreter) return true;
    return isLinkageStub(target.memory.read(pc, LONGEST_INSTRUCTION));
  }

  /** One instruction; a call in it runs to its return (the resolver's search is thousands of instructions). */
  private async stepOverCalls(threadId: number, pc: MemoryAddress): Promise<RunStop | undefined> {
    const { target, run } = this.ground;
    const call = isCall(target.memory.read(pc, LONGEST_INSTRUCTION));
    const stop = await run.resume({ mode: "instruction", threadId, others: "run" });
    if (!isOwn(stop, threadId)) return stop;
    if (!call) return undefined;
    const { sp } = target.registers(threadId);
    const back = readWord(target.memory, sp);
    if (back === undefined || back <= pc || back > offsetBy(pc, LONGEST_INSTRUCTION)) return undefined;
    return this.returns.runTo(threadId, memoryAddress(back), offsetBy(sp, 8));
  }
}
