/** The end of a program with checkpoints: the pause at its exit, deaths from outside, and an end by the debugger. */
import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import { test } from "node:test";
import { kinds, withDebuggee } from "./liveDebugger";

const AT_EXIT = /^Error: The program is at its exit: .* restart one to go back\.$/;

test("the exit pause: back from there; going on ends everything", async () => {
  await withDebuggee("exitcode", { args: ["3"] }, async (live, marks) => {
    live.breakAt("exitcode", [marks.BP1]);
    await live.debugger.start();
    await live.stop();
    await live.debugger.createCheckpoint();
    const stop = await live.continue();
    assert.equal(stop.reason, "exit");
    assert.equal(stop.description, "Exiting with code 3");
    assert.deepEqual(live.debugger.checkpoints().exited, { exitCode: 3 });
    await assert.rejects(live.debugger.createCheckpoint(), /at its exit/);
    for (const step of ["next", "stepIn", "stepOut"] as const)
      for (const granularity of ["line", "instruction"] as const)
        assert.throws(() => live.debugger[step](1, granularity), AT_EXIT);
    assert.deepEqual(live.debugger.checkpoints().exited, { exitCode: 3 }, "nothing has changed");
    assert.ok(live.debugger.frames(1, 0, 5).frames.length > 0);
    await live.debugger.restartCheckpoint(1);
    assert.equal((await live.stop()).reason, "checkpoint");
    assert.equal(live.line(), marks.BP1);
    assert.equal(live.debugger.checkpoints().exited, undefined);
    assert.deepEqual(kinds(live), ["1 manual of undefined"], "nothing can be kept of an exit");
    await live.continue();
    live.debugger.continue(1);
    assert.deepEqual(await live.exit(), { exitCode: 3 });
    assert.deepEqual(live.debugger.checkpoints().checkpoints, []);
    assert.throws(() => live.debugger.continue(1), /no program/);
  });
});

test("stopOnExit: always without checkpoints, never with them; a signal's end says its name", async () => {
  await withDebuggee("exitcode", { args: ["term"], settings: { stopOnExit: "always" } }, async (live) => {
    await live.debugger.start();
    assert.equal((await live.stop()).description, "SIGTERM: Terminated");
    const stop = await live.continue();
    assert.equal(stop.reason, "exit");
    assert.equal(stop.description, "Exiting with signal SIGTERM");
    live.debugger.continue(1);
    assert.deepEqual(await live.exit(), { signal: 15, signalName: "SIGTERM" });
  });
  await withDebuggee("exitcode", { args: ["4"], settings: { stopOnExit: "never" } }, async (live, marks) => {
    live.breakAt("exitcode", [marks.BP1]);
    await live.debugger.start();
    await live.stop();
    await live.debugger.createCheckpoint();
    live.debugger.continue(1);
    assert.deepEqual(await live.exit(), { exitCode: 4 });
  });
});

test("a step at the exit ends the program, too", async () => {
  for (const how of ["next", "stepIn"] as const)
    await withDebuggee("exitcode", { args: ["3"], settings: { stopOnExit: "always" } }, async (live) => {
      await live.debugger.start();
      assert.equal((await live.stop()).reason, "exit");
      live.debugger[how](1, "line");
      assert.deepEqual(await live.exit(), { exitCode: 3 });
    });
});

test("killed from outside: back at the checkpoint it came from, else the newest", async () => {
  await withDebuggee("spin", {}, async (live, marks) => {
    live.breakAt("spin", [marks.BP1]);
    await live.debugger.start();
    await live.stop();
    await live.debugger.createCheckpoint();
    await live.debugger.createCheckpoint();
    live.breakAt("spin", []);
    for (const round of [1, 2]) {
      live.debugger.continue(1);
      await sleep(30);
      process.kill(live.debugger.target?.processId ?? 0, "SIGKILL");
      const stop = await live.stop();
      assert.equal(stop.reason, "checkpoint", `${round}`);
      assert.equal(stop.description, "Killed by SIGKILL; back at checkpoint 2");
      assert.equal(live.line(), marks.BP1);
    }
    // While it stands, too.
    process.kill(live.debugger.target?.processId ?? 0, "SIGKILL");
    await sleep(50);
    assert.equal((await live.continue()).description, "Killed by SIGKILL; back at checkpoint 2");
    assert.equal(live.log.filter(({ event }) => event === "exited").length, 0);
  });
});

test("terminate ends all copies and tells so once", async () => {
  await withDebuggee("spin", {}, async (live, marks) => {
    live.breakAt("spin", [marks.BP1]);
    await live.debugger.start();
    await live.stop();
    await live.debugger.createCheckpoint();
    live.breakAt("spin", []);
    live.debugger.continue(1);
    await sleep(20);
    await live.debugger.terminate();
    assert.deepEqual(await live.exit(), { signal: 9, signalName: "SIGKILL" });
    assert.equal(live.log.filter(({ event }) => event === "exited").length, 1);
  });
});
