import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { CheckpointList } from "../../adapter/protocol";
import { withDebuggee } from "../helpers/session";

describe("a frozen copy killed from outside", () => {
  it("is taken off the list with a word, and the session goes on", () =>
    withDebuggee("loop", async (session) => {
      await session.launchToStop({ breakpoints: ["BP1"] });
      const { copyProcessId } = await session.checkpoint();
      await session.checkpoint();
      process.kill(copyProcessId, "SIGKILL");
      const gone = await session.client.event("checkpointsChanged", (event) => {
        const { checkpoints } = event.body as CheckpointList;
        return checkpoints.length === 1 && checkpoints[0]?.id === 2;
      });
      assert.equal((gone.body as CheckpointList).checkpoints[0]?.parentId, undefined);
      assert.match(session.client.output("console") + session.client.output("important"), /[Cc]heckpoint 1/);
      assert.equal(
        await session.client.refusal("restartCheckpoint", { checkpointId: 1 }),
        "No checkpoint 1.",
      );
      await session.resume("continue");
      await session.backTo(2);
      assert.equal(await session.evaluate("i"), "0");
    }));

  it("is noticed while the program runs", () =>
    withDebuggee("spin", async (session) => {
      await session.launch();
      await session.client.outputHas("spinning");
      const { copyProcessId } = await session.checkpoint();
      process.kill(copyProcessId, "SIGKILL");
      await session.client.event("checkpointsChanged", (event) => event.body.checkpoints.length === 0);
      await session.client.request("pause", { threadId: 1 });
      await session.client.nextStop();
    }));
});
