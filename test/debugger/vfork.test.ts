/** Programs with a thread that waits in vfork(2), where the kernel lets nobody stop or read it. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout } from "node:timers/promises";
import { withDebuggee, type LiveDebugger } from "./liveDebugger";
import { runTo, walk } from "./walk";

const inVfork =
  /^Thread 1 waits in vfork for its child to run a program or to exit; look at it, or step it, after that\.$/;

async function globalValue(live: LiveDebugger, expression: string): Promise<number> {
  return Number((await live.debugger.evaluate(expression, undefined, "repl")).value);
}

/** Pauses the program, asking for its first thread, once that is in vfork for so long that the other is not held any more. */
async function pauseInVfork(live: LiveDebugger): Promise<void> {
  for (let runsOn = false; !runsOn;) {
    const [wasIn, before] = [await globalValue(live, "child_started"), await globalValue(live, "count")];
    live.debugger.continue(1);
    await setTimeout(300);
    live.debugger.pause(1);
    await live.stop();
    runsOn = wasIn === 1 && (await globalValue(live, "count")) !== before;
  }
}

test("a program whose first thread waits in vfork is paused, continued, and copied, as often as asked for", () =>
  withDebuggee(
    "vforkThread",
    { args: ["leader"], settings: { stopOnEntry: true, checkpoints: { limit: 50, auto: "off" } } },
    async (live) => {
      await live.debugger.start();
      await live.stop();
      await pauseInVfork(live);
      assert.throws(() => live.debugger.frames(1, 0, 1), { message: inVfork });
      for (let round = 0; round < 5; round++) {
        const before = await globalValue(live, "count");
        live.debugger.continue(1);
        await setTimeout(20);
        live.debugger.pause(1);
        assert.deepEqual(await live.stop(), { reason: "pause", threadId: 2, description: "Paused" });
        assert.notEqual(await globalValue(live, "count"), before);
        const { functionName, fidelity } = await live.debugger.createCheckpoint();
        assert.equal(functionName, "spin");
        assert.match(fidelity.find(({ resource }) => resource === "vfork")?.detail ?? "", /waits in vfork/);
      }
      live.debugger.continue(1);
      assert.equal((await live.debugger.createCheckpoint()).functionName, "spin");
      live.debugger.pause(1);
      assert.equal((await live.stop()).threadId, 2);
      live.debugger.next(1, "line");
      assert.match((await live.stop()).description ?? "", inVfork);
    },
  ));

test("a thread whose child in vfork is done while the program stands still can be read", () =>
  withDebuggee("vforkThread", { args: ["leader"], settings: { stopOnEntry: true } }, async (live) => {
    await live.debugger.start();
    await live.stop();
    await pauseInVfork(live);
    await live.debugger.evaluate("release = 1", undefined, "repl");
    const names = (): (string | undefined)[] =>
      live.debugger.frames(1, 0, 20).frames.map(({ functionName }) => functionName);
    for (const end = Date.now() + 10_000; Date.now() < end; await setTimeout(10))
      try {
        names();
        break;
      } catch (error) {
        assert.match(String(error), /waits in vfork/);
      }
    assert.match(names()[0] ?? "", /vfork/);
    live.debugger.continue(1);
    await live.exit();
    assert.equal(live.output("stdout"), "with child\nEXIT-SUCCESS\n");
  }));

for (const resume of ["continue", "next"] as const)
  test(`a pause (${resume}) that waits for a child in vfork says so, once, and comes when the child has ended`, () =>
    withDebuggee("vforkAlone", { settings: { stopOnEntry: true } }, async (live) => {
      const waits =
        /^The program waits in vfork for its child, process (\d+): it stops when .* has ended\.$/gm;
      const told = (): string[] => [...live.output("console").matchAll(waits)].map(([, id = ""]) => id);
      await live.debugger.start();
      await live.stop();
      do {
        if (resume === "continue") live.debugger.continue(1);
        else live.debugger.next(1, "line");
        await setTimeout(20);
        live.debugger.pause(1);
      } while ((await live.either(["stopped", "output"])).event === "stopped");
      live.debugger.pause(1);
      await setTimeout(500);
      const [child, ...more] = told();
      assert.ok(child);
      assert.deepEqual(more, []);
      process.kill(Number(child), "SIGTERM");
      assert.deepEqual(await live.stop(), { reason: "pause", threadId: 1, description: "Paused" });
      assert.match(live.frame().functionName, /vfork/);
      live.debugger.continue(1);
      await live.exit();
      assert.equal(live.output("stdout"), "ended by 15\n");
    }));

test("breakpoints and steps of one thread hold while others wait in vfork for their children", () =>
  withDebuggee("vforkBeside", {}, async (live, marks) => {
    await runTo(live, "vforkBeside", marks.CALL);
    live.breakAt("vforkBeside", []);
    for (let round = 0; round < 15; round++) {
      assert.deepEqual(await walk(live, "next", 1), [`calls:${marks.ADD}`]);
      const [entered] = await walk(live, "stepIn", 2);
      assert.equal(entered, `calls:${marks.HEAD}`);
      live.breakAt("vforkBeside", [marks.CALL]);
      live.debugger.continue(1);
      assert.equal((await live.either(["stopped", "terminated"])).event, "stopped");
      assert.equal(live.place(), `calls:${marks.CALL}`);
      live.breakAt("vforkBeside", []);
    }
    assert.ok((await globalValue(live, "children")) > 0);
  }));

test("steps hold while others wait in vfork, and leave no trap behind, in a storm of signals", () =>
  withDebuggee("vforkBeside", { args: ["alarms"] }, async (live, marks) => {
    await runTo(live, "vforkBeside", marks.CALL);
    live.breakAt("vforkBeside", []);
    for (let round = 0; round < 80; round++) {
      const places = await walk(live, "next", 3);
      assert.deepEqual(
        places,
        [`calls:${marks.ADD}`, `calls:${marks.HEAD}`, `calls:${marks.CALL}`],
        `${round}`,
      );
    }
    assert.ok((await globalValue(live, "alarms")) > 0);
  }));

test("a program whose child in vfork waits for another thread goes on", () =>
  withDebuggee("vforkBeside", { args: ["wait"] }, async (live) => {
    await live.debugger.start();
    assert.equal((await live.either(["stopped", "terminated"])).event, "terminated");
    assert.equal(live.output("stdout"), "EXIT-SUCCESS\n");
  }));
