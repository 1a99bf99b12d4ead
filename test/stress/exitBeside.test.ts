/** A pause, and then a checkpoint, in the moment in which another thread ends the process: that ends it as it would have. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { withTarget } from "../target/withTarget";

const ROUNDS = 500;

test("a program that is paused while it exits is not taken for one that was killed", async () => {
  await withTarget("exitBeside", { flags: ["-pthread"] }, async (running) => {
    const { checkpointer, execution, breakAt, run, runTo } = running;
    const trap = breakAt("checkpoint_here");
    await runTo("breakpoint");
    execution.removeBreakpoint(trap);
    const { token } = await checkpointer.create();
    for (let round = 0; round < ROUNDS; round++) {
      await checkpointer.restore(token, false);
      const stopped = run();
      const moment = performance.now() + 5 + (round % 50) / 20;
      while (performance.now() < moment) await new Promise(setImmediate);
      execution.interrupt();
      let stop = await stopped;
      if (stop.kind === "interrupted") {
        await checkpointer.create().then(
          (made) => checkpointer.discard(made.token),
          (error: Error) => assert.match(error.message, /is about to exit|is at its exit/),
        );
        stop = await run();
      }
      assert.ok(stop.kind === "exiting", stop.kind);
      assert.deepEqual(stop.status, { exitCode: 17 });
    }
  });
});
