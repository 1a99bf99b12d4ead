import assert from "node:assert/strict";
import { test } from "node:test";
import { withDebuggee, type LiveDebugger } from "./liveDebugger";

/** Where the program is and what `n` is there. */
async function here(live: LiveDebugger): Promise<string> {
  return `${live.place()} n=${await live.value("n")}`;
}

const builds = [{}, { compiler: "clang" }, { flags: ["-fcf-protection"] }];

test("recursion from a function's first line is stepped into, call by call, as GDB goes", async () => {
  for (const options of builds)
    await withDebuggee("recursionOneLine", options, async (live, marks) => {
      live.breakAt("recursionOneLine", [marks.BP1]);
      await live.debugger.start();
      await live.stop();
      for (const n of [2, 1, 0]) {
        assert.equal((await live.into()).reason, "step");
        assert.equal(await here(live), `first:${marks.FIRST} n=${n}`);
      }
      await live.out();
      assert.equal(await here(live), `first:${marks.FIRST} n=1`);
    });
});

test("a step over such a recursion stays in its frame", async () => {
  for (const options of builds)
    await withDebuggee("recursionOneLine", options, async (live, marks) => {
      live.breakAt("recursionOneLine", [marks.BP1, marks.BP2]);
      await live.debugger.start();
      await live.stop();
      await live.into();
      await live.over();
      assert.equal(await here(live), `first:${marks.SUM} n=2`);
      assert.equal((await live.continue()).reason, "breakpoint");
      for (const n of [2, 1]) {
        await live.into();
        assert.equal(await here(live), `whole:${marks.WHOLE} n=${n}`);
      }
      await live.out();
      assert.equal(await here(live), `whole:${marks.WHOLE} n=2`);
      await live.over();
      assert.match(live.place(), /^main:/);
    });
});
