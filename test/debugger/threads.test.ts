import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import { test } from "node:test";
import { sourceOf } from "../helpers/compile";
import { withDebuggee, type LiveDebugger } from "./liveDebugger";

async function nextStop(live: LiveDebugger, threadId: number): Promise<string> {
  live.debugger.next(threadId, "line");
  const stop = await live.stop();
  const [frame] = live.debugger.frames(stop.threadId, 0, 1).frames;
  return `${stop.reason} ${stop.threadId} ${frame?.functionName}:${frame?.source?.line}`;
}

test("a step over a call that other threads make, too, ends in its own thread", async () => {
  await withDebuggee("sharedFunction", {}, async (live, marks) => {
    live.breakAt("sharedFunction", [marks.STEP]);
    await live.debugger.start();
    await live.stop();
    assert.equal(live.debugger.threads().length, 2);
    assert.equal(await nextStop(live, 1), `step 1 main:${marks.NEXT}`);
    assert.equal(await nextStop(live, 1), `step 1 main:${marks.CREATE}`);
    assert.equal(await live.value("result"), "3000");
    assert.equal(await live.value("own"), "2000", "thread-locals are the thread's own");
  });
});

test("a step into a function that other threads run, too, enters it in its own thread", async () => {
  await withDebuggee("sharedFunction", {}, async (live, marks) => {
    live.breakAt("sharedFunction", [marks.STEP]);
    await live.debugger.start();
    await live.stop();
    const stop = await live.into();
    assert.equal(stop.threadId, 1);
    assert.equal(live.place(), `shared:${marks.SHARED}`);
    assert.equal(await live.value("value"), "1000");
    assert.equal((await live.out()).threadId, 1);
    assert.equal(live.place(), `main:${marks.STEP}`);
  });
});

test("another thread's breakpoint wins over a step", async () => {
  await withDebuggee("sharedFunction", {}, async (live, marks) => {
    live.breakAt("sharedFunction", [marks.CREATE]);
    await live.debugger.start();
    await live.stop();
    live.breakAt("sharedFunction", [marks.BRIEF]);
    // The thread may come there before the step that makes it is done, or only while its end is awaited.
    const made = await nextStop(live, 1);
    const story = made === `step 1 main:${marks.JOIN}` ? await nextStop(live, 1) : made;
    assert.match(story, new RegExp(`^breakpoint [23] brief:${marks.BRIEF}$`));
  });
});

test("a thread that ends in the middle of its step lets the others go on", async () => {
  await withDebuggee("sharedFunction", {}, async (live, marks) => {
    live.breakAt("sharedFunction", [marks.LEAVE, marks.END]);
    await live.debugger.start();
    const stop = await live.stop();
    assert.notEqual(stop.threadId, 1);
    live.breakAt("sharedFunction", [marks.END]);
    // To the closing brace, then out of the thread's own function: into code without a source, and on.
    await nextStop(live, stop.threadId);
    live.debugger.next(stop.threadId, "line");
    assert.equal((await live.stop()).reason, "breakpoint");
    assert.equal(live.place(), `main:${marks.END}`);
  });
});

test("pause names a live thread when the one that was asked for has ended meanwhile", async () => {
  await withDebuggee("sharedFunction", {}, async (live, marks) => {
    live.breakAt("sharedFunction", [marks.LEAVE]);
    await live.debugger.start();
    const { threadId: ending } = await live.stop();
    assert.notEqual(ending, 1);
    live.breakAt("sharedFunction", [marks.END]);
    await live.continue();
    assert.ok(live.debugger.threads().every(({ id }) => id !== ending));
    live.breakAt("sharedFunction", []);
    live.debugger.next(1, "line");
    live.debugger.pause(ending);
    const stop = await live.stop();
    assert.deepEqual([stop.reason, stop.threadId], ["pause", 1]);
    assert.equal(live.place(), `main:${marks.END}`);
  });
});

test("pause names the thread that was asked for", async () => {
  await withDebuggee("sharedFunction", {}, async (live, marks) => {
    live.breakAt("sharedFunction", [marks.STEP]);
    await live.debugger.start();
    await live.stop();
    live.breakAt("sharedFunction", []);
    const other = live.debugger.threads()[1]?.id ?? 0;
    live.debugger.stepOut(other);
    live.debugger.pause(other);
    const stop = await live.stop();
    assert.ok(["pause", "step"].includes(stop.reason));
    assert.equal(stop.threadId, other);
  });
});

test("a thread that has just met a breakpoint when another one's hit is told stands on it, not behind its trap", async () => {
  await withDebuggee("strikes", { flags: ["-pthread"] }, async (live, marks) => {
    live.breakAt("strikes", [marks.STRIKE]);
    await live.debugger.start();
    const { threadId } = await live.stop();
    const place = live.debugger.frames(threadId, 0, 1).frames[0]?.pc ?? 0n;
    for (let stops = 0; stops < 1000; stops++) {
      await live.continue();
      for (const { id } of live.debugger.threads())
        assert.notEqual(live.debugger.frames(id, 0, 1).frames[0]?.pc, place + 1n, `thread ${id}`);
    }
  });
});

test("a pause gets through while threads meet a false condition all the time", async () => {
  await withDebuggee("strikes", { flags: ["-pthread"] }, async (live, marks) => {
    live.debugger.setSourceBreakpoints(sourceOf("strikes"), [
      { line: marks.STRIKE, condition: "index == 99" },
    ]);
    await live.debugger.start();
    for (let round = 0; round < 5; round++) {
      const begun = performance.now();
      await sleep(5);
      live.debugger.pause(1);
      assert.equal((await live.stop()).reason, "pause");
      assert.ok(performance.now() - begun < 1000, `it took ${performance.now() - begun} ms`);
      live.debugger.continue(1);
    }
  });
});
