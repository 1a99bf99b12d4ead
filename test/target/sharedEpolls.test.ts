/** Epoll sets that a child of the program has, too: they stay shared over a restart, with the entries of the checkpoint. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import type { Fidelity } from "../../adapter/target/checkpointer";
import { childrenOf } from "../../adapter/target/ptrace/carried/connections/holders";
import { children, isAlive, withTarget } from "./withTarget";

const SHARED = /^epoll sets approximate a set with 3 descriptors that is shared with process \d+: /m;

function assertShared(fidelity: readonly Fidelity[]): void {
  const lines = fidelity.map(({ resource, state, detail }) => `${resource} ${state} ${detail}`).join("\n");
  assert.match(lines, SHARED);
  assert.doesNotMatch(lines, /^epoll sets restored/m);
  assert.match(lines, /^sockets notRestored 1 socket shared with process \d+, which is not wound back$/m);
}

for (const sameProcessId of ["auto", "never"] as const)
  test(`a set that a child has, too, stays shared, with what the program had in it (process id ${sameProcessId})`, async () => {
    await withTarget("sharedEpoll", { launch: { sameProcessId } }, async (running) => {
      const { checkpointer, breakAt, run, runTo, output } = running;
      breakAt("first");
      breakAt("second");
      await runTo("breakpoint");
      const { token, fidelity } = await checkpointer.create();
      assertShared(fidelity);
      for (let round = 0; round < 5; round++) {
        assert.equal((await run()).kind, "breakpoint", output());
        const { left, missed } = await checkpointer.restore(token, true);
        assert.deepEqual(missed, [], output());
        assert.ok(left);
        const back = await checkpointer.restore(left.token, false);
        assert.deepEqual(back.missed, [], output());
        const { status } = await runTo("exiting");
        assert.deepEqual(status, { exitCode: 0 }, output());
        checkpointer.discard(left.token);
        assert.deepEqual((await checkpointer.restore(token, false)).missed, []);
      }
      assert.equal(output(), "EXIT-SUCCESS\n".repeat(5));
      // The child's parent was another process.
      assertShared((await checkpointer.create()).fidelity);
    });
    assert.deepEqual(children(), []);
  });

test("where the child has ended, a new set takes the place of the shared one", async () => {
  await withTarget("sharedEpoll", { args: ["end"] }, async (running) => {
    const { target, checkpointer, breakAt, runTo, output } = running;
    breakAt("first");
    breakAt("second");
    await runTo("breakpoint");
    const [child = 0] = childrenOf(target.processId);
    const { token } = await checkpointer.create();
    for (let round = 0; round < 3; round++) {
      await runTo("breakpoint");
      while (isAlive(child)) await sleep(5);
      assert.deepEqual((await checkpointer.restore(token, false)).missed, []);
    }
    await runTo("breakpoint");
    await runTo("exiting");
    assert.equal(output(), "EXIT-SUCCESS\n");
  });
  assert.deepEqual(children(), []);
});
