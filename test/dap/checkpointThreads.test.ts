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

const isRoot = process.getuid?.() === 0;

// What a quick look does not see must not be lost where the adapter asks twice, since filters cannot be suspended.
it(
  "a thread that acts as another user is told of, also without the privilege to suspend filters",
  { skip: !isRoot && "no thread of an ordinary user's can act as another user" },
  () =>
    withDebuggee(
      "holdings",
      async (session) => {
        await session.launchToStop({ args: ["user"], stopOnEntry: true });
        await session.client.request("setFunctionBreakpoints", { breakpoints: [{ name: "marked" }] });
        await session.resume("continue");
        for (let round = 0; round < 3; round++) {
          const { fidelity } = await session.checkpoint();
          const lines = fidelity.map(({ resource, detail }) => `${resource}: ${detail}`);
          assert.match(lines.join("\n"), /^threads: 1 thread with another user or group/m);
        }
      },
      { flags: ["-pthread"], wrapper: ["setpriv", "--bounding-set=-sys_admin"] },
    ),
);

it("a thread's own filter, which might kill it for a copy: an ordinary user gets a sentence, and the program goes on", () =>
  withDebuggee(
    "holdings",
    async (session) => {
      await session.launchToStop({ args: ["filter"], functions: ["marked"] });
      assert.match(await session.client.refusal("createCheckpoint"), /filters its own system calls/);
      assert.equal(await session.runToEnd(), 0);
      assert.equal(session.client.output(), "EXIT-SUCCESS\n");
    },
    isRoot ? { userId: 65534 } : {},
  ));
