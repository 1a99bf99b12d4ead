/**
 * Steps by source line. The thread steps within its line; whatever takes it out of it is judged where it comes to: a
 * call is stepped over or into, a signal's handler runs, an inlined call is passed or shown, a return or a longjmp
 * ends the step in an older frame. The step is done at the first instruction of another statement.
 */
import { contains, offsetBy, toMemory } from "../../target/addresses";
import type { AddressRange, MemoryAddress } from "../../target/addresses";
import type { RunStop } from "../runControl";
import { callsBeginningAt, inlinedCalls, rangesInMemory } from "../stack/inlinedCalls";
import { beginsStatement, functionAt, isOwn, lineAt, lineRanges, type StepGround } from "./stepGround";
import type { StepInto } from "./stepInto";
import type { StepOut } from "./stepOut";
import {
  callSite,
  commonDepth,
  originOf,
  relate,
  sameLine,
  type Relation,
  type StepOrigin,
} from "./stepPlace";
import type { StepReturn } from "./stepReturn";

export type LineStepKind = "next" | "in";

/** What to do at a place: stop there, step on in ranges, or look again (the thread was moved already). */
type Verdict =
  { readonly stop: RunStop } | { readonly ranges: readonly AddressRange<MemoryAddress>[] } | "lookAgain";

export class StepLine {
  constructor(
    private readonly ground: StepGround,
    private readonly returns: StepReturn,
    private readonly into: StepInto,
    private readonly out: StepOut,
  ) {}

  async step(kind: LineStepKind, threadId: number): Promise<RunStop> {
    const { frames } = this.ground;
    const hidden = frames.hidden(threadId);
    if (kind === "in" && hidden > 0) {
      frames.hide(threadId, hidden - 1);
      return this.done(threadId);
    }
    const origin = originOf(this.ground, threadId);
    if (origin?.line === undefined) return this.withoutLines(kind, threadId);
    const walk = new LineWalk(this.ground, this.returns, this.into, this.out, kind, origin);
    return walk.run(this.firstRanges(origin, hidden));
  }

  private firstRanges(origin: StepOrigin, hidden: number): readonly AddressRange<MemoryAddress>[] {
    const { pc } = this.ground.target.registers(origin.threadId);
    const module = this.ground.modules.at(pc);
    const inner = inlinedCalls(this.ground.modules, pc)[origin.visible.length];
    if (hidden > 0 && inner !== undefined && module !== undefined) return rangesInMemory(module, inner);
    return lineRanges(this.ground, pc);
  }

  /** As GDB has it: a step in a function without lines runs until it is left. */
  private async withoutLines(kind: LineStepKind, threadId: number): Promise<RunStop> {
    const { modules, target } = this.ground;
    const { pc } = target.registers(threadId);
    const module = modules.at(pc);
    const here = functionAt(this.ground, pc);
    const origin = originOf(this.ground, threadId);
    if (module === undefined || here === undefined || origin === undefined)
      return this.oneInstruction(threadId);
    if (kind === "next" && this.ground.frames.physical(threadId, 1) !== undefined)
      return this.out.toCaller(threadId);
    const ranges = here.ranges.map(({ low, high }) => ({
      low: toMemory(low, module.bias),
      high: toMemory(high, module.bias),
    }));
    return new LineWalk(this.ground, this.returns, this.into, this.out, kind, origin).run(ranges);
  }

  private oneInstruction(threadId: number): Promise<RunStop> {
    return this.returns.stepRange(threadId, []);
  }

  private done(threadId: number): RunStop {
    return { event: { kind: "step", threadId }, hits: [] };
  }
}

/** One line step under way. */
class LineWalk {
  constructor(
    private readonly ground: StepGround,
    private readonly returns: StepReturn,
    private readonly into: StepInto,
    private readonly out: StepOut,
    private readonly kind: LineStepKind,
    private origin: StepOrigin,
  ) {}

  private get threadId(): number {
    return this.origin.threadId;
  }

  async run(ranges: readonly AddressRange<MemoryAddress>[]): Promise<RunStop> {
    let verdict: Verdict = { ranges };
    for (;;) {
      if (verdict !== "lookAgain") {
        if ("stop" in verdict) return verdict.stop;
        const ranges = withoutEntry(verdict.ranges, this.origin.functionEntry);
        const stop = await this.returns.stepRange(this.threadId, ranges);
        if (!isOwn(stop, this.threadId)) return stop;
      }
      verdict = await this.judge();
    }
  }

