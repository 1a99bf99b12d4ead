/** Strings of libstdc++ in programs that only declare them, as clang has it by default. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { withDebuggee } from "./liveDebugger";

const expected: Readonly<Record<string, string>> = {
  shorter: '"short"',
  longer: '"a text that is longer than what fits in the object itself"',
  empty: '""',
  wide: 'L"wide"',
  words: 'size 2 {"one", "two"}',
  "words[1]": '"two"',
  person: '{name = "Ann", age = 30}',
  reference: '"short"',
  "*pointer": '"a text that is longer than what fits in the object itself"',
  'shorter == "short"': "true",
  "shorter.size()": "5",
  "sizeof(shorter)": "32",
  'shorter = "new"': '"new"',
  'empty = "a text that has to be put elsewhere by the library"':
    '"a text that has to be put elsewhere by the library"',
  "empty == longer": "false",
};

test("strings that are declared only are shown, compared and set", () =>
  withDebuggee("declaredStrings", { compiler: "clang++" }, async (live, marks) => {
    live.breakAt("declaredStrings", [marks["MAIN"] ?? 0]);
    await live.debugger.start();
    await live.stop();
    for (const [expression, value] of Object.entries(expected))
      assert.equal(await live.value(expression), value, expression);
  }));
