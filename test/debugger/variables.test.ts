/** The variables view: scopes, rows, children, paging and assignment, in real programs. */
import assert from "node:assert/strict";
import test from "node:test";
import { UserError } from "../../adapter/debugger/types";
import type { VariableNode } from "../../adapter/debugger/types";
import { variableScopes } from "../../adapter/debugger/values/variables";
import { withProgram } from "./valuesProgram";
import type { StoppedProgram } from "./valuesProgram";

async function childrenOf(
  node: VariableNode | undefined,
  start?: number,
  count?: number,
): Promise<VariableNode[]> {
  assert.ok(node?.children, `${node?.name} has no children`);
  return node.children(start, count);
}

/** Every row below a node evaluates to what it shows. */
async function checkNames(program: StoppedProgram, node: VariableNode, depth: number): Promise<number> {
  let checked = 0;
  if (node.evaluateName !== undefined) {
    const again = await program.node(node.evaluateName);
    const short = again.value.slice(0, 60);
    assert.equal(short.slice(0, 20), node.value.slice(0, 20), node.evaluateName);
    assert.equal(again.memoryReference, node.memoryReference, node.evaluateName);
    checked++;
  }
  if (depth === 0 || node.children === undefined) return checked;
  for (const child of await node.children(0, 5)) checked += await checkNames(program, child, depth - 1);
  return checked;
}

test("scopes: arguments, locals, statics and registers, each with its own", () =>
  withProgram("values", "BP1", {}, async (program) => {
    const names = variableScopes(program.context()).map(({ name }) => name);
    assert.deepEqual(names, ["Locals", "Statics", "Registers"]);
    const locals = await program.scope("Locals");
    assert.equal(locals.get("whole")?.value, "-42");
    assert.equal(locals.get("whole")?.typeName, "int");
    assert.ok(!locals.has("calls") && !locals.has("hidden"));
    const statics = await program.scope("Statics");
    assert.equal(statics.get("calls")?.value, "7");
    assert.equal(statics.get("hidden")?.value, "3");
    assert.equal(statics.get("per_thread")?.value, "18");
    const registers = await program.scope("Registers");
    assert.deepEqual([...registers.keys()], ["General", "Segment", "Floating point", "Vector"]);
  }));

for (const compiler of ["gcc", "clang"])
  test(`${compiler}: every row can be evaluated by its own expression`, () =>
    withProgram("values", "BP1", { compiler }, async (program) => {
      let checked = 0;
      for (const scope of ["Locals", "Statics"])
        for (const node of (await program.scope(scope)).values())
          checked += await checkNames(program, node, 3);
      assert.ok(checked > 180, `only ${checked} rows`);
    }));

for (const compiler of ["gcc", "clang"])
  test(`${compiler}: each local of an inlined call has one row`, () =>
    withProgram("inlinedLocals", "MIXED", { compiler, flags: ["-O1"] }, async (program) => {
      assert.deepEqual([...(await program.scope("Arguments")).keys()], ["data"]);
      assert.deepEqual([...(await program.scope("Locals")).keys()], ["k"]);
    }));

for (const dwarf of ["-gdwarf-4", "-gdwarf-5"])
  test(`a parameter that gcc has taken out is what the caller would have passed: ${dwarf}`, () => {
    const options = { compiler: "gcc", flags: ["-O2", "-fno-ipa-ra", dwarf] };
    return withProgram("removedParameters", "USED", options, async (program) => {
      assert.equal((await program.scope("Arguments")).get("number")?.value, "1");
      assert.equal(await program.text("removed->right"), "2");
      assert.equal(await program.text("more", 1), "21");
    });
  });

for (const compiler of ["gcc", "clang"])
  test(`${compiler}: arrays of constants have the types of C`, () =>
    withProgram("constArrays", "ARRAYS", { compiler }, async (program) => {
      const expected = {
        plain: "const int [2]",
        "&plain": "const int (*)[2]",
        table: "const void *const [2]",
        "&table": "const void *const (*)[2]",
        names: "const volatile char *const volatile [2][2]",
        fixed: compiler === "gcc" ? "const int [3]" : "const row_t",
      };
      for (const [expression, type] of Object.entries(expected))
        assert.equal((await program.node(expression)).typeName, type, expression);
    }));

test("shadowed names: the inner one has the name, the outer one says its line", () =>
  withProgram("values", "SHADOW", {}, async (program) => {
    const locals = [...(await program.scope("Locals")).values()];
    const parameters = [...(await program.scope("Arguments")).values()];
    const values = locals.filter(({ name }) => name.startsWith("value"));
    assert.deepEqual(
      values.map(({ value, evaluateName }) => [value, evaluateName]),
      [
        ["200", "value"],
        ["100", undefined],
      ],
    );
    assert.match(values[1]?.name ?? "", /^value@\d+$/);
    assert.match(parameters[0]?.name ?? "", /^value@\d+$/);
    assert.equal(parameters[0]?.value, "1");
    assert.equal(await program.text("value"), "200");
  }));

