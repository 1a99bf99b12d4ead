/** Tuples and variants of libstdc++ are what they hold. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { withProgram } from "./valuesProgram";

const expected: Readonly<Record<string, string | RegExp>> = {
  triple: '{1, "two", 3.5}',
  "triple[1]": '"two"',
  withNothing: "{{}, 4}",
  nested: "{{5, 99 'c'}, {}}",
  choice: "2.5 (alternative 2)",
  "*choice + 1": "3.5",
  first: "7 (alternative 0)",
  second: '"text" (alternative 1)',
  '*second == "text"': "true",
  empty: "{} (alternative 0)",
  full: "size 2 {1, 2} (alternative 1)",
  broken: "valueless",
  many: 'size 2 {[1] = 5 (alternative 0), [2] = "five" (alternative 1)}',
  owner: /^0x[0-9a-f]+$/,
  "*owner": "6",
  "*first = 8, first": "8 (alternative 0)",
  "triple[0] = 9, triple": '{9, "two", 3.5}',
};

for (const compiler of ["g++", "clang++"])
  for (const standard of ["-std=c++17", "-std=c++20"])
    test(`tuples and variants, ${compiler} ${standard}`, () => {
      const options = { compiler, flags: [standard] };
      return withProgram("tuplesAndVariants", "HERE", options, async (program) => {
        for (const [expression, value] of Object.entries(expected)) {
          const text = await program.text(expression);
          if (typeof value === "string") assert.equal(text, value, expression);
          else assert.match(text, value, expression);
        }
      });
    });

test("a variant with a number that no alternative has shows its members", () =>
  withProgram("tuplesAndVariants", "HERE", { flags: ["-std=c++17"] }, async (program) => {
    await program.text("first._M_index = 5");
    assert.match(await program.text("first"), /^\{<std::__detail::__variant::_Variant_base/);
  }));
