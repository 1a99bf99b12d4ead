/** Calls of the program's functions, and what happens when one does not come back. */
import assert from "node:assert/strict";
import path from "node:path";
import test from "node:test";
import { UserError } from "../../adapter/debugger/types";
import { memoryAddress } from "../../adapter/target/addresses";
import { compile } from "../helpers/compile";
import { withProgram } from "./valuesProgram";
import type { StoppedProgram } from "./valuesProgram";

const calls: Record<string, string> = {
  "add(2, 3)": "5",
  "add(whole, add(1, 1))": "-40",
  "function(10, 4)": "6",
  "table[0](7, 8)": "15",
  "(*function)(1, 2)": "-1",
  "half(real)": "0.05",
  "half(7)": "3.5",
  "thrice(1.5)": "4.5",
  "precise(1)": "0.33333333333333333334",
  "is_even(4)": "true",
  "is_even(whole + 1)": "false",
  "upper('q')": "81 'Q'",
  "wrap(255)": "0 '\\000'",
  "next_color(RED)": "GREEN",
  "next_color(color)": "BLUE",
  'length_of("some text")': "9",
  "length_of(pointer)": "8",
  "make_point(3, 4)": "{x = 3, y = 4}",
  "make_point(3, 4).y": "4",
  "make_two(1.5, 7)": "{first = 1.5, second = 7}",
  "make_floats(1)": "{x = 1, y = 2, z = 3}",
  "make_big(10)": "{words = {10, 11, 12, 13, 14}}",
  "make_big(10).words[4] + 1": "15",
  "sum_point(here)": "7",
  "sum_point(make_point(20, 30))": "50",
  "sum_two(make_two(0.5, 2), 3)": "5.5",
  "sum_big(make_big(5))": "14",
  "many(1, 2, 3, 'd', 5, 6, 7, 8, 9.75)": "8826",
  "(bump(&whole), whole)": "-41",
  "bump(&whole)": "void",
  "(unsigned long)strlen(pointer)": "8",
  '((unsigned long (*)(const char *))strlen)("four")': "4",
  "strlen(pointer) + 1": "9",
  'strcmp(pointer, "no such text") != 0': "1",
  "strchr(pointer, pointer[1]) - pointer": "1",
  'memcmp("abcd", "abce", 3)': "0",
  "getpid() > 1": "1",
  "sizeof(strlen(pointer))": "8",
};

const settings = [
  { title: "gcc", options: {}, library: { "(int)abs(-5)": "5", "(int)getpid() > 1": "1" } },
  { title: "clang", options: { compiler: "clang" }, library: { "(int)abs(-5)": "5" } },
  {
    title: "gcc static",
    options: { variant: "static" as const, flags: ["-lm", "-u", "sqrt"] },
    library: { "((double (*)(double))sqrt)(2.25)": "1.5" },
  },
];

for (const { title, options, library } of settings)
  test(`${title}: functions are called with arguments and results of every kind`, () =>
    withProgram("values", "BP1", options, async (program) => {
      const before = program.target.registers(1).list();
      for (const [expression, expected] of Object.entries({ ...calls, ...library }))
        assert.equal(await program.text(expression), expected, expression);
      assert.deepEqual(program.target.registers(1).list(), before);
      assert.equal(await program.text("whole"), "-40");
    }));

async function refused(program: StoppedProgram, expression: string, sentence: RegExp): Promise<void> {
  await assert.rejects(program.text(expression), (error: Error) => {
    assert.ok(error instanceof UserError, String(error));
    assert.match(error.message, sentence);
    return true;
  });
}

test("a call that crashes is undone, its signal does not reach the program, and the session goes on", () =>
  withProgram("values", "BP1", {}, async (program) => {
    const before = program.target.registers(1).list();
    await refused(program, "crash(3)", /got SIGSEGV .* at crash; the thread was put back/);
    assert.deepEqual(program.target.registers(1).list(), before);
    assert.equal(await program.text("add(1, 1)"), "2");
    assert.equal((await program.runTo("END")).kind, "breakpoint");
  }));

test("a call that meets a breakpoint is undone", () =>
  withProgram("values", "BP1", {}, async (program) => {
    const [inside] = program.addressesOf("INSIDE");
    assert.ok(inside !== undefined);
    const token = program.execution.insertBreakpoint(memoryAddress(inside));
    await refused(program, "stop_here(1)", /stopped at a breakpoint at stop_here/);
    program.execution.removeBreakpoint(token);
    assert.equal(await program.text("stop_here(1)"), "2");
    assert.equal((await program.runTo("END")).kind, "breakpoint");
  }));

test("a call that ends the program says so", () =>
  withProgram("values", "BP1", {}, async (program) => {
    await refused(program, "leave(3)", /ended the program with exit code 3/);
  }));

test("wrong calls are refused before anything runs", () =>
  withProgram("values", "BP1", {}, async (program) => {
    await refused(program, "add(1)", /add takes 2 arguments, but 1 is given/);
    await refused(program, "add(1, 2, 3)", /add takes 2 arguments, but 3 are given/);
    await refused(program, "whole(1)", /int is no function/);
    await refused(program, "add(here, 1)", /struct point cannot be converted to int/);
    await refused(program, "missing(1)", /No symbol "missing"/);
  }));

