/** What the linker has left out of a program is nowhere in it. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { withDebuggee } from "./liveDebugger";

for (const compiler of ["gcc", "clang"])
  test(`a variable that the linker has left out is told as such, by ${compiler}`, () =>
    withDebuggee(
      "discarded",
      { compiler, flags: ["-fdata-sections", "-Wl,--gc-sections"] },
      async (live, marks) => {
        live.breakAt("discarded", [marks["MAIN"] ?? 0]);
        await live.debugger.start();
        await live.stop();
        assert.equal(await live.value("kept"), "6");
        assert.equal(await live.value("dropped"), "<optimized out>");
        await assert.rejects(live.value("dropped + 1"), /The value is optimized out here/);
      },
    ));
