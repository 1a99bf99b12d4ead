import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { withDebuggee } from "../helpers/session";

describe("the program's own children", () => {
  it("run free: breakpoints of the parent do not hit them", () =>
    withDebuggee("children", async (session) => {
      await session.launchToStop({ breakpoints: ["SHARED", "CHILD"] });
      assert.equal(
        (await session.stack())[1]?.line,
        session.line("AFTER"),
        "the parent's call, not the child's",
      );
      await session.setBreakpoints([]);
      assert.equal(await session.runToEnd(), 0);
      assert.equal(session.client.output(), "child 700, 1\nsystem 900\n");
    }));

  it("are stepped over, by fork and by system", () =>
    withDebuggee("children", async (session) => {
      await session.launchToStop({ breakpoints: ["FORK"] });
      const lines = [];
      for (let i = 0; i < 6 && lines.at(-1) !== session.line("SYSTEM") + 1; i++) {
        await session.resume("next");
        lines.push((await session.topFrame()).line);
      }
      assert.deepEqual(
        lines.slice(-4),
        ["WAIT", "AFTER", "SYSTEM"].map((marker) => session.line(marker)).concat(session.line("SYSTEM") + 1),
      );
      assert.equal(await session.runToEnd(), 0);
    }));

  it("are made again after a restart", () =>
    withDebuggee("children", async (session) => {
      await session.launchToStop({ breakpoints: ["FORK"] });
      const { id } = await session.checkpoint();
      for (let i = 0; i < 3; i++) {
        assert.equal(await session.runToExitPause(), "Exiting with code 0");
        await session.backTo(id);
      }
      assert.equal(session.client.output(), "child 700, 1\nsystem 900\n".repeat(3));
    }));

  it("another program by exec is debugged on, with its breakpoints", () =>
    withDebuggee("children", async (session) => {
      await session.launchToStop({ args: ["exec"], breakpoints: ["AGAIN"] });
      assert.equal(await session.place(), `main:${session.line("AGAIN")}`);
      const { id } = await session.checkpoint();
      assert.equal(await session.runToExitPause(), "Exiting with code 5");
      await session.backTo(id);
      assert.equal(await session.place(), `main:${session.line("AGAIN")}`);
    }));

  it("a checkpoint from before an exec brings the old program back", () =>
    withDebuggee("children", async (session) => {
      await session.launchToStop({ args: ["exec"], breakpoints: ["EXEC"] });
      const { id } = await session.checkpoint();
      await session.setBreakpoints(["AGAIN"]);
      await session.resume("continue");
      assert.equal(await session.place(), `main:${session.line("AGAIN")}`);
      await session.backTo(id);
      assert.equal(await session.place(), `main:${session.line("EXEC")}`);
      assert.equal(await session.evaluate("argc"), "2");
      await session.resume("continue");
      assert.equal(await session.place(), `main:${session.line("AGAIN")}`);
    }));
});
