/** Values of the C++ standard library: damaged containers, NULs in strings, pointers that are held, names that are taken twice. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { VariableNode } from "../../adapter/debugger/types";
import { markers } from "../helpers/compile";
import { withDebuggee, type LiveDebugger } from "./liveDebugger";

const options = { flags: ["-std=c++17"], with: ["libraryCornersOther"] };
const builds = {
  "g++": { compiler: "g++", ...options },
  "clang++": { compiler: "clang++", ...options, flags: [...options.flags, "-fstandalone-debug"] },
};

async function at(
  { build, other = false }: { build: keyof typeof builds; other?: boolean },
  body: (live: LiveDebugger) => Promise<void>,
): Promise<void> {
  await withDebuggee("libraryCorners", builds[build], async (live, marks) => {
    if (other) live.breakAt("libraryCornersOther", [lineElsewhere]);
    else live.breakAt("libraryCorners", [marks["HERE"] ?? 0]);
    await live.debugger.start();
    await live.stop();
    await body(live);
  });
}

const lineElsewhere = markers("libraryCornersOther")["ELSEWHERE"] ?? 0;

async function row(live: LiveDebugger, name: string): Promise<VariableNode | undefined> {
  const scope = live.debugger.scopes(live.frame()).find((each) => each.name === "Locals");
  return (await scope?.children())?.find((node) => node.name === name);
}

async function all(live: LiveDebugger, expected: Readonly<Record<string, string>>): Promise<void> {
  for (const [expression, value] of Object.entries(expected))
    assert.equal(await live.value(expression), value, expression);
}

test("nodes that lead back, or past the end, are not shown as elements, and hold up nobody", () =>
  at({ build: "g++" }, async (live) => {
    const damage = [
      "chain._M_impl._M_node._M_size = 1000",
      "circle._M_impl._M_node._M_next->_M_next->_M_next = circle._M_impl._M_node._M_next",
      "counted._M_t._M_impl._M_node_count = 1000",
      "itself._M_t._M_impl._M_header._M_left->_M_right = itself._M_t._M_impl._M_header._M_left",
      "hashed._M_h._M_element_count = 5",
    ];
    const left = "looped._M_t._M_impl._M_header._M_parent->_M_right->_M_left";
    for (const expression of [...damage, `${left}->_M_left = ${left}`]) await live.value(expression);
    await all(live, {
      chain: "size 1000 {1, 2, 3...}",
      circle: "size 3 {1, 2...}",
      counted: "size 1000 {1, 2, 3...}",
      itself: "size 3 {1...}",
      hashed: "size 5 {[1] = 2...}",
      looped: "size 7 {1, 2...}",
    });
    const chain = await row(live, "chain");
    assert.equal((await chain?.children?.(0, 100))?.length, 3);
    const [raw] = (await chain?.children?.(1000, 1)) ?? [];
    assert.match(raw?.readOnlyReason ?? "", /^has no value of its own: /);
    await assert.rejects(live.value("circle.back()"), /^Error: The back cannot be reached: it is damaged\.$/);
    const large = await row(live, "large");
    assert.equal(large?.indexedCount, 100_011, "and [raw]");
    assert.match(large.value, /^size 100010 \{5, 5, /);
  }));

for (const build of ["g++", "clang++"] as const) {
  test(`a string's NULs are its characters, and what an optional holds is what * gives, by ${build}`, () =>
    at({ build }, async (live) => {
      await all(live, {
        zeros: '"\\000\\000\\000"',
        inside: '"a\\000b\\000"',
        wide: 'u"a\\000b"',
        "*leads == &number": "true",
        "**leads": "4",
        "leads.has_value()": "true",
        "leads.value() == &number": "true",
        "(*pair).y": "6",
      });
      for (const name of ["leads", "pair", "pairs"])
        for (const child of (await (await row(live, name))?.children?.()) ?? [])
          if (child.evaluateName !== undefined)
            assert.equal(await live.value(child.evaluateName), child.value, child.evaluateName);
    }));

  test(`of classes that have one name in two files, that at hand is meant, by ${build}`, async () => {
    await at({ build }, async (live) => {
      await all(live, {
        sames: "size 1 {{a = 1, b = 2}}",
        mapped: "size 1 {[1] = {a = 3, b = 4}}",
        "same.value()": "1",
        aligned: "size 1 {{w = 8}}",
      });
      assert.doesNotMatch(await live.value("locals"), /c = 5/);
    });
    await at({ build, other: true }, (live) =>
      all(live, {
        sames: "size 1 {{c = 120 'x'}}",
        mapped: "size 1 {[1] = {c = 121 'y'}}",
        locals: "size 1 {{c = 122 'z'}}",
        "same.value()": "2",
      }),
    );
  });
}

test("where libstdc++ checks itself, its nodes are found as well", () =>
  withDebuggee(
    "libraryCorners",
    { ...options, flags: [...options.flags, "-D_GLIBCXX_DEBUG"] },
    async (live, marks) => {
      live.breakAt("libraryCorners", [marks["HERE"] ?? 0]);
      await live.debugger.start();
      await live.stop();
      await all(live, { aligned: "size 1 {{w = 8}}", chain: "size 3 {1, 2, 3}" });
    },
  ));
