/**
 * Rounds of checkpoint, run a little, restart, with a program that is busy for ever, counts what it does, and finds out itself when
 * anything is lost.
 */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import type { LaunchOptions } from "../../adapter/target/target";
import { allSignals, describeThreads, runWithLimit, wordsOf } from "../sweep/observed";
import { sequence } from "../sweep/positions";
import { children, ownDescriptors, withTarget, type Running } from "../target/withTarget";

export interface StormOptions {
  readonly args: readonly string[];
  /** What the program counts: variables of 8 bytes. */
  readonly names: readonly string[];
  readonly seed: number;
  readonly launch: Partial<LaunchOptions>;
}

export interface Storm {
  readonly running: Running;
  readonly random: () => number;
  /** What it counts: variables of 8 bytes. */
  readonly names: readonly string[];
}

/** Runs for up to `milliseconds`, or to a thread's turn; anything else that stops it is a failure. */
export async function runALittle({ running }: Storm, milliseconds: number): Promise<void> {
  const stop = await runWithLimit(running, milliseconds);
  assert.ok(
    stop.kind === "interrupted" || stop.kind === "breakpoint",
    `${wordsOf(stop)} ${running.output()}`,
  );
}

export function counts({ running, names }: Storm): bigint[] {
  return names.map((name) => running.target.memory.read(running.address(name), 8).readBigInt64LE(0));
}

/** Every activity goes on: none of its threads waits for what has been lost. */
export async function allGoOn(storm: Storm): Promise<void> {
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

/** Runs `program`, of which `turn_done` is a function that its threads come by; nothing is left of it afterwards. */
export async function withStorm(
  program: string,
  { args, names, seed, launch }: StormOptions,
  body: (storm: Storm) => Promise<void>,
): Promise<void> {
  await withTarget(program, { args, launch }, async (running) => {
    running.execution.passSignals = allSignals;
    const storm = { running, random: sequence(seed), names };
    try {
      await allGoOn(storm);
      await body(storm);
    } catch (error) {
      // What it has found out itself may not have been asked for yet.
      const found = running.output();
      throw found === "" ? error : new Error(`${String(error)} ${found}`, { cause: error });
    }
  });
  assert.deepEqual(children(), []);
}

const mappings = (pid: number | string): number =>
  readFileSync(`/proc/${pid}/maps`, "latin1").trim().split("\n").length;

/** Many rounds; no descriptor, mapping or process may be more than before. */
export async function rounds(storm: Storm, count: number): Promise<void> {
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
