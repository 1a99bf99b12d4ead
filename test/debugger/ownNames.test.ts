/** Programs with functions of their own that are called as those of the C library which the debugger needs. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { withDebuggee } from "./liveDebugger";

for (const compiler of ["g++", "clang++"])
  test(`${compiler}: a text is placed by the library's mmap, whatever else is called so`, () =>
    withDebuggee("ownNames", { compiler }, async (live, marks) => {
      live.breakAt("ownNames", [marks["BP1"] ?? 0]);
      await live.debugger.start();
      await live.stop();
      assert.equal(await live.value('length("four")'), "4");
      assert.equal(await live.value("called"), "0");
    }));

test("a text is placed by the library's mmap where the program wraps it", () =>
  withDebuggee("wrapsMmap", {}, async (live, marks) => {
    live.breakAt("wrapsMmap", [marks["BP1"] ?? 0]);
    await live.debugger.start();
    await live.stop();
    assert.equal(await live.value('length("four")'), "4");
    assert.equal(await live.value("wrapped"), "0");
  }));

test("a program that is linked statically has its own mmap beside the library's", () =>
  withDebuggee("ownNames", { variant: "static" }, async (live, marks) => {
    live.breakAt("ownNames", [marks["BP1"] ?? 0]);
    await live.debugger.start();
    await live.stop();
    assert.equal(await live.value('length("four")'), "4");
    assert.equal(await live.value("called"), "0");
  }));
