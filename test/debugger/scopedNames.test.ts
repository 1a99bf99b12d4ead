/** What a name means in C++: what is nearest to where the program stands, from inside out. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { sourceOf } from "../helpers/compile";
import { withDebuggee, type LiveDebugger } from "./liveDebugger";

async function meanings(live: LiveDebugger, names: readonly string[]): Promise<Record<string, string>> {
  const all = names.map(async (name) => {
    const value = await live.value(name).catch((error: unknown) => (error as Error).message);
    return [name, value] as const;
  });
  return Object.fromEntries(await Promise.all(all));
}

/** By the marker where the program stands. */
const expected: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  BEFORE: {
    counter: "9",
    "lib::counter": "5",
    "deep::counter": "7",
    "lib::deep::counter": "7",
    "lib::nameless": "20",
    name: "1",
    same: "31",
    "lib::Shape::made": "3",
    "lib::Circle::made": "3",
    "Circle::made": "3",
    "b::counter": 'No symbol "b::counter" in this context.',
  },
  METHOD: {
    counter: "6",
    "::counter": "9",
    "deep::counter": "8",
    name: "6",
    "::name": "1",
    "this->name": "6",
    radius: "2",
    made: "4",
    by: "1",
    local: "13",
    "::radius": 'No symbol "::radius" in this context.',
    "::count": 'No symbol "::count" in this context.',
  },
  LAMBDA: { counter: "6", local: "13", twice: "2", radius: "2", name: "6", "::name": "1" },
  STATIC: { counter: "6", made: "4", name: "1", radius: 'No symbol "radius" in this context.' },
  DEEP: { counter: "8", "lib::counter": "6", "::counter": "9" },
};

for (const compiler of ["g++", "clang++"]) {
  const options = { compiler, with: ["scopesOther"], headers: [sourceOf("scopes.h")] };

  test(`a name means what is nearest, in a program of ${compiler}`, () =>
    withDebuggee("scopes", options, async (live, marks) => {
      live.breakAt(
        "scopes",
        Object.keys(expected).map((marker) => marks[marker] ?? 0),
      );
      await live.debugger.start();
      for (const [marker, values] of Object.entries(expected)) {
        if (marker === "BEFORE") await live.stop();
        else await live.continue();
        assert.equal(live.line(), marks[marker]);
        assert.deepEqual(await meanings(live, Object.keys(values)), values, marker);
        if (marker !== "LAMBDA") continue;
        assert.equal(live.frame().functionName, "lib::Circle::measure::{lambda}::operator()");
      }
    }));

  test(`a condition in a method is on its members, in a program of ${compiler}`, () =>
    withDebuggee("scopes", options, async (live, marks) => {
      const lines = [{ line: marks["METHOD"] ?? 0, condition: "name == 6 && radius == 2 && counter == 6" }];
      live.debugger.setSourceBreakpoints(sourceOf("scopes"), lines);
      await live.debugger.start();
      assert.equal((await live.stop()).reason, "breakpoint");
      assert.equal(live.line(), marks["METHOD"]);
    }));
}
