/** Of several functions of one name a call means the one that takes what is given. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { withDebuggee } from "./liveDebugger";

const expected: Readonly<Record<string, string>> = {
  "lib::pick(7)": "1",
  "lib::pick('c')": "1",
  "lib::pick(7.5)": "2",
  'lib::pick("x")': "3",
  "lib::pick(text)": "4",
  "lib::pick(7, 8)": "5",
  "lib::pick()": "No lib::pick takes 0 arguments.",
  "lib::inside()": "6",
  "lib::inside(1)": "lib::inside takes 0 arguments, but 1 is given.",
  "lib::alone()":
    "lib::alone takes 1 argument, but 0 are given. Missing: int. What a parameter is by default is not in the debug information: write it.",
  "own(7.5)": "7",
};

for (const compiler of ["g++", "clang++"])
  test(`a call means the function that takes what is given, in a program of ${compiler}`, () =>
    withDebuggee(
      "overloadedCalls",
      {
        compiler,
        flags: ["-fstandalone-debug"].slice(compiler === "g++" ? 1 : 0),
        with: ["overloadedCallsOther"],
      },
      async (live, marks) => {
        live.breakAt("overloadedCalls", [marks["HERE"] ?? 0]);
        await live.debugger.start();
        await live.stop();
        for (const [expression, value] of Object.entries(expected)) {
          const found = await live.value(expression).catch((error: unknown) => (error as Error).message);
          assert.equal(found, value, expression);
        }
        const [state] = live.debugger.setFunctionBreakpoints([{ name: "lib::inside" }]);
        assert.equal(state?.verified, true);
      },
    ));