test("a call works while the thread is inside a blocking system call, which goes on afterwards", () =>
  withProgram("asleep", "BP1", {}, async (program) => {
    const running = program.execution.resume({ mode: "run", others: "run" });
    await new Promise((resolve) => setTimeout(resolve, 200));
    program.execution.interrupt();
    const stop = await running;
    assert.equal(stop.kind, "interrupted");
    program.stopped();
    assert.equal(await program.text("(int)abs(-12)"), "12");
    const after = program.execution.resume({ mode: "run", others: "run" });
    await new Promise((resolve) => setTimeout(resolve, 100));
    assert.ok(program.execution.running, "the system call was cut short");
    program.execution.interrupt();
    assert.equal((await after).kind, "interrupted");
  }));

test("a call works in a restarted checkpoint", () =>
  withProgram("values", "BP1", {}, async (program) => {
    const { checkpointer } = program.target;
    assert.ok(checkpointer);
    const frozen = await checkpointer.create();
    assert.equal(await program.text("global_counter = add(1, 2)"), "3");
    await checkpointer.restore(frozen.token, false);
    program.stopped();
    assert.equal(await program.text("global_counter"), "42");
    assert.equal(await program.text("add(global_counter, 1)"), "43");
    assert.equal(await program.text('length_of("placed")'), "6");
  }));

/** Functions without debug information, called by what they are declared as. */
const castCalls: Record<string, string> = {
  "(const char *)find_letter(greeting, 'o') == greeting + 1": "1",
  "(char *)(strchr(greeting, ' ')) + 1 == greeting + 5": "1",
  "*(char *)find_letter(greeting, 'd')": "100 'd'",
  "(double)twice(2.25) + 1": "5.5",
  "(double)twice(0.5f)": "1",
  "(float)third_float()": "0.33333334",
  "(long double)third_long_double()": "0.33333333333333333334",
  "(long)far_away(1)": "4294967297",
  "(_Bool)is_odd(3)": "true",
  "(unsigned char)low_byte(0x158)": "88 'X'",
  "(void)do_nothing()": "void",
  "(struct point)pair_of(7, -2)": "{x = 7, y = -2}",
  "((struct big)words_from(3)).words[4]": "7",
  '(double)mixed(1, 2.5, 3, single * 0 + 4, "12345")': "15.5",
  "sizeof((long)far_away(1))": "8",
};

const uncastCalls: Record<string, string> = {
  "find_letter(greeting, 'o')": "find_letter",
  "(*far_away)(1)": "far_away",
  "(&far_away)(1)": "far_away",
  "1 + far_away(1)": "far_away",
  "(int)(twice(1.0) + 1)": "twice",
  "sizeof(twice(1.0))": "twice",
};

/** The `values` program with a library that has no debug information. */
function withLibrary(body: (program: StoppedProgram) => Promise<void>): Promise<void> {
  const output = "libundescribed.so";
  const library = compile("undescribed", { variant: "noDebugInfo", flags: ["-shared", "-fPIC"], output });
  const flags = ["-Wl,--no-as-needed", library, `-Wl,-rpath,${path.dirname(library)}`];
  return withProgram("values", "BP1", { flags }, body);
}

test("a function without debug information is called by the type that its call is cast to", () =>
  withLibrary(async (program) => {
    for (const [expression, expected] of Object.entries(castCalls))
      assert.equal(await program.text(expression), expected, expression);
    assert.equal(await program.text("(double)add(1, 2)"), "3");
  }));

test("a function without debug information is called by no type that nobody stated", () =>
  withLibrary(async (program) => {
    for (const [expression, name] of Object.entries(uncastCalls))
      await assert.rejects(program.text(expression), (error: unknown) => {
        assert.ok(error instanceof UserError, expression);
        const sentence = `The return type of ${name} is not known (it has no debug information): cast the call to it, such as (long)${name}(...) or (char *)${name}(...).`;
        assert.equal(error.message, sentence);
        return true;
      });
    await refused(program, "(int[2])far_away(1)", /No function returns int \[2\]/);
  }));

const misfits: Record<string, string> = {
  'is_even("x")': "A value of type char * is no int: write (int) before it if its address is meant.",
  "add(1, pointer)": "A value of type const char * is no int: write (int) before it if its address is meant.",
  "half(pointer)": "A value of type const char * cannot be converted to double.",
  "length_of(5)":
    "5 is no address that a const char * could hold: write (const char *) before it if it is meant all the same.",
  "strlen(whole)":
    "-42 is no address that a char * could hold: write (char *) before it if it is meant all the same.",
  "length_of(1.5)": "A value of type double cannot be converted to const char *.",
};

test("a pointer is no number, nor a number of its own accord, as in C", () =>
  withProgram("values", "BP1", {}, async (program) => {
    for (const [expression, sentence] of Object.entries(misfits))
      await assert.rejects(program.text(expression), (error: unknown) => {
        assert.ok(error instanceof UserError);
        assert.equal(error.message, sentence);
        return true;
      });
    assert.equal(await program.text("is_even((long)pointer & 0)"), "true");
  }));
