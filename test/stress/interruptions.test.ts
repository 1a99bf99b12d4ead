/**
 * A thread that waits in a call is stopped and set going again and again, and at a moment of chance a signal comes that ends the
 * call, as it would without a debugger: none may be lost. INTERRUPTIONS_ROUNDS: how many signals a call, default 100;
 * INTERRUPTIONS_SEED.
 */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import type { StopEvent } from "../../adapter/target/target";
import { describeThreads } from "../sweep/observed";
import { sequence } from "../sweep/positions";
import { withTarget, type Running } from "../target/withTarget";

const ROUNDS = Number(process.env["INTERRUPTIONS_ROUNDS"] ?? 100);
const SEED = Number(process.env["INTERRUPTIONS_SEED"] ?? 1);
const PATIENCE_MS = 10_000;
/** Chances out of one. */
const SENT_BEFORE_STOP = 0.1;
const SENT_IN_STOP = 0.1;
const CHECKPOINT_IN_STOP = 0.05;

interface Waiting extends Running {
  readonly random: () => number;
  /** Everything that was done in a round, for a message. */
  story: string[];
}

/** Waits until something is so; fails with the round's story. */
async function until(waiting: Waiting, what: string, isSo: () => boolean): Promise<void> {
  for (const deadline = Date.now() + PATIENCE_MS; !isSo(); await sleep(0))
    assert.ok(
      Date.now() < deadline,
      `${what} does not come after ${waiting.story.join(", ")}: ${describeThreads(waiting.target.processId)}`,
    );
}

function sleeps({ target }: Waiting): boolean {
  return /^State:\s+S/m.test(readFileSync(`/proc/${target.processId}/status`, "utf8"));
}

/** Lets some time pass in which the thread may be anywhere on its way back into the call. */
async function aMoment({ random }: Waiting): Promise<void> {
  if (random() < 0.3) return sleep(0);
  const microseconds = random() * (random() < 0.5 ? 40 : 400);
  for (const end = performance.now() + microseconds / 1000; performance.now() < end;);
}

async function backToItself({ checkpointer }: Running): Promise<void> {
  const { token } = await checkpointer.create();
  await checkpointer.restore(token, false);
  checkpointer.discard(token);
}

/** Stops it up to three times, with one signal on the way. Gives the stop that is to come (in an object, or it would be waited for). */
async function disturb(waiting: Waiting, going: Promise<StopEvent>): Promise<{ going: Promise<StopEvent> }> {
  const { execution, random, story } = waiting;
  let isSent = false;
  const send = (when: string): void => {
    if (isSent) return;
    isSent = true;
    story.push(`a signal ${when}`);
    process.kill(waiting.target.processId, "SIGALRM");
  };
  for (let stops = 1 + Math.floor(random() * 3); stops > 0; stops--) {
    const chance = random();
    execution.interrupt();
    if (chance < SENT_BEFORE_STOP) send("before the stop");
    assert.equal((await going).kind, "interrupted");
    story.push("stopped");
    if (random() < CHECKPOINT_IN_STOP) {
      story.push("back to a checkpoint");
      await backToItself(waiting);
    }
    if (chance > 1 - SENT_IN_STOP) send("in the stop");
    going = waiting.run();
    await aMoment(waiting);
  }
  send("behind the stop");
  return { going };
}

for (const call of ["pause", "read", "nanosleep", "epoll_wait"])
  test(`${ROUNDS} signals end ${call}, whatever stops come in between`, () =>
    withTarget("endedBySignal", { args: [call, String(ROUNDS + 1)] }, async (running) => {
      const { execution, run, output } = running;
      const waiting: Waiting = { ...running, random: sequence(SEED), story: [] };
      let going = run();
      for (let round = 1; round <= ROUNDS; round++) {
        waiting.story = [];
        await until(waiting, "sleep", () => sleeps(waiting));
        ({ going } = await disturb(waiting, going));
        await until(waiting, "the end of the call", () => output().length === round);
      }
      execution.interrupt();
      assert.equal((await going).kind, "interrupted");
    }));
