/** What a hit breakpoint does: its condition, its hit count, its log message. */
import type { Breakpoint } from "./breakpoint";
import type { Breakpoints } from "./breakpoints";
import { evaluate, evaluateCondition } from "./expressions/expressions";
import { sentenceOf } from "./failure";
import type { DebuggerEvents, EvaluationContext } from "./types";
import type { MemoryAddress } from "../target/addresses";

/** Decides the hits of all breakpoints. */
export class BreakpointHits {
  constructor(
    private readonly breakpoints: Breakpoints,
    private readonly events: Pick<DebuggerEvents, "output">,
    /** The innermost frame of a thread, as it has come to the breakpoint. */
    private readonly contextOf: (threadId: number) => EvaluationContext,
  ) {}

  /** Counts a thread's arrival at an address; gives the ids of the breakpoints that stop there. */
  async arrive(threadId: number, address: MemoryAddress): Promise<number[]> {
    const stopping: number[] = [];
    for (const breakpoint of this.breakpoints.at(address)) {
      if (!(await this.holds(breakpoint, threadId))) continue;
      breakpoint.hits++;
      if (!breakpoint.hitCondition(breakpoint.hits)) continue;
      if (breakpoint.log === undefined) stopping.push(breakpoint.id);
      else this.events.output("console", `${await this.message(breakpoint, threadId)}\n`);
    }
    return stopping;
  }

  /** A condition that cannot be told stops, and says so, as GDB does. */
  private async holds(breakpoint: Breakpoint, threadId: number): Promise<boolean> {
    const { condition } = breakpoint;
    if (condition === undefined) return true;
    let problem: string | undefined;
    let result = true;
    try {
      result = await evaluateCondition(condition, this.contextOf(threadId));
    } catch (error) {
      problem = `Error in the condition "${condition}": ${sentence(error)}`;
      this.events.output("important", `Breakpoint ${breakpoint.id}: ${problem}\n`);
    }
    breakpoint.conditionProblem = problem;
    this.breakpoints.tell(breakpoint);
    return result;
  }

  private async message(breakpoint: Breakpoint, threadId: number): Promise<string> {
    const parts: string[] = [];
    for (const part of breakpoint.log ?? []) {
      if ("text" in part) parts.push(part.text);
      else parts.push(await this.valueOf(part.expression, threadId));
    }
    return parts.join("");
  }

  private async valueOf(expression: string, threadId: number): Promise<string> {
    try {
      return (await evaluate(expression, this.contextOf(threadId), { sideEffects: "calls" })).value;
    } catch (error) {
      return `<${sentence(error)}>`;
    }
  }
}

/** The sentence of an error that a person may cause; any other is a defect and goes on. */
function sentence(error: unknown): string {
  const text = sentenceOf(error);
  if (text === undefined) throw error;
  return text;
}
