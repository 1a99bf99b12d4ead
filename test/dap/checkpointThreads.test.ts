/** Checkpoints of programs with several threads, as a client sees them. */
import assert from "node:assert/strict";
import { it } from "node:test";
import { withDebuggee } from "../helpers/session";

it("a checkpoint comes back in the thread that it was taken in", () =>
  withDebuggee(
    "threads",
    async (session) => {
      const { threadId = 0 } = await session.launchToStop({ breakpoints: ["THREAD"] });
      assert.notEqual(threadId, 1);
      const taken = await session.checkpoint();
      assert.deepEqual([taken.functionName, taken.line], ["work", session.line("THREAD")]);
      await session.setBreakpoints(["BP1"]);
      assert.equal((await session.resume("continue")).threadId, 1);
      const stop = await session.backTo(taken.id);
      assert.equal(stop.threadId, threadId);
      assert.equal(await session.place(threadId), `work:${session.line("THREAD")}`);
      const frame = await session.topFrame(threadId);
      const expression = "argument";
      const { result } = await session.client.request<{ result: string }>("evaluateInCheckpoint", {
        checkpointId: taken.id,
        expression,
      });
      assert.equal(result, await session.evaluate(expression, "watch", frame.id));
    },
    { flags: ["-pthread"] },
  ));
