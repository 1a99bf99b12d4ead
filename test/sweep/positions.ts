/** Where the sweep takes its checkpoints: at the program's own places, a few instructions beyond, and at any moment. */
import type { StopEvent } from "../../adapter/target/target";
import type { Running } from "../target/withTarget";
import { runWithLimit } from "./observed";

/** The name of each position, while the program stands there; at last the stop that ended the run. */
export type Positions = AsyncGenerator<string, StopEvent>;

/** Numbers from 0 to 1, the same for the same seed. */
export function sequence(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

/** Stops at `wanted` hits of `checkpoint_here` (first and last among them); `beyond`: a few steps further too. */
export async function* atPlaces(
  running: Running,
  places: number,
  wanted: number,
  random: () => number,
  beyond: boolean,
): Positions {
  const chosen = new Set([1, places]);
  while (chosen.size < Math.min(wanted, places)) chosen.add(1 + Math.floor(random() * places));
  let token = running.breakAt("checkpoint_here");
  for (let hit = 0; hit < places;) {
    const stop = await runWithLimit(running);
    if (stop.kind === "exec") token = running.breakAt("checkpoint_here");
    else if (stop.kind !== "breakpoint") {
      // The steps beyond a place have led over another.
      running.execution.removeBreakpoint(token);
      return stop;
    } else if (chosen.has(++hit)) {
      yield `place ${hit}`;
      const steps =
        beyond && hit % 2 === 0 ? await step(running, stop.threadId, Math.floor(random() * 60)) : 0;
      if (steps > 0) yield `place ${hit} and ${steps} steps`;
    }
  }
  running.execution.removeBreakpoint(token);
  return runWithLimit(running);
}

/** Takes single instructions, until one blocks, and gives how many. */
async function step(running: Running, threadId: number, count: number): Promise<number> {
  for (let taken = 0; taken < count; taken++) {
    const stop = await runWithLimit(running, 20, { mode: "instruction", threadId, others: "run" });
    if (stop.kind === "breakpoint" || stop.kind === "interrupted") return taken;
    if (stop.kind !== "step") return 0;
  }
  return count;
}

/** Stops up to `wanted` times at any moment of a run that takes about `milliseconds`. */
export async function* atInterrupts(
  running: Running,
  milliseconds: number,
  wanted: number,
  random: () => number,
): Positions {
  for (let count = 0; count < wanted;) {
    const stop = await runWithLimit(running, random() * (milliseconds / wanted) * 1.6);
    if (stop.kind === "exec") continue;
    if (stop.kind !== "interrupted") return stop;
    yield `interrupt ${++count}`;
  }
  return runWithLimit(running);
}
