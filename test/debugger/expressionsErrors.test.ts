/** What cannot be evaluated is said in one sentence, and what must not change the program does not. */
import assert from "node:assert/strict";
import test from "node:test";
import { completions } from "../../adapter/debugger/expressions/completions";
import { evaluate, evaluateCondition } from "../../adapter/debugger/expressions/expressions";
import { UserError } from "../../adapter/debugger/types";
import { withProgram } from "./valuesProgram";

const errors: [expression: string, sentence: string][] = [
  ["missing", 'No symbol "missing" in this context.'],
  ["", "The expression is empty."],
  ["whole +", 'In "whole +", an operand is expected where the expression ends.'],
  ["whole whole", 'In "whole whole", an operator is expected where "whole" stands.'],
  ["(whole", 'In "(whole", ")" is expected where the expression ends.'],
  ["whole ^^ 3", 'In "whole ^^ 3", an operand is expected where "^" stands.'],
  ["whole # 3", '"#" has no meaning in a C expression.'],
  ["0x", '"0x" is no number.'],
  ["12abc", '"12abc" is no number.'],
  ["09", '"09" is no octal number.'],
  ["'ab'", "'ab' holds more than one character."],
  ['"abc', 'The literal "abc has no closing ".'],
  ["*whole", "Cannot dereference an int."],
  ["*nothing", "Cannot dereference a void *; cast it to another pointer first."],
  ["here.z", 'There is no member named "z" in struct point.'],
  ["whole.x", "A value of type int has no members."],
  ["whole[1]", "A value of type int has no elements."],
  ["mystery->x", "The members of struct opaque are not known: it is incomplete."],
  ["sizeof(*mystery)", "The size of struct opaque is not known."],
  ["sizeof(struct missing)", 'No struct "missing" in this context.'],
  ["(struct missing *)0", 'No struct "missing" in this context.'],
  ["here + 1", "The operator + cannot be applied to struct point and int."],
  ["~real", "The operator ~ cannot be applied to double."],
  ["real % 2", "The operator % cannot be applied to double and int."],
  ["pointer + pointer", "The operator + cannot be applied to const char * and const char *."],
  ["whole / 0", "Division by zero."],
  ["whole % (1 - 1)", "Division by zero."],
  ["1 << 32", "A shift by 32 bits is not defined for int."],
  ["1 = 2", "The left side is not a place that a value can be stored in."],
  ["numbers = 0", "A value of type int [300] cannot be assigned."],
  ["&1", "The value has no address."],
  ["&bits.mode", "A bit-field has no address."],
  ["&$rax", "The value lives in a register and has no address."],
  ["$nothing", "There is no register $nothing here."],
  ["wild[0] + 1", "Cannot read memory at 0x10."],
  ["(int)here", "A value of type struct point cannot be cast to int."],
  ["whole@3@", 'In "whole@3@", an operand is expected where the expression ends.'],
  ["1@3", "Only an object in memory can stand before @."],
  [
    "99999999999999999999999999999999999999999",
    "The number 99999999999999999999999999999999999999999 is too large for any integer type.",
  ],
  [`${"(".repeat(2000)}1${")".repeat(2000)}`, "The expression is nested too deeply."],
];

test("each mistake has its sentence", () =>
  withProgram("values", "BP1", {}, async (program) => {
    for (const [expression, sentence] of errors) {
      const mistake = await program.text(expression).then(
        (text) => `${expression} gave ${text}`,
        (error: Error) => {
          assert.ok(error instanceof UserError, `${expression}: ${error.stack}`);
          return error.message;
        },
      );
      assert.equal(mistake, sentence);
    }
    assert.equal(await program.text("whole"), "-42");
  }));

