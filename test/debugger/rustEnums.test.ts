/** Rust's enums, which have the members of one variant at a time, and its tuples, in programs of rustc. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Value, VariableNode } from "../../adapter/debugger/types";
import { formatValue } from "../../adapter/debugger/values/format";
import { constantValue } from "../../adapter/debugger/values/values";
import { builtin } from "../../adapter/debugger/values/valuesTypes";
import { variableNode } from "../../adapter/debugger/values/variablesNodes";
import type { RecordType } from "../../adapter/symbols/sourceTypes";
import { withDebuggee } from "./liveDebugger";
import { withProgram, type StoppedProgram } from "./valuesProgram";

const options = { flags: ["--edition=2021"] };
const optimized = { flags: ["--edition=2021", "-O"] };

async function childrenOf(row: VariableNode | undefined): Promise<VariableNode[]> {
  return [...((await row?.children?.()) ?? [])];
}

const kinds: Readonly<Record<string, string>> = {
  unit: "Unit",
  circle: "Circle {radius = 2}",
  pair: "Pair(1, 2)",
  holder: "{kind = Circle {radius = 7}, id = 9}",
  tag_a: "A(1)",
  tag_b: "B {x = 5}",
  tag_c: "C",
  signed: "M(1)",
  plain: "P",
  laid_x: "X(3)",
  laid_y: "Y(4)",
  known: "Known('x')",
  missing: "Missing",
  other: "Other {code = 4}",
  alone: "Only(9)",
  certain: "Ok(3)",
  color: "Green",
  maybe_color: "Some(Red)",
  less: "Some(Less)",
  byte: "Some(3)",
  no_byte: "None",
  huge: "Some(7)",
  no_reference: "None",
  no_box: "None",
  no_number: "None",
  twice: "Some(Some(true))",
  half: "Some(None)",
  never: "None",
  letter: "Some('é')",
  no_letter: "None",
  done: "Ok(())",
  failed: "Err(Pair(3, 4))",
};

test("an enum is shown as the variant that it is", () =>
  withProgram("rustEnums", "KINDS", options, async (program) => {
    const locals = await program.scope("Locals");
    const shown = Object.keys(kinds).map((name) => [name, locals.get(name)?.value]);
    assert.deepEqual(Object.fromEntries(shown), kinds);
    assert.match(locals.get("reference")?.value ?? "", /^Some\(0x7ff[0-9a-f]+ 5\)$/);
    assert.equal(await program.text("*reference.Some.__0"), "5");
    assert.equal(await program.text("*boxed.Some.__0"), "3");
    assert.match(locals.get("future")?.value ?? "", /Unresumed \{_ref__five = (0x7ff[0-9a-f]+ )+5\}/);
    assert.equal(await program.text("pair,x"), "Pair(0x1, 0x2)");
  }));

test("the rows below an enum are the members of its variant, and can be evaluated and set", () =>
  withProgram("rustEnums", "KINDS", options, async (program) => {
    const locals = await program.scope("Locals");
    assert.equal(locals.get("unit")?.children, undefined);
    const [kind] = await childrenOf(locals.get("holder"));
    assert.equal(kind?.namedCount, 1);
    const [radius] = await childrenOf(kind);
    assert.equal(radius?.name, "radius");
    assert.equal(radius.evaluateName, "holder.kind.Circle.radius");
    assert.equal(await program.text(radius.evaluateName), "7");
    assert.equal((await radius.assign?.("70"))?.value, "70");
    assert.equal(await program.text("holder"), "{kind = Circle {radius = 70}, id = 9}");
    const [first, second] = await childrenOf(await program.node("&pair"));
    assert.deepEqual(
      [first?.evaluateName, second?.evaluateName],
      ["((&pair)->Pair).__0", "((&pair)->Pair).__1"],
    );
    assert.equal(await program.text(second?.evaluateName ?? ""), "2");
    assert.equal(await program.text("circle.Pair.__0"), "2");
    assert.equal(await program.text("circle = pair, circle"), "Pair(1, 2)");
  }));

test("where there is no such variant, that is said, and all members are shown", () =>
  withProgram("rustEnums", "KINDS", options, async (program) => {
    assert.match(
      await program.text("*(u8 *)&circle = 7, circle"),
      /^<no variant 7> \{7, Unit = \{\}, Circle = \{radius = 2\}, Pair = \(2, \d+\)\}$/,
    );
    const rows = await childrenOf(await program.node("circle"));
    assert.deepEqual(
      rows.map(({ name, evaluateName }) => [name, evaluateName]),
      [
        ["<discriminant>", undefined],
        ["Unit", "circle.Unit"],
        ["Circle", "circle.Circle"],
        ["Pair", "circle.Pair"],
      ],
    );
    assert.match(
      await program.text("*(i8 *)&signed = -7, signed"),
      /^<no variant -7> \{-7, M = \(1\), P = \{\}\}$/,
    );
    const unread = "<cannot read memory at 0x[0-9a-f]+>";
    const everything = `Circle = \\{radius = ${unread}\\}, Pair = \\(${unread}, ${unread}\\)`;
    const text = await program.text("*(&circle + 0x100000000)");
    assert.match(text, new RegExp(`^\\{${unread}, Unit = \\{\\}, ${everything}\\}$`));
  }));

/** A `Shape` of which only some words are known, as optimized code has them. */
function shapeInPieces(program: StoppedProgram, words: readonly (number | undefined)[]): Value {
  const [type] = program.modules.main?.symbols.typesNamed("rustEnums::Shape") ?? [];
  assert.ok(type);
  const pieces = words.map((word) => {
    const place =
      word === undefined
        ? { kind: "optimizedOut" as const }
        : { kind: "constant" as const, bytes: Buffer.of(word, 0, 0, 0) };
    return { place, bytes: 4 };
  });
  return { type, place: { kind: "pieces", pieces } };
}

