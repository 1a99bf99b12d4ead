/** The end of a program with checkpoints: the pause at its exit, and deaths that nobody expected. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { withDebuggee } from "../helpers/session";

describe("the exit", () => {
  it("pauses while checkpoints live; a restart from there works; continue ends the session", () =>
    withDebuggee("loop", async (session) => {
      const { client } = session;
      await session.launchToStop({ breakpoints: ["BP1"] });
      await session.checkpoint();
      await session.setBreakpoints([]);
      const stop = await session.resume("continue");
      assert.equal(stop.reason, "exit");
      assert.equal(stop.description, "Exiting with code 0");
      assert.deepEqual((await session.checkpoints()).exited, { exitCode: 0 });
      assert.equal(await session.evaluate("total"), "10", "everything is still readable");
      await session.backTo(1);
      assert.equal(await session.evaluate("total"), "0");
      const { checkpoints, exited } = await session.checkpoints();
      assert.equal(checkpoints.length, 1, "nothing can be kept of an exit");
      assert.equal(exited, undefined);
      await session.resume("continue");
      assert.equal(client.log.filter((event) => event.event === "exited").length, 0);
      assert.equal(await session.runToEnd(), 0);
      assert.deepEqual(
        client.log.filter((event) => event.event === "checkpointsChanged").at(-1)?.body.checkpoints,
        [],
      );
    }));

  it("refuses steps while checkpoints live, and ends the program by one when they are gone", () =>
    withDebuggee("exitcode", async (session) => {
      const { client } = session;
      await session.launchToStop({ args: ["3"], breakpoints: ["BP1"] });
      await session.checkpoint();
      assert.equal((await session.resume("continue")).reason, "exit");
      for (const command of ["next", "stepIn", "stepOut"])
        for (const granularity of ["line", "instruction"])
          assert.match(
            await client.refusal(command, { threadId: 1, granularity }),
            /^The program is at its exit: .*Continue ends it, and its checkpoints with it; restart one to go back\.$/,
          );
      const { checkpoints, exited } = await session.checkpoints();
      assert.deepEqual([checkpoints.length, exited], [1, { exitCode: 3 }]);
      await session.backTo(1);
      assert.equal(await session.place(), `main:${session.line("BP1")}`);
      assert.equal((await session.resume("continue")).reason, "exit");
      await client.request("deleteCheckpoint", { checkpointId: 1 });
      await client.request("next", { threadId: 1 });
      assert.equal(await session.exitCode(), 3);
    }));

  it("pauses always or never when asked to", async () => {
    await withDebuggee("exitcode", async (session) => {
      const stop = await session.launchToStop({ stopOnExit: "always", args: ["3"] });
      assert.equal(stop.description, "Exiting with code 3");
      assert.equal(await session.runToEnd(), 3);
    });
    await withDebuggee("exitcode", async (session) => {
      await session.launchToStop({ stopOnExit: "never", args: ["3"], breakpoints: ["BP1"] });
      await session.checkpoint();
      assert.equal(await session.runToEnd(), 3);
    });
  });

  it("by a signal pauses too", () =>
    withDebuggee("crash", async (session) => {
      await session.launchToStop({ breakpoints: ["CALL"] });
      await session.checkpoint();
      assert.equal((await session.resume("continue")).reason, "exception");
      await session.backTo(1);
      assert.equal(await session.place(), `main:${session.line("CALL")}`);
      await session.resume("continue");
      const stop = await session.resume("continue");
      assert.equal(stop.reason, "exit");
      assert.match(stop.description ?? "", /SIGSEGV/);
      assert.deepEqual((await session.checkpoints()).exited, { signal: "SIGSEGV" });
      await session.backTo(1);
      assert.equal(await session.place(), `main:${session.line("CALL")}`);
    }));

  it("by a SIGKILL from outside goes back to the checkpoint it came from", () =>
    withDebuggee("spin", async (session) => {
      await session.launchToStop({ breakpoints: ["BP1"] });
      await session.checkpoint();
      await session.checkpoint();
      await session.backTo(1);
      // An ordinary user's restart has another id than the checkpoint.
      const processId = Number(await session.evaluate("(int)getpid()", "repl"));
      await session.client.request("continue", { threadId: 1 });
      await session.client.outputHas("spinning");
      process.kill(processId, "SIGKILL");
      const stop = await session.client.nextStop();
      assert.equal(stop.reason, "checkpoint");
      assert.equal(stop.description, "Killed by SIGKILL; back at checkpoint 1");
      assert.equal(await session.place(), `main:${session.line("BP1")}`);
      assert.equal(session.client.log.filter((event) => event.event === "exited").length, 0);
    }));

  for (const many of [0, 1])
    it(`while it stood still is noticed at once (${many} checkpoints)`, () =>
      withDebuggee("loop", async (session) => {
        await session.launchToStop({ breakpoints: ["BP1"] });
        if (many > 0) await session.checkpoint();
        await session.resume("continue");
        const told = session.client.log.find((event) => event.event === "process");
        process.kill(told?.body.systemProcessId, "SIGKILL");
        if (many === 0) {
          assert.equal(await session.exitCode(), 137);
          return;
        }
        const stop = await session.client.nextStop();
        assert.equal(stop.description, "Killed by SIGKILL; back at checkpoint 1");
        assert.equal(await session.evaluate("i"), "0");
        await session.resume("continue");
        assert.equal(await session.evaluate("i"), "1");
      }));

  it("without checkpoints ends the session at once", () =>
    withDebuggee("spin", async (session) => {
      await session.launch();
      await session.client.outputHas("spinning");
      const told = session.client.log.find((event) => event.event === "process");
      process.kill(told?.body.systemProcessId, "SIGKILL");
      assert.equal(await session.exitCode(), 137);
    }));
});
