/** The list of checkpoints as a client has it: what each says of itself, branches that restarts leave, deletion, the limit. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import type { CheckpointList } from "../../adapter/protocol";
import { processStatus } from "../helpers/processes";
import { withDebuggee } from "../helpers/session";

describe("a checkpoint", () => {
  it("is taken at every stop when that is wanted, and the oldest such go first", () =>
    withDebuggee("loop", async (session) => {
      await session.launchToStop({ breakpoints: ["BP1"], checkpoints: { auto: "stops", limit: 3 } });
      const manual = await session.checkpoint("mine");
      for (let step = 0; step < 3; step++) await session.resume("next");
      const listed = async (): Promise<string[]> =>
        (await session.checkpoints()).checkpoints.map(({ id, kind }) => `${id} ${kind}`);
      assert.deepEqual(await listed(), [`${manual.id} manual`, "3 auto", "4 auto", "5 auto"]);
      const place = (await session.checkpoints()).checkpoints.find(({ id }) => id === 3);
      await session.backTo(3);
      const frame = await session.topFrame();
      assert.deepEqual([frame.name, frame.line], [place?.functionName, place?.line]);
      assert.deepEqual(await listed(), [`${manual.id} manual`, "4 auto", "5 auto", "6 branch"]);
    }));

  it("of a program that waits in a library says which of its own lines waits there, and is asked there", () =>
    withDebuggee("asleep", async (session) => {
      const { client } = session;
      await session.launch();
      await client.outputHas("asleep");
      const started = client.log.find(({ event }) => event === "process")?.body as {
        systemProcessId: number;
      };
      for (let turn = 0; turn < 500; turn++) {
        if (processStatus(started.systemProcessId, "State")?.startsWith("S")) break;
        await sleep(10);
      }
      const { functionName, source, line } = await session.checkpoint();
      assert.deepEqual([functionName, source?.path, line], ["main", session.source, session.line("SLEEP")]);
      const asked = { checkpointId: 1, expression: "seconds" };
      const inMain = await client.request<{ result: string }>("evaluateInCheckpoint", asked);
      assert.equal(inMain.result, "1000");
      assert.match(await client.refusal("evaluateInCheckpoint", { ...asked, frameLevel: 0 }), /No symbol/);
    }));

  it("says what it is", () =>
    withDebuggee("loop", async (session) => {
      await session.launchToStop({ breakpoints: ["BP1"] });
      const before = Date.now();
      const checkpoint = await session.checkpoint("start");
      const { copyProcessId, createdAt, fidelity, instructionPointerReference, processId, threads, ...rest } =
        checkpoint;
      assert.deepEqual(
        { ...rest, privateBytes: undefined, stopReason: undefined, column: undefined },
        {
          id: 1,
          label: "start",
          kind: "manual",
          functionName: "main",
          source: { name: "loop.c", path: session.source },
          line: session.line("BP1"),
          privateBytes: undefined,
          stopReason: undefined,
          column: undefined,
        },
      );
      assert.notEqual(copyProcessId, processId);
      assert.match(instructionPointerReference, /^0x[0-9a-f]+$/);
      assert.ok(Math.abs(Date.parse(createdAt) - before) < 5000);
      assert.ok(Array.isArray(fidelity));
      assert.deepEqual(
        threads.map(({ id, tid }) => ({ id, tid })),
        [{ id: 1, tid: processId }],
      );
      assert.equal(processStatus(copyProcessId, "State")?.[0], "t");
      assert.equal((await session.checkpoints()).currentParentId, 1);
    }));

  it("is told by checkpointsChanged, always the whole list", () =>
    withDebuggee("loop", async (session) => {
      const { client } = session;
      await session.launchToStop({ breakpoints: ["BP1"] });
      const told = async (ids: number[]) => {
        const list = await client.event("checkpointsChanged", (event) => {
          const body = event.body as CheckpointList;
          return JSON.stringify(body.checkpoints.map((each) => each.id)) === JSON.stringify(ids);
        });
        return list.body as CheckpointList;
      };
      await session.checkpoint();
      await told([1]);
      await session.checkpoint("two");
      assert.equal((await told([1, 2])).checkpoints[1]?.parentId, 1);
      await client.request("renameCheckpoint", { checkpointId: 1, label: "one" });
      assert.equal((await told([1, 2])).checkpoints[0]?.label, "one");
      await client.request("deleteCheckpoint", { checkpointId: 1 });
      assert.equal((await told([2])).checkpoints[0]?.parentId, undefined);
    }));

  it("changed by hand leaves a branch, though nothing has run", () =>
    withDebuggee("loop", async (session) => {
      await session.launchToStop({ breakpoints: ["BP1"] });
      await session.checkpoint();
      await session.evaluate("i = 41");
      await session.backTo(1);
      const { checkpoints } = await session.checkpoints();
      assert.deepEqual(
        checkpoints.map(({ kind }) => kind),
        ["manual", "branch"],
      );
      await session.backTo(2);
      assert.equal(await session.evaluate("i"), "41");
    }));

  it("made from a restart leaves a branch, unless it is not wanted or nothing has run", () =>
    withDebuggee("loop", async (session) => {
      await session.launchToStop({ breakpoints: ["BP1"] });
      await session.checkpoint();
      await session.backTo(1);
      assert.equal((await session.checkpoints()).checkpoints.length, 1, "nothing has run");
      await session.resume("continue");
      await session.backTo(1);
      const { checkpoints } = await session.checkpoints();
      assert.deepEqual(
        checkpoints.map(({ id, kind, parentId }) => ({ id, kind, parentId })),
        [
          { id: 1, kind: "manual", parentId: undefined },
          { id: 2, kind: "branch", parentId: 1 },
        ],
      );
      await session.backTo(1);
      assert.equal((await session.checkpoints()).checkpoints.length, 2, "a double click makes no branch");
      await session.backTo(2);
      assert.equal(await session.evaluate("i"), "1", "where the first restart left off");
      assert.equal(
        (await session.checkpoints()).checkpoints.length,
        3,
        "a state that may have been changed by hand",
      );
      await session.resume("continue");
      await session.backTo(1, false);
      assert.equal((await session.checkpoints()).checkpoints.length, 3);
    }));

  it("frees its process at once when it is deleted", () =>
    withDebuggee("loop", async (session) => {
      await session.launchToStop({ breakpoints: ["BP1"] });
      const { copyProcessId } = await session.checkpoint();
      assert.ok(processStatus(copyProcessId, "State"));
      await session.client.request("deleteCheckpoint", { checkpointId: 1 });
      assert.equal(processStatus(copyProcessId, "State"), undefined);
      assert.equal((await session.checkpoint()).id, 2);
    }));

  it("of the limit thins branches only, oldest first", () =>
    withDebuggee("loop", async (session) => {
      await session.launchToStop({ breakpoints: ["BP1"], checkpoints: { limit: 2 } });
      await session.checkpoint();
      for (let i = 0; i < 4; i++) {
        await session.resume("continue");
        await session.backTo(1);
      }
      const { checkpoints } = await session.checkpoints();
      assert.deepEqual(
        checkpoints.map(({ id, kind }) => `${id} ${kind}`),
        ["1 manual", "4 branch", "5 branch"],
      );
    }));
});

describe("several sessions at once", () => {
  it("each have their own checkpoints", () =>
    withDebuggee("loop", (one) =>
      withDebuggee("globals", async (two) => {
        await Promise.all([one, two].map((session) => session.launchToStop({ breakpoints: ["BP1"] })));
        await one.checkpoint("of one");
        assert.deepEqual(await two.checkpoints(), { checkpoints: [] });
        assert.equal((await two.checkpoint()).id, 1);
        await one.client.request("deleteCheckpoint", { checkpointId: 1 });
        assert.equal((await two.checkpoints()).checkpoints.length, 1);
      }),
    ));
});
