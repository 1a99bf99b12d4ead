/** Functions that are called for an expression and do not return. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { setTimeout } from "node:timers/promises";
import { markers } from "../helpers/compile";
import { withDebuggee, type DebuggeeSession } from "../helpers/session";

const INTERRUPTED =
  /^The call was interrupted at .*endless\.c:\d+; the thread was put back to where it was before the call\.$/;

/** Calls the function. Gives the sentence that it is answered with. */
async function call(session: DebuggeeSession, context: string): Promise<string> {
  const { id: frameId } = await session.topFrame();
  return session.client.refusal("evaluate", { expression: "spin()", frameId, context });
}

describe("a call that does not end", () => {
  it("is ended by a pause, each time, and the program goes on", () =>
    withDebuggee("endless", async (session) => {
      await session.launchToStop({ breakpoints: ["BP1"] });
      for (const context of ["repl", "watch", "repl"]) {
        const refused = call(session, context);
        await setTimeout(200);
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
      const refused = call(session, "watch");
      await setTimeout(200);
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
      const refused = call(session, "repl");
      await setTimeout(200);
      const stopped = session.client.event("stopped");
      await session.client.request("restart", {});
      assert.match(await refused, INTERRUPTED);
      await stopped;
      assert.equal((await session.topFrame()).line, markers("endless")["BP1"]);
    }));
});