test("hover changes nothing and calls nothing; conditions may call", () =>
  withProgram("values", "BP1", {}, async (program) => {
    const context = program.context();
    for (const expression of [
      "whole = 1",
      "whole++",
      "--whole",
      "whole += 2",
      "add(1, 2)",
      "bump(&whole)",
      "1 || whole = 2",
    ])
      await assert.rejects(evaluate(expression, context, { sideEffects: false }), UserError, expression);
    assert.equal(await program.text("whole"), "-42");
    assert.equal((await evaluate("sizeof(whole++)", context, { sideEffects: false })).value, "4");
    assert.equal((await evaluate("sizeof(add(1, 2))", context, { sideEffects: false })).value, "4");
    assert.equal(await program.text("whole"), "-42");
    await assert.rejects(evaluateCondition("whole = 1", context), UserError);
    assert.equal(await evaluateCondition("add(1, 2) == 3", context), true);
    assert.equal(await evaluateCondition("whole < 0 && head.next", context), true);
    assert.equal(await evaluateCondition("none_text", context), false);
    assert.equal(await evaluateCondition("none_text && *none_text", context), false);
  }));

test("assignments and increments of every kind of place", () =>
  withProgram("values", "BP1", {}, async (program) => {
    const steps: [expression: string, result: string][] = [
      ["whole = 7", "7"],
      ["whole += 3", "10"],
      ["whole++", "10"],
      ["whole", "11"],
      ["--whole", "10"],
      ["whole <<= 2", "40"],
      ["byte = 300", "44 ','"],
      ["real *= 2.5", "0.25"],
      ["single = 1 / 3.0", "0.33333334"],
      ["pointer_to_int = &numbers[2]", "STACK"],
      ["*pointer_to_int++", "4"],
      ["*pointer_to_int", "9"],
      ["pointer_to_int += 2, *pointer_to_int", "25"],
      ["bits.mode = 9", "1"],
      ["bits.level -= 20", "5"],
      ["color = BLUE", "BLUE"],
      ["here = points[2]", "{x = 5, y = 6}"],
      ["points[0].x = here.y = 77", "77"],
      ["matrix[1][1] = matrix[0][2] * 2", "6"],
      ["extended = 1", "1"],
      ["u.real = 1.5f, u.integer,x", "0x3fc00000"],
      ["$rax = 5, $eax + 1", "6"],
      ["whole ? pointer : 0", 'CODE "a string"'],
      ["yes = 5", "true"],
    ];
    for (const [expression, result] of steps) {
      const text = await program.text(expression);
      assert.equal(text.replace(/^0x7ff\w+/, "STACK").replace(/^0x5555\w+/, "CODE"), result, expression);
    }
  }));

test("completions: variables, members behind . and ->, functions, registers", () =>
  withProgram("values", "BP1", {}, async (program) => {
    const context = program.context();
    const labels = async (text: string, column = text.length): Promise<string[]> =>
      (await completions(context, text, column)).map(({ label }) => label);
    assert.deepEqual(await labels("head.next->in"), ["inner_a"]);
    assert.deepEqual(await labels("1 + head."), [
      "name",
      "next",
      "inner_a",
      "as_int",
      "as_char",
      "weights",
      "visit",
    ]);
    assert.deepEqual(await labels("points[(1 + 1)].", 16), ["x", "y"]);
    assert.deepEqual(await labels("((struct list *)&tail)->we"), ["weights"]);
    assert.deepEqual(await labels("pointer_to_"), ["pointer_to_int", "pointer_to_pointer"]);
    assert.ok((await labels("make_")).includes("make_point"));
    assert.ok((await labels("add(global_c")).includes("global_counter"));
    assert.deepEqual(await labels("$ri"), ["$rip"]);
    assert.ok((await labels("")).includes("whole"));
    assert.deepEqual(await labels("whole."), []);
    assert.deepEqual(await labels("missing->"), []);
    assert.deepEqual(await labels("3."), []);
    const [found] = await completions(context, "1 + who + 2", 7);
    assert.deepEqual([found?.label, found?.start, found?.length], ["whole", 4, 3]);
  }));
