/** With the least debug information a function has lines and a name, and nothing says what it returns and takes. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { withDebuggee } from "./liveDebugger";

for (const [compiler, least] of [
  ["gcc", "-g1"],
  ["g++", "-ggdb1"],
  ["clang", "-gline-tables-only"],
] as const)
  test(`what a function returns is not guessed where ${compiler} ${least} does not tell it`, () =>
    withDebuggee("untyped", { compiler, flags: [least] }, async (live, marks) => {
      live.breakAt("untyped", [marks["MAIN"] ?? 0]);
      await live.debugger.start();
      await live.stop();
      await assert.rejects(
        live.value("twice(3)"),
        /The return type of twice is not known .* cast the call to it/,
      );
      assert.equal(await live.value("(int)twice(3)"), "6");
      assert.equal(await live.value("((double (*)(double))half)(3)"), "1.5");
    }));
