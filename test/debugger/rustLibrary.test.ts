/** Strings, containers and owners of Rust's standard library are shown as what they stand for. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { VariableNode } from "../../adapter/debugger/types";
import { withDebuggee, type LiveDebugger } from "./liveDebugger";
import { childrenOf, expectExpressions, expectLocals, matches, textsOf, type Expected } from "./rustRows";
import { withProgram } from "./valuesProgram";

const options = { flags: ["--edition=2021"] };
const optimized = { flags: ["--edition=2021", "-O"] };

const values: Expected = {
  text: '"hello"',
  string: '"héllo"',
  none: '""',
  long: /^"l{200}"\.\.\.$/,
  boxed_text: '"box"',
  numbers: "size 3 {1, 2, 3}",
  nothing: "size 0 {}",
  words: 'size 2 {"one", "two"}',
  points: "size 2 {{x = 1, y = 2}, {x = 3, y = 4}}",
  units: "size 2 {(), ()}",
  nested: "size 2 {size 1 {1}, size 0 {}}",
  part: 'size 1 {"two"}',
  bytes: "size 3 {1, 2, 3}",
  boxed: "size 2 {1, 2}",
  queue: "size 4 {2, 3, 4, 5}",
  folder: '"/usr/lib"',
  os: '"os"',
  path: '"/usr/lib"',
  os_text: '"/usr/lib"',
  shared: "{x = 5, y = 6} (strong 1, weak 1)",
  everywhere: '"arc" (strong 1, weak 0)',
  shared_text: '"rc"',
  shared_numbers: "size 2 {4, 5}",
  changing: "{x = 7, y = 8} (strong 1, weak 0)",
  lists: "size 2 {1, 2} (strong 1, weak 0)",
  cell: "3",
  atomic: "4",
  positive: "5",
  ages: 'size 1 {["ann"] = 30}',
  hashed: /^size 300 \{(\d+, )+\d+\.\.\.\}$/,
  some: 'Some("some")',
  cow: 'Borrowed("cow")',
  string_lent: /^0x[0-9a-f]+ "héllo"$/,
  numbers_lent: /^0x[0-9a-f]+ size 0 \{\}$/,
  text_lent: /^0x[0-9a-f]+ "hello"$/,
};

const expressions: Expected = {
  "numbers[1]": "2",
  'text == "hello"': "true",
  'string != "hello"': "true",
  'words[0] == "one"': "true",
  "words[0] < words[1]": "true",
  'none == ""': "true",
  "numbers[3]": /^The index is outside of alloc::vec::Vec<i32.*, which has 3 elements\.$/,
  "words[1]": '"two"',
  "points[1].y": "4",
  "queue[3]": "5",
  "string[0]": "104 'h'",
  "nested[0][0]": "1",
  "part[0]": '"two"',
  "(*numbers_lent)[0]": /^The index is outside/,
  "shared->x": "5",
  "(*changing)->y": "8",
  "some.Some.__0[3]": "101 'e'",
  "numbers.len": "3",
  "numbers.len()": "3",
  "string.len()": "6",
  "nothing.is_empty()": "true",
};

async function locals(live: LiveDebugger): Promise<Map<string, VariableNode>> {
  const scope = live.debugger.scopes(live.frame()).find(({ name }) => name === "Locals");
  return new Map((await scope?.children())?.map((node) => [node.name, node]));
}

test("values of Rust's library are what they stand for, and expressions reach into them", () =>
  withProgram("rustLibrary", "FULL", options, async (program) => {
    await expectLocals(program, values);
    await expectExpressions(program, expressions);
  }));

test("the children of values of Rust's library are their elements, and their members as they are", () =>
  withProgram("rustLibrary", "FULL", options, async (program) => {
    const rows = await program.scope("Locals");
    assert.deepEqual(await textsOf(rows.get("numbers")), ["[0] 1", "[1] 2", "[2] 3", "[raw]"]);
    assert.deepEqual(await textsOf(rows.get("ages")), ['["ann"] 30', "[raw]"]);
    assert.deepEqual(await textsOf(rows.get("shared")), ["x 5", "y 6", "[raw]"]);
    assert.deepEqual(await textsOf(rows.get("string")), ["[raw]"]);
    assert.deepEqual(await textsOf(rows.get("lists")), ["[0] 1", "[1] 2", "[raw]"]);
    const all = (await rows.get("hashed")?.children?.(0, 300)) ?? [];
    const sorted = all.map(({ value }) => Number(value)).sort((a, b) => a - b);
    assert.deepEqual(
      sorted,
      Array.from({ length: 300 }, (_, index) => index),
    );
    for (const name of [
      "numbers",
      "points",
      "words",
      "queue",
      "part",
      "boxed",
      "shared",
      "changing",
      "lists",
    ])
      for (const child of await childrenOf(rows.get(name), 0, 2))
        if (child.name !== "[raw]")
          assert.equal(await program.text(child.evaluateName ?? ""), child.value, `${name} ${child.name}`);
    const raw = (await childrenOf(rows.get("numbers"))).at(-1);
    const members = (await raw?.children?.()) ?? [];
    assert.deepEqual(members.map(({ name }) => name).sort(), ["buf", "len"]);
  }));

test("an element is set by its row, and a reference by what its row shows", () =>
  withDebuggee("rustLibrary", options, async (live, marks) => {
    live.breakAt("rustLibrary", [marks["FULL"] ?? 0, marks["AGAIN"] ?? 0]);
    await live.debugger.start();
    await live.stop();
    const rows = await locals(live);
    const [first] = await childrenOf(rows.get("numbers"));
    assert.equal((await first?.assign?.("9"))?.value, "9");
    const lent = rows.get("numbers_lent");
    assert.equal((await lent?.assign?.(lent.value))?.value, lent?.value);
    const address = await live.value("&words");
    assert.equal((await lent?.assign?.(address))?.value.split(" ")[0], address);
    await live.continue();
    assert.equal(await live.value("numbers"), "size 4 {9, 2, 3, 9}");
  }));

test("comparing checkpoints tells what values stand for, wherever that lies", () =>
  withDebuggee("rustLibrary", options, async (live, marks) => {
    live.breakAt("rustLibrary", [marks["FULL"] ?? 0, marks["AGAIN"] ?? 0]);
    await live.debugger.start();
    await live.stop();
    await live.debugger.createCheckpoint();
    await live.value("words[1].vec.len = 2");
    await live.value("queue[1] = 33");
    await live.continue();
    const { changes } = await live.debugger.compareCheckpoints(1);
    const told = changes.filter(({ name }) => ["numbers", "words", "queue"].includes(name));
    assert.deepEqual(told.map(({ name, before, after }) => [name, before, after]).sort(), [
      ["numbers", "size 3 {1, 2, 3}", "size 4 {1, 2, 3, 9}"],
      ["queue", "size 4 {2, 3, 4, 5}", "size 4 {2, 33, 4, 5}"],
      ["words", 'size 2 {"one", "two"}', 'size 2 {"one", "tw"}'],
    ]);
    assert.deepEqual(
      changes.filter(({ name }) => name.startsWith("numbers.")),
      [],
    );
  }));

test("values of Rust's library in registers and in pieces, in optimized code", () =>
  withProgram("rustLibrary", "CALLED", optimized, async (program) => {
    const shown = await program.scope("Arguments");
    matches(shown.get("numbers")?.value ?? "", /^(size 2 \{1, 2\}|\{.*<optimized out>.*\})$/, "numbers");
    assert.equal(shown.get("name")?.value, '"hello"');
    assert.equal(shown.get("words")?.value, 'size 2 {"one", "two"}');
  }));

test("what is not made yet, or damaged, is shown as it is", () =>
  withDebuggee("rustLibrary", options, async (live, marks) => {
    live.debugger.setFunctionBreakpoints([{ name: "*rustLibrary::main" }]);
    await live.debugger.start();
    await live.stop();
    const scope = live.debugger.scopes(live.frame()).find(({ name }) => name === "Locals");
    for (const row of (await scope?.children()) ?? []) {
      assert.notEqual(row.value, "", row.name);
      await childrenOf(row);
    }
    live.breakAt("rustLibrary", [marks["FULL"] ?? 0]);
    await live.continue();
    const damage: Readonly<Record<string, string>> = {
      text: "text.length = 0x7fffffffffffffff",
      string: "string.vec.len = 0x1000000",
      numbers: "numbers.len = 100",
      units: "units.len = -1",
      part: "part.data_ptr = 16",
      queue: "queue.head = 5000",
      shared: "shared.ptr.pointer = 16",
      ages: "ages.base.table.table.bucket_mask = 6",
      changing: "changing.ptr.pointer->strong.value.value = 0",
    };
    for (const [name, expression] of Object.entries(damage)) {
      await live.value(expression);
      assert.match(await live.value(name), /^\{.* = /, name);
    }
    await live.value("hashed.base.map.table.table.ctrl.pointer = 16");
    assert.equal(await live.value("hashed"), "size 300 {...}");
    await live
      .value("words.buf.inner.cap.__0 = 0x7fffffffffffffff")
      .catch(() => live.value("words.buf.cap = 0x7fffffffffffffff"));
    await live.value("words.len = 0x100000000");
    assert.match(await live.value("words"), /^\{.* = /);
  }));

test("strings are set where there is room", () =>
  withDebuggee("rustLibrary", options, async (live, marks) => {
    live.breakAt("rustLibrary", [marks["FULL"] ?? 0]);
    await live.debugger.start();
    await live.stop();
    assert.equal(await live.value('string = "h\u{f6}"'), '"h\u{f6}"');
    assert.equal(await live.value("string.len()"), "3");
    assert.equal(await live.value('words[0] = "two"'), '"two"');
    assert.equal(await live.value("words[0] == words[1]"), "true");
    await assert.rejects(live.value('none = "x"'), /^.*The text has 1 byte, and there is room for 0\.$/);
    assert.equal(await live.value("none"), '""');
    await assert.rejects(live.value('string = "\\xff"'), /holds UTF-8 only, which this text is not/);
    await assert.rejects(
      live.value("words = words"),
      /owns what it has: with two owners it would be freed twice/,
    );
    await assert.rejects(
      live.value('string_lent = "x"'),
      /A text is no &alloc::string::String: set what that leads to/,
    );
    assert.equal(await live.value("cell = 8"), "8");
    assert.equal(await live.value("cell"), "8");
  }));
