/** Values of optimized programs that only the debug information computes. */
import assert from "node:assert/strict";
import test from "node:test";
import { withProgram } from "./valuesProgram";

for (const level of ["-O1", "-O2"]) {
  const options = { compiler: "gcc", flags: [level, "-fno-ipa-cp"] };

  test(`gcc ${level}: floating point of every size is computed`, () =>
    withProgram("computed", "FLOATS", options, async (program) => {
      const rows = await program.scope("Locals");
      const shown = ["extended", "whole", "real", "single", "quad"].map((name) => rows.get(name)?.value);
      assert.deepEqual(shown, ["-2.5", "5", "1.5", "1.25", "5"]);
    }));

  test(`gcc ${level}: an argument that only the callers remember is shown`, () =>
    withProgram("computed", "ENTERED", options, async (program) => {
      const rows = await program.scope("Arguments");
      const shown = ["q", "r", "i", "kept"].map((name) => rows.get(name)?.value);
      assert.deepEqual(shown, ["1.25", "2.5", "7", "7.5"]);
      assert.equal(await program.text("i", 2), "7");
      assert.equal(await program.text("q * 2 + r"), "5");
    }));
}

test("an array whose length is optimized out says so, and its elements can be had", () =>
  withProgram("computed", "LENGTH", { compiler: "gcc", flags: ["-O2", "-fno-ipa-cp"] }, async (program) => {
    const rows = await program.scope("Locals");
    assert.equal(rows.get("room")?.value, "<optimized out>");
    assert.equal(rows.get("room")?.children, undefined);
    assert.equal(await program.text("room[2] == 2 * sink"), "0");
    assert.equal(await program.text("room[0]"), "0");
  }));

const OUT = "<optimized out>";

// Clang says of no direct call here what it passed. What `jumps` passed on is 42 * 3 + 1; of a call by a pointer it is not
// known that it was this one, unless the compiler says where the value is, as GCC 14 does.
for (const [first, second, options] of [
  ["43", "127", { compiler: "gcc", flags: ["-O2", "-fno-ipa-cp"] }],
  [OUT, OUT, { compiler: "clang", flags: ["-O2"] }],
] as const)
  test(`${options.compiler}: what was passed to a function that jumped here is not taken for what is passed here`, () =>
    withProgram("tailCalled", "FORGOTTEN", options, async (program) => {
      const shown: (string | undefined)[] = [];
      for (let hit = 0; hit < 6; hit++) {
        if (hit > 0) await program.runTo("FORGOTTEN");
        shown.push((await program.scope("Arguments")).get("value")?.value);
      }
      assert.deepEqual(shown.slice(0, 4), [first, second, "61", "62"]);
      for (const [index, value] of [81 * 3 + 1, 82 * 3 + 1].entries())
        assert.ok([OUT, String(value)].includes(shown[4 + index] ?? ""), shown[4 + index]);
    }));

for (const compiler of ["gcc", "clang"])
  for (const flags of [["-gdwarf-4"], ["-gdwarf-5"], ["-fPIC", "-fno-plt"]])
    test(`${compiler} ${flags.join(" ")}: what was passed to a function that may have come back by jumps is not taken for its arguments`, () =>
      withProgram("tailLoops", "AROUND", { compiler, flags: ["-O2", ...flags] }, async (program) => {
        const value = async () => (await program.scope("Arguments")).get("value")?.value;
        assert.equal(await value(), OUT);
        // The last by way of code without debug information.
        for (const marker of ["AROUND", "HOPPED", "HOPPED"]) {
          await program.runTo(marker);
          assert.equal(await value(), OUT);
        }
        // It jumps into such a loop, and does not come back.
        await program.runTo("STRAIGHT");
        assert.equal(await value(), "43");
      }));

for (const compiler of ["gcc", "clang"])
  for (const flags of [["-fPIE"], ["-fno-pie", "-no-pie"], ["-fno-pie", "-static"]])
    test(`${compiler} ${flags.join(" ")}: nor where it may have come back by a pointer, which no pointer to it does`, () =>
      withProgram("tailPointers", "POINTED", { compiler, flags: ["-O2", ...flags] }, async (program) => {
        const value = async () => (await program.scope("Arguments")).get("value")?.value;
        for (const marker of ["POINTED", "TAKEN", "TAKEN"]) {
          assert.equal(await value(), OUT);
          await program.runTo(marker);
        }
        assert.equal(await value(), OUT);
        await program.runTo("CALLED");
        assert.equal(await value(), "43");
      }));

for (const compiler of ["g++", "clang++"])
  test(`${compiler}: what a constructor was passed is shown, whatever it is called in the debug information`, () =>
    withProgram("constructed", "CONSTRUCTED", { compiler, flags: ["-O2"] }, async (program) => {
      const rows = await program.scope("Arguments");
      assert.equal(rows.get("value")?.value, "42");
    }));

// The pointer that each call is made by is what its caller was called with, and so is the argument.
test("gcc: an argument that a deep recursion by a pointer passes on is shown", () =>
  withProgram("constructed", "DEEP", { compiler: "g++", flags: ["-O2", "-fno-ipa-cp"] }, async (program) => {
    const rows = await program.scope("Arguments");
    assert.equal(rows.get("value")?.value, "43");
  }));
