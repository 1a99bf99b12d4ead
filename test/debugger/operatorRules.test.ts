/** Which of several operators, methods and members of a name an expression means: what C++ means, or a sentence, never another one. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { withDebuggee } from "./liveDebugger";

const other = { flags: ["-std=c++17"], with: ["operatorRulesOther"] };
const builds = {
  "g++": { ...other, compiler: "g++" },
  "clang++": { ...other, compiler: "clang++", flags: ["-std=c++17", "-fstandalone-debug"] },
};

const none = (operator: string, left: string, right: string): string =>
  `There is no operator ${operator} for ${left} and ${right} in this program; one that the program never uses is left out by the compiler.`;

const expected: Readonly<Record<string, string>> = {
  "a == b": "true",
  "a == c": "false",
  "a * 2": none("*", "(anonymous namespace)::Own", "int"),
  "s + t": "3",
  "p + q": "7",
  "p - q": none("-", "north::Place", "north::Place"),
  "gp + gp": "2",
  "fp + fp": none("+", "far::Point", "far::Point"),
  "gp + fp": none("+", "Point", "far::Point"),
  "m * 1": "101",
  "m * 2.0": "202",
  'm * "x"': "300",
  "m == n": "true",
  "pm == n": none("==", "Method *", "Method"),
  "&one == n": none("==", "int *", "Method"),
  "*pm == n": "true",
  "first + second": "2",
  "first - second": none("-", "Taken", "Taken"),
  "first.p == &one": "true",
  "~changing": "1",
  "~fixed": "2",
  "outer.get<int>()": "1",
  "inner.get<int>()": "2",
  "inner.get<int> ()": "2",
  "inner.Outer::get<int>()": "1",
  "both.Left::value": "11",
  "both.value":
    'Several base classes of Both have a member "value": write the class before it, as in object.Base::value.',
  "both.f()": "f is of several base classes of Both: write the class before it, as in object.Base::f().",
  "both.Base::value":
    "Both has the base class Base more than once: write the one before it that has it, too.",
  'chosen("x")': "3",
  "chosen(&one)": "9",
  "chosen(true)": "4",
  "chosen(2ul)": "12",
  "sizeof(chosen.at(0))": "4",
  "sizeof(arrow->v)": "4",
  "arrow->v": "1",
  "pm->v < arrow->v": "false",
  "pm->v < arrow->v || pm->v > 0": "true",
  "(kept.id < more.id) & (more.id > pm->v)": "1",
  "doubled == plain": "true",
  "(doubled == plain) + 1": "2",
  "inWide->second": "2.5",
  "sizeof(std::tuple<int, double>)": "16",
  "sizeof(std::tuple<int>)":
    "There is no std::tuple<int> in this program: write all template arguments, as the debug information has them.",
  "(s + t) + (s + t)": "6",
  "left = right": "{v = 102}",
  "kept = more":
    "A Kept is copied by code of its own, which this program does not have for this: set its members one by one.",
  "holder = others":
    "A Holder is copied by code of its own, which this program does not have for this: set its members one by one.",
  "made(3).absorb(made(3))": "3",
  "promoted(small)": "1",
  "promoted(2u)": "3",
  'pooled = "short"': '"short"',
  'pooled = "a text that is longer than fifteen characters"':
    "The text has 45 bytes, and there is room for 15.",
  "five = six": "6",
  "five = 7": "7",
  'doubled = "c"': "A value of type char [2] cannot be converted to std::filesystem::__cxx11::path.",
};

for (const [compiler, options] of Object.entries(builds))
  test(`an operator, method or member is the one that C++ means, in a program of ${compiler}`, () =>
    withDebuggee("operatorRules", options, async (live, marks) => {
      live.breakAt("operatorRules", [marks["METHOD"] ?? 0, marks["MAIN"] ?? 0]);
      await live.debugger.start();
      await live.stop();
      assert.deepEqual(await live.answers(["Base::value", "this->Base::value", "misleading::Base::value"]), {
        "Base::value": "11",
        "this->Base::value": "11",
        "misleading::Base::value": "999",
      });
      await live.continue();
      assert.deepEqual(await live.answers(Object.keys(expected)), expected);
      const byTraits = await live.answers(['text == "HELLO"']);
      assert.match(byTraits['text == "HELLO"'] ?? "", /^(?:true|There is no operator ==)/);
    }));
