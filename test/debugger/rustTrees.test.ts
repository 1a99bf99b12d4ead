/** Ordered maps and sets of Rust's library, and its containers of nodes, also where their memory is damaged. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Target } from "../../adapter/target/target";
import { memoryAddress } from "../../adapter/target/addresses";
import { childrenOf, expectExpressions, expectLocals, textsOf, type Expected } from "./rustRows";
import { withProgram, type StoppedProgram } from "./valuesProgram";

/** Milliseconds after which something goes round in circles, however slow the machine is. */
const HANGING = 60_000;

const options = { flags: ["--edition=2021"] };
const optimized = { flags: ["--edition=2021", "-O"] };

const values: Expected = {
  empty: "size 0 {}",
  ages: 'size 2 {["ann"] = 30, ["bob"] = 41}',
  points: "size 1 {[7] = {x = 1, y = 2}}",
  emptied: "size 0 {}",
  letters: "size 3 {'e', 'r', 't'}",
  none: "size 0 {}",
  units: "size 1 {[()] = ()}",
  large: /^size 13333 \{\[1\] = 17679, \[2\] = 15358, \[4\] = 10716, .*\.\.\.\}$/,
  counted: /^size 1000 \{0, 1, 2, 3, .*\.\.\.\}$/,
  nested: "size 2 {[1] = size 2 {2, 3}, [4] = size 0 {}}",
  heap: /^size 3 \{3, [12], [12]\}$/,
  list: 'size 3 {"one", "two", "three"}',
  no_list: "size 0 {}",
};

const expressions: Expected = {
  "large.len()": "13333",
  "empty.is_empty()": "true",
  "counted.len()": "1000",
  "heap[0]": "3",
  "counted[5]":
    "The elements of alloc::collections::btree::set::BTreeSet<u16, alloc::alloc::Global> have no numbers.",
};

for (const [how, flags] of [
  ["not optimized", options],
  ["optimized", optimized],
] as const)
  test(`trees, heaps and lists of Rust's library, ${how}`, () =>
    withProgram("rustTrees", "FULL", flags, async (program) => {
      await expectLocals(program, values);
      await expectExpressions(program, expressions);
    }));

test("the elements of a tree are in order, whatever part of it is asked for", () =>
  withProgram("rustTrees", "FULL", options, async (program) => {
    const expected = Array.from({ length: 20_000 }, (_, index): [number, number] => [
      (index * 7919) % 20_000,
      index,
    ])
      .filter(([key]) => key % 3 !== 0)
      .sort(([a], [b]) => a - b)
      .map(([key, value]) => `[${key}] ${value}`);
    const rows = await program.scope("Locals");
    const shown = async (start: number, count: number): Promise<string[]> =>
      (await childrenOf(rows.get("large"), start, count)).map(({ name, value }) => `${name} ${value}`.trim());
    assert.deepEqual(await shown(13_000, 50), expected.slice(13_000, 13_050));
    assert.deepEqual(await shown(0, 20_000), [...expected, "[raw]"]);
    assert.deepEqual(await shown(13_332, 2), [expected.at(-1), "[raw]"]);
    assert.deepEqual(await textsOf(rows.get("points")), ["[7] {x = 1, y = 2}", "[raw]"]);
    assert.deepEqual(await textsOf(rows.get("list")), ['[0] "one"', '[1] "two"', '[2] "three"', "[raw]"]);
  }));

/** Counts the reads of a target's memory. */
function countReads(target: Target): () => number {
  let count = 0;
  const { memory } = target;
  const read = memory.read.bind(memory);
  memory.read = (...given) => {
    count++;
    return read(...given);
  };
  return () => count;
}

test("a part far behind in a tree is not looked for again from the first element on", () =>
  withProgram("rustTrees", "FULL", options, async (program) => {
    const large = (await program.scope("Locals")).get("large");
    await childrenOf(large, 13_000, 1);
    const reads = countReads(program.target);
    for (let start = 0; start < 13_000; start += 10)
      assert.equal((await childrenOf(large, start, 1)).length, 1);
    assert.ok(reads() < 13_000, `${reads()} reads`);
  }));

async function address(program: StoppedProgram, expression: string): Promise<bigint> {
  return BigInt(await program.text(`(unsigned long)${expression}`));
}

const ROOT = "counted.map.root.Some.__0";

