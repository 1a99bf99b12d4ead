/** What breakpoints ask before they stop, and what they write instead: conditions, hit conditions and log messages. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { markers, sourceOf } from "../helpers/compile";
import { withDebuggee, type LiveDebugger } from "./liveDebugger";

test("conditions, with and without the target's help, and hit conditions on top", async () => {
  for (const [condition, hitCondition, expected] of [
    ["i == 3", undefined, "3"],
    ["total > 2 && i != 3", undefined, "4"],
    ["i >= 1", "== 2", "2"],
    ["(double)i > 1.5", undefined, "2"],
    [undefined, "% 4", "3"],
  ] as const)
    await withDebuggee("loop", {}, async (live, marks) => {
      live.debugger.setSourceBreakpoints(sourceOf("loop"), [
        {
          line: marks.BP1,
          ...(condition === undefined ? {} : { condition }),
          ...(hitCondition === undefined ? {} : { hitCondition }),
        },
      ]);
      await live.debugger.start();
      assert.equal((await live.stop()).reason, "breakpoint");
      assert.equal(await live.value("i"), expected, `${condition} ${hitCondition}`);
    });
});

test("a condition that cannot be told stops and says so", async () => {
  await withDebuggee("loop", {}, async (live, marks) => {
    live.debugger.setSourceBreakpoints(sourceOf("loop"), [{ line: marks.BP1, condition: "nothing == 1" }]);
    await live.debugger.start();
    assert.equal((await live.stop()).reason, "breakpoint");
    assert.match(live.output("important"), /Error in the condition "nothing == 1"/);
    const [changed] = await live.next("breakpointChanged");
    assert.match(changed.message ?? "", /nothing/);
  });
});

test("a hit condition that is not understood is refused on its breakpoint alone", async () => {
  await withDebuggee("loop", {}, async (live, marks) => {
    const [bad, good] = live.debugger.setSourceBreakpoints(sourceOf("loop"), [
      { line: marks.BP1, hitCondition: "often" },
      { line: marks.BP2 },
    ]);
    assert.equal(bad?.verified, false);
    assert.match(bad?.message ?? "", /not understood/);
    assert.equal(good?.verified, true);
  });
});

const misspelt = [
  [
    { condition: "i ==" },
    'The condition "i ==" is not understood: In "i ==", an operand is expected where the expression ends.',
  ],
  [{ condition: "(i" }, /is not understood: In "\(i", "\)" is expected/],
  [
    { logMessage: "i={i} {total +}" },
    /The log message's \{total \+\} is not understood: .* Write \\\{ for a brace\./,
  ],
  [
    { condition: "i = 3" },
    'The condition "i = 3" would change the program: assignments, ++ and -- belong in the Debug Console; == compares.',
  ],
  [{ condition: "i == 3 || (total += 1) > 5" }, /^The condition ".*" would change the program:/],
  [{ condition: "i++" }, /would change the program/],
  [{ logMessage: "{--i}" }, /^The log message's \{--i\} would change the program:/],
  [{ logMessage: "{i" }, /opening brace that is not closed/],
  [{ hitCondition: "> " }, /hit condition "> ?" is not understood/],
] as const;

test("an expression that cannot be parsed is told when it is set, and the breakpoint is not inserted", async () => {
  await withDebuggee("loop", {}, async (live, marks) => {
    const source = sourceOf("loop");
    for (const [wrong, expected] of misspelt) {
      const [state] = live.debugger.setSourceBreakpoints(source, [{ line: marks.BP1, ...wrong }]);
      assert.equal(state?.verified, false);
      if (typeof expected === "string") assert.equal(state.message, expected);
      else assert.match(state.message ?? "", expected);
    }
    const right = [
      { line: marks.BP1, condition: "(long)i == 1 && sizeof(i = 3) == 4" },
      { line: marks.BP1, logMessage: "i={i,x} \\{no} {(unsigned)total}" },
    ];
    for (const state of live.debugger.setSourceBreakpoints(source, right))
      assert.equal(`${state.verified} ${state.message}`, "true undefined");
    await live.debugger.start();
    assert.equal((await live.stop()).reason, "breakpoint");
    assert.equal(await live.value("i"), "1");
    assert.match(live.output("console"), /^i=0x0 \{no\} 0$/m);
  });
});

test("a misspelt condition that waits for the launch is told by it", async () => {
  const marks = markers("loop");
  const before = (live: LiveDebugger) => {
    live.debugger.setSourceBreakpoints(sourceOf("loop"), [{ line: marks.BP1, condition: "i ==" }]);
  };
  await withDebuggee("loop", { before }, async (live) => {
    const [state] = await live.next("breakpointChanged");
    assert.equal(state.verified, false);
    assert.match(state.message ?? "", /an operand is expected/);
    await live.debugger.start();
    assert.deepEqual(await live.exit(), { exitCode: 0 });
  });
});

test("log points write and do not stop", async () => {
  await withDebuggee("loop", {}, async (live, marks) => {
    live.debugger.setSourceBreakpoints(sourceOf("loop"), [
      { line: marks.BP1, logMessage: "i={i} \\{{total + 1}\\} {nothing}", condition: "i < 2" },
    ]);
    await live.debugger.start();
    assert.deepEqual(await live.exit(), { exitCode: 0 });
    const lines = live.output("console").split("\n");
    assert.match(lines[0] ?? "", /^i=0 \{1\} <.*nothing.*>$/);
    assert.match(lines[1] ?? "", /^i=1 \{1\} </);
    assert.deepEqual(lines.slice(2), ["The program has exited with code 0.", ""]);
  });
});
