/** Names for namespaces, templates called without their arguments, conversions, operators of enumerations, truths. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { withDebuggee } from "./liveDebugger";

const inMain: Readonly<Record<string, string>> = {
  "flat::dimension": "2",
  "::flat::dimension": "2",
  "local::dimension": "2",
  "local::twice(4)": "8",
  "*(local::Point *)&point": "{x = 3, y = 4}",
  "sizeof(flat::Point)": "8",
  "local::Turn::right": "right",
  "maps::inside::plane::dimension": "2",
  "(anonymous namespace)::hidden": "77",
  "scaled(point, 4)": "12",
  "scaled(point, 1.5)": "4.5",
  "geometry::scaled(point, 2)": "6",
  "scaled<int>(point, 2)": "6",
  "shown(6)": "-6",
  "shown(point)": "8",
  "sum(numbers)": "6",
  "sum(reals)": "4",
  "(unsigned)meters": "7",
  "meters + 1": "8",
  "meters == 7": "true",
  "(double)money": "2.5",
  "money + 1": "3.5",
  "!money": "false",
  "(std::string)money": '"money"',
  '(std::string)money == "money"': "true",
  "(int)both": "1",
  "(double)both": "2.5",
  "flags | Flags::write": "read | write",
  "flags & Flags::read": "1",
  "flags == Flags::read": "true",
  "plain | 2": "3",
  "-level": "5",
  "++level": "high",
  "level == Level::high": "true",
  "!yes": "false",
  "yes || plain": "true",
  "plain < 2 && yes": "true",
  "(plain == one) + 1": "2",
  "sizeof(plain == one)": "1",
  "plain == one ? 7 : 8": "7",
};

const refused: Readonly<Record<string, RegExp>> = {
  "nowhere::dimension": /^No symbol "nowhere::dimension" in this context\.$/,
  "inside::plane::dimension": /^No symbol "inside::plane::dimension" in this context\.$/,
  "sum(1)": /^There is no sum\(int\) in this program; /,
  "scaled(point)": /^No scaled takes 1 argument\.$/,
  "both + 1": /^There is no operator \+ for Both and int in this program; /,
  "(long)point": /^A value of type .*Point cannot be cast to long\.$/,
  "(char)both": /^A value of type Both cannot be cast to char\.$/,
};

for (const compiler of ["g++", "clang++"])
  test(`names for namespaces, templates, conversions and enumerations, in a program of ${compiler}`, () =>
    withDebuggee("otherNames", { compiler, flags: ["-std=c++17"] }, async (live, marks) => {
      live.breakAt(
        "otherNames",
        ["IN_MAPS", "MAIN"].map((mark) => marks[mark] ?? 0),
      );
      await live.debugger.start();
      await live.stop();
      assert.equal(await live.value("inside::plane::dimension"), "2");
      assert.equal(await live.value("inside::shown(2)"), "-2");
      await assert.rejects(live.value("local::dimension"), /No symbol/);
      await live.continue();
      for (const [expression, value] of Object.entries(inMain))
        assert.equal(await live.value(expression), value, expression);
      for (const [expression, sentence] of Object.entries(refused))
        await assert.rejects(live.value(expression), { message: sentence }, expression);
      const hovered = live.debugger.evaluate("flags | Flags::write", live.frame(), "hover");
      await assert.rejects(hovered, /Hover calls no functions/);
    }));

for (const [compiler, pack] of [
  ["g++", "pack"],
  ["clang++", "args"],
] as const)
  test(`each parameter of a variadic template is shown and has a name, in a program of ${compiler}`, () =>
    withDebuggee("otherNames", { compiler, flags: ["-std=c++17"] }, async (live, marks) => {
      live.breakAt("otherNames", [marks["PACK"] ?? 0]);
      await live.debugger.start();
      await live.stop();
      assert.equal(await live.value(`${pack}#0`), "1");
      assert.equal(await live.value(`${pack}#1 * 2`), "5");
      await assert.rejects(live.value(`${pack}#2`), /No symbol/);
      live.breakAt("otherNames", []);
      assert.equal(await live.value('counted("")'), "0");
    }));

test("what compares and joins is an int in C", () =>
  withDebuggee("values", {}, async (live, marks) => {
    live.breakAt("values", [Object.values(marks)[0] ?? 0]);
    await live.debugger.start();
    await live.stop();
    for (const expression of ["1 == 1", "1 && 2", "!0"]) assert.equal(await live.value(expression), "1");
    assert.equal(await live.value("sizeof(1 == 1)"), "4");
  }));
