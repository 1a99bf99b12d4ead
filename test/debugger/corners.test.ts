/** Values that are seldom met: text behind a NUL, flexible arrays, the largest integers, rows that cannot be set. */
import assert from "node:assert/strict";
import test from "node:test";
import { UserError } from "../../adapter/debugger/types";
import { withProgram } from "./valuesProgram";
import type { StoppedProgram } from "./valuesProgram";

async function refusal(work: Promise<unknown> | undefined): Promise<string> {
  try {
    await work;
  } catch (error) {
    assert.ok(error instanceof UserError, String(error));
    return error.message;
  }
  throw new assert.AssertionError({ message: "It was not refused." });
}

async function assertTexts(
  program: StoppedProgram,
  expected: Readonly<Record<string, string>>,
): Promise<void> {
  for (const [expression, text] of Object.entries(expected))
    assert.equal(await program.text(expression), text, expression);
}

for (const compiler of ["gcc", "clang"]) {
  test(`${compiler}: a character array is shown to the last byte that is not NUL`, () =>
    withProgram("corners", "BP1", { compiler }, (program) =>
      assertTexts(program, {
        parts: String.raw`"hello\000world"`,
        emptied: String.raw`"\000left"`,
        long_parts: `"begin${String.raw`\000`.repeat(5)}${"x".repeat(190)}"...`,
        roomy: '"in a large room"',
        "parts[5] = 0, parts[6] = 0, parts": String.raw`"hello\000\000orld"`,
      }),
    ));

  test(`${compiler}: a flexible array of characters is shown up to its NUL`, () =>
    withProgram("corners", "BP1", { compiler }, (program) =>
      assertTexts(program, {
        "*message": '{length = 0, data = "flexible"}',
        "message->data": '"flexible"',
        "*old_message": '{length = 0, data = "of no length"}',
        "*text": '{count = 0, data = "octets"}',
        "*numbers": "{count = 0, data = {}}",
        "sizeof(*message)": "4",
      }),
    ));
}

test("what is shown of an array with text behind a NUL can be typed into it", () =>
  withProgram("corners", "BP1", {}, async (program) => {
    const row = (await program.node("parts")).assign;
    assert.equal((await row?.(String.raw`"a\000b"`))?.value, String.raw`"a\000b"`);
  }));

test("integers beyond long are what they say, and refused where they do not fit", () =>
  withProgram("corners", "BP1", {}, async (program) => {
    await assertTexts(program, {
      "9223372036854775807": "9223372036854775807",
      "9223372036854775808": "9223372036854775808",
      "-9223372036854775808": "-9223372036854775808",
      "-9223372036854775809": "-9223372036854775809",
      "18446744073709551616": "18446744073709551616",
      "18446744073709551615u + 1": "0",
      "0x8000000000000000 > 0": "1",
      "sizeof(0xffffffffffffffff)": "8",
    });
    for (const [name, value] of [
      ["whole", "9223372036854775808"],
      ["whole", "-9223372036854775809"],
      ["natural", "18446744073709551616"],
      ["natural", "-1"],
    ] as const) {
      const sentence = await refusal((await program.node(name)).assign?.(value));
      assert.match(
        sentence,
        new RegExp(`^${value} does not fit in (unsigned )?(long )+`),
        `${name} ${value}`,
      );
    }
    assert.equal(
      (await (await program.node("natural")).assign?.("18446744073709551615"))?.value,
      `${2n ** 64n - 1n}`,
    );
    assert.equal(
      (await (await program.node("whole")).assign?.("-9223372036854775808"))?.value,
      `${-(2n ** 63n)}`,
    );
  }));

test("a cast to a type that is not there says so", () =>
  withProgram("corners", "BP1", {}, async (program) => {
    for (const expression of [
      "(unknown_t)1",
      "(unknown_t *)message",
      "1 + (unknown_t)whole",
      "(unknown_t)'a'",
    ])
      assert.equal(
        await refusal(program.text(expression)),
        'No type "unknown_t" in this context.',
        expression,
      );
    assert.equal(await program.text("(whole) * (natural)"), "18446744073709551615");
    assert.equal(await program.text("(whole) - 1"), "-2");
  }));

test("a row that cannot be set says why", () =>
  withProgram("corners", "BP1", {}, async (program) => {
    const reasons = {
      "numbers->count + 1": "is a constant here, without a place to store a value in.",
      "*(int *)16": "cannot be changed, since it cannot be read: cannot read memory at 0x10.",
      main: "is of type int (void), which cannot be set.",
      "*(int (*)[2])message": "is an array: set its elements one by one.",
    };
    for (const [expression, reason] of Object.entries(reasons)) {
      const node = await program.node(expression);
      assert.equal(node.readOnly, true);
      assert.equal(node.readOnlyReason, reason, expression);
    }
    assert.equal((await program.node("whole")).readOnlyReason, undefined);
  }));
