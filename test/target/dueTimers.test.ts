/** Timers that are just due when a checkpoint is taken are due in its copies, too, and expire once there. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { describeThreads } from "../sweep/observed";
import { withTarget, type Running } from "./withTarget";

const ROUNDS = Number(process.env["TIMER_ROUNDS"] ?? 100);
const PATIENCE_MS = 10_000;
/** SIGALRM, SIGRTMIN and the next one. */
const SIGNALS = [14, 34, 35];

/** Runs for a moment, and on until the program has come round again. */
async function goesRound({ target, execution, run, int }: Running): Promise<void> {
  const before = int("rounds");
  for (const deadline = Date.now() + PATIENCE_MS; int("rounds") === before;) {
    assert.ok(Date.now() < deadline, `it waits for ever: ${describeThreads(target.processId)}`);
    const stop = run();
    await sleep(0);
    execution.interrupt();
    assert.equal((await stop).kind, "interrupted");
  }
}

for (const [kind, program] of [
  ["descriptors", "dueTimers"],
  ["signals", "dueSignals"],
] as const)
  test(`timers with ${kind} that are due at a checkpoint expire after each restart`, () =>
    withTarget(program, {}, async (running) => {
      const { checkpointer, execution } = running;
      execution.passSignals = new Set(SIGNALS);
      await goesRound(running);
      for (let round = 0; round < ROUNDS; round++) {
        const { token } = await checkpointer.create();
        await checkpointer.restore(token, false);
        await goesRound(running);
        checkpointer.discard(token);
      }
    }));
