/** Static members of C++ classes: by the class, in a method, and by an object. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { expectCondition, withDebuggee } from "./liveDebugger";

const inMain: Readonly<Record<string, string>> = {
  "lib::Limits::most": "10",
  "lib::Limits::ratio": "1.5",
  "lib::Limits::letter": "120 'x'",
  "lib::Limits::least": "-5",
  "lib::Derived::most": "10",
  "limits.most * 2": "20",
  "pointer->ratio": "1.5",
  "limits.made": "7",
  "pointer->made": "7",
  "derived.made": "7",
  "derived.made = 9": "9",
  "lib::Limits::made": "9",
  "limits.own": "2",
  "derived.nothing": 'There is no member named "nothing" in lib::Derived.',
};

const inMethod: Readonly<Record<string, string>> = { most: "10", ratio: "1.5", "this->least": "-5" };

const builds = [
  ["g++", "-gdwarf-4"],
  ["g++", "-gdwarf-5"],
  ["clang++", "-gdwarf-4"],
  ["clang++", "-gdwarf-5"],
] as const;

for (const [compiler, format] of builds)
  test(`static members are known, in a program of ${compiler} ${format}`, () =>
    withDebuggee("staticMembers", { compiler, flags: [format] }, async (live, marks) => {
      live.breakAt("staticMembers", [marks["METHOD"] ?? 0, marks["MAIN"] ?? 0]);
      await live.debugger.start();
      await live.stop();
      assert.deepEqual(await live.answers(Object.keys(inMethod)), inMethod);
      await live.continue();
      assert.deepEqual(await live.answers(Object.keys(inMain)), inMain);
    }));

test("a condition may ask an object for a static member", () =>
  expectCondition("staticMembers", "MAIN", "limits.most == 10 && pointer->made == 7", { compiler: "g++" }));
