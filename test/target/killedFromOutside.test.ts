/** Frozen copies and programs that somebody else kills. */
import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import { test } from "node:test";
import type { CheckpointToken } from "../../adapter/target/checkpointer";
import { children, isAlive, withTarget } from "./withTarget";

test("a frozen copy killed from outside is noticed while the program is stopped", async () => {
  await withTarget("ticks", {}, async ({ checkpointer, breakAt, runTo }) => {
    breakAt("tick");
    await runTo("breakpoint");
    const frozen = await checkpointer.create();
    const lost = new Promise<CheckpointToken>((resolve) => (checkpointer.onLost = resolve));
    process.kill(frozen.copyProcessId, "SIGKILL");
    const waiting = setInterval(() => undefined, 1000);
    assert.equal(await lost, frozen.token);
    clearInterval(waiting);
    assert.equal(isAlive(frozen.copyProcessId), false);
    await runTo("breakpoint");
  });
});

test("a restart of a copy that has just been killed is refused, and the program goes on", async () => {
  await withTarget("ticks", {}, async ({ target, checkpointer, breakAt, runTo, int }) => {
    breakAt("tick");
    await runTo("breakpoint");
    const { token, copyProcessId } = await checkpointer.create();
    await runTo("breakpoint");
    const { processId } = target;
    process.kill(copyProcessId, "SIGKILL");
    await assert.rejects(checkpointer.restore(token, false), /^Error: That checkpoint's copy is gone\.$/);
    assert.equal(target.processId, processId);
    await runTo("breakpoint");
    assert.equal(int("counter"), 0 + 1);
    const { token: next } = await checkpointer.create();
    await checkpointer.restore(next, false);
    await runTo("breakpoint");
    assert.equal(int("counter"), 0 + 1 + 2);
  });
});

test("a program that was killed while it stood still can be brought back", async () => {
  await withTarget("ticks", {}, async ({ target, checkpointer, breakAt, run, runTo }) => {
    breakAt("done");
    await runTo("breakpoint");
    const { token } = await checkpointer.create();
    for (let round = 0; round < 5; round++) {
      process.kill(target.processId, "SIGKILL");
      await sleep(round % 2);
      await checkpointer.restore(token, true);
    }
    process.kill(target.processId, "SIGKILL");
    await sleep(1);
    await assert.rejects(checkpointer.create(), /has ended/);
    assert.deepEqual(await run(), {
      kind: "exited",
      status: { signal: 9, signalName: "SIGKILL" },
      unexpected: true,
    });
    await checkpointer.restore(token, true);
    await runTo("exiting");
  });
});

test("nothing is left of any of these programs", () => {
  assert.deepEqual(children(), []);
});
