/** Steps that meet breakpoints which let the program go on: by their condition, their hit condition or as log points. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { SourceBreakpointSpec } from "../../adapter/debugger/types";
import { sourceOf } from "../helpers/compile";
import { withDebuggee, type LiveDebugger } from "./liveDebugger";
import { runTo } from "./walk";

const source = sourceOf("passedStops");

/** One step of a thread, by lines or instructions. Gives its reason and place. */
async function step(
  live: LiveDebugger,
  how: "next" | "stepIn",
  unit: "line" | "instruction",
): Promise<string> {
  live.debugger[how](1, unit);
  const { reason } = await live.stop();
  return `${reason} ${live.line() ?? 0}`;
}

const passed: Record<string, Omit<SourceBreakpointSpec, "line">> = {
  "a false condition": { condition: "i == 77" },
  "a false condition that calls": { condition: "(long)write(-1, 0, 0) == 1" },
  "a hit condition that is not met": { hitCondition: "999" },
  "a log message": { logMessage: "here with {i}" },
};

for (const [what, beside] of Object.entries(passed))
  test(`a step ends at a line whose breakpoint has ${what}, and judges it once`, () =>
    withDebuggee("passedStops", {}, async (live, marks) => {
      const lines = [marks.FIRST, marks.SECOND, marks.THIRD, marks.HEAD];
      await runTo(live, "passedStops", marks.HEAD);
      live.debugger.setSourceBreakpoints(source, [
        { line: marks.FIRST, ...beside },
        { line: marks.SECOND, ...beside },
        { line: marks.THIRD, condition: "i >= 0" },
      ]);
      for (let round = 0; round < 3; round++)
        for (const line of lines) {
          const reason = line === marks.THIRD ? "breakpoint" : "step";
          assert.equal(await step(live, round === 1 ? "stepIn" : "next", "line"), `${reason} ${line}`);
        }
      if (beside.logMessage !== undefined)
        assert.deepEqual(
          live.output("console").match(/here with \d+/g),
          [0, 0, 1, 1, 2, 2].map((i) => `here with ${i}`),
        );
    }));

test("an instruction step ends at an instruction whose breakpoint is passed", () =>
  withDebuggee("passedStops", {}, async (live, marks) => {
    const pcsOf = async (breakpoints: SourceBreakpointSpec[]): Promise<bigint[]> => {
      live.debugger.setSourceBreakpoints(source, breakpoints);
      const pcs: bigint[] = [];
      for (let count = 0; count < 14; count++) {
        await step(live, "next", "instruction");
        pcs.push(live.frame().pc);
      }
      return pcs;
    };
    await runTo(live, "passedStops", marks.FIRST);
    const { id } = await live.debugger.createCheckpoint();
    const plain = await pcsOf([]);
    await live.debugger.restartCheckpoint(id);
    await live.stop();
    assert.deepEqual(await pcsOf([{ line: marks.SECOND, condition: "i == 77" }]), plain);
  }));

test("a step is not longer for breakpoints that another thread passes meanwhile", () =>
  withDebuggee("passedStops", { args: ["beside"] }, async (live, marks) => {
    await runTo(live, "passedStops", marks.HEAD);
    const wanted = [marks.FIRST, marks.SECOND, marks.THIRD, marks.HEAD];
    live.debugger.setSourceBreakpoints(source, [
      { line: marks.ROUND, hitCondition: "999999" },
      { line: marks.SECOND, logMessage: "second" },
    ]);
    for (let round = 0; round < 15; round++)
      for (const line of wanted) assert.equal(await step(live, "next", "line"), `step ${line}`);
    assert.ok(Number(await live.value("rounds")) > 0, "the other thread has passed its breakpoint");
  }));

test("an instruction step over a system call waits for it, whatever breakpoints another thread passes", () =>
  withDebuggee("passedStops", { args: ["beside"] }, async (live, marks) => {
    await runTo(live, "passedStops", marks.READ);
    live.debugger.setSourceBreakpoints(source, [{ line: marks.ROUND, hitCondition: "999999" }]);
    for (let count = 0; live.line() === marks.READ; count++) {
      assert.ok(count < 12);
      await step(live, "next", "instruction");
    }
    assert.equal(await live.value("result"), "1");
    live.debugger.setSourceBreakpoints(source, []);
    live.debugger.continue(1);
    await live.exit();
    assert.match(live.output("stdout"), /EXIT-SUCCESS/);
  }));

test("a step goes on behind a signal's handler in which a breakpoint is passed", () =>
  withDebuggee("signals", {}, async (live, marks) => {
    await runTo(live, "signals", marks.TIMER);
    await live.over();
    live.debugger.setSourceBreakpoints(sourceOf("signals"), [
      { line: marks.ALARM, logMessage: "alarm {alarms}" },
    ]);
    for (let count = 0; live.output("console").split("alarm ").length < 12; count++) {
      assert.ok(count < 3000);
      assert.match(await step(live, "stepIn", count % 5 === 0 ? "line" : "instruction"), /^step /);
      assert.equal(live.frame().functionName, "main");
      // The loop must not come to its end before.
      if (live.line() === marks.LOOP) await live.value("i = 0");
    }
  }));
