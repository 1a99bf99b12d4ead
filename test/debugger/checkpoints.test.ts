/** Checkpoints of a program that lives: going back and forth, the branches that this leaves, and what goes on over it. */
import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import { test } from "node:test";
import { UserError } from "../../adapter/debugger/types";
import { compile, markers, sourceOf } from "../helpers/compile";
import { kinds, withDebuggee, type LiveDebugger } from "./liveDebugger";

/** At #BP1 of `loop` for the first time. */
async function atFirstTurn(live: LiveDebugger, marks: Readonly<Record<string, number>>): Promise<void> {
  live.breakAt("loop", [marks["BP1"] ?? 0]);
  await live.debugger.start();
  await live.stop();
}

test("go on, go back: the same state as often as one likes, each left state a branch", async () => {
  await withDebuggee("loop", {}, async (live, marks) => {
    await atFirstTurn(live, marks);
    const first = await live.debugger.createCheckpoint("start");
    assert.equal(first.id, 1);
    assert.equal(first.label, "start");
    assert.equal(first.functionName, "main");
    assert.equal(first.source?.line, marks.BP1);
    assert.equal(first.stopReason, "Breakpoint 1");
    assert.equal(first.processId, live.debugger.target?.processId);
    for (let round = 0; round < 3; round++) {
      for (let turn = 0; turn < 2; turn++) await live.continue();
      assert.equal(await live.value("i"), "2");
      await live.debugger.restartCheckpoint(1);
      const stop = await live.stop();
      assert.equal(stop.reason, "checkpoint");
      assert.equal(stop.description, "Restarted from checkpoint 1");
      assert.equal(live.line(), marks.BP1);
      assert.equal(await live.value("i"), "0");
      assert.equal(await live.value("total"), "0");
    }
    assert.deepEqual(kinds(live), [
      "1 manual of undefined",
      "2 branch of 1",
      "3 branch of 1",
      "4 branch of 1",
    ]);
    await live.debugger.restartCheckpoint(3);
    await live.stop();
    assert.equal(await live.value("i"), "2");
    assert.equal(live.debugger.checkpoints().currentParentId, 3);
  });
});

test("a restart on the spot makes no branch, and a double click neither", async () => {
  await withDebuggee("loop", {}, async (live, marks) => {
    await atFirstTurn(live, marks);
    await live.debugger.createCheckpoint();
    await live.debugger.restartCheckpoint(1);
    await live.stop();
    await live.continue();
    await Promise.all([live.debugger.restartCheckpoint(1), live.debugger.restartCheckpoint(1)]);
    await live.stop();
    await live.stop();
    assert.deepEqual(kinds(live), ["1 manual of undefined", "2 branch of 1"]);
    await live.continue();
    await live.debugger.restartCheckpoint(1, false);
    await live.stop();
    assert.equal(live.debugger.checkpoints().checkpoints.length, 2, "keepCurrent false");
  });
});

test("breakpoints belong to the debugger: set and removed ones hold after a restart, hit counts go on", async () => {
  await withDebuggee("loop", {}, async (live, marks) => {
    await atFirstTurn(live, marks);
    await live.debugger.createCheckpoint();
    const spec = { line: marks.BP2, hitCondition: "== 3" };
    live.debugger.setSourceBreakpoints(sourceOf("loop"), [spec]);
    await live.continue();
    assert.equal(await live.value("i"), "2");
    await live.debugger.restartCheckpoint(1);
    await live.stop();
    live.debugger.setSourceBreakpoints(sourceOf("loop"), [spec, { line: marks.END }]);
    await live.continue();
    assert.equal(live.line(), marks.END, "the third hit was before the restart");
  });
});

test("while the program runs: a create is not noticed, a restart interrupts", async () => {
  await withDebuggee("spin", {}, async (live, marks) => {
    live.breakAt("spin", [marks.BP1]);
    await live.debugger.start();
    await live.stop();
    live.breakAt("spin", []);
    live.debugger.continue(1);
    const many = await Promise.all([1, 2, 3].map(() => live.debugger.createCheckpoint()));
    assert.deepEqual(
      many.map(({ id, stopReason }) => `${id} ${stopReason}`),
      ["1 running", "2 running", "3 running"],
    );
    await sleep(50);
    assert.equal(live.debugger.running, true);
    await live.debugger.restartCheckpoint(2);
    const stop = await live.stop();
    assert.equal(stop.description, "Restarted from checkpoint 2");
    assert.equal(live.debugger.running, false);
    assert.deepEqual(kinds(live).at(-1), "4 branch of 3");
  });
});

test("a step goes on over a create in its middle", async () => {
  await withDebuggee("spin", {}, async (live, marks) => {
    live.breakAt("spin", [marks.BP1]);
    await live.debugger.start();
    await live.stop();
    for (let step = 0; step < 5; step++) {
      live.debugger.next(1, "line");
      await live.debugger.createCheckpoint();
      assert.match((await live.stop()).reason, /step|breakpoint/);
    }
    assert.equal(live.debugger.checkpoints().checkpoints.length, 5);
  });
});

