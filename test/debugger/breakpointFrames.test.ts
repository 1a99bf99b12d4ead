/** Which frame a breakpoint stops in where inlined calls begin at its address. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { sourceOf } from "../helpers/compile";
import { withDebuggee, type LiveDebugger } from "./liveDebugger";

const compilers = ["gcc", "clang"] as const;

/** From the innermost frame to main's. */
function stack(live: LiveDebugger): string[] {
  const names = live.debugger.frames(1, 0, 8).frames.map(({ functionName }) => functionName);
  return names.slice(0, names.indexOf("main") + 1);
}

for (const compiler of compilers) {
  const options = { compiler, variant: "optimized" } as const;

  test(`a breakpoint on a function stops in it, before what is inlined at its start (${compiler})`, async () => {
    for (const name of ["first", "outer", "inner"])
      await withDebuggee("inlinedStarts", options, async (live, marks) => {
        live.debugger.setFunctionBreakpoints([{ name }]);
        await live.debugger.start();
        await live.stop();
        const all = ["inner", "outer", "first", "main"];
        assert.deepEqual(stack(live), all.slice(all.indexOf(name)));
        assert.equal(await live.value(name === "first" ? "count" : "value"), "0");
        if (name !== "outer") return;
        assert.equal(live.line(), marks.OUTER);
        await live.into();
        assert.deepEqual(stack(live), all);
      });
  });

  test(`a breakpoint on the line of an inlined call stops there, with the names of that place (${compiler})`, async () => {
    await withDebuggee("inlinedStarts", options, async (live, marks) => {
      const source = sourceOf("inlinedStarts");
      const [state] = live.debugger.setSourceBreakpoints(source, [
        { line: marks.SECOND, condition: "given == 2" },
      ]);
      // Clang has no code of its own there.
      if (state?.line !== marks.SECOND) return;
      await live.debugger.start();
      await live.stop();
      assert.equal(live.output("important"), "");
      assert.equal(live.place(), `second:${marks.SECOND}`);
      assert.equal(await live.value("given"), "2");
      live.breakAt("inlinedStarts", [marks.INNER]);
      await live.continue();
      assert.deepEqual(stack(live), ["inner", "second", "main"]);
    });
  });

  test(`a restart comes back to the frame that was shown, before what is inlined at its start (${compiler})`, async () => {
    await withDebuggee("inlinedStarts", options, async (live, marks) => {
      live.debugger.setFunctionBreakpoints([{ name: "first" }]);
      await live.debugger.start();
      await live.stop();
      const shown = [...stack(live), live.line()];
      assert.deepEqual(shown, ["first", "main", marks.FIRST]);
      const { id } = await live.debugger.createCheckpoint();
      assert.equal((await live.debugger.evaluateInCheckpoint(id, "count", {})).value, "0");
      await live.into();
      assert.deepEqual(stack(live), ["outer", "first", "main"]);
      for (let round = 0; round < 2; round++) {
        await live.debugger.restartCheckpoint(id);
        await live.stop();
        assert.deepEqual([...stack(live), live.line()], shown);
        await live.into();
        assert.deepEqual(stack(live), ["outer", "first", "main"], "the next step is the same one again");
      }
      await live.continue();
      await live.debugger.restartCheckpoint(id);
      await live.stop();
      const branch = live.debugger.checkpoints().checkpoints.at(-1)?.id ?? 0;
      await live.debugger.restartCheckpoint(branch);
      await live.stop();
      assert.deepEqual([...stack(live), live.line()], shown, "a branch keeps it, too");
      assert.equal(await live.value("count"), "1");
    });
  });

  test(`stopOnEntry stops in main, before what is inlined at its start (${compiler})`, async () => {
    const settings = { stopOnEntry: true };
    await withDebuggee("inlinedMain", { ...options, settings }, async (live) => {
      await live.debugger.start();
      assert.equal((await live.stop()).reason, "entry");
      assert.deepEqual(stack(live)[0], "main");
    });
  });
}
