/** Calls and operators of C++ where what is meant is declared by more than names and types: `using`, references, `&`, `&&` and `,`. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { expectCondition, withDebuggee } from "./liveDebugger";

const byDefault = "What a parameter is by default is not in the debug information: write it.";

const everywhere: Readonly<Record<string, string>> = {
  'derived.f("x")': "120",
  "derived.Base::both(2)": "12",
  "third.f(&base)": "3",
  "byReference(base)": "3",
  "byReference(derived)": "3",
  "byReference(other)": "A value of type Other is no Base.",
  "byPointer(&third)": "3",
  "byPointer(&other)": "A Other * is no Base *: write (Base *) before it if it is meant all the same.",
  "byPointer((Base *)&other.value - 0) != 0": "true",
  'byPointer("x")': "A char * is no Base *: write (Base *) before it if it is meant all the same.",
  "increase(narrow)": "8",
  "increase(letter)": "A value of type unsigned char is no int.",
  "ofLong(narrow)": "9",
  "sumOf(&real)": "2",
  "sumOf(&narrow)":
    "A int * is no const double *: write (const double *) before it if it is meant all the same.",
  "defaults(1)": `defaults takes 3 arguments, but 1 is given. Missing: int b, const char *c. ${byDefault}`,
  'defaults(1, 2, "a")': "100",
  "scaled.scale(2)": `Scaled::scale takes 2 arguments, but 1 is given. Missing: int factor. ${byDefault}`,
  "over(1, 2)": `over takes 3 arguments, but 2 are given. Missing: int c. ${byDefault}`,
  "over()": "No over takes 0 arguments.",
  "*&one": "101",
  "((Address *)&one)->x": "101",
  "one && two": "true",
  "two && one": "false",
  "one || two": "false",
  "one, two": "101001",
  "&free": "5006",
  "free && 3": "true",
  "free && 6": "false",
  "free || 3": "false",
  "free, 3": "18",
  "none && some": "true",
  "some && none": "false",
  "zero && asBase->v(1) > 0": "false",
  "sizeof(*&one)": "4",
};

/** What clang does not say: which methods of its bases a class has by `using`. */
const byUsing: Readonly<Record<string, string>> = {
  "derived.f(1)": "2",
  "derived.both(1)": "1001",
  "derived.both(2.5)": "2002",
  "derived.s(2)": "10",
  'derived.s("s")': "116",
  "derived.v(1)": "21",
  "third.f(3)": "4",
  'third.f("z")': "122",
  "third.Derived::v(2)": "22",
};

const builds = { "g++": { ...everywhere, ...byUsing }, "clang++": everywhere };

for (const [compiler, expected] of Object.entries(builds))
  test(`methods by using, references, default arguments and operators of objects, in a program of ${compiler}`, () =>
    withDebuggee("memberRules", { compiler }, async (live, marks) => {
      live.breakAt("memberRules", [marks["BP"] ?? 0]);
      await live.debugger.start();
      await live.stop();
      assert.deepEqual(await live.answers(Object.keys(expected)), expected);
    }));

test("a condition calls a program's own && and &", () =>
  expectCondition("memberRules", "BP", "one && two && *&one == 101 && (none && some)", { compiler: "g++" }));
