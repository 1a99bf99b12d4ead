/**
 * Threads under locks, signals and timers: checkpoint, run a little, restart, and again. Nothing may hang, no event be lost, and
 * nothing be left behind. STORM_ROUNDS: how many rounds, default 300. STORM_ACTIVITIES: which of locks, signals, timers, pipes;
 * by default all. STORM_THREADS: how many are many, default 256.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { CheckpointToken } from "../../adapter/target/checkpointer";
import type { LaunchOptions } from "../../adapter/target/target";
import { children } from "../target/withTarget";
import { allGoOn, counts, rounds, runALittle, withStorm, type Storm } from "./storm";

const ROUNDS = Number(process.env["STORM_ROUNDS"] ?? 300);
const MANY = Number(process.env["STORM_THREADS"] ?? 256);

/** What each activity of the program counts; see debuggees/storm.c. */
const counters = {
  locks: ["locked", "laps"],
  signals: ["received"],
  timers: ["ticks", "alarms", "shots"],
  pipes: ["passed"],
} as const;
type Activity = keyof typeof counters;

const named = process.env["STORM_ACTIVITIES"]?.split(",");
const activities = Object.keys(counters).filter((name): name is Activity => named?.includes(name) ?? true);

async function withThreads(
  threads: number,
  launch: Partial<LaunchOptions>,
  body: (storm: Storm) => Promise<void>,
): Promise<void> {
  const names = activities.flatMap((activity): readonly string[] => counters[activity]);
  const args = [String(threads), ...activities];
  await withStorm("storm", { args, names, seed: threads, launch }, async (storm) => {
    assert.equal(storm.running.target.threads.length, threads);
    await body(storm);
  });
}

for (const sameProcessId of ["auto", "never"] as const)
  test(`8 threads, ${ROUNDS} rounds (process id ${sameProcessId})`, async () =>
    withThreads(8, { sameProcessId }, (storm) => rounds(storm, ROUNDS)));

test(`${MANY} threads, ${Math.ceil(ROUNDS / 15)} rounds`, async () =>
  withThreads(MANY, {}, (storm) => rounds(storm, Math.ceil(ROUNDS / 15))));

test("500 checkpoints alive, each restarted", async () =>
  withThreads(8, {}, async (storm) => {
    const { checkpointer } = storm.running;
    const frozen: { token: CheckpointToken; counts: bigint[] }[] = [];
    for (let made = 0; made < 500; made++) {
      await runALittle(storm, storm.random());
      frozen.push({ token: (await checkpointer.create()).token, counts: counts(storm) });
    }
    frozen.sort(() => storm.random() - 0.5);
    for (const [index, { token, counts: expected }] of frozen.entries()) {
      await checkpointer.restore(token, false);
      assert.deepEqual(counts(storm), expected);
      if (index % 50 === 0) await allGoOn(storm);
    }
    assert.equal(children().length, 501);
  }));
