/** Methods in expressions: which of several is called, by the object's own class and by what they take it as. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { withDebuggee, type LiveDebugger } from "./liveDebugger";

const builds = {
  "g++": { compiler: "g++", flags: ["-std=c++17"] },
  "clang++": { compiler: "clang++", flags: ["-std=c++17"] },
};

const called: Readonly<Record<string, string>> = {
  "first->area()": "9",
  "first->sides()": "4",
  "second->area()": "9",
  "second->sides()": "44",
  "third->sides()": "7",
  "middle->sides()": "44",
  "one->get()": "1",
  "two->get()": "2",
  "two->take(1)": "1",
  "both.take(1.5)": "101",
  "left->deep()": "28",
  "shared->deep()": "28",
  "bottom.deep()": "28",
  "maker->make() == &own.both": "true",
  "maker->make()->get()": "2",
  "own.make()->take(3)": "103",
  "kinds.get()": "2",
  "fixed.get()": "1",
  "(&fixed)->get()": "1",
  "kinds.name()": "3",
  "nothing->sides()": "sides cannot be called: the pointer is null, so there is no object.",
  "nothing->area()": "area cannot be called: the pointer is null, so there is no object.",
  "nobody->run()": "run cannot be called: the pointer is null, so there is no object.",
  "sizeof(nothing->area())": "4",
};

async function answer(live: LiveDebugger, expression: string): Promise<string> {
  return live.value(expression).catch((error: unknown) => (error as Error).message);
}

for (const [compiler, options] of Object.entries(builds)) {
  test(`the method of the object's own class is called, in a program of ${compiler}`, () =>
    withDebuggee("virtualMethods", options, async (live, marks) => {
      live.breakAt("virtualMethods", [marks["HERE"] ?? 0]);
      await live.debugger.start();
      await live.stop();
      for (const [expression, value] of Object.entries(called))
        assert.equal(await answer(live, expression), value, expression);
      await live.value("*(long *)&plain = 16");
      assert.equal(
        await answer(live, "first->area()"),
        "The object has no table of the virtual functions of Shape: it is not constructed yet, or damaged.",
      );
    }));

  test(`a lambda's object is what it has captured, in a program of ${compiler}`, () =>
    withDebuggee("virtualMethods", options, async (live, marks) => {
      // GCC does not say where a copy of the object is.
      const places = compiler === "g++" ? ["POINTING"] : ["POINTING", "COPIED"];
      live.breakAt(
        "virtualMethods",
        places.map((place) => marks[place] ?? 0),
      );
      await live.debugger.start();
      for (const place of places) {
        assert.equal((await live.stop()).reason, "breakpoint", place);
        assert.equal(await answer(live, "held"), "70", place);
        assert.equal(await answer(live, "::held"), "1", place);
        assert.equal(await answer(live, "get()"), "70", place);
        assert.equal(await answer(live, "Catcher::get()"), "70", place);
        live.debugger.continue(live.debugger.threads()[0]?.id ?? 1);
      }
    }));

  test(`arguments of a function are evaluated once inside of a method, in a program of ${compiler}`, () =>
    withDebuggee("virtualMethods", options, async (live, marks) => {
      live.breakAt("virtualMethods", [marks["INSIDE"] ?? 0]);
      await live.debugger.start();
      await live.stop();
      assert.equal(await live.value("square(n++)"), "9");
      assert.equal(await live.value("n"), "4");
    }));
}
