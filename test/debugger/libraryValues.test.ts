/** Strings, containers and owners of the C++ standard library are shown as what they stand for. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { completions } from "../../adapter/debugger/expressions/completions";
import type { VariableNode } from "../../adapter/debugger/types";
import { withDebuggee, type LiveDebugger } from "./liveDebugger";

const flags = ["-std=c++20"];
const builds = {
  "g++": { compiler: "g++", flags },
  // Else clang leaves the description of std::string to the library.
  "clang++": { compiler: "clang++", flags: [...flags, "-fstandalone-debug"] },
  "libc++": { compiler: "clang++", flags: [...flags, "-stdlib=libc++"] },
};

const values: Readonly<Record<string, string | RegExp>> = {
  none: '""',
  small: '"small"',
  large: /^"l{200}"\.\.\.$/,
  wide: 'u"wide"',
  seen: '"small"',
  numbers: "size 3 {1, 2, 3}",
  nothing: "size 0 {}",
  words: 'size 2 {"one", "two"}',
  points: 'size 2 {{x = 1, y = 2, label = "a"}, {x = 3, y = 4, label = "b"}}',
  bits: /^size 70 \{(?:false, )+(?:true\}|false\.\.\.\})$/,
  fixed: "{1.5, 2.5}",
  owner: /^0x[0-9a-f]+$/,
  nobody: "0x0",
  shared: /^0x[0-9a-f]+ \(use 2, weak 1\)$/,
  expired: "expired",
  watcher: /^0x[0-9a-f]+ \(use 2, weak 1\)$/,
  some: "4",
  absent: "nullopt",
  text: '"text"',
  ages: 'size 3 {["ann"] = 30, ["bob"] = 40, ["cid"] = 50}',
  ordered: /^size 200 \{0, 1, 2, 3, 4, /,
  letters: "size 3 {97 'a', 98 'b', 98 'b'}",
  rates: 'size 1 {["eur"] = 1.5}',
  hashed: "size 1 {10}",
  chain: "size 3 {1, 2, 3}",
  queue: /^size 299 \{1, 2, 3, /,
  counter: "5",
  part: "size 3 {1, 2, 3}",
  folder: '"/usr/lib"',
  reference: '"small"',
};

const expressions: Readonly<Record<string, string | RegExp>> = {
  "numbers[1]": "2",
  "numbers[3]": /^The index is outside of std::(?:__1::)?vector<int.*, which has 3 elements\.$/,
  "words[1]": '"two"',
  "points[1].label": '"b"',
  "bits[69]": "true",
  "fixed[1]": "2.5",
  "owner->x": "5",
  "(*owner).label": '"c"',
  "shared->y": "8",
  "*some + 1": "5",
  "*absent": "It has no value: it is nullopt.",
  "queue[298]": "299",
  "small[0]": "115 's'",
  "chain[0]": /^The elements of std::.*list<int.* have no numbers\.$/,
  "ordered._M_t._M_impl._M_node_count": "200",
};

function matches(actual: string, expected: string | RegExp, what: string): void {
  if (typeof expected === "string") assert.equal(actual, expected, what);
  else assert.match(actual, expected, what);
}

async function locals(live: LiveDebugger): Promise<Map<string, VariableNode>> {
  const scope = live.debugger.scopes(live.frame()).find(({ name }) => name === "Locals");
  return new Map((await scope?.children())?.map((node) => [node.name, node]));
}

async function childrenOf(node: VariableNode | undefined, start = 0, count = 4): Promise<string[]> {
  const nodes = (await node?.children?.(start, count)) ?? [];
  return nodes.map(({ name, value }) => `${name} ${value}`.trim());
}

async function atFull(
  compiler: keyof typeof builds,
  body: (live: LiveDebugger, marks: Readonly<Record<string, number>>) => Promise<void>,
): Promise<void> {
  await withDebuggee("library", builds[compiler], async (live, marks) => {
    live.breakAt("library", [marks["FULL"] ?? 0]);
    await live.debugger.start();
    await live.stop();
    await body(live, marks);
  });
}

for (const compiler of ["g++", "clang++", "libc++"] as const) {
  test(`values of the library, by ${compiler}, are what they stand for`, () =>
    atFull(compiler, async (live) => {
      const rows = await locals(live);
      for (const [name, value] of Object.entries(values)) {
        matches(rows.get(name)?.value ?? "not there", value, name);
        if (typeof value === "string") assert.equal(await live.value(name), value);
      }
    }));

  test(`expressions reach into values of the library, by ${compiler}`, () =>
    atFull(compiler, async (live) => {
      for (const [expression, value] of Object.entries(expressions)) {
        if (compiler === "libc++" && expression.includes("_M_")) continue;
        const found = await live.value(expression).catch((error: unknown) => (error as Error).message);
        matches(found, value, expression);
      }
    }));
}

test("the children of values of the library are their elements, and their members as they are", () =>
  atFull("g++", async (live) => {
    const rows = await locals(live);
    assert.deepEqual(await childrenOf(rows.get("numbers")), ["[0] 1", "[1] 2", "[2] 3", "[raw]"]);
    assert.deepEqual(await childrenOf(rows.get("numbers"), 1, 1), ["[1] 2"]);
    assert.deepEqual(await childrenOf(rows.get("ages")), ['["ann"] 30', '["bob"] 40', '["cid"] 50', "[raw]"]);
    assert.deepEqual(await childrenOf(rows.get("ordered"), 197), [
      "[197] 197",
      "[198] 198",
      "[199] 199",
      "[raw]",
    ]);
    assert.deepEqual(await childrenOf(rows.get("owner")), ["x 5", "y 6", 'label "c"', "[raw]"]);
    assert.deepEqual(await childrenOf(rows.get("nobody")), ["[raw]"]);
    assert.deepEqual(await childrenOf(rows.get("text")), ["[raw]"]);
    const raw = (await rows.get("words")?.children?.())?.at(-1);
    assert.deepEqual((await raw?.children?.())?.length, 1);
    for (const node of [rows.get("numbers"), rows.get("points"), rows.get("owner"), rows.get("queue")])
      for (const { name, value, evaluateName } of ((await node?.children?.(0, 2)) ?? []).slice(0, 2))
        assert.equal(await live.value(evaluateName ?? ""), value, name);
  }));

test("completions offer what a value of the library can be asked", () =>
  atFull("g++", async (live) => {
    const offered = async (text: string): Promise<string[]> => {
      const context = live.debugger.contextFor(live.frame(), false);
      return (await completions(context, text, text.length)).map(({ label }) => label);
    };
    assert.deepEqual(await offered("owner->"), ["x", "y", "label"]);
    assert.deepEqual((await offered("numbers.")).slice(0, 4), ["size()", "empty()", "front()", "back()"]);
    assert.deepEqual(await offered("small.s"), ["size()"]);
    assert.deepEqual(await offered("points[0].la"), ["label"]);
    assert.deepEqual(await offered("owner.g"), ["get()"]);
  }));

test("an element is set by its row, and by an expression", () =>
  atFull("g++", async (live, marks) => {
    const [first] = (await (await locals(live)).get("numbers")?.children?.(0, 1)) ?? [];
    assert.equal((await first?.assign?.("9"))?.value, "9");
    assert.equal(await live.value("owner->x = 77"), "77");
    assert.equal(await live.value("numbers"), "size 3 {9, 2, 3}");
    live.breakAt("library", [marks["AGAIN"] ?? 0]);
    await live.continue();
    assert.equal(await live.value("sum"), "11");
  }));

test("what is not constructed yet, or damaged, is shown as it is", async () => {
  await withDebuggee("library", builds["g++"], async (live, marks) => {
    live.debugger.setFunctionBreakpoints([{ name: "*main" }]);
    await live.debugger.start();
    await live.stop();
    for (const [name, { value, children }] of await locals(live)) {
      assert.notEqual(value, "", name);
      await children?.(0, 3);
    }
    live.breakAt("library", [marks["FULL"] ?? 0]);
    await live.continue();
    const damage = {
      numbers: "numbers._M_impl._M_finish = 1",
      small: "small._M_dataplus._M_p = 16",
      ordered: "ordered._M_t._M_impl._M_header._M_parent->_M_parent = 16",
      chain: "chain._M_impl._M_node._M_next->_M_prev = 16",
      some: "*(char *)&some._M_payload._M_engaged = 2",
    };
    for (const [name, expression] of Object.entries(damage)) {
      await live.value(expression);
      assert.match(await live.value(name), /^\{.*(_M_|=)/, name);
    }
    await live.value("ages._M_t._M_impl._M_header._M_left->_M_right = 16");
    assert.equal(await live.value("ages"), 'size 3 {["ann"] = 30...}');
    // Links that go round in a circle.
    const first = "ages._M_t._M_impl._M_header._M_left";
    await live.value(`${first}->_M_right = ${first}`);
    await live.value(`${first}->_M_left = ${first}`);
    assert.equal(await live.value("ages"), 'size 3 {["ann"] = 30...}');
  });
});
