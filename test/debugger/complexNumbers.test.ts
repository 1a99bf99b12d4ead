/** Arithmetic on complex numbers, beside what the compiled program computes. */
import assert from "node:assert/strict";
import test from "node:test";
import { withProgram } from "./valuesProgram";

const expected: Record<string, string> = {
  "cd + 1": "4 + 4i",
  "1 - cd": "-2 - 4i",
  "cd * 2": "6 + 8i",
  "cd / 2": "1.5 + 2i",
  "2 / (cd * 0 + 1)": "2 + 0i",
  "cd + other": "2 + 4.5i",
  "cd - other": "4 + 3.5i",
  "-cd": "-3 - 4i",
  "~cd": "3 - 4i",
  "+cf": "1.5 - 2i",
  "cf * 2": "3 - 4i",
  "cf + cd": "4.5 + 2i",
  "cf + 0.5": "2 - 2i",
  "cl * 3": "1 + 3i",
  "cd == 1": "0",
  "cd == 3 + cd - 3": "1",
  "cd * 0 + 3 == 3": "1",
  "cd != other": "1",
  "product == cd * other": "1",
  "quotient == cd / other": "1",
  "mixed == cf + 0.1": "1",
  "sizeof(cf + 1)": "8",
  "sizeof(cf + 1.0)": "16",
  "sizeof(cf + 1.0L)": "32",
  "(double)cd": "3",
  "(int)cf": "1",
  "cd = 7": "7 + 0i",
  "cd += 1.5, cd": "8.5 + 0i",
  "cf = other": "-1 + 0.5i",
};

for (const compiler of ["gcc", "clang"])
  test(`${compiler}: complex numbers are computed with as in C`, () =>
    withProgram("corners", "BP1", { compiler }, async (program) => {
      for (const [expression, text] of Object.entries(expected))
        assert.equal(await program.text(expression), text, expression);
      assert.match((await program.node("cf + 1.0")).typeName, /^_Complex double$/);
      for (const operator of ["<", "%", "&", "<<"])
        await assert.rejects(
          program.text(`cd ${operator} 1`),
          new RegExp(`The operator ${operator} cannot be applied to .*[cC]omplex.* and int`),
        );
    }));