  private async judge(): Promise<Verdict> {
    const relation = relate(this.ground, this.origin);
    switch (relation.kind) {
      case "same":
        return this.inFrame();
      case "deeper":
        return this.inCall(relation);
      case "left":
        return this.leftFrame();
      case "unknown":
        return { ranges: [] };
    }
  }

  private async inCall(relation: Extract<Relation, { kind: "deeper" }>): Promise<Verdict> {
    const { frames, target } = this.ground;
    const back = frames.physical(this.threadId, relation.back);
    if (back === undefined) return { ranges: [] };
    if (this.kind === "in" && !relation.interrupted) {
      const { pc } = target.registers(this.threadId);
      const outcome = await this.into.enter(this.threadId, back, this.origin.line);
      if (outcome === "inside") return { stop: this.arrived() };
      if (outcome !== "passed") return { stop: outcome };
      return pc === target.registers(this.threadId).pc ? { ranges: [] } : "lookAgain";
    }
    const stop = await this.returns.runTo(this.threadId, back.pc, back.sp);
    return stop === undefined ? "lookAgain" : { stop };
  }

  /** As GDB has it: in an older frame the step goes on to the end of the line that it came back to. */
  private async leftFrame(): Promise<Verdict> {
    const { target } = this.ground;
    const stop = await this.out.settle(this.threadId, this.origin.line);
    if (!isOwn(stop, this.threadId)) return { stop };
    const { pc } = target.registers(this.threadId);
    const origin = originOf(this.ground, this.threadId);
    if (origin?.line === undefined || beginsStatement(this.ground, pc)) return { stop };
    this.origin = origin;
    return { ranges: lineRanges(this.ground, pc) };
  }

  /** In the frame where the step began, somewhere. */
  private inFrame(): Verdict {
    const { modules, target, frames } = this.ground;
    const { pc } = target.registers(this.threadId);
    const calls = inlinedCalls(modules, pc);
    const depth = commonDepth(this.origin.visible, calls);
    // An inlined call is over: any statement is a new one.
    if (depth < this.origin.visible.length)
      this.origin = { ...this.origin, visible: calls.slice(0, depth), line: undefined };
    const inner = calls[depth];
    if (inner === undefined) return this.onLine(pc);
    const beginning = callsBeginningAt(modules, calls, pc);
    const begins = calls.length - beginning <= depth;
    if (begins && !sameLine(this.origin.line, callSite(inner))) {
      frames.hide(this.threadId, calls.length - depth);
      return { stop: this.done() };
    }
    if (this.kind === "in" && (begins || beginsStatement(this.ground, pc))) {
      frames.hide(this.threadId, begins ? calls.length - depth - 1 : 0);
      return { stop: this.done() };
    }
    const module = modules.at(pc);
    return { ranges: module === undefined ? [] : rangesInMemory(module, inner) };
  }

  private onLine(pc: MemoryAddress): Verdict {
    const entry = lineAt(this.ground, pc);
    if (entry !== undefined && !sameLine(entry, this.origin.line) && beginsStatement(this.ground, pc))
      return { stop: this.done() };
    return { ranges: entry === undefined ? [] : lineRanges(this.ground, pc) };
  }

  /** At the body of a function just entered: calls inlined at its very start are shown one by one. */
  private arrived(): RunStop {
    this.ground.frames.hideBeginning(this.threadId);
    return this.done();
  }

  private done(): RunStop {
    return { event: { kind: "step", threadId: this.threadId }, hits: [] };
  }
}

/**
 * Ranges without a function's first instruction: a recursive call comes there, a deeper frame on the same line, and is to
 * be judged as any call is.
 */
function withoutEntry(
  ranges: readonly AddressRange<MemoryAddress>[],
  entry: MemoryAddress | undefined,
): readonly AddressRange<MemoryAddress>[] {
  if (entry === undefined) return ranges;
  return ranges.flatMap((range) =>
    contains(range, entry)
      ? [
          { low: range.low, high: entry },
          { low: offsetBy(entry, 1), high: range.high },
        ].filter(({ low, high }) => low < high)
      : [range],
  );
}
