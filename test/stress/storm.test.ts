/**
 * Threads under locks, signals and timers: checkpoint, run a little, restart, and again. Nothing may hang, no event be lost, and
 * nothing be left behind. STORM_ROUNDS: how many rounds, default 300. STORM_ACTIVITIES: which of locks, signals, timers, pipes;
 * by default all. STORM_THREADS: how many are many, default 256.
 */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import type { CheckpointToken } from "../../adapter/target/checkpointer";
import type { LaunchOptions } from "../../adapter/target/target";
import { allSignals, describeThreads, runWithLimit, wordsOf } from "../sweep/observed";
import { sequence } from "../sweep/positions";
import { children, ownDescriptors, withTarget, type Running } from "../target/withTarget";

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

interface Storm {
  readonly running: Running;
  readonly random: () => number;
  readonly names: readonly string[];
}

/** Runs for up to `milliseconds`, or to a thread's turn; anything else that stops it is a failure. */
async function runALittle({ running }: Storm, milliseconds: number): Promise<void> {
  const stop = await runWithLimit(running, milliseconds);
  assert.ok(
    stop.kind === "interrupted" || stop.kind === "breakpoint",
    `${wordsOf(stop)} ${running.output()}`,
  );
}

function counts({ running, names }: Storm): bigint[] {
  return names.map((name) => running.target.memory.read(running.address(name), 8).readBigInt64LE(0));
}

/** Every activity goes on: none of its threads waits for what has been lost. */
async function allGoOn(storm: Storm): Promise<void> {
  const before = counts(storm);
  for (const deadline = Date.now() + 10_000; ;) {
    await runALittle(storm, 5);
    const now = counts(storm);
    const still = storm.names.filter((_, index) => now[index] === before[index]);
    if (still.length === 0) return;
    const { processId } = storm.running.target;
    assert.ok(Date.now() < deadline, `nothing more is ${still.join()}: ${describeThreads(processId)}`);
  }
}

/** One round; the restart brings back every counter as it was. */
async function round(storm: Storm): Promise<void> {
  const { running, random } = storm;
  const { checkpointer, execution } = running;
  const trap = random() < 0.3 ? running.breakAt("turn_done") : undefined;
  await runALittle(storm, random() * 3);
  const { token } = await checkpointer.create();
  const frozen = counts(storm);
  const threads = running.target.threads.map(({ id }) => id);
  await runALittle(storm, random() * 3);
  const { left } = await checkpointer.restore(token, random() < 0.5);
  assert.deepEqual(counts(storm), frozen);
  assert.deepEqual(
    running.target.threads.map(({ id }) => id),
    threads,
  );
  if (trap) execution.removeBreakpoint(trap);
  if (left) checkpointer.discard(left.token);
  checkpointer.discard(token);
}

async function withStorm(
  threads: number,
  activities: readonly Activity[],
  launch: Partial<LaunchOptions>,
  body: (storm: Storm) => Promise<void>,
): Promise<void> {
  await withTarget("storm", { args: [String(threads), ...activities], launch }, async (running) => {
    running.execution.passSignals = allSignals;
    const storm = {
      running,
      random: sequence(threads),
      names: activities.flatMap((activity): readonly string[] => counters[activity]),
    };
    await allGoOn(storm);
    assert.equal(running.target.threads.length, threads);
    await body(storm);
  });
  assert.deepEqual(children(), []);
}

const mappings = (pid: number | string): number =>
  readFileSync(`/proc/${pid}/maps`, "latin1").trim().split("\n").length;

async function rounds(storm: Storm, count: number): Promise<void> {
  const { target } = storm.running;
  for (let warmUp = 0; warmUp < 20; warmUp++) await round(storm);
  const before = {
    descriptors: ownDescriptors().length,
    own: mappings("self"),
    program: mappings(target.processId),
  };
  for (let done = 1; done <= count; done++) {
    await round(storm);
    if (done % 25 === 0) await allGoOn(storm);
  }
  await allGoOn(storm);
  // What is looked after only when it is idle.
  await sleep(50);
  assert.ok(ownDescriptors().length <= before.descriptors + 2, `descriptors: ${ownDescriptors().join(" ")}`);
  assert.equal(mappings(target.processId), before.program);
  assert.ok(mappings("self") < before.own + 200, "Node's own heap moves a little, not by a mapping a round");
  assert.deepEqual(children(), [target.processId]);
}

const named = process.env["STORM_ACTIVITIES"]?.split(",");
const all = Object.keys(counters).filter((name): name is Activity => named?.includes(name) ?? true);

for (const sameProcessId of ["auto", "never"] as const)
  test(`8 threads, ${ROUNDS} rounds (process id ${sameProcessId})`, async () =>
    withStorm(8, all, { sameProcessId }, (storm) => rounds(storm, ROUNDS)));

test(`${MANY} threads, ${Math.ceil(ROUNDS / 15)} rounds`, async () =>
  withStorm(MANY, all, {}, (storm) => rounds(storm, Math.ceil(ROUNDS / 15))));

test("500 checkpoints alive, each restarted", async () =>
  withStorm(8, all, {}, async (storm) => {
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
