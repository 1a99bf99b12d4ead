/** Members of Rust's tuples in expressions, as Rust has them: `pair.0`, `pair.1.0`. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { parseExpression } from "../../adapter/debugger/expressions/parser";
import { expectExpressions, expectRowsAgain, type Expected } from "./rustRows";
import { withProgram } from "./valuesProgram";

const options = { flags: ["--edition=2021"] };

const expressions: Expected = {
  "pair.0": "1",
  "pair.1": "(2, {(6.5), (7.5)})",
  "pair.1.0": "2",
  "pair.1.1[1].0": "7.5",
  "pair_lent->0": "1",
  "pair_lent->1.0": "2",
  "pair_lent->1.1[0].0 + 1": "7.5",
  "(*pair_lent).1 .0": "2",
  "pair . 1 . 0": "2",
  "nested.1.1.0": '"three"',
  "nested.1.1.1": "4.5",
  "-pair.0+pair.1.0": "1",
  "pair.0==1?.5:.25": "0.5",
  "(float).5": "0.5",
  "pair.1.0*.5": "1",
  "sizeof .5": "8",
  "pair.__0": "1",
  "pair.1.__0": "2",
  "pair.2": 'There is no member named "2" in rustHolders::Pair.',
  "pair.0.0": "A value of type i32 has no members.",
  "pair.0x": /^In "pair.0x", /,
  "pair.0 = 8": "8",
  "&pair.1.0": /^0x7ff[0-9a-f]+$/,
};

test("members of tuples by their places", () =>
  withProgram("rustHolders", "CELLS", options, async (program) => {
    await expectExpressions(program, expressions);
    assert.equal(await program.text("pair.0"), "8");
    for (const name of ["pair", "nested", "pair_lent", "reverse"]) await expectRowsAgain(program, name);
  }));

test("numbers beside operands are what they were", () => {
  assert.throws(() => parseExpression("a 5"), /an operator is expected/);
  assert.throws(() => parseExpression("a .5e1"), /an operator is expected/);
  assert.throws(() => parseExpression("a.5f"), /"a.5f"/);
  assert.deepEqual(parseExpression("a->0.1"), parseExpression("(a->0).1"));
});
