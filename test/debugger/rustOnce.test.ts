/** What Rust makes once is shown as what was made, or as not made yet. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { expectExpressions, expectLocals, expectRowsAgain, RUST_MINOR, textsOf } from "./rustRows";
import { withProgram } from "./valuesProgram";

const shown = {
  once: "1",
  no_once: "uninitialized",
  once_lock: '"o"',
  no_once_lock: "uninitialized",
  lazy: "5",
  no_lazy: "uninitialized",
  lazy_lock: "{radius = 2.5}",
  no_lazy_lock: "uninitialized",
};

const expressions = {
  "*once": "1",
  "*no_once": "It has no value: it is uninitialized.",
  "once_lock[0]": "111 'o'",
  "lazy_lock->radius": "2.5",
};

for (const [how, flags] of [
  ["not optimized", ["--edition=2021"]],
  ["optimized", ["--edition=2021", "-O"]],
] as const)
  test(
    `what is made once, ${how}`,
    { skip: RUST_MINOR < 80 && `it is in the library since Rust 1.80, and this is 1.${RUST_MINOR}` },
    () =>
      withProgram("rustOnce", "ONCE", { flags }, async (program) => {
        await expectLocals(program, shown);
        await expectExpressions(program, expressions);
        await expectRowsAgain(program, "lazy_lock");
        assert.deepEqual(await textsOf((await program.scope("Locals")).get("lazy_lock")), [
          "radius 2.5",
          "[raw]",
        ]);
      }),
  );
