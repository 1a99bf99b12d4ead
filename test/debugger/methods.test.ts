/** Methods of C++ classes in expressions: of the object's own class, inherited, overloaded, static, and those that only look. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { withDebuggee, type LiveDebugger } from "./liveDebugger";

const builds = {
  "g++": { compiler: "g++" },
  "clang++": { compiler: "clang++", flags: ["-fstandalone-debug"] },
};

type Expected = Readonly<Record<string, string | RegExp>>;

const inside: Expected = {
  "kind()": "3",
  "over(1)": "101",
  "over(2.5)": "202",
  "over(2, 3)": "6",
  "plain(5)": "35",
  "both()": "20",
  "count()": "42",
  "d + kind()": "33",
  "this->kind()": "3",
  "Base::count()": "42",
};

const here: Expected = {
  "derived.kind()": "3",
  "base->kind()": "3",
  "base->plain(5)": "15",
  "derived.plain(5)": "35",
  "other.other()": "34",
  "other.both()": "20",
  "derived.both()": "20",
  "derived.over(7)": "107",
  "derived.over(7.5)": "207",
  "derived.over(7, 8)": "56",
  "derived.over()": "No Derived::over takes 0 arguments.",
  "derived.half(5)": "2.5",
  "derived.small()": "{value = 30}",
  "derived.text()": '"from a method"',
  "derived.count()": "42",
  "(*base).kind()": "3",
  "owner->kind()": "3",
  "box.get()": "5",
  "make(4)": "{value = 4}",
  "take(small)": /^A Small is passed as a copy that only the program's own code can make: /,
  "takePlain(simple)": "7",
  "*own(5)": "5",
  "numbers.size()": "3",
  "numbers.size() == 3": "true",
  "numbers.front() + numbers.back()": "4",
  "none.empty()": "true",
  "none.back()": "There is no back: it has 0 elements.",
  "word.length()": "4",
  "word.c_str()": /^0x[0-9a-f]+ "word"$/,
  "owner.get()->d": "30",
  "sizeof(derived.half(1))": "8",
  "derived.nope()":
    'Derived has no member or method named "nope" in this program; a method that the program never calls is left out by the compiler.',
};

async function holds(live: LiveDebugger, expected: Expected): Promise<void> {
  for (const [expression, value] of Object.entries(expected)) {
    const found = await live.value(expression).catch((error: unknown) => (error as Error).message);
    if (typeof value === "string") assert.equal(found, value, expression);
    else assert.match(found, value, expression);
  }
}

for (const [compiler, options] of Object.entries(builds))
  test(`methods are called, in a program of ${compiler}`, () =>
    withDebuggee("methods", options, async (live, marks) => {
      live.breakAt("methods", [marks["INSIDE"] ?? 0, marks["HERE"] ?? 0]);
      await live.debugger.start();
      await live.stop();
      await holds(live, inside);
      await live.continue();
      await holds(live, here);
      assert.equal(await live.value("derived.set(31)"), "void");
      assert.equal(await live.value("derived.d"), "31");
      const hover = (expression: string) => live.debugger.evaluate(expression, live.frame(), "hover");
      assert.equal((await hover("numbers.size()")).value, "3");
      await assert.rejects(hover("derived.kind()"), /^.*Hover calls no functions/);
    }));