test("arrays are paged, and a large one costs nothing until it is", () =>
  withProgram("values", "BP1", {}, async (program) => {
    const numbers = (await program.scope("Locals")).get("numbers");
    assert.equal(numbers?.indexedCount, 300);
    const page = await childrenOf(numbers, 298, 100);
    assert.deepEqual(
      page.map(({ name, value, evaluateName }) => [name, value, evaluateName]),
      [
        ["[298]", "88804", "numbers[298]"],
        ["[299]", "89401", "numbers[299]"],
      ],
    );
    const large = await program.node("*(char (*)[1073741824])big_buffer");
    assert.equal(large.indexedCount, 1 << 30);
    assert.equal((await childrenOf(large, 99, 1))[0]?.value, "122 'z'");
    assert.match((await childrenOf(large, (1 << 30) - 1, 1))[0]?.value ?? "", /^<cannot read memory at 0x/);
    const matrix = (await program.scope("Locals")).get("matrix");
    const [, second] = await childrenOf(matrix);
    assert.equal((await childrenOf(second))[2]?.evaluateName, "matrix[1][2]");
  }));

for (const compiler of ["gcc", "clang"])
  test(`${compiler}: arrays of variable length have the lengths of this call`, () =>
    withProgram("values", "VLA", { compiler }, async (program) => {
      const table = (await program.scope("Locals")).get("table");
      assert.equal(table?.value, "{{0, 1, 2}, {10, 11, 12}}");
      assert.equal(table?.indexedCount, 2);
      assert.equal(await program.text("table[1][2] + sizeof table"), "36");
      // Clang says nothing of the length of what `row` points to.
      if (compiler === "clang") return;
      assert.equal(await program.text("*row"), "{10, 11, 12}");
      assert.equal(await program.text("sizeof(*row)"), "12");
    }));

test("pointers open to what they point to; members of anonymous records belong to the record around them", () =>
  withProgram("values", "BP1", {}, async (program) => {
    const head = (await program.scope("Locals")).get("head");
    const members = await childrenOf(head);
    assert.deepEqual(
      members.map(({ name }) => name),
      ["name", "next", "<anonymous struct>", "weights", "visit"],
    );
    const next = await childrenOf(members[1]);
    assert.equal(next[0]?.evaluateName, "head.next->name");
    const anonymous = await childrenOf(members[2]);
    assert.equal(anonymous[0]?.evaluateName, "head.inner_a");
    const [, inner] = anonymous;
    assert.equal((await childrenOf(inner))[1]?.evaluateName, "head.as_char");
    const pointer = (await program.scope("Locals")).get("pointer_to_pointer");
    const [target] = await childrenOf(pointer);
    assert.equal(target?.evaluateName, "*pointer_to_pointer");
    assert.equal((await childrenOf(target))[0]?.value, "-42");
  }));

const assignments: [name: string, typed: string, shown: string][] = [
  ["whole", "7 * 6", "42"],
  ["whole", "0xffffffff", "-1"],
  ["natural", "5", "5"],
  ["yes", "false", "false"],
  ["letter", "'q'", "113 'q'"],
  ["letter", "113 'r'", "114 'r'"],
  ["letter", "115 'r'", "115 's'"],
  ["byte", "255", "255 '\\377'"],
  ["biggest", "18446744073709551615", "18446744073709551615"],
  ["huge", "-1", "-1"],
  ["single", "0.3", "0.3"],
  ["real", "1e-5", "0.00001"],
  ["real", "-inf", "-inf"],
  ["extended", "0.2", "0.2"],
  ["extended", "nan", "nan"],
  ["z", "3 - 4i", "3 - 4i"],
  ["color", "BLUE", "BLUE"],
  ["color", "5", "GREEN"],
  ["rights", "WRITE | EXECUTE", "WRITE | EXECUTE"],
  ["bits.level", "-16", "-16"],
  ["bits.mode", "7", "7"],
  ["bits.shade", "BLUE", "BLUE"],
  ["bits.wide", "0xffffffffff", "1099511627775"],
  ["here", "alias", "{x = 5, y = 6}"],
  ["points[1]", "make_point(8, 9)", "{x = 8, y = 9}"],
  ["pointer_to_int", "&here.y", "STACK"],
  ["nothing", "0x1234", "0x1234"],
  ["function", "add", "CODE <add>"],
  ["text", '"bye"', '"bye"'],
  ["pointer", '"other"', 'HEAP "other"'],
  ["flexible->items[1]", "whole", "-1"],
  ["$rbx", "0x1122334455667788", "1234605616436508552"],
  ["$eax", "-2", "-2"],
  ["$xmm3.v4_float[1]", "2.5", "2.5"],
  ["$st0", "1.25", "1.25"],
  ["per_thread", "99", "99"],
  ["hidden", "hidden + 1", "4"],
];

