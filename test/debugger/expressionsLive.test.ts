/** Calls through the whole debugger: a program that ends in one, other threads, checkpoints. */
import assert from "node:assert/strict";
import test from "node:test";
import { UserError } from "../../adapter/debugger/types";
import type { Frame } from "../../adapter/debugger/types";
import { withDebuggee } from "./liveDebugger";
import type { LiveDebugger } from "./liveDebugger";

async function stopAt(live: LiveDebugger, source: string, line: number | undefined): Promise<Frame> {
  live.breakAt(source, [line ?? 0]);
  await live.debugger.start();
  const stop = await live.stop();
  const [frame] = live.debugger.frames(stop.threadId, 0, 1).frames;
  assert.ok(frame);
  return frame;
}

test("a program that exits in a call is told as one that exits", () =>
  withDebuggee("values", {}, async (live, marks) => {
    const frame = await stopAt(live, "values", marks["BP1"]);
    await assert.rejects(live.debugger.evaluate("leave(3)", frame, "repl"), UserError);
    assert.deepEqual(await live.exit(), { exitCode: 3 });
  }));

test("with checkpoints, the exit in a call is a stop, and the way back works", () =>
  withDebuggee("values", {}, async (live, marks) => {
    const frame = await stopAt(live, "values", marks["BP1"]);
    const { id } = await live.debugger.createCheckpoint();
    await assert.rejects(live.debugger.evaluate("leave(3)", frame, "repl"), /exit code 3/);
    assert.equal((await live.stop()).reason, "exit");
    await live.debugger.restartCheckpoint(id);
    assert.equal((await live.stop()).reason, "checkpoint");
    const [again] = live.debugger.frames(1, 0, 1).frames;
    assert.equal((await live.debugger.evaluate("add(global_counter, 1)", again, "repl")).value, "43");
  }));

test("a call keeps its frame, whose variables show what the call changed", () =>
  withDebuggee("values", {}, async (live, marks) => {
    const frame = await stopAt(live, "values", marks["BP1"]);
    assert.equal((await live.debugger.evaluate("bump(&whole)", frame, "repl")).value, "void");
    assert.equal((await live.debugger.evaluate("whole", frame, "hover")).value, "-41");
    await assert.rejects(live.debugger.evaluate("bump(&whole)", frame, "hover"), /^Error: Hover/);
  }));

test("a call waits for another thread, which runs meanwhile", () =>
  withDebuggee("handover", {}, async (live, marks) => {
    const frame = await stopAt(live, "handover", marks["BP1"]);
    assert.equal((await live.debugger.evaluate("ask_worker(20)", frame, "repl")).value, "21");
    assert.equal((await live.debugger.evaluate("ask_worker(30)", frame, "repl")).value, "31");
    assert.equal(live.debugger.threads().length, 2);
  }));
