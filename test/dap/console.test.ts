import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { withDebuggee, type DebuggeeSession } from "../helpers/session";

const type = (session: DebuggeeSession, line: string) =>
  session.client
    .request<{ result: string }>("evaluate", { expression: line, context: "repl" })
    .then(({ result }) => result);

/** Process ids and addresses differ from run to run. */
const masked = (text: string) =>
  text.replaceAll(/process \d+/g, "process PID").replaceAll(/0x[0-9a-f]+/g, "0x..");

describe("the Debug Console", () => {
  it("takes, lists, restarts and deletes checkpoints in GDB's words", () =>
    withDebuggee("loop", async (session) => {
      await session.launchToStop({ breakpoints: ["BP1"] });
      const line = session.line("BP1");
      assert.equal(await type(session, "info checkpoints"), "No checkpoints.");
      assert.equal(
        masked(await type(session, "checkpoint")),
        `Checkpoint 1 process PID at 0x.., file loop.c, line ${line}`,
      );
      await session.resume("next");
      assert.equal(
        masked(await type(session, "checkpoint after the call")),
        `Checkpoint 2 process PID at 0x.., file loop.c, line ${line + 1}, "after the call"`,
      );
      const list = [
        `  1 process PID at 0x.., file loop.c, line ${line}`,
        `* 2 process PID at 0x.., file loop.c, line ${line + 1}, "after the call"`,
      ].join("\n");
      for (const command of ["info checkpoints", "info checkpoint", "info forks"])
        assert.equal(masked(await type(session, command)), list);
      assert.equal(await type(session, "restart 1"), "Restarted from checkpoint 1.");
      assert.equal((await session.client.nextStop()).description, "Restarted from checkpoint 1");
      assert.equal(await session.place(), `main:${line}`);
      assert.match(await type(session, "info checkpoints"), /^\* 1 process/);
      assert.equal(await type(session, "delete checkpoint 1 2"), "Deleted checkpoints 1, 2.");
      await type(session, "checkpoint");
      const { checkpoints } = await session.checkpoints();
      const ids = checkpoints.map((each) => each.id);
      assert.equal(
        await type(session, `delete-checkpoint ${ids.at(-1)}`),
        `Deleted checkpoint ${ids.at(-1)}.`,
      );
    }));

  it("refuses wrong numbers, and then changes nothing", () =>
    withDebuggee("loop", async (session) => {
      await session.launchToStop({ breakpoints: ["BP1"] });
      await type(session, "checkpoint");
      for (const [line, sentence] of [
        ["restart 0", "No checkpoint 0."],
        ["restart -1", "No checkpoint -1."],
        ["restart 9", "No checkpoint 9."],
        ["restart x", "No checkpoint x."],
        ["restart 99999999999999999999", "No checkpoint 100000000000000000000."],
        ["delete checkpoint 1 7", "No checkpoint 7."],
        ["delete-checkpoint 0", "No checkpoint 0."],
        ["detach checkpoint 9", "No checkpoint 9."],
      ] as const)
        assert.equal(
          await session.client.refusal("evaluate", { expression: line, context: "repl" }),
          sentence,
        );
      assert.equal((await session.checkpoints()).checkpoints.length, 1);
    }));

  it("takes a checkpoint while the program runs", () =>
    withDebuggee("spin", async (session) => {
      await session.launch();
      await session.client.outputHas("spinning");
      assert.match(await type(session, "checkpoint"), /^Checkpoint 1 process/);
    }));

  it("leaves a word to a variable of that name", () =>
    withDebuggee("checkpointname", async (session) => {
      await session.launchToStop({ breakpoints: ["BP1"] });
      const { id: frameId } = await session.topFrame();
      const evaluate = async (expression: string) =>
        (
          await session.client.request<{ result: string }>("evaluate", {
            expression,
            frameId,
            context: "repl",
          })
        ).result;
      assert.equal(await evaluate("checkpoint"), "17");
      assert.equal(await evaluate("checkpoint = 18"), "18");
      assert.equal((await session.checkpoints()).checkpoints.length, 0);
      assert.match(await evaluate("checkpoint here"), /^Checkpoint 1 process/);
    }));

  it("commands are for the console only: a watch is an expression", () =>
    withDebuggee("loop", async (session) => {
      await session.launchToStop({ breakpoints: ["BP1"] });
      for (const context of ["watch", "hover", "clipboard", "variables"])
        await session.client.refusal("evaluate", { expression: "checkpoint", context });
      assert.equal((await session.checkpoints()).checkpoints.length, 0);
    }));
});
