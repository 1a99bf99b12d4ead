/** Programs that check what a clone does not carry, and what checkpoints of them say of it. */
import assert from "node:assert/strict";
import type { FrozenState } from "../../adapter/target/checkpointer";
import type { Running } from "./withTarget";

/** The ways in which a program gets its process id at a restart. */
export const sameIds = ["auto", "never"] as const;

/** What a checkpoint says of a resource. */
export function factsOn(frozen: FrozenState, resource: string): (readonly [state: string, detail: string])[] {
  return frozen.fidelity
    .filter((entry) => entry.resource === resource)
    .map(({ state, detail }) => [state, detail ?? ""] as const);
}

/** Runs on to its end, and again from a checkpoint, as often as asked; each time it must find all in order. */
export async function endsWell(running: Running, frozen: FrozenState, rounds: number): Promise<void> {
  const { checkpointer, runTo, output } = running;
  for (let round = 0; round < rounds; round++) {
    await runTo("exiting");
    assert.equal(output(), "EXIT-SUCCESS\n".repeat(round + 1));
    if (round + 1 < rounds)
      assert.deepEqual((await checkpointer.restore(frozen.token, round % 2 === 0)).missed, []);
  }
}
