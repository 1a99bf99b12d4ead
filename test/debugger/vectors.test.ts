/** SIMD vectors: shown, set, computed with, and passed to functions of the program as the convention has it. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import test from "node:test";
import { compileCondition } from "../../adapter/debugger/breakpoints/conditions";
import type { StoppedProgram } from "./valuesProgram";
import { withProgram } from "./valuesProgram";

type Body = (program: StoppedProgram, compiler: string, variant: "default" | "optimized") => Promise<void>;

/** A test for each compiler, without and with optimization. */
function onAll(what: string, marker: string, flags: readonly string[], body: Body, skip = false): void {
  for (const compiler of ["gcc", "clang"])
    for (const variant of ["default", "optimized"] as const)
      test(`${[compiler, variant, ...flags].join(" ")}: ${what}`, { skip }, () =>
        withProgram("vectors", marker, { compiler, variant, flags }, (program) =>
          body(program, compiler, variant),
        ),
      );
}

/** What each expression gives: its text, or the sentence that it is refused with. */
async function check(program: StoppedProgram, expected: Readonly<Record<string, string>>): Promise<void> {
  for (const [expression, text] of Object.entries(expected))
    assert.equal(
      await program.text(expression).catch((error: unknown) => (error as Error).message),
      text,
      expression,
    );
}

onAll("vectors are shown and taken apart", "BP1", [], async (program, compiler) => {
  await check(program, {
    a: "{1, 2, 3, 4}",
    ints: "{1, -2, 3, 2147483647}",
    bytes: "{255, 128, 1, 0 <repeats 13 times>}",
    letters: "{97, 98, -1, 0 <repeats 13 times>}",
    "letters[0]": "97",
    halves: "{1, -2, 3, -4}",
    big: "{1.5, 2.5, 3.5, 4.5}",
    list: "{{1, 2, 3, 4}, {5, 6, 7, 8}}",
    held: "{tag = 116 't', v = {9, 8, 7, 6}}",
    "held.v[2]": "7",
    "list[1][3]": "8",
    "(*pointer)[1]": "2",
    "a[4]": "The index is outside of v4sf.",
    "*a": "Cannot dereference a v4sf.",
    "sizeof a": "16",
    "sizeof(big * 2)": "32",
    "_Alignof(v4df)": "32",
    "sizeof(localBig + 1)": "32",
    "_Alignof(struct holder)": "16",
    "_Alignof(struct tight)": "1",
    "sizeof(struct holder)": "32",
  });
  assert.equal((await program.node("&a")).typeName, "v4sf *");
  assert.equal((await program.node("direct")).typeName, "float __attribute__((vector_size(16))) *");
  assert.equal((await program.node("a + b")).typeName, "v4sf");
  if (compiler === "clang")
    await check(program, { three: "{1, 2, 3}", "sizeof three": "16", "three[2]": "3" });
});

onAll("vectors are computed with", "BP1", [], (program) =>
  check(program, {
    "a + b": "{2, 7, 6, 12}",
    "a * 2": "{2, 4, 6, 8}",
    "2 - a": "{1, 0, -1, -2}",
    "a * 0.5": "{0.5, 1, 1.5, 2}",
    "a * 0.1": "The number does not fit exactly in the elements of v4sf: write (float) before it.",
    "a * 0.1f": "{0.1, 0.2, 0.3, 0.4}",
    "-a": "{-1, -2, -3, -4}",
    "~ints": "{-2, 1, -4, -2147483648}",
    "~a": "The operator ~ cannot be applied to v4sf.",
    "ints + 1": "{2, -1, 4, -2147483648}",
    "ints / 2": "{0, -1, 1, 1073741823}",
    "ints % 2": "{1, 0, 1, 1}",
    "ints << 1": "{2, -4, 6, -2}",
    "ints & ints": "{1, -2, 3, 2147483647}",
    "bytes + bytes": "{254, 0, 2, 0 <repeats 13 times>}",
    "bytes + 300":
      "The number does not fit exactly in the elements of v16qu: write (unsigned char) before it.",
    "a % b": "The operator % cannot be applied to v4sf and v4sf.",
    "a + ints": "The operator + cannot be applied to v4sf and v4si.",
    "a + big": "The operator + cannot be applied to v4sf and v4df.",
    "a == a": "1",
    "a == b": "0",
    "a != b": "1",
    "a < b": "Vectors are compared by == and != only: compare their elements by <.",
    "(v4si)a": "{1065353216, 1073741824, 1077936128, 1082130432}",
    "(v4sf)3": "A value of type int cannot be cast to v4sf: only one of the same size can.",
    "!a": "A value of type v4sf is no number.",
  }),
);

