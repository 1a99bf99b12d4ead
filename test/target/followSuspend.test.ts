/** Both sides of the program's own fork by turns: the child stands still until the session switches to it. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import type { FrozenState } from "../../adapter/target/checkpointer";
import { onwards, sharing, withFollow } from "./withFollow";
import { children, isAlive, type Running } from "./withTarget";

/** Runs until the child waits, and gives its token and process id. */
async function toSuspended(running: Running): Promise<FrozenState> {
  const { suspended } = await running.runTo("forked");
  const [child] = suspended;
  assert.ok(child);
  return child;
}

describe("followFork: suspend", () => {
  for (const way of ["fork", "thread", "double"] as const)
    test(`${way}: both sides in turn, and the parent waits for its real child`, () =>
      withFollow("suspend", [way], async (running) => {
        const { target, checkpointer } = running;
        const parent = target.processId;
        running.breakAt("met");
        const child = await toSuspended(running);
        assert.equal(target.processId, parent);
        const { left, stop } = await checkpointer.restore(child.token, true);
        assert.equal(stop.kind, "restored");
        assert.equal(target.processId, child.processId);
        assert.ok(left);
        assert.equal(left.processId, parent);
        if (way !== "double") {
          assert.equal((await onwards(running)).kind, "breakpoint");
          assert.equal((await onwards(running)).kind, "exiting");
          assert.equal(running.output(), "");
        }
        const back = await checkpointer.restore(left.token, true);
        assert.equal(back.left === undefined, way !== "double");
        assert.equal(target.processId, parent);
        if (way === "double") return;
        assert.equal((await onwards(running)).kind, "breakpoint");
        assert.match(running.output(), new RegExp(`${way}: the same, 300`));
        assert.equal((await onwards(running)).kind, "exiting");
      }));

  test("there and back a hundred times", () =>
    withFollow("suspend", ["fork"], async (running) => {
      const { target, checkpointer } = running;
      running.breakAt("met");
      const parent = target.processId;
      let other = await toSuspended(running);
      const child = other.processId;
      for (let round = 0; round < 100; round++) {
        const { left } = await checkpointer.restore(other.token, true);
        assert.ok(left);
        other = left;
        assert.equal(target.processId, round % 2 === 0 ? child : parent);
        await running.execution.resume({ mode: "instruction", threadId: 1, others: "run" });
      }
      await checkpointer.restore(other.token, true);
      assert.equal((await onwards(running)).kind, "breakpoint");
      assert.equal(running.target.processId, child);
    }));

  test("checkpoints can be taken of both sides", () =>
    withFollow("suspend", ["fork"], async (running) => {
      const { checkpointer } = running;
      running.breakAt("met");
      const child = await toSuspended(running);
      const first = await checkpointer.create();
      const { left } = await checkpointer.restore(child.token, true);
      assert.ok(left);
      await onwards(running);
      const second = await checkpointer.create();
      assert.equal((await onwards(running)).kind, "exiting");
      await checkpointer.restore(second.token, false);
      assert.equal((await onwards(running)).kind, "exiting");
      await checkpointer.restore(first.token, false);
      const frozen = await checkpointer.create();
      checkpointer.discard(frozen.token);
      assert.ok(isAlive(left.processId));
      checkpointer.discard(left.token);
      assert.equal(isAlive(left.processId), false);
    }));

  test("discarding kills the real child, which its parent sees", () =>
    withFollow("suspend", ["fork"], async (running) => {
      running.breakAt("met");
      const child = await toSuspended(running);
      running.checkpointer.discard(child.token);
      assert.equal((await onwards(running)).kind, "breakpoint");
      assert.match(running.output(), /fork: the same, 9\b/);
    }));

  test("one that is killed from outside is told of", () =>
    withFollow("suspend", ["fork"], async (running) => {
      const child = await toSuspended(running);
      const lost: unknown[] = [];
      running.checkpointer.onLost = (...told) => lost.push(told);
      process.kill(child.processId, "SIGKILL");
      for (const end = Date.now() + 30_000; lost.length === 0 && Date.now() < end;) await sleep(5);
      assert.deepEqual(lost, [[child.token, { signal: 9, signalName: "SIGKILL" }]]);
      await assert.rejects(running.checkpointer.restore(child.token, true), /gone/);
    }));

  test("a child that ends while copies of it are freed is told of once", async () => {
    for (let round = 0; round < 30; round++)
      await withFollow(
        "suspend",
        [],
        async (running) => {
          const { checkpointer } = running;
          const child = await toSuspended(running);
          const { left } = await checkpointer.restore(child.token, true);
          assert.ok(left);
          const copies = [await checkpointer.create(), await checkpointer.create()];
          await running.runTo("exiting");
          await checkpointer.restore(left.token, false);
          for (const { token } of copies) checkpointer.discard(token);
          await running.runTo("exiting");
          assert.match(running.output(), /^the child 700\s+No child processes, told 1\s*$/);
        },
        "waiter",
      );
  });

  for (const way of sharing)
    test(`${way}: the child is not suspended, which is said once`, () =>
      withFollow("suspend", [way], async (running) => {
        const notes: string[] = [];
        running.execution.onNote = (sentence) => notes.push(sentence);
        running.breakAt("met");
        assert.equal((await running.run()).kind, "breakpoint");
        assert.match(running.output(), new RegExp(`${way}: the same, [39]00`));
        assert.deepEqual(notes, [
          "A child made by vfork or posix_spawn is not suspended: its parent waits for it.",
        ]);
      }));
});

test("nothing is left behind", () => assert.deepEqual(children(), []));
