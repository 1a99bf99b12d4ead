import assert from "node:assert/strict";
import { test } from "node:test";
import { sourceOf } from "../helpers/compile";
import { withDebuggee } from "./liveDebugger";

const source = sourceOf("calledAtHit");
const stopped =
  "The call stopped at a breakpoint at calledAtHit.c:6; the thread was put back to where it was before the call.";

test("a log message that calls the function it stands in says so once a hit", async () => {
  await withDebuggee("calledAtHit", {}, async (live, marks) => {
    const logMessage = "{number}: {twice(5)}";
    live.debugger.setSourceBreakpoints(source, [{ line: marks.BP1 ?? 0, logMessage }]);
    await live.debugger.start();
    assert.deepEqual(await live.exit(), { exitCode: 0 });
    const expected = [0, 1, 2].map((number) => `${number}: <${stopped}>\n`).join("");
    assert.equal(live.output("console"), `${expected}The program has exited with code 0.\n`);
    assert.equal(live.output("important"), "");
  });
});

test("a condition that calls the function it stands in stops, and says so once a hit", async () => {
  await withDebuggee("calledAtHit", {}, async (live, marks) => {
    const condition = "twice(0) > 50";
    live.debugger.setSourceBreakpoints(source, [{ line: marks.BP1 ?? 0, condition }]);
    await live.debugger.start();
    const sentence = `Breakpoint 1: Error in the condition "${condition}": ${stopped}\n`;
    for (let hits = 1; hits <= 3; hits++) {
      assert.equal((await live.stop()).reason, "breakpoint");
      assert.equal(await live.value("number"), String(hits - 1));
      assert.equal(live.output("important"), sentence.repeat(hits));
      live.debugger.continue(1);
    }
    assert.deepEqual(await live.exit(), { exitCode: 0 });
  });
});

test("a function that waits for a lock which another thread has gets it", async () => {
  await withDebuggee("lockHeldElsewhere", {}, async (live, marks) => {
    const source = sourceOf("lockHeldElsewhere");
    const message = { line: marks.BP1, logMessage: "{locked(i)}", condition: "locked(i) < 4" };
    live.debugger.setSourceBreakpoints(source, [message, { line: marks.BP1, condition: "locked(i) == 7" }]);
    await live.debugger.start();
    assert.equal((await live.either(["stopped", "terminated"])).event, "stopped");
    assert.equal(await live.value("i"), "6");
    assert.equal(live.output("console"), "1\n2\n3\n");
    assert.equal(live.output("important"), "");
  });
});

test("a function that computes for long has the others wait, who come to the same breakpoint", async () => {
  await withDebuggee("busyCondition", {}, async (live, marks) => {
    const source = sourceOf("busyCondition");
    live.debugger.setSourceBreakpoints(source, [{ line: marks.BP1, condition: "busy(0)" }]);
    await live.debugger.start();
    assert.deepEqual(await live.exit(), { exitCode: 0 });
    assert.equal(live.output("important"), "");
  });
});
