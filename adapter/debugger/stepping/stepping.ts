/** next, stepIn and stepOut, by line or by instruction. */
import { memoryAddress, offsetBy } from "../../target/addresses";
import { isCall, LONGEST_INSTRUCTION, readWord } from "../codeX64";
import type { RunStop } from "../runControl";
import { isOwn, type StepGround } from "./stepGround";
import { StepInto } from "./stepInto";
import { StepLine } from "./stepLine";
import { StepOut } from "./stepOut";
import { StepReturn } from "./stepReturn";

/** As DAP has it; a statement is stepped as its line. */
export type StepGranularity = "statement" | "line" | "instruction";

export class Stepper {
  private readonly returns: StepReturn;
  private readonly out: StepOut;
  private readonly line: StepLine;

  constructor(private readonly ground: StepGround) {
    this.returns = new StepReturn(ground);
    this.out = new StepOut(ground, this.returns);
    this.line = new StepLine(ground, this.returns, new StepInto(ground, this.returns), this.out);
  }

  /** Each gives the stop that ends the step. */
  next(threadId: number, granularity: StepGranularity): Promise<RunStop> {
    return granularity === "instruction" ? this.nextInstruction(threadId) : this.line.step("next", threadId);
  }

  stepIn(threadId: number, granularity: StepGranularity): Promise<RunStop> {
    return granularity === "instruction"
      ? this.returns.oneInstruction(threadId, this.codeOf(threadId))
      : this.line.step("in", threadId);
  }

  stepOut(threadId: number): Promise<RunStop> {
    return this.out.step(threadId);
  }

  private codeOf(threadId: number): Buffer {
    const { target } = this.ground;
    return target.memory.read(target.registers(threadId).pc, LONGEST_INSTRUCTION);
  }

  private async nextInstruction(threadId: number): Promise<RunStop> {
    const { target } = this.ground;
    const { pc, sp } = target.registers(threadId);
    const code = this.codeOf(threadId);
    const stop = await this.returns.oneInstruction(threadId, code);
    if (!isCall(code) || !isOwn(stop, threadId)) return stop;
    const back = readWord(target.memory, target.registers(threadId).sp);
    // A signal's handler may have begun instead of the call.
    const called = target.registers(threadId).sp === offsetBy(sp, -8);
    if (!called || back === undefined || back <= pc || back > offsetBy(pc, LONGEST_INSTRUCTION)) return stop;
    return (await this.returns.runTo(threadId, memoryAddress(back), sp)) ?? stop;
  }
}