test("what is typed into a row is stored, whatever the type and the place", () =>
  withProgram("values", "BP1", {}, async (program) => {
    for (const [name, typed, shown] of assignments) {
      const node = await program.node(name);
      assert.ok(node.assign && !node.readOnly, name);
      const after = await node.assign(typed);
      const plain = (text: string): string =>
        text
          .replace(/^0x7ffff7[\da-f]{6}/, "HEAP")
          .replace(/^0x7ff\w+/, "STACK")
          .replace(/^0x5555\w+/, "CODE");
      assert.equal(plain(after.value), shown, `${name} = ${typed}`);
      assert.equal(plain(await program.text(name)), shown, name);
    }
    assert.equal(await program.text("bits.ready"), "1");
    assert.equal(await program.text("bits.on"), "true");
  }));

const refusals: [name: string, typed: string, sentence: RegExp][] = [
  ["byte", "300", /^300 does not fit in unsigned char \(0 to 255\)\.$/],
  ["byte", "-1", /^-1 does not fit in unsigned char/],
  ["small", "128", /^128 does not fit in signed char \(-128 to 127\)\.$/],
  ["whole", "3000000000", /^3000000000 does not fit in int/],
  ["whole", "1e100", /^The number does not fit in int \(-2147483648 to 2147483647\)\.$/],
  ["bits.mode", "8", /^8 does not fit in a bit-field of 3 bits \(0 to 7\)\.$/],
  ["huge", "170141183460469231731687303715884105728", /^17\d+28 does not fit in __int128 \(-1/],
  ["huge", "-170141183460469231731687303715884105729", /^-17\d+29 does not fit in __int128 \(-1/],
  ["nothing", "0x1ffffffffffffffff", /^\d+ does not fit in void \* \(0 to 18446744073709551615\)\.$/],
  ["nothing", "-9223372036854775809", /^-9223372036854775809 does not fit in void \*/],
  ["yes", "2", /^2 does not fit in _Bool \(0 to 1\)\.$/],
  ["here", "5", /^A value of type int cannot be converted to struct point\.$/],
  ["whole", "here", /struct point cannot be converted to int/],
  ["whole", "missing", /^No symbol "missing" in this context\.$/],
  ["whole", "", /type an expression/],
  ["pointer_to_int", "1.5", /double cannot be converted to int \*/],
  ["text", '"a string that is too long"', /has room for 16\.$/],
  ["text", "5", /^Only a string literal/],
];

test("what does not fit is refused in one sentence and changes nothing", () =>
  withProgram("values", "BP1", {}, async (program) => {
    for (const [name, typed, sentence] of refusals) {
      const node = await program.node(name);
      assert.ok(node.assign, name);
      await assert.rejects(node.assign(typed), (error: Error) => {
        assert.ok(error instanceof UserError, String(error));
        assert.match(error.message, sentence);
        return true;
      });
      assert.equal(await program.text(name), node.value);
    }
    for (const fixed of ["numbers", "add", "1 + 1", "sizeof whole"])
      assert.equal((await program.node(fixed)).readOnly, true, fixed);
  }));

test("a caller's frame has its own variables and saved registers, and they can be set", () =>
  withProgram("values", "INSIDE", {}, async (program) => {
    assert.equal(program.frame(1).functionName, "main");
    assert.equal(await program.text("whole", 1), "-42");
    const locals = await program.scope("Locals", 1);
    await locals.get("whole")?.assign?.("43");
    assert.equal(await program.text("whole", 1), "43");
    const stackPointer = await program.text("$rsp", 1);
    assert.equal(BigInt(stackPointer.split(" ")[0] ?? 0), program.frame(0).cfa);
    const [general] = await childrenOf((await program.scope("Registers", 1)).get("General"));
    assert.ok(general);
    assert.deepEqual([...(await program.scope("Registers", 1)).keys()], ["General"]);
  }));

test("optimized code: arguments in registers are read and set", () =>
  withProgram("conditions", "BP1", { variant: "optimized" }, async (program) => {
    const rows = await program.scope("Arguments");
    const index = rows.get("index");
    assert.equal(index?.value, "0");
    if (index?.assign) {
      assert.equal((await index.assign("5")).value, "5");
      assert.equal(await program.text("index"), "5");
    }
  }));
