/** Calls of functions that an optimizing compiler has made for their callers, and of one that takes an aligned struct on the stack. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { withDebuggee, type LiveOptions } from "./liveDebugger";

const refused = "cannot be called: the compiler has made its code for some arguments only.";

async function check(name: string, options: LiveOptions, expected: Record<string, string>): Promise<void> {
  await withDebuggee(name, options, async (live, marks) => {
    live.breakAt(name, [marks["MAIN"] ?? 0]);
    await live.debugger.start();
    await live.stop();
    assert.deepEqual(await live.answers(Object.keys(expected)), expected);
  });
}

test("a function of Rust whose parameters the compiler has left out is not called", () =>
  check(
    "fewCallers.rs",
    { flags: ["-O", "-C", "symbol-mangling-version=v0"] },
    { "always_one(7, 3)": `fewCallers::always_one ${refused}`, "of_any(7, 3)": "703" },
  ));

test("a function of C that clang has made for one value of a parameter is not called", () =>
  check(
    "fewCallers.c",
    { compiler: "clang", variant: "optimized" },
    { "always_one(7, 2, 3)": `always_one ${refused}`, "of_any(7, 3)": "703" },
  ));

for (const compiler of ["gcc", "clang"])
  test(`${compiler}: a struct on the stack is aligned as it is declared`, () =>
    check(
      "fewCallers.c",
      { compiler },
      {
        "behind_six(0, 0, 0, 0, 0, 0, 7, three)": "7234",
        "alignof(three)": "16",
        "always_one(7, 2, 3)": "703",
      },
    ));