onAll("vectors are set", "BP1", [], (program) =>
  check(program, {
    "a = b": "{1, 5, 3, 8}",
    "a += 1": "{2, 6, 4, 9}",
    "a[1] = 9": "9",
    a: "{2, 9, 4, 9}",
    "++ints": "{2, -1, 4, -2147483648}",
    "held.v = a * 2": "{4, 18, 8, 18}",
    held: "{tag = 116 't', v = {4, 18, 8, 18}}",
    "a = 3": "A value of type int cannot be converted to v4sf.",
    "ints = b": "A value of type v4sf is no v4si: write (v4si) before it if its bits are meant.",
    "ints = (v4si)b": "{1065353216, 1084227584, 1077936128, 1090519040}",
    "(a + b)[0] = 1": "The left side is not a place that a value can be stored in.",
  }),
);

onAll("rows of vectors have their elements and can be set", "BP1", [], async (program) => {
  const row = await program.node("a");
  assert.equal(row.indexedCount, 4);
  const elements = (await row.children?.()) ?? [];
  assert.deepEqual(
    elements.map(({ name, value, typeName, evaluateName }) => [name, value, typeName, evaluateName]),
    ["1", "2", "3", "4"].map((value, index) => [`[${index}]`, value, "float", `a[${index}]`]),
  );
  await elements[2]?.assign?.("2.5");
  assert.equal(await program.text("a"), "{1, 2, 2.5, 4}");
  assert.equal((await row.assign?.("{9, number, a[0] * 2, 1e3}"))?.value, "{9, 7, 2, 1000}");
  assert.equal((await row.assign?.("b + 1"))?.value, "{2, 6, 4, 9}");
  await assert.rejects(
    async () => row.assign?.("{1, 2, 3}"),
    /^Error: v4sf has 4 elements, and 3 are given\.$/,
  );
  const letters = await program.node("letters");
  assert.equal((await letters.children?.())?.[0]?.value, "97");
  assert.equal((await letters.assign?.("{'x', 0 <repeats 15 times>}"))?.value, "{120, 0 <repeats 15 times>}");
  await assert.rejects(
    async () => letters.assign?.("{300, 0 <repeats 15 times>}"),
    /300 does not fit in char/,
  );
});

test("a condition does not take a vector for its address", () =>
  withProgram("vectors", "BP1", {}, async (program) => {
    const { module, pc } = program.frame();
    assert.ok(module);
    assert.ok(compileCondition("list == 0", { module, address: pc }));
    assert.equal(compileCondition("a", { module, address: pc }), undefined);
    assert.equal(await program.text("a == a && a[1] == 2"), "1");
  }));

const called = {
  "twice(a)": "{2, 4, 6, 8}",
  "twice(a + 1)": "{4, 6, 8, 10}",
  "twiceHalves(halves)": "{2, -4, 6, -8}",
  "mixedBig(1, big, 2, other, 3)": "3009",
  "twiceSingle(alone)": "{v = {2, 4, 6, 8}}",
  "twiceWide(broad)": "{v = {2, 4, 6, 8}}",
  "swapped(both)": "{a = {5, 6, 7, 8}, b = {1, 2, 3, 4}}",
  "sameEither(either).v": "{1, 2, 3, 4}",
  "sameBits(bits).v": "{1, 2, 3, 4}",
  "twiceQuad(quad, 1)": "4",
  "many(1, a, a, a, a, a, a, a, a, 1, 2, 3, 4, 5, 6, a, big, tight)": "48640",
  "vary(2, a, b)": "32",
  "varyBig(2, big, other)": "33.5",
  "sameFront(front).v": "{1, 2, 3, 4}",
  "ignoresAll(3, big)": "3",
  "twice(ints)": "A value of type v4si is no v4sf: write (v4sf) before it if its bits are meant.",
};

const differing =
  "Compilers differ in where such a function has a v4df, so it is not called: call one that takes its address.";
const unknown =
  "Whether the function has a v4df in a register or in memory cannot be told from its code, so it is not called.";

