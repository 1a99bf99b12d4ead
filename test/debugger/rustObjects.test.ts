/** Values of Rust of which only a trait is known: their types are found by their tables of methods. */
import assert from "node:assert/strict";
import { test } from "node:test";
import {
  expectExpressions,
  expectLocals,
  expectRowsAgain,
  mayBeGone,
  RUST_MINOR,
  source,
  textsOf,
  type Expected,
} from "./rustRows";
import { withProgram } from "./valuesProgram";

const options = { flags: ["--edition=2021"] };
const optimized = { flags: ["--edition=2021", "-O"] };

const values: Expected = {
  circle: "{radius = 1.5} (rustHolders::Circle)",
  shared: "(2.5) (rustHolders::Square, strong 1, weak 1)",
  aligned: "{side = 3} (rustHolders::Aligned, strong 1, weak 0)",
  watcher: "(2.5) (rustHolders::Square, strong 1, weak 1)",
  unit: "{} (rustHolders::Unit)",
  kind: "Round {radius = 4.5} (rustHolders::Kind)",
  any: '"any" (alloc::string::String)',
  closure: /^\{(_ref__)?step = 5\} \(rustHolders::objects::\{closure_env#0\}\)$/,
  many: "size 2 {{radius = 5.5} (rustHolders::Circle), 8 (u32)}",
  cell: "{radius = 6.5} (rustHolders::Circle, strong 1, weak 0)",
  aligned_cell: "{side = 9} (rustHolders::Aligned)",
  boxed: /^0x[0-9a-f]+ 10 \(alloc::boxed::Box<u8, alloc::alloc::Global>\)$/,
  lock: "{radius = 7.5} (rustHolders::Circle, strong 1, weak 0)",
};

/** Those that optimized code has in registers, if at all. */
const borrowed: Expected = {
  number: "7 (u32)",
  twice: /^9 \(u32\) \(alloc::boxed::Box<dyn rustHolders::Shape.*\)$/,
  raw: "{radius = 1.5} (rustHolders::Circle)",
  changed: /^9 \(u32\) \(alloc::boxed::Box<dyn rustHolders::Shape.*\)/,
};

/** Tables of types whose methods are alike have been made one by Rust 1.63: then no type is told. */
function tablesMayBeOne(all: Expected): Expected {
  const either = ([name, value]: [string, string | RegExp]): [string, RegExp] => [
    name,
    new RegExp(`${source(value)}|^(?!.*rustHolders::(?:Circle|Square)).*\\{pointer = `),
  ];
  return Object.fromEntries(Object.entries(all).map(either));
}

const expressions: Expected = {
  "circle->radius": "1.5",
  "(*circle).radius": "1.5",
  "shared.0": "2.5",
  "(*any).len()": "3",
  "many[0].radius": "5.5",
  "*many[1]": "8",
  "cell->radius": "6.5",
  "aligned_cell->side": "9",
  "**boxed": "10",
};

test("the value behind a pointer with a table of methods is shown with its type", () =>
  withProgram("rustHolders", "OBJECTS", options, async (program) => {
    await expectLocals(program, { ...values, ...borrowed });
    await expectExpressions(program, { ...expressions, "*number": "7", "raw->radius": "1.5" });
    const rows = await program.scope("Locals");
    assert.deepEqual(await textsOf(rows.get("circle")), ["radius 1.5", "[raw]"]);
    for (const name of ["circle", "shared", "raw", "many", "cell"]) await expectRowsAgain(program, name);
  }));

test("the value behind a pointer with a table of methods in optimized code", async () => {
  const expected = RUST_MINOR < 80 ? tablesMayBeOne(mayBeGone(values)) : values;
  await withProgram("rustHolders", "OBJECTS", optimized, (program) => expectLocals(program, expected));
  await withProgram("rustHolders", "CALLED", optimized, async (program) => {
    const { value } = (await program.scope("Arguments")).get("shape") ?? {};
    assert.match(
      value ?? "",
      /^(\{radius = 1.5\} \(rustHolders::Circle\)|<optimized out>|(?:0x\w+ )?\{pointer = .*\})$/,
    );
  });
});

test("a table of methods that is none is not gone by", () =>
  withProgram("rustHolders", "OBJECTS", options, async (program) => {
    for (const [name, expression] of [
      ["circle", "circle.vtable = (char *)circle.vtable + 8"],
      ["kind", "kind.pointer = 16"],
      ["unit", "unit.vtable = 16"],
      ["aligned_cell", "((unsigned long *)aligned_cell.vtable)[1] = 8"],
      ["lock", "((unsigned long *)lock.ptr.pointer.vtable)[2] = 0"],
      ["shared", "shared.ptr.pointer.pointer = 16"],
      ["any", "any.vtable = 0"],
    ] as const) {
      await program.text(expression);
      assert.match(await program.text(name), /^\{(pointer|ptr) = /, name);
    }
  }));

test("values that stand for each other in a circle are shown as they are", () =>
  withProgram("rustHolders", "OBJECTS", options, async (program) => {
    await program.text("twice.pointer = &twice");
    for (const name of ["twice", "changed"]) {
      assert.match(await program.text(name), /^\{pointer = 0x[0-9a-f]+, vtable = /, name);
      const row = (await program.scope("Locals")).get(name);
      assert.deepEqual((await textsOf(row)).length, 2, name);
    }
    assert.match(await program.text("twice.radius").catch(String), /no member named "radius"/);
  }));
