/** What holds one value in Rust's library is shown as that, with what else is to be known of it. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { memoryAddress } from "../../adapter/target/addresses";
import {
  expectExpressions,
  expectLocals,
  expectRowsAgain,
  RUST_MINOR,
  textsOf,
  type Expected,
} from "./rustRows";
import { withProgram } from "./valuesProgram";

const options = { flags: ["--edition=2021"] };
const optimized = { flags: ["--edition=2021", "-O"] };

const shown: Readonly<Record<string, Expected>> = {
  LOCKS: {
    free: "5",
    locked: "{radius = 1.5} (locked)",
    guard: "{radius = 1.5}",
    unread: "6",
    one_reads: "7 (locked by 1 reader)",
    two_read: "8 (locked by 2 readers)",
    reader: "7",
    second: "8",
    written: '"new" (locked by a writer)',
    writer: '"new"',
    poisoned: "9 (poisoned) (strong 1, weak 0)",
    both: "3 (locked by 1 reader, poisoned)",
    again: "3",
  },
  CELLS: {
    borrowed: "{radius = 3.5}",
    changing: "4",
    part: '"ext"',
    kept: '"kept"',
    wrapping: "3",
    reverse: "(4.5)",
    pinned: /^0x[0-9a-f]+ 7$/,
    pinned_box: /^0x[0-9a-f]+ \{radius = 5\.5\}$/,
  },
  OWNERS: {
    owner: "{radius = 1.5} (strong 1, weak 1)",
    watcher: "{radius = 1.5} (strong 1, weak 1)",
    dangling: "dangling",
    dropped: "dropped",
    everywhere: "5 (strong 1, weak 1)",
    watching: "5 (strong 1, weak 1)",
    words_watched: '"words"',
    half: "1.5s",
    long: "90s",
    short: "1.05ms",
    little: "1.001µs",
    tiny: "70ns",
    zero: "0ns",
    moment: "1970-01-02T00:00:00.25Z",
    before: "1969-12-31T23:59:59.75Z",
    range: "1..5",
    closed: "-1..=5",
    from: "2..",
    to: "..6",
    through: "..=7",
    ended: "{start = 1, end = 1, exhausted = true}",
    letters: "{start = 'a', end = 'c'}",
  },
};

const expressions: Readonly<Record<string, Expected>> = {
  LOCKS: { "locked.radius": "1.5", "guard->radius": "1.5", "*reader": "7", "(*writer).len()": "3" },
  CELLS: {
    "borrowed->radius": "3.5",
    "*changing": "4",
    "pinned_box->radius": "5.5",
    "*pinned": "7",
    "(*kept).len()": "4",
  },
  OWNERS: {
    "watcher->radius": "1.5",
    "*dangling": "It has no value: it is dangling.",
    "*watching": "5",
    "range.start": "1",
    "half.secs": "1",
  },
};

for (const marker of ["LOCKS", "CELLS", "OWNERS"])
  for (const [how, flags, skip] of [
    ["not optimized", options, false],
    ["optimized", optimized, RUST_MINOR < 80 && "older compilers leave less of the variables"],
  ] as const)
    test(`holders of one value at ${marker}, ${how}`, { skip }, () =>
      withProgram("rustHolders", marker, flags, async (program) => {
        await expectLocals(program, shown[marker] ?? {});
        await expectExpressions(program, expressions[marker] ?? {});
      }),
    );

test("the rows below what holds a value are those of the value", () =>
  withProgram("rustHolders", "LOCKS", options, async (program) => {
    const rows = await program.scope("Locals");
    assert.deepEqual(await textsOf(rows.get("locked")), ["radius 1.5", "[raw]"]);
    assert.deepEqual(await textsOf(rows.get("guard")), ["radius 1.5", "[raw]"]);
    assert.deepEqual(await textsOf(rows.get("free")), ["[raw]"]);
    for (const name of ["locked", "guard"]) await expectRowsAgain(program, name);
    await program.runTo("CELLS");
    for (const name of ["borrowed", "pinned", "pinned_box"]) await expectRowsAgain(program, name);
    await program.runTo("OWNERS");
    assert.deepEqual(await textsOf((await program.scope("Locals")).get("half")), ["[raw]"]);
    await expectRowsAgain(program, "watcher");
  }));

const damage: Readonly<Record<string, readonly [string, string][]>> = {
  LOCKS: [
    ["free", "free.inner.futex.v.value = 3"],
    ["unread", "unread.poison.failed.v.value = 2"],
    ["guard", "guard.lock = 16"],
    ["reader", "reader.data.pointer = 16"],
  ],
  CELLS: [
    ["borrowed", "borrowed.value.pointer = 16"],
    ["part", "part.value.pointer.data_ptr = 16"],
  ],
  OWNERS: [
    ["owner", "*(unsigned long *)owner.ptr.pointer = 0"],
    ["dropped", "((unsigned long *)dropped.ptr.pointer)[1] = 0"],
    ["watching", "watching.ptr.pointer = 16"],
    ["half", "half.nanos.__0 = 1000000000"],
    ["moment", "moment.__0.t.tv_sec = 0x7fffffffffffffff"],
  ],
};

/** What it is called in Rust 1.63. */
const older: Readonly<Record<string, string>> = {
  "free.inner.futex.v.value = 3": "free.inner.__0.futex.v.value = 3",
  "half.nanos.__0 = 1000000000": "half.nanos = 1000000000",
  "reader.data.pointer = 16": "reader.lock = 16",
};

for (const marker of ["LOCKS", "CELLS", "OWNERS"])
  test(`holders that are damaged, at ${marker}`, () =>
    withProgram("rustHolders", marker, options, async (program) => {
      for (const [name, expression] of damage[marker] ?? []) {
        await program.text(expression).catch(() => program.text(older[expression] ?? expression));
        assert.match(await program.text(name), /^(\(?\{.* = |<cannot read memory at 0x1[0-9a-f]>$)/, name);
      }
    }));

test("what is not made yet is shown as something", () =>
  withProgram("rustHolders", "LOCKS", options, async (program) => {
    const { memory } = program.target;
    for (const [marker, byte] of [
      ["CELLS", 0xff],
      ["OWNERS", 0x01],
      ["OBJECTS", 0x08],
    ] as const) {
      await program.runTo(marker);
      const locals = memoryAddress((program.frame().cfa ?? 0n) - 2048n);
      const whole = memory.read(locals, 2000);
      memory.write(locals, Buffer.alloc(whole.length, byte));
      const rows = await program.scope("Locals");
      assert.ok(rows.size > 10, marker);
      for (const [name, row] of rows) {
        assert.notEqual(row.value, "", name);
        await textsOf(row);
      }
      memory.write(locals, whole);
    }
  }));
