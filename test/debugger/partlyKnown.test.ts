/** What optimized code and compilers leave of variables: elements that are known, and names that are called artificial. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { test } from "node:test";
import { openModule } from "../../adapter/symbols/module";
import { fileAddress } from "../../adapter/target/addresses";
import { compile } from "../helpers/compile";
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

test("a variable has its place where GCC says that it may not be set yet", (context) => {
  const program = compile("partlyKnown", { compiler: "g++", flags });
  const lists = execFileSync("readelf", ["--debug-dump=loc", program], {
    encoding: "utf8",
    maxBuffer: 1 << 28,
  });
  const module = openModule(program);
  const [viewed] = module.functionsNamed("viewed");
  assert.ok(viewed);
  const view = module.scopesAt(viewed.bodyStart, 0).flatMap(({ variables }) => variables);
  const parameter = view.find(({ name }) => name === "view");
  assert.ok(parameter);
  const marked = [...lists.matchAll(/ ([0-9a-f]{16}) [0-9a-f]{16} \(.*DW_OP_GNU_uninit/g)]
    .map(([, low = "0"]) => fileAddress(BigInt(`0x${low}`)))
    .filter((low) => viewed.ranges.some((range) => low >= range.low && low < range.high));
  if (marked.length === 0) context.skip("this compiler marks nothing so");
  assert.deepEqual(
    marked.map((low) => module.locationOf(parameter, low).kind),
    marked.map(() => "expression"),
  );
  module.dispose();
});