test("a variant is known though its members are optimized out, and the other way round", () =>
  withProgram("rustEnums", "KINDS", options, (program) => {
    const context = program.context();
    const gone = "<optimized out>";
    const circle = shapeInPieces(program, [1, undefined]);
    assert.equal(formatValue(circle, context), `Circle {radius = ${gone}}`);
    const unknown = shapeInPieces(program, [undefined, 5]);
    assert.equal(
      formatValue(unknown, context),
      `{${gone}, Unit = {}, Circle = {radius = 5}, Pair = (5, ${gone})}`,
    );
    assert.equal(variableNode(unknown, { context, name: "unknown" }).namedCount, 4);
    return Promise.resolve();
  }));

test("a record with members beside its variants, as Ada's are, is shown without the other variants' members", () =>
  withProgram("rustEnums", "KINDS", options, (program) => {
    const member = (name: string, byteOffset: number) => ({ name, type: builtin.signedChar, byteOffset });
    const [kind, low, high, flag] = [
      member("kind", 0),
      member("low", 1),
      member("high", 2),
      member("flag", 1),
    ];
    const variants = [
      { members: [low, high], values: [{ low: 0xfen, high: 1n }] },
      { members: [flag], values: [{ low: 5n, high: 5n }] },
      { members: [] },
    ];
    const type: RecordType = {
      kind: "struct",
      displayName: "shape",
      byteSize: 3,
      members: [kind, low, high, flag],
      variantPart: { discriminant: kind, variants },
      incomplete: false,
    };
    const context = program.context();
    const text = (...bytes: number[]) =>
      formatValue(constantValue(type, Buffer.from(bytes)), context, { format: "d" });
    assert.equal(text(0xff, 2, 3), "{kind = -1, low = 2, high = 3}");
    assert.equal(text(5, 2, 3), "{kind = 5, flag = 2}");
    assert.equal(text(4, 2, 3), "{kind = 4}");
    return Promise.resolve();
  }));

test("enums in registers and in pieces, in optimized code", () =>
  withProgram("rustEnums", "MEASURED", optimized, async (program) => {
    const shown = await program.scope("Arguments");
    assert.equal(shown.get("shape")?.value, "Circle {radius = 2}");
    assert.match(shown.get("age")?.value ?? "", /^Some\((5|<optimized out>)\)$/);
    assert.match(shown.get("name")?.value ?? "", /^Some\(0x7ff[0-9a-f]+ 5\)$/);
    assert.equal(shown.get("limit")?.value, "Some(7)");
  }));

test("tuples, references and functions look as in Rust", () =>
  withProgram("rustEnums", "OTHERS", options, async (program) => {
    const locals = await program.scope("Locals");
    const row = (name: string) => [locals.get(name)?.typeName, locals.get(name)?.value];
    assert.deepEqual(row("tuple"), ["(i32, char, bool)", "(1, 'x', true)"]);
    assert.equal(locals.get("nested")?.value, "((1, 2), Some((3, 'y')))");
    assert.equal(locals.get("meters")?.value, "(5)");
    assert.deepEqual(row("nothing"), ["()", "()"]);
    assert.equal(locals.get("array")?.typeName, "&[i32; 4]");
    assert.equal(await program.text("*array"), "{1, 2, 3, 4}");
    assert.equal(locals.get("raw")?.typeName, "*const u32");
    assert.match(row("function").join(" "), /^fn\(&u32\) 0x[0-9a-f]+ <rustEnums::kinds>$/);
    const rows = await childrenOf(locals.get("tuple"));
    assert.deepEqual(
      rows.map(({ name, evaluateName, value }) => [name, evaluateName, value]),
      [
        ["0", "tuple.__0", "1"],
        ["1", "tuple.__1", "'x'"],
        ["2", "tuple.__2", "true"],
      ],
    );
  }));

test("comparing checkpoints tells members of the same variant, or the variants", () =>
  withDebuggee("rustEnums", options, async (live, marks) => {
    const markers = ["OTHERS", "SAME_VARIANT", "OTHER_VARIANT"];
    live.breakAt(
      "rustEnums",
      markers.map((marker) => marks[marker] ?? 0),
    );
    await live.debugger.start();
    await live.stop();
    await live.debugger.createCheckpoint();
    const changes = async () =>
      (await live.debugger.compareCheckpoints(1)).changes
        .filter(({ name }) => name.startsWith("shape"))
        .map(({ name, type, before, after }) => [name, type, before, after]);
    await live.continue();
    assert.deepEqual(await changes(), [["shape.Pair.__1", "u8", "2", "3"]]);
    await live.continue();
    assert.equal(live.line(), marks["OTHER_VARIANT"]);
    assert.deepEqual(await changes(), [["shape", "rustEnums::Shape", "Pair(1, 2)", "Circle {radius = 8}"]]);
  }));
