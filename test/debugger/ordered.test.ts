/** Comparisons of C++20 that go by <=> and ==, also with the operands exchanged. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { withDebuggee } from "./liveDebugger";

const expected: Readonly<Record<string, string>> = {
  "one < two": "true",
  "one > two": "false",
  "two >= one": "true",
  "one <= one": "true",
  "one == two": "false",
  "one != two": "true",
  "length < 3.0": "true",
  "3.0 < length": "false",
  "2.0 <= length": "true",
  "length == 2.5": "true",
  "2.5 == length": "true",
  "2.5 != length": "false",
  "nothing < 1.0": "false",
  "nothing >= 1.0": "false",
  "sizeof(one < two)": "1",
};

for (const compiler of ["g++", "clang++"])
  test(`comparisons that are made of others, in a program of ${compiler}`, () =>
    withDebuggee("ordered", { compiler, flags: ["-std=c++20"] }, async (live, marks) => {
      live.breakAt("ordered", [marks["MAIN"] ?? 0]);
      await live.debugger.start();
      await live.stop();
      for (const [expression, value] of Object.entries(expected))
        assert.equal(await live.value(expression), value, expression);
    }));
