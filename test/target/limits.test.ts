/** Checkpoints where nothing more can be had: the program's own limits, and those of the group that it is in. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { children, withTarget } from "./withTarget";

const sameIds = ["auto", "never"] as const;

for (const what of ["memory", "descriptors"])
  for (const sameProcessId of sameIds)
    test(`a program without any ${what} to spare is copied and restarted as it was (ids ${sameProcessId})`, async () => {
      await withTarget("limited", { args: [what], launch: { sameProcessId } }, async (running) => {
        const { checkpointer, execution, breakAt, runTo, output } = running;
        const trap = breakAt("checkpoint_here");
        await runTo("breakpoint");
        execution.removeBreakpoint(trap);
        const { token, fidelity } = await checkpointer.create();
        assert.deepEqual(
          fidelity.filter(({ state }) => state === "notRestored"),
          [],
        );
        for (let round = 1; round < 5; round++) {
          await runTo("exiting");
          assert.equal(output(), "EXIT-SUCCESS\n".repeat(round));
          const { missed } = await checkpointer.restore(token, false);
          assert.deepEqual(missed, []);
          const nested = await checkpointer.create();
          const { left } = await checkpointer.restore(nested.token, true);
          assert.ok(left, "there is no branch");
          await checkpointer.restore(left.token, false);
        }
      });
    });

test("nothing is left of any of these programs", () => {
  assert.deepEqual(children(), []);
});
