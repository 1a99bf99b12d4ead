/** Out of the innermost frame, real or inlined; and where to come to rest when a step has left its frame. */
import type { MemoryAddress } from "../../target/addresses";
import type { RunStop } from "../runControl";
import { inlinedCalls, rangesInMemory } from "../stack/inlinedCalls";
import { UserError } from "../types";
import { isOwn, isWorthSeeing, lineAt, type StepGround } from "./stepGround";
import { commonDepth, originOf, relate, type SourceLine, type StepOrigin } from "./stepPlace";
import type { StepReturn } from "./stepReturn";

export class StepOut {
  constructor(
    private readonly ground: StepGround,
    private readonly returns: StepReturn,
  ) {}

  async step(threadId: number): Promise<RunStop> {
    const origin = originOf(this.ground, threadId);
    return origin !== undefined && origin.visible.length > 0
      ? this.outOfInlined(origin)
      : this.toCaller(threadId);
  }

  /**
   * Until the physical frame has returned: to the nearest caller with lines, since nobody wants to rest in the C library
   * (where none has any: to the next one).
   */
  async toCaller(threadId: number): Promise<RunStop> {
    const index = this.callerWithLines(threadId, 1, lineAt(this.ground, this.pc(threadId))) ?? 1;
    const caller = this.ground.frames.physical(threadId, index);
    if (caller === undefined)
      throw new UserError("This is the outermost frame: it has no caller to step out to.");
    return (await this.returns.runTo(threadId, caller.pc, caller.sp)) ?? this.rest(threadId);
  }

  /** A step has left its frame: rest here where there are lines, else in the nearest caller that has, else run on. */
  async settle(threadId: number, from: SourceLine | undefined): Promise<RunStop> {
    const index = this.callerWithLines(threadId, 0, from);
    if (index === 0) return this.rest(threadId);
    const caller = index === undefined ? undefined : this.ground.frames.physical(threadId, index);
    if (caller === undefined) return this.ground.run.resume({ mode: "run", threadId, others: "run" });
    return (await this.returns.runTo(threadId, caller.pc, caller.sp)) ?? this.rest(threadId);
  }

  private async outOfInlined(origin: StepOrigin): Promise<RunStop> {
    const { threadId, visible } = origin;
    const { modules, frames, target } = this.ground;
    const innermost = visible[visible.length - 1];
    for (;;) {
      const module = modules.at(target.registers(threadId).pc);
      const ranges = module === undefined || innermost === undefined ? [] : rangesInMemory(module, innermost);
      const stop = await this.returns.stepRange(threadId, ranges);
      if (!isOwn(stop, threadId)) return stop;
      const relation = relate(this.ground, origin);
      if (relation.kind === "left") return this.settle(threadId, origin.line);
      if (relation.kind === "deeper") {
        const back = frames.physical(threadId, relation.back);
        const other = back === undefined ? undefined : await this.returns.runTo(threadId, back.pc, back.sp);
        if (other !== undefined) return other;
      }
      const calls = inlinedCalls(modules, target.registers(threadId).pc);
      const isOut =
        relate(this.ground, origin).kind === "same" && commonDepth(visible, calls) < visible.length;
      if (isOut) return this.rest(threadId);
    }
  }

  private pc(threadId: number): MemoryAddress {
    return this.ground.target.registers(threadId).pc;
  }

  private callerWithLines(threadId: number, first: number, from: SourceLine | undefined): number | undefined {
    for (let index = first; ; index++) {
      const frame = this.ground.frames.physical(threadId, index);
      if (frame === undefined) return undefined;
      if (!frame.isTrampoline && isWorthSeeing(this.ground, frame.lookupPc, from)) return index;
    }
  }

  private rest(threadId: number): RunStop {
    this.ground.frames.hideBeginning(threadId);
    return { event: { kind: "step", threadId }, hits: [] };
  }
}
