/** What comes just when a checkpoint is taken, or a restart is under way, comes in the copies, too, and once. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { compile } from "../helpers/compile";
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

/** Goes back to a checkpoint where it stands, again and again, at any moment. */
async function comesRoundAlways(running: Running): Promise<void> {
  const { checkpointer, execution } = running;
  execution.passSignals = new Set(SIGNALS);
  await goesRound(running);
  for (let round = 0; round < ROUNDS; round++) {
    const { token } = await checkpointer.create();
    await checkpointer.restore(token, false);
    await goesRound(running);
    checkpointer.discard(token);
  }
}

for (const [kind, program] of [
  ["descriptors", "dueTimers"],
  ["edges", "dueEdges"],
  ["signals", "dueSignals"],
] as const)
  test(`timers with ${kind} that are due at a checkpoint expire after each restart`, () =>
    withTarget(program, {}, comesRoundAlways));

test("an edge that another process makes while a restart is under way is told of", async () => {
  const folder = mkdtempSync("/tmp/forkpoint-");
  const socket = path.join(folder, "socket");
  const other = spawn(compile("answers"), [socket, "late"], { stdio: "ignore" });
  // It ends with the program, and the target waits for every child of this process.
  other.unref();
  try {
    await withTarget("answers", { args: [socket] }, comesRoundAlways);
  } finally {
    other.kill("SIGKILL");
    rmSync(folder, { recursive: true });
  }
});

test("a timer that is not set, but for its interval, is not set in copies", () =>
  withTarget("unsetTimer", {}, async ({ breakAt, checkpointer, runTo, output }) => {
    breakAt("first");
    await runTo("breakpoint");
    const { token } = await checkpointer.create();
    for (let round = 1; round <= 3; round++) {
      await checkpointer.restore(token, false);
      await runTo("exiting");
      assert.equal(output(), "EXIT-SUCCESS\n".repeat(round));
    }
  }));
