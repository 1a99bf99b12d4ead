/** What a hit breakpoint does: its condition, its hit count, its log message. */
import type { MemoryAddress } from "../../target/addresses";
import { evaluate, evaluateCondition } from "../expressions/expressions";
import { sentenceOf } from "../failure";
import { CallUnderWay } from "../programCalls";
import type { DebuggerEvents, EvaluationContext } from "../types";
import type { Breakpoint } from "./breakpoint";
import type { Breakpoints } from "./breakpoints";

/** Decides the hits of all breakpoints. */
export class BreakpointHits {
  /** A hit is being decided: one that comes meanwhile is in a function that its condition or log message calls. */
  private deciding = false;

  constructor(
    private readonly breakpoints: Breakpoints,
    private readonly events: Pick<DebuggerEvents, "output">,
    /** The innermost frame of a thread, as it has come to the breakpoint. */
    private readonly contextOf: (threadId: number) => EvaluationContext,
    /** Has a thread's innermost frame be that which so many inlined calls are inside of. */
    private readonly show: (threadId: number, callsInside: number) => void,
  ) {}

  /** Counts a thread's arrival at an address; gives the ids of the breakpoints that stop there. */
  async arrive(threadId: number, address: MemoryAddress): Promise<number[]> {
    const stopping: number[] = [];
    const inCall = this.deciding;
    this.deciding = true;
    try {
      const all = this.breakpoints.at(address);
      for (const breakpoint of all) {
        this.show(threadId, breakpoint.callsInsideAt(address));
        if (await this.stops(breakpoint, threadId, inCall)) stopping.push(breakpoint.id);
      }
      const first = all.find(({ id }) => id === stopping[0]);
      if (first !== undefined) this.show(threadId, first.callsInsideAt(address));
    } finally {
      this.deciding = inCall;
    }
    return stopping;
  }

  /**
   * Whether a breakpoint stops the thread. `inCall`: the hit is in a call that another hit's condition or log message makes;
   * where it would call a function itself, it ends that call, whose sentence says enough.
   */
  private async stops(breakpoint: Breakpoint, threadId: number, inCall: boolean): Promise<boolean> {
    try {
      if (!(await this.holds(breakpoint, threadId, inCall))) return false;
      if (!breakpoint.hitCondition(++breakpoint.hits)) return false;
      if (breakpoint.log === undefined) return true;
      this.events.output("console", `${await this.message(breakpoint, threadId, inCall)}\n`);
      return false;
    } catch (error) {
      if (inCall && error instanceof CallUnderWay) return true;
      throw error;
    }
  }

  /** A condition that cannot be told stops, and says so, as GDB does. */
  private async holds(breakpoint: Breakpoint, threadId: number, inCall: boolean): Promise<boolean> {
    const { condition } = breakpoint;
    if (condition === undefined) return true;
    let problem: string | undefined;
    let result = true;
    try {
      result = await evaluateCondition(condition, this.contextOf(threadId));
    } catch (error) {
      if (inCall && error instanceof CallUnderWay) throw error;
      problem = `Error in the condition "${condition}": ${sentence(error)}`;
      this.events.output("important", `Breakpoint ${breakpoint.id}: ${problem}\n`);
    }
    breakpoint.conditionProblem = problem;
    this.breakpoints.tell(breakpoint);
    return result;
  }

  private async message(breakpoint: Breakpoint, threadId: number, inCall: boolean): Promise<string> {
    const parts: string[] = [];
    for (const part of breakpoint.log ?? []) {
      if ("text" in part) parts.push(part.text);
      else parts.push(await this.valueOf(part.expression, threadId, inCall));
    }
    return parts.join("");
  }

  private async valueOf(expression: string, threadId: number, inCall: boolean): Promise<string> {
    try {
      return (await evaluate(expression, this.contextOf(threadId), { sideEffects: "calls" })).value;
    } catch (error) {
      if (inCall && error instanceof CallUnderWay) throw error;
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
