/** Comparisons of C++20 that go by <=> and ==, also with the operands exchanged. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { withDebuggee } from "./liveDebugger";

const expected: Readonly<Record<string, string>> = {
  "one < two": "1",
  "one > two": "0",
  "two >= one": "1",
  "one <= one": "1",
  "one == two": "false",
  "one != two": "1",
  "length < 3.0": "1",
  "3.0 < length": "0",
  "2.0 <= length": "1",
  "length == 2.5": "true",
  "2.5 == length": "1",
  "2.5 != length": "0",
  "nothing < 1.0": "0",
  "nothing >= 1.0": "0",
  "sizeof(one < two)": "4",
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
