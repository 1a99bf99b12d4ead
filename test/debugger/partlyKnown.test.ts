/** What optimized code and compilers leave of variables: elements that are known, and names that are called artificial. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { withProgram } from "./valuesProgram";

const flags = ["-std=c++20", "-O2"];

test("an array of which the compiler has kept some elements shows these", () =>
  withProgram("partlyKnown", "ARRAY", { compiler: "g++", flags }, async (program) => {
    const rows = await program.scope("Locals");
    assert.match(rows.get("all")?.value ?? "", /^\{0x[0-9a-f]+ "x", 0x[0-9a-f]+ "hello", <optimized out>\}$/);
    assert.match(await program.text("all[1]"), /"hello"$/);
  }));

for (const compiler of ["g++", "clang++"])
  test(`the names of a structured binding are among the locals, in a program of ${compiler}`, () =>
    withProgram("partlyKnown", "BOUND", { compiler, flags: ["-std=c++20", "-O0"] }, async (program) => {
      const rows = await program.scope("Locals");
      const shown = ["whole", "half", "sum"].map((name) => rows.get(name)?.value);
      assert.deepEqual(
        shown.map((value) => value?.replace(/^0x\w+ /, "")),
        ["3", "1.5", "4"],
      );
    }));
