/** `followFork` on the wire: which side of the program's own fork the session is about. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { FollowFork } from "../../adapter/protocol";
import { withDebuggee, type DebuggeeSession, type LaunchSettings } from "../helpers/session";

function withFollow(
  followFork: FollowFork,
  settings: LaunchSettings,
  body: (session: DebuggeeSession) => Promise<void>,
): Promise<void> {
  return withDebuggee(
    "follow",
    async (session) => {
      await session.launch({ followFork, ...settings });
      await body(session);
    },
    { flags: ["-pthread"] },
  );
}

async function processId(session: DebuggeeSession): Promise<number> {
  return Number(await session.evaluate("(int)getpid()", "repl"));
}

describe("followFork: child", () => {
  it("the session goes on in the child: breakpoints, variables, steps, its end", () =>
    withFollow("child", { breakpoints: ["MET"] }, async (session) => {
      await session.client.nextStop();
      assert.equal(await session.place(), `met:${session.line("MET")}`);
      assert.equal((await session.stack())[1]?.line, session.line("CHILD"), "the child's call");
      assert.equal(await session.evaluate("who"), "3");
      await session.resume("next");
      assert.equal(await session.evaluate("side"), "3");
      assert.equal(await session.runToEnd(), 3);
      assert.match(
        session.client.output("console"),
        /The program forked: process \d+ is followed; its parent, process \d+, goes on by itself\./,
      );
    }));

  it("a checkpoint of the child is restarted again and again", () =>
    withFollow("child", { breakpoints: ["MET"] }, async (session) => {
      await session.client.nextStop();
      const { id } = await session.checkpoint();
      for (let round = 0; round < 3; round++) {
        assert.equal(await session.runToExitPause(), "Exiting with code 3");
        await session.backTo(id);
        assert.equal(await session.place(), `met:${session.line("MET")}`);
        assert.equal(await session.evaluate("who"), "3");
      }
    }));

  it("a checkpoint from before the fork brings the parent back, and the fork is followed again", () =>
    withFollow("child", { breakpoints: ["FORK", "MET"] }, async (session) => {
      await session.client.nextStop();
      const parent = await processId(session);
      const { id } = await session.checkpoint();
      await session.resume("continue");
      assert.notEqual(await processId(session), parent);
      await session.backTo(id);
      assert.equal(await session.place(), `main:${session.line("FORK")}`);
      await session.resume("continue");
      assert.equal(await session.evaluate("who"), "3");
      assert.equal(await session.runToExitPause(), "Exiting with code 3");
    }));

  it("in a namespace: the session ends, though the parent that was left has not been reaped or goes on", () =>
    withFollow("child", { checkpoints: { sameProcessId: "namespace" } }, async (session) => {
      assert.equal(await session.exitCode(), 3);
      await session.client.request("disconnect");
      await session.client.ended();
    }));

  it("a vfork child's exec has the breakpoints of the new program", () =>
    withFollow("child", { args: ["vfork"], breakpoints: ["OTHER", "REPORT"] }, async (session) => {
      await session.client.nextStop();
      assert.equal(await session.place(), `main:${session.line("OTHER")}`);
      assert.equal(await session.runToEnd(), 9);
    }));
});

describe("followFork: suspend", () => {
  it("the child waits in the list as kind fork; switching goes there and back, and wait() gets the real child", () =>
    withFollow("suspend", { breakpoints: ["MET", "WAIT"] }, async (session) => {
      await session.client.nextStop();
      assert.equal(await session.place(), `report:${session.line("WAIT")}`);
      const parent = await processId(session);
      const { checkpoints: before } = await session.checkpoints();
      assert.deepEqual(
        before.map(({ id, kind, functionName, stopReason }) => ({ id, kind, stopReason, functionName })),
        [{ id: 1, kind: "fork", stopReason: "fork", functionName: before[0]?.functionName }],
      );
      const child = before[0]?.processId;
      assert.equal(before[0]?.copyProcessId, child, "it is the process itself");

      const there = await session.backTo(1);
      assert.equal(there.reason, "checkpoint");
      assert.equal(await processId(session), child);
      const { checkpoints: beside } = await session.checkpoints();
      assert.deepEqual(
        beside.map(({ id, kind, processId: pid, line }) => ({ id, kind, pid, line })),
        [{ id: 2, kind: "fork", pid: parent, line: session.line("WAIT") }],
        "the entry is used up, and the side left has one",
      );
      await session.resume("continue");
      assert.equal(await session.evaluate("who"), "3");
      assert.equal(await session.runToExitPause(), "Exiting with code 3");

      await session.backTo(2);
      assert.equal(await processId(session), parent);
      assert.deepEqual((await session.checkpoints()).checkpoints, [], "the child has ended");
      await session.resume("continue");
      await session.client.outputHas("fork: the same, 300");
      assert.equal(await session.evaluate("who"), "1");
      assert.equal(await session.runToEnd(), 1);
    }));

  it("both sides in turns, from the Debug Console too, while each keeps its place", () =>
    withFollow("suspend", { breakpoints: ["MET", "WAIT"] }, async (session) => {
      await session.client.nextStop();
      const parent = await processId(session);
      await session.backTo(1);
      await session.resume("continue");
      const child = await processId(session);
      for (let id = 2; id < 12; id++) {
        const [other] = (await session.checkpoints()).checkpoints;
        assert.equal(other?.id, id);
        await session.client.request("evaluate", { expression: `restart ${id}`, context: "repl" });
        await session.client.nextStop();
        const isParent = id % 2 === 0;
        assert.equal(await processId(session), isParent ? parent : child);
        const place = isParent ? `report:${session.line("WAIT")}` : `met:${session.line("MET")}`;
        assert.equal(await session.place(), place);
      }
    }));

  it("checkpoints of the one side stay when the other is switched to, and bring it back", () =>
    withFollow("suspend", { breakpoints: ["MET", "WAIT"] }, async (session) => {
      await session.client.nextStop();
      const ours = await session.checkpoint("parent");
      await session.backTo(1);
      await session.resume("continue");
      const theirs = await session.checkpoint("child");
      assert.equal(await session.runToExitPause(), "Exiting with code 3");
      await session.backTo(theirs.id, false);
      assert.equal(await session.evaluate("who"), "3");
      await session.backTo(ours.id, false);
      assert.equal(await session.place(), `report:${session.line("WAIT")}`);
      const kinds = (await session.checkpoints()).checkpoints.map(({ kind }) => kind);
      assert.deepEqual(kinds.sort(), ["fork", "manual", "manual"]);
    }));

  it("deleting the entry ends the child, which its parent is told of", () =>
    withFollow("suspend", { breakpoints: ["WAIT"] }, async (session) => {
      await session.client.nextStop();
      await session.client.request("deleteCheckpoint", { checkpointId: 1 });
      assert.equal(await session.runToEnd(), 1);
      await session.client.outputHas("fork: the same, 9");
    }));

  it("there is nothing to look at in a process that is no copy, which is said", () =>
    withFollow("suspend", { breakpoints: ["WAIT"] }, async (session) => {
      await session.client.nextStop();
      const sentence = /That is a process of the program itself and no copy of it; switch to it first\./;
      const args = { checkpointId: 1 };
      for (const command of ["compareCheckpoints", "detachCheckpoint"])
        assert.match(await session.client.refusal(command, args), sentence);
      const look = { ...args, expression: "side" };
      assert.match(await session.client.refusal("evaluateInCheckpoint", look), sentence);
    }));
});