test("wrong ids are refused with a sentence and change nothing", async () => {
  await withDebuggee("loop", {}, async (live, marks) => {
    await atFirstTurn(live, marks);
    await live.debugger.createCheckpoint();
    await live.debugger.deleteCheckpoint(1);
    for (const id of [0, -1, 1, 7, 1e40, NaN]) {
      await assert.rejects(live.debugger.restartCheckpoint(id), new UserError(`No checkpoint ${id}.`));
      await assert.rejects(live.debugger.deleteCheckpoint(id), UserError);
      await assert.rejects(live.debugger.renameCheckpoint(id, "x"), UserError);
    }
    assert.equal((await live.debugger.createCheckpoint()).id, 2, "ids are never used twice");
    assert.equal((await live.debugger.renameCheckpoint(2, "two")).label, "two");
    await live.continue();
    assert.equal(await live.value("i"), "1");
  });
});

test("a frozen copy killed from outside leaves the list with a word", async () => {
  await withDebuggee("loop", {}, async (live, marks) => {
    await atFirstTurn(live, marks);
    const lost = await live.debugger.createCheckpoint();
    await live.debugger.createCheckpoint();
    process.kill(lost.copyProcessId, "SIGKILL");
    await live.outputHas("Checkpoint 1 is lost: it was killed by SIGKILL", "important");
    assert.deepEqual(kinds(live), ["2 manual of undefined"]);
    await assert.rejects(live.debugger.restartCheckpoint(1), /No checkpoint 1/);
  });
});

test("the limit thins branches and automatic ones only", async () => {
  const settings = { checkpoints: { limit: 2, auto: "off" as const } };
  await withDebuggee("loop", { settings }, async (live, marks) => {
    await atFirstTurn(live, marks);
    await live.debugger.createCheckpoint();
    for (let round = 0; round < 4; round++) {
      await live.continue();
      await live.debugger.restartCheckpoint(1);
      await live.stop();
    }
    assert.deepEqual(kinds(live), ["1 manual of undefined", "4 branch of 1", "5 branch of 1"]);
  });
});

test("automatic checkpoints at every stop", async () => {
  const settings = { checkpoints: { limit: 3, auto: "stops" as const } };
  await withDebuggee("loop", { settings }, async (live, marks) => {
    await atFirstTurn(live, marks);
    for (let turn = 0; turn < 4; turn++) await live.continue();
    await live.debugger.createCheckpoint();
    assert.deepEqual(
      live.debugger.checkpoints().checkpoints.map(({ id, kind }) => `${id} ${kind}`),
      ["3 auto", "4 auto", "5 auto", "6 manual"],
    );
    await live.debugger.restartCheckpoint(4);
    await live.stop();
    assert.equal(await live.value("i"), "3");
  });
});

test("the memory that a checkpoint holds comes late, with a list of its own", async () => {
  await withDebuggee("loop", {}, async (live, marks) => {
    await atFirstTurn(live, marks);
    assert.equal((await live.debugger.createCheckpoint()).privateBytes, undefined);
    await live.next("checkpointsChanged");
    await live.next("checkpointsChanged");
    const [only] = live.debugger.checkpoints().checkpoints;
    assert.equal(typeof only?.privateBytes, "number");
  });
});

test("after a restart the list of libraries is that of the checkpoint", async () => {
  const library = compile("plugin", { flags: ["-shared", "-fPIC"], output: "libplugin.so" });
  await withDebuggee("loader", { args: [library] }, async (live, marks) => {
    live.breakAt("loader", [marks.OPEN, marks.CALL, marks.END]);
    const hasLibrary = () => live.debugger.modules.some(({ symbols }) => symbols.path === library);
    await live.debugger.start();
    await live.stop();
    await live.debugger.createCheckpoint("without");
    await live.continue();
    assert.ok(hasLibrary());
    await live.debugger.createCheckpoint("with");
    await live.debugger.restartCheckpoint(1);
    await live.stop();
    assert.ok(!hasLibrary());
    live.breakAt("plugin", [markers("plugin").TWICE]);
    await live.debugger.restartCheckpoint(2);
    await live.stop();
    assert.ok(hasLibrary());
    await live.continue();
    assert.equal(live.frame().functionName, "twice");
  });
});

test("functions of the program can be called in a restarted checkpoint, and a call is a run", async () => {
  await withDebuggee("loop", {}, async (live, marks) => {
    await atFirstTurn(live, marks);
    await live.debugger.createCheckpoint();
    await live.debugger.restartCheckpoint(1);
    await live.stop();
    assert.equal(await live.value("add(20, 22)"), "42");
    assert.equal(live.line(), marks.BP1);
    await live.debugger.restartCheckpoint(1);
    await live.stop();
    assert.equal(live.debugger.checkpoints().checkpoints.length, 2);
    await live.continue();
    assert.equal(await live.value("i"), "1");
  });
});
