import assert from "node:assert/strict";
import { test } from "node:test";
import { UserError } from "../../adapter/debugger/types";
import { compile } from "../helpers/compile";
import { withDebuggee } from "./liveDebugger";

test("exec: the new program's symbols, the same breakpoints, and back before it", async () => {
  await withDebuggee("replace", {}, async (live, marks) => {
    live.breakAt("replace", [marks.BP1, marks.AGAIN]);
    await live.debugger.start();
    await live.stop();
    await live.debugger.createCheckpoint();
    assert.equal((await live.continue()).reason, "breakpoint");
    assert.equal(live.place(), `main:${marks.AGAIN}`);
    assert.equal(await live.value("stage"), "2");
    assert.match(live.output("console"), /now runs .*replace/);
    await live.debugger.restartCheckpoint(1);
    await live.stop();
    assert.equal(live.place(), `main:${marks.BP1}`);
    assert.equal(await live.value("stage"), "1");
    assert.equal((await live.continue()).reason, "breakpoint");
    assert.equal(live.line(), marks.AGAIN);
  });
});

test("exec of another file in the middle of a step: the session follows it to its end", async () => {
  const other = compile("exitcode", { variant: "static" });
  await withDebuggee("replace", { args: [other] }, async (live, marks) => {
    live.breakAt("replace", [marks.EXEC]);
    await live.debugger.start();
    await live.stop();
    await live.debugger.createCheckpoint();
    live.debugger.setFunctionBreakpoints([{ name: "main" }]);
    live.debugger.next(1, "line");
    assert.equal((await live.stop()).reason, "function breakpoint");
    assert.equal(live.debugger.modules[0]?.symbols.path, other);
    await live.debugger.restartCheckpoint(1);
    await live.stop();
    assert.equal(live.place(), `main:${marks.EXEC}`);
    assert.match(live.debugger.modules[0]?.symbols.path ?? "", /replace$/);
  });
});

test("a step over a throw lands in the handler", async () => {
  await withDebuggee("thrower", {}, async (live, marks) => {
    live.breakAt("thrower", [marks.BP1]);
    await live.debugger.start();
    await live.stop();
    await live.over();
    assert.equal(live.frame().functionName, "guarded");
    assert.ok(live.line() !== marks.NEVER);
    for (let step = 0; step < 3 && live.line() !== marks.CAUGHT; step++) await live.over();
    assert.equal(live.line(), marks.CAUGHT);
    assert.equal(await live.value("caught"), "7");
  });
});

test("what needs a stopped program is refused while it runs", async () => {
  await withDebuggee("spin", {}, async (live) => {
    await live.debugger.start();
    await live.outputHas("spinning", "stdout");
    assert.throws(() => live.debugger.frames(1, 0, 1), UserError);
    assert.throws(() => live.debugger.continue(1), UserError);
    assert.throws(() => live.debugger.readMemory(0n as never, 1), UserError);
    await assert.rejects(live.debugger.evaluate("1", undefined, "repl"), UserError);
    live.debugger.pause();
    assert.equal((await live.stop()).reason, "pause");
    live.debugger.pause();
    assert.throws(() => live.debugger.next(99, "line"), /no thread 99/);
    assert.equal(live.frame().functionName, "main");
  });
});

test("pause gets through a step that does not end", async () => {
  await withDebuggee("spin", {}, async (live, marks) => {
    live.breakAt("spin", [marks.SPIN]);
    await live.debugger.start();
    await live.stop();
    live.breakAt("spin", []);
    live.debugger.stepOut(1);
    live.debugger.pause();
    assert.equal((await live.stop()).reason, "pause");
    live.debugger.setSourceBreakpoints(live.frame().source?.path ?? "", [
      { line: marks.SPIN, condition: "counter == 0" },
    ]);
    live.debugger.continue(1);
    await new Promise((resolve) => setTimeout(resolve, 50));
    live.debugger.pause();
    assert.equal((await live.stop()).reason, "pause", "through conditions that are never true");
  });
});

test("a call of the program's function that hits a breakpoint is put back and said", async () => {
  await withDebuggee("loop", {}, async (live, marks) => {
    live.breakAt("loop", [marks.BP1, marks.ADD]);
    await live.debugger.start();
    await live.stop();
    await assert.rejects(live.value("add(1, 2)"), UserError);
    assert.equal(live.line(), marks.BP1);
    live.breakAt("loop", [marks.BP2]);
    assert.equal(await live.value("add(1, 2)"), "3");
    await live.continue();
    assert.equal(live.line(), marks.BP2);
  });
});
