/** Functions that are called for an expression and do not return. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, it } from "node:test";
import { setTimeout } from "node:timers/promises";
import { markers } from "../helpers/compile";
import { withDebuggee, type DebuggeeSession } from "../helpers/session";

const INTERRUPTED =
  /^The call was interrupted at .*endless\.c:\d+; the thread was put back to where it was before the call\.$/;

/** In nanoseconds; to begin the call takes the program a hundredth of it. */
const A_WHILE = 5_000_000;

/** How long a process has run on a processor, in nanoseconds (proc(5), /proc/PID/schedstat). */
function timeOf(processId: number): number {
  return Number(readFileSync(`/proc/${processId}/schedstat`, "latin1").split(" ")[0]);
}

/** Calls the function and waits until it has run for a while. Gives the sentence that the call will be answered with. */
async function call(session: DebuggeeSession, context: string): Promise<{ refused: Promise<string> }> {
  const { id: frameId } = await session.topFrame();
  const processId = Number(await session.evaluate("(int)getpid()", "repl"));
  const before = timeOf(processId);
  const refused = session.client.refusal("evaluate", { expression: "spin()", frameId, context });
  while (timeOf(processId) - before < A_WHILE) await setTimeout(1);
  return { refused };
}

describe("a call that does not end", () => {
  it("is ended by a pause, each time, and the program goes on", () =>
    withDebuggee("endless", async (session) => {
      await session.launchToStop({ breakpoints: ["BP1"] });
      for (const context of ["repl", "watch", "repl"]) {
        const { refused } = await call(session, context);
        await session.client.request("pause", { threadId: 1 });
        assert.match(await refused, INTERRUPTED);
        assert.equal((await session.topFrame()).line, markers("endless")["BP1"]);
        assert.equal(await session.evaluate("turns > 0", "watch"), "1");
      }
      await session.setBreakpoints([]);
      assert.equal(await session.runToEnd(), 0);
    }));

  it("is ended by what makes the program go on", () =>
    withDebuggee("endless", async (session) => {
      await session.launchToStop({ breakpoints: ["BP1", "BP2"] });
      const { refused } = await call(session, "watch");
      const stopped = session.client.event("stopped");
      await session.client.request("continue", { threadId: 1 });
      assert.match(await refused, INTERRUPTED);
      await stopped;
      assert.equal((await session.topFrame()).line, markers("endless")["BP2"]);
      await session.setBreakpoints([]);
      assert.equal(await session.runToEnd(), 0);
    }));

  it("is ended by a restart of the program", () =>
    withDebuggee("endless", async (session) => {
      await session.launchToStop({ breakpoints: ["BP1"] });
      const { refused } = await call(session, "repl");
      const stopped = session.client.event("stopped");
      await session.client.request("restart", {});
      assert.match(await refused, INTERRUPTED);
      await stopped;
      assert.equal((await session.topFrame()).line, markers("endless")["BP1"]);
    }));
});