onAll("functions take and give vectors", "BP1", ["-mavx2"], async (program, _, variant) => {
  await check(program, {
    ...called,
    "twiceBig(big)": "{3, 5, 7, 9}",
    "twiceBig(big * 0)": "{0, 0, 0, 0}",
    "varyAfter(1, big, big)": differing,
    "varyAfter(0, big)": differing,
    "varyGives(2, big, other)": "{2.5, 4.5, 6.5, 8.5}",
    "spilled(other, other, other, other, other, other, other, other, a, big, a)":
      "{10.25, 22.25, 36.25, 52.25}",
  });
  await check(program, {
    "ignores(big)": variant === "default" ? "7" : unknown,
    "twiceWidest(widest)":
      "A v8df is passed in a register of 512 bits, which cannot be set: the function is not called.",
  });
});

onAll("functions take and give vectors", "BP1", [], async (program) => {
  await check(program, {
    ...called,
    "twiceBig(big)": differing,
  });
});

onAll("vectors live in registers", "BP2", ["-mavx2"], async (program, _, variant) => {
  if (variant === "optimized")
    await check(program, { "&q": "The value lives in a register and has no address." });
  await check(program, {
    p: "{1, 2, 3, 4}",
    q: "{1.5, 2.5, 3.5, 4.5}",
    "q[3]": "4.5",
    "p + 1": "{2, 3, 4, 5}",
    "q = q * 2": "{3, 5, 7, 9}",
    "q[3] = 8": "8",
    "(q)": "{3, 5, 7, 8}",
    "p[1] = 5": "5",
    "(p)": "{1, 5, 3, 4}",
  });
});

onAll("results are in registers", "BP3", ["-mavx2"], (program) => check(program, { sum: "{2, 6, 12, 20}" }));

const hasWidest = readFileSync("/proc/cpuinfo", "utf8").includes(" avx512f ");

onAll(
  "what is in a register of 512 bits is not shown by half",
  "BP4",
  ["-mavx2"],
  (program, _, variant) =>
    check(program, {
      widest: "{1, 2, 3, 4, 5, 6, 7, 8}",
      v:
        variant === "default" ? "{1, 2, 3, 4, 5, 6, 7, 8}" : "<in a register of 512 bits, which is not read>",
    }),
  !hasWidest,
);

test("vector registers are shown as what they may hold, and can be set", () =>
  withProgram("vectors", "BP1", {}, async (program) => {
    const vector = (await program.scope("Registers")).get("Vector");
    const rows = (await vector?.children?.()) ?? [];
    assert.deepEqual(
      rows.map(({ name }) => name),
      [..."xy"].flatMap((letter) => Array.from({ length: 16 }, (_, index) => `${letter}mm${index}`)),
    );
    await check(program, {
      "$ymm3 = $ymm3, $ymm3.v2_int128[0] = 0": "0",
      "$ymm3.v2_int128[1] = 0": "0",
      "$xmm3.v4_float[1] = 2.5": "2.5",
      "$ymm3.v8_int32[7] = 5": "5",
      "$xmm3.v4_float": "{0, 2.5, 0, 0}",
      "$ymm3.v8_float[1]": "2.5",
      "$ymm3.v8_int32": "{0, 1075838976, 0, 0, 0, 0, 0, 5}",
      "$ymm3.v32_int8": "{0, 0, 0, 0, 0, 0, 32, 64, 0 <repeats 20 times>, 5, 0, 0, 0}",
      "$xmm3.v8_bfloat16[3]": "2.5",
      "$xmm3.v2_double = $xmm3.v2_double * 0 + 1": "{1, 1}",
      "$xmm3.uint128": String((0x3ffn << 52n) * ((1n << 64n) + 1n)),
      "$xmm3.v4_float = a + 1": "{2, 3, 4, 5}",
      "$xmm4 = $xmm3, $xmm4.v4_float": "{2, 3, 4, 5}",
    });
    const row = ((await program.scope("Registers")).get("Vector")?.children?.() ?? []) as typeof rows;
    const members = (await row.find(({ name }) => name === "xmm4")?.children?.()) ?? [];
    assert.deepEqual(
      members.map(({ name }) => name),
      "v4_float v2_double v16_int8 v8_int16 v4_int32 v2_int64 v8_half v8_bfloat16 uint128".split(" "),
    );
    assert.equal((await members[0]?.assign?.("{1, 2, 3, 4}"))?.value, "{1, 2, 3, 4}");
    assert.equal(members[0]?.evaluateName, "$xmm4.v4_float");
  }));
