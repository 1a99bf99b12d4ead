/** Frames of functions that have left by a jump to another (tail calls), which only the debug information tells of. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { markers } from "../helpers/compile";
import { withDebuggee, type LiveDebugger } from "./liveDebugger";

const marks = markers("tailFrames");

/** What stands above `last` for each of main's calls: the functions and, where they are marked, the lines of their jumps. */
const stacks = [
  [`middle:${marks["MIDDLE"]}`, `inlined:${marks["INLINED"]}`, `first:${marks["FIRST"]}`],
  // By one of two ways, which have nothing in common.
  [],
  // By one of two ways, of which the beginning and the end are certain.
  [`joins:${marks["JOINS"]}`, `starts:${marks["STARTS"]}`],
  // There is another jump, to a function of a library, which leads nowhere else.
  [`prints:${marks["PRINTS"]}`],
  // There is another jump, by a pointer, which may lead anywhere.
  [],
  // It has gone around, nobody knows how often.
  [`there:${marks["ONCE"]}`],
];

function stack(live: LiveDebugger): string[] {
  const { frames } = live.debugger.frames(1, 0, 20);
  return frames.map(({ functionName, source }) => `${functionName}:${source?.line}`);
}

for (const compiler of ["gcc", "clang", "g++", "clang++"])
  for (const dwarf of ["-gdwarf-4", "-gdwarf-5"])
    test(`${compiler} ${dwarf}: functions that have left by a jump are shown where it is certain which they were`, () =>
      withDebuggee("tailFrames", { compiler, flags: ["-O2", dwarf] }, async (live) => {
        live.breakAt("tailFrames", [marks["LAST"] ?? 0]);
        await live.debugger.start();
        for (const expected of stacks) {
          await live.stop();
          const shown = stack(live);
          assert.equal(shown[0], `last:${marks["LAST"]}`);
          assert.deepEqual(shown.slice(1, expected.length + 1), expected);
          assert.match(shown[expected.length + 1] ?? "", /^calls:/);
          live.debugger.continue(1);
        }
      }));

for (const compiler of ["gcc", "clang"] as const)
  test(`${compiler}: of a function that has left by a jump nothing is left on the stack`, () =>
    withDebuggee("tailFrames", { compiler, flags: ["-O2"] }, async (live) => {
      live.breakAt("tailFrames", [marks["LAST"] ?? 0]);
      await live.debugger.start();
      await live.stop();
      const value = async (expression: string, index: number) =>
        (await live.debugger.evaluate(expression, live.frame(index), "watch")).value;
      assert.equal(live.place(1), `middle:${marks["MIDDLE"]}`);
      // Clang describes what it passes by a register that has its caller's value again at the jump.
      assert.equal(await value("value", 0), "<optimized out>");
      assert.equal(await value("value", 1), "<optimized out>");
      assert.equal(await value("sink", 1), await value("sink", 0));
      assert.equal(await value("kept", 1), "<optimized out>");
      assert.equal(await value("$rbx", 1), "<optimized out>");
      await assert.rejects(value("value + 1", 1), /optimized out/);
      await assert.rejects(value("$rip = 0", 1), /cannot be set/);
      const { readOnlyReason } = await live.debugger.evaluate("$rip", live.frame(1), "watch");
      assert.match(readOnlyReason ?? "", /left by a jump/);
    }));

test("a step out of a function that was jumped to goes to the caller of the first", () =>
  withDebuggee("tailFrames", { flags: ["-O2"] }, async (live) => {
    live.breakAt("tailFrames", [marks["LAST"] ?? 0]);
    await live.debugger.start();
    await live.stop();
    await live.out();
    assert.equal(live.frame().functionName, "calls");
    assert.equal(live.frame(1).functionName, "main");
  }));