test("a tree whose nodes do not lead to each other shows its members", () =>
  withProgram("rustTrees", "FULL", options, async (program) => {
    const root = await address(program, `${ROOT}.node.pointer`);
    const size = await address(program, `sizeof(*${ROOT}.node.pointer)`);
    const firstChild = `*(unsigned long *)(${root} + ${size})`;
    const child = await address(program, firstChild);
    const parent = `*(unsigned long *)&${ROOT}.node.pointer->parent`;
    const offset = (await address(program, `&${ROOT}.node.pointer->parent`)) - root;
    const damage = [
      `${parent} = ${child}`,
      `*(unsigned long *)(${child} + ${offset}) = ${child}`,
      `${ROOT}.height = 1`,
      `${ROOT}.height = 3`,
      `${ROOT}.height = -1`,
      `${ROOT}.node.pointer = 16`,
      `${ROOT}.node.pointer = 0`,
      `${ROOT}.node.pointer = ${child}`,
      `${ROOT}.node.pointer->len = 12`,
      `${ROOT}.node.pointer->len = 0`,
      `counted.map.length = 0x7fffffffffff`,
      `counted.map.length = 3`,
      `${firstChild} = ${root}`,
      `${firstChild} = ${child} + 1`,
      `${firstChild} = *(unsigned long *)(${root} + ${size} + 8)`,
    ];
    for (const expression of damage) {
      const [place = ""] = expression.split(" = ");
      const before = await address(program, place);
      await program.text(expression);
      assert.match(await program.text("counted"), /^\{map = /, expression);
      await program.text(`${place} = ${before}`);
      assert.match(await program.text("counted"), /^size 1000 \{0, 1/, expression);
    }
  }));

test("elements of a tree that cannot be reached are left out", () =>
  withProgram("rustTrees", "FULL", options, async (program) => {
    const root = await address(program, `${ROOT}.node.pointer`);
    const size = await address(program, `sizeof(*${ROOT}.node.pointer)`);
    const rows = await program.scope("Locals");
    const first = await childrenOf(rows.get("counted"), 0, 2000);
    assert.equal(first.length, 1001);
    await program.text(`*(unsigned long *)(${root} + ${size} + 8) = ${root}`);
    const again = await childrenOf((await program.scope("Locals")).get("counted"), 0, 2000);
    assert.ok(again.length > 10 && again.length < 500, `${again.length} elements`);
    assert.deepEqual(
      again.slice(0, -1).map(({ value }) => value),
      first.slice(0, again.length - 1).map(({ value }) => value),
    );
  }));

/** Numbers below a limit, the same ones in each run. */
function numbers(seed: number): (limit: number) => number {
  let state = seed;
  return (limit) => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    return Math.floor((state / 2 ** 32) * limit);
  };
}

test("whatever stands in the nodes of a tree, it is shown soon, and as something", () =>
  withProgram("rustTrees", "FULL", options, async (program) => {
    const { memory } = program.target;
    const root = await address(program, `${ROOT}.node.pointer`);
    const size = Number(await address(program, `sizeof(*${ROOT}.node.pointer)`));
    const child = await address(program, `*(unsigned long *)(${root} + ${size})`);
    const own = await address(program, "&counted");
    const below = numbers(20);
    const places = [root, child, own];
    for (let round = 0; round < 200; round++) {
      const place = places[round % places.length] ?? root;
      const length = place === own ? 24 : size + 96;
      const whole = memory.read(memoryAddress(place), length);
      const at = below(length / 8) * 8;
      const words = [0n, 1n, root, child, own, 0xffffffffffffffffn, BigInt(below(1 << 30))];
      const bytes = Buffer.alloc(8);
      bytes.writeBigUInt64LE(words[below(words.length)] ?? 0n);
      memory.write(memoryAddress(place + BigInt(at)), bytes);
      assert.match(await program.text("counted"), /^(\{map = |size \d+ \{)/);
      const row = (await program.scope("Locals")).get("counted");
      const started = Date.now();
      await childrenOf(row, 900, 10);
      await childrenOf(row, 1 << 30, 10);
      assert.ok(Date.now() - started < HANGING, `${place.toString(16)} ${at} ${bytes.toString("hex")}`);
      memory.write(memoryAddress(place), whole);
    }
  }));

test("a list whose nodes do not lead to each other ends there", () =>
  withProgram("rustTrees", "FULL", options, async (program) => {
    const first = "list.head.Some.__0.pointer";
    const own = await address(program, first);
    await program.text(`*(unsigned long *)&${first}->next = ${own}`);
    assert.equal(await program.text("list"), 'size 3 {"one"...}');
    await program.text("list.len = 0");
    assert.match(await program.text("list"), /^\{head = /);
    await program.text("list.len = 3");
    await program.text(`${first} = 16`);
    assert.match(await program.text("list"), /^\{head = /);
  }));
