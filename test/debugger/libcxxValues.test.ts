/** Values of libc++ are shown as what they stand for, as those of libstdc++ are (libraryValues.test.ts has what both have). */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { StoppedProgram } from "./valuesProgram";
import { withProgram } from "./valuesProgram";
import { memoryAddress } from "../../adapter/target/addresses";

/** Milliseconds after which something goes round in circles, however slow the machine is. */
const HANGING = 60_000;

const expected: Readonly<Record<string, string | RegExp>> = {
  small: '"small"',
  longest: '"twenty-two characters!"',
  large: /^"l{200}"\.\.\.$/,
  none: '""',
  wide: 'U"wide"',
  wideLarge: 'U"longer than in place"',
  broad: 'L"abc"',
  forward: "size 3 {1, 2, 3}",
  noForward: "size 0 {}",
  chain: "size 2 {{number = 1}, {number = 2}}",
  triple: '{1, "two", 3.5}',
  "triple[1]": '"two"',
  withNothing: "{{}, 4}",
  couple: '{first = 1, second = "one"}',
  choice: "2.5 (alternative 2)",
  "*choice + 1": "3.5",
  first: "7 (alternative 0)",
  second: '"text" (alternative 1)',
  broken: "valueless",
  names: 'size 2 {[1] = "one", [2] = "two"}',
  aligned: "size 1 {[97 'a'] = {number = 5}}",
  many: "size 2 {[1] = 2, [1] = 3}",
  ordered: /^size 50 \{0, 1, 2, 3, 4, /,
  noOrdered: "size 0 {}",
  ages: 'size 1 {["ann"] = 30}',
  hashed: "size 1 {10}",
  "blocks[39].words[0]": "39",
  "blocks.size()": "40",
  queue: /^size 500 \{1500, 1501, /,
  "queue[499]": "1999",
  "queue.back()": "1999",
  bits: /^size 70 \{(?:false, )+/,
  "bits[69]": "true",
  "bits[68]": "false",
  noBits: "size 0 {}",
  noArray: "size 0 {}",
  "several[1]": "7",
  shared: /^0x[0-9a-f]+ \(use 2, weak 1\)$/,
  watcher: /^0x[0-9a-f]+ \(use 2, weak 1\)$/,
  widow: "expired",
  nobody: "0x0",
  "*shared": "5",
  no: "false",
  absent: "nullopt",
  held: '"held"',
  counter: "3",
  nested: 'size 2 {size 1 {[1] = "a"}, size 0 {}}',
  "nested[0].size()": "1",
  "numbers[0] = 9, numbers": "size 3 {9, 2, 3}",
};

function onAll(what: string, body: (program: StoppedProgram) => Promise<void>): void {
  for (const variant of ["default", "optimized"] as const)
    test(`libc++, ${variant}: ${what}`, () =>
      withProgram(
        "libcxx",
        "FULL",
        { compiler: "clang++", variant, flags: ["-std=c++17", "-stdlib=libc++"] },
        body,
      ));
}

onAll("values are what they stand for", async (program) => {
  for (const [expression, value] of Object.entries(expected)) {
    const text = await program.text(expression).catch((error: unknown) => (error as Error).message);
    if (typeof value === "string") assert.equal(text, value, expression);
    else assert.match(text, value, expression);
  }
});

onAll("their elements are children", async (program) => {
  const childrenOf = async (name: string): Promise<string[]> => {
    const node = await program.node(name);
    return ((await node.children?.(0, 4)) ?? []).map((child) => `${child.name} ${child.value}`.trim());
  };
  assert.deepEqual(await childrenOf("forward"), ["[0] 1", "[1] 2", "[2] 3", "[raw]"]);
  assert.deepEqual(await childrenOf("triple"), ["[0] 1", '[1] "two"', "[2] 3.5", "[raw]"]);
  assert.deepEqual(await childrenOf("names"), ['[1] "one"', '[2] "two"', "[raw]"]);
  assert.deepEqual(await childrenOf("choice"), ["[raw]"]);
  const [, second] = (await (await program.node("triple")).children?.(0, 2)) ?? [];
  assert.equal(second?.evaluateName && (await program.text(second.evaluateName)), '"two"');
});

const damage: Readonly<Record<string, string>> = {
  small: "*(unsigned char *)&small = 100",
  large: "*(long *)((char *)&large + 16) = 16",
  forward: "*(long *)*(long *)&forward = *(long *)&forward",
  chain: "*((long *)&chain + 1) = 16",
  numbers: "*((long *)&numbers + 1) = *(long *)&numbers + 11",
  many: "*((long *)many.__tree_.__pair1_.__value_.__left_ + 2) = 16",
  ordered:
    "ordered.__tree_.__pair1_.__value_.__left_->__right_ = 0, ordered.__tree_.__pair3_.__value_ = 1ul << 60",
  ages: "ages.__table_.__p1_.__value_.__next_ = 16",
  queue: "queue.__start_ = 1ul << 40",
  held: "*(char *)&held.__engaged_ = 2",
  choice: "*(int *)((char *)&choice + sizeof(choice) - 8) = 77",
  bits: "bits.__size_ = 1ul << 30",
};

onAll("what is damaged is shown as it is", async (program) => {
  for (const [name, expression] of Object.entries(damage)) {
    await program.text(expression);
    assert.match(await program.text(name), /^\{.*=/, name);
  }
  // Links that go round in a circle, or nowhere.
  await program.text("names.__tree_.__begin_node_->__left_ = names.__tree_.__begin_node_");
  assert.match(await program.text("names"), /^size 2 \{\[1\] = "one"/);
  await program.text(
    "*(long *)names.__tree_.__begin_node_ = 16, *((long *)names.__tree_.__begin_node_ + 1) = 16",
  );
  assert.equal(await program.text("names"), 'size 2 {[1] = "one"...}');
});

onAll("whatever is in its memory, an object is shown", async (program) => {
  const names = Object.keys(expected).filter((name) => /^\w+$/.test(name));
  const places = await Promise.all(names.map(async (name) => program.text(`(long)&${name}`)));
  let seed = 1;
  const next = (bound: number): number => {
    seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
    return (seed >>> 8) % bound;
  };
  const word = (): bigint =>
    [0n, 1n, 2n, 3n, -1n, 1n << 62n, BigInt(next(1 << 30)), BigInt(places[next(places.length)] ?? 0)][
      next(8)
    ] ?? 0n;
  for (let round = 0; round < 12; round++)
    for (const [index, name] of names.entries()) {
      const bytes = Buffer.alloc(8);
      const length = Number(await program.text(`sizeof ${name}`));
      for (let at = 0; at + 8 <= length; at += 8) {
        bytes.writeBigInt64LE(word());
        program.target.memory.write(memoryAddress(BigInt(places[index] ?? 0) + BigInt(at)), bytes);
      }
      const started = performance.now();
      const node = await program.node(name);
      assert.ok((await node.children?.(0, 20)) ?? true);
      assert.ok(performance.now() - started < HANGING, `${name} took ${performance.now() - started} ms`);
    }
});

test("what is not constructed yet is shown, whatever its memory has", () =>
  withProgram(
    "library",
    "START",
    { compiler: "clang++", flags: ["-std=c++20", "-stdlib=libc++"] },
    async (program) => {
      for (const [name, { value, children }] of await program.scope("Locals")) {
        assert.notEqual(value, "", name);
        await children?.(0, 3);
      }
    },
  ));
