/** Operators of C++ classes in expressions, names in inline namespaces and with template arguments, members of bases. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { withDebuggee, type LiveDebugger } from "./liveDebugger";

const builds = {
  "g++": { compiler: "g++", flags: ["-std=c++17"] },
  "clang++": { compiler: "clang++", flags: ["-std=c++17", "-fstandalone-debug"] },
};

type Expected = Readonly<Record<string, string | RegExp>>;

const inInlineNamespace: Expected = {
  written: "1",
  "text::written": "1",
  "text::v9::written": "1",
  "::text::written": "1",
  "v9::written": "1",
  "style.width": "4",
  "sizeof(text::Style)": "4",
  "sizeof(text::v9::Style)": "4",
  "text::print(0)": "1",
};

const inMethod: Expected = {
  value: "2",
  "Base::value": "1",
  "Derived::value": "2",
  "this->Base::value": "1",
  "Base::kind()": "10",
  "this->Base::kind() + Base::value": "11",
  "this->Derived::value": "2",
  "this->Plain::number": "Derived is not Plain and has no such base class.",
};

const inMain: Expected = {
  "Box<int>::count":
    "There is no Box<int> in this program: write all template arguments, as the debug information has them.",
  "Box<int, 2>::count": "7",
  "::Box<double,3>::count": "7",
  "Box<int, 2>::twice(4)": "8",
  "Box<double, 3>::twice(1.5)": "3",
  "sizeof(Box<double, 3>)": "24",
  "((Box<int, 2> *)&intBox)->values[1]": "2",
  "((Box<int, 2>::Inner *)&inner)->first": "4",
  "largest<int>(3, 4)": "4",
  "largest<double>(3, 4.5)": "4.5",
  "sizeof(std::vector<int>)": "24",
  "(*(std::vector<int> *)&numbers)[2]": "3",
  "p.x < p.y && q.x > 0": "true",
  "factor < 3 > 0": "true",
  "p == q": "false",
  "p == p": "true",
  "p != q": "true",
  "p < q": "true",
  "pair == same": "true",
  "p + q": "{x = 4, y = 6}",
  "(p + q).y": "6",
  "3 * p": "{x = 3, y = 6}",
  "-p": "{x = -1, y = -2}",
  "p(10)": "30",
  "!zero": "true",
  "!p": "false",
  "p && !zero": "true",
  "zero || p": "true",
  "zero ? 1 : 2": "2",
  "row[2]": "7",
  "handle->cells[3]": "8",
  "(*handle)[0]": "5",
  "twice(21)": "42",
  "lambda(4)": "8",
  "local.thrice(4)": "12",
  "local + 4": "5",
  "derived.Base::value": "1",
  "derived.value": "2",
  "derived.Base::kind()": "10",
  "base->kind()": "22",
  "base->Base::kind()": "10",
  "sizeof(p + q)": "8",
  "plain == plain":
    "There is no operator == for Plain and Plain in this program; one that the program never uses is left out by the compiler.",
  'name == "Bob"': "true",
  'name == "Bo"': "false",
  '"Bob" == name': "true",
  'name != "Bob"': "false",
  "name == bob": "true",
  "name == view": "true",
  "name < longer": "true",
  'longer >= "b"': "false",
  'empty == ""': "true",
  "owner->x": "8",
  "(*owner).y": "9",
  "owner && !none": "true",
  "none == nullptr": "true",
  "owner != nullptr": "true",
  "some && !nothing": "true",
  "*some + 1": "6",
};

const iterators: Expected = {
  inList: "{x = 4, y = 5}",
  "*inVector": "2",
  "inVector[1]": "3",
  "inVector - numbers.begin()": "1",
  "inMap->first": '"Bob"',
  "(*inMap).second": "30",
  "inMap->second == 30": "true",
  "*inSet": "5",
  "*inRing": "9",
  "inList->y": "5",
  "inTable->second": "9",
  behindMap: "end",
  behindTable: "end",
  "*behindMap": "It has no value: it is end.",
};

/** What changes the program, in this order. */
const stores: Expected = {
  "p += q": "{x = 4, y = 6}",
  "++p": "{x = 5, y = 6}",
  "p++": "{x = 5, y = 6}",
  "p.x": "15",
  "row[1] = 60": "60",
  "row.cells[1]": "60",
  'name = "Al"': '"Al"',
  "name.size()": "2",
  "name = longer": '"a name that is longer than what fits in the object itself"',
  'longer = "short"': '"short"',
  "name == longer": "false",
  'name = "x"': '"x"',
  "name = view": '"Bob"',
  "name = 5": "A value of type int cannot be converted to std::string.",
  'ages["Bob"]': "30",
  'ages["Bob"] = 31': "31",
  'ages["Ann"]': "There is no element with that key.",
  "squares[3]": "9",
  "some = 9": "9",
  "q = p": "{x = 15, y = 6}",
  "numbers = numbers":
    /^A std::vector<int.* is copied by code of its own, which this program does not have for this\.$/,
};

async function holds(live: LiveDebugger, expected: Expected): Promise<void> {
  const found: Record<string, string> = {};
  for (const expression of Object.keys(expected))
    found[expression] = await live.value(expression).catch((error: unknown) => (error as Error).message);
  const wanted = Object.entries(expected).map(([expression, value]) => {
    const result = found[expression] ?? "";
    return [expression, typeof value !== "string" && value.test(result) ? result : value];
  });
  assert.deepEqual(found, Object.fromEntries(wanted));
}

for (const [compiler, options] of Object.entries(builds))
  test(`operators, names and bases, in a program of ${compiler}`, () =>
    withDebuggee("operators", options, async (live, marks) => {
      live.breakAt(
        "operators",
        ["INLINE", "METHOD", "MAIN"].map((mark) => marks[mark] ?? 0),
      );
      await live.debugger.start();
      await live.stop();
      await holds(live, inInlineNamespace);
      await live.continue();
      await holds(live, inMethod);
      await live.continue();
      live.breakAt("operators", []);
      await holds(live, inMain);
      await holds(live, iterators);
      await holds(live, stores);
      const hover = (expression: string) => live.debugger.evaluate(expression, live.frame(), "hover");
      assert.equal((await hover('name == "Bob"')).value, "true");
      await assert.rejects(hover("p + q"), /Hover calls no functions/);
    }));

for (const [compiler, options] of Object.entries(builds))
  test(`breakpoints on functions of inline namespaces and of templates, in a program of ${compiler}`, () =>
    withDebuggee("operators", options, async (live) => {
      const stopsIn: readonly (readonly [string, string])[] = [
        ["main", "main"],
        ["text::print", "text::v9::print"],
        ["text::detail::depth", "text::v9::detail::depth"],
        ["Box<int, 2>::twice", "Box<int, 2>::twice"],
        ["Box<double,3>::twice", "Box<double, 3>::twice"],
        ["largest<double>", "largest<double>"],
      ];
      for (const [name, found] of stopsIn) {
        const [state] = live.debugger.setFunctionBreakpoints([{ name }]);
        assert.equal(state?.verified, true, name);
        if (name === "main") await live.debugger.start();
        const stopped = name === "main" ? await live.stop() : await live.continue();
        assert.equal(stopped.reason, "function breakpoint", name);
        assert.equal(live.frame().functionName, found);
      }
    }));
