/** A class that is declared only is none of another namespace or class that has its name. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { withDebuggee } from "./liveDebugger";

for (const compiler of ["g++", "clang++"])
  test(`a class that is declared only has no members of another, by ${compiler}`, () =>
    withDebuggee("declaredOnly", { compiler, flags: ["-std=c++17"] }, async (live, marks) => {
      live.breakAt("declaredOnly", [marks["HERE"] ?? 0]);
      await live.debugger.start();
      await live.stop();
      assert.equal(await live.value("*other"), "<incomplete type>");
      assert.equal(await live.value("node"), "{x = 1}");
      // clang leaves the description of a part of it out.
      assert.doesNotMatch(await live.value("text"), /u"/);
    }));
