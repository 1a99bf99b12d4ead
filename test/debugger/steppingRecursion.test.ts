import assert from "node:assert/strict";
import { test } from "node:test";
import { withDebuggee, type LiveDebugger } from "./liveDebugger";
import { runTo, walk } from "./walk";

/** Where the program is and what `n` is there. */
async function here(live: LiveDebugger): Promise<string> {
  return `${live.place()} n=${await live.value("n")}`;
}

test("a step over a recursive call stays in its own frame", async () => {
  await withDebuggee("recursion", {}, async (live, marks) => {
    await runTo(live, "recursion", marks.CALL);
    live.breakAt("recursion", []);
    const { cfa } = live.frame();
    assert.equal((await live.over()).reason, "step");
    assert.equal(live.place(), `factorial:${marks.AFTER}`);
    assert.equal(live.frame().cfa, cfa);
    assert.equal(await live.value("n"), "5");
  });
});

test("a breakpoint in a deeper call of the same line wins over the step", async () => {
  await withDebuggee("recursion", {}, async (live, marks) => {
    await runTo(live, "recursion", marks.CALL);
    const stop = await live.over();
    assert.equal(stop.reason, "breakpoint");
    assert.equal(await live.value("n"), "4");
    live.breakAt("recursion", []);
    await live.out();
    assert.equal(await live.value("n"), "5");
  });
});

test("stepping in and out through recursion, as GDB goes", async () => {
  await withDebuggee("recursion", {}, async (live, marks) => {
    await runTo(live, "recursion", marks.BP1);
    const down = [marks.TEST, marks.CALL].map((line) => `factorial:${line}`);
    const expected = [
      ...down,
      ...down,
      ...down,
      ...down,
      `factorial:${marks.TEST}`,
      `factorial:${marks.BASE}`,
    ];
    assert.deepEqual(await walk(live, "stepIn", 10), expected);
    // To the closing brace, out into the caller's next statement.
    assert.deepEqual(await walk(live, "stepIn", 2), [
      `factorial:${marks.AFTER + 1}`,
      `factorial:${marks.AFTER}`,
    ]);
    await live.out();
    assert.equal(live.place(), `factorial:${marks.CALL}`);
    assert.equal(await live.value("n"), "3");
  });
});

test("a step over 500 deep calls is one step", async () => {
  await withDebuggee("recursion", {}, async (live, marks) => {
    await runTo(live, "recursion", marks.BP2);
    assert.deepEqual(await walk(live, "next", 3), [
      `main:${marks.END}`,
      `main:${marks.END + 1}`,
      `main:${marks.END + 2}`,
    ]);
    assert.deepEqual(
      await walk(live, "next", 1),
      ["end"],
      "main returns into code without a source: the program goes on",
    );
  });
});

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
