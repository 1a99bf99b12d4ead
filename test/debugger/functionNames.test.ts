import assert from "node:assert/strict";
import { test } from "node:test";
import { sourceOf } from "../helpers/compile";
import { formatAddress } from "../../adapter/target/addresses";
import { withDebuggee, type LiveDebugger } from "./liveDebugger";

const options = { headers: [sourceOf("indirect.h")] };

function setOn(live: LiveDebugger, name: string): string | undefined {
  return live.debugger.setFunctionBreakpoints([{ name }])[0]?.message;
}

test("function breakpoints take addresses, and * for a function's first instruction", async () => {
  await withDebuggee("indirect", options, async (live, marks) => {
    live.breakAt("indirect", [marks.BP1 ?? 0]);
    await live.debugger.start();
    await live.stop();
    assert.equal(setOn(live, "*implementation"), undefined);
    assert.equal((await live.continue()).reason, "function breakpoint");
    const { pc: entry, function: implementation, module } = live.frame();
    assert.equal(entry, (implementation?.entry ?? 0n) + (module?.bias ?? 0n));
    await live.out();
    for (const name of [formatAddress(entry), `*${formatAddress(entry)}`, `* ${entry}`]) {
      const [state] = live.debugger.setFunctionBreakpoints([{ name }]);
      assert.deepEqual([state?.verified, state?.address, state?.message], [true, entry, undefined], name);
    }
    assert.equal(live.debugger.setFunctionBreakpoints([{ name: "*0x10" }])[0]?.verified, false);
  });
});

test("names that no function has are told of with what to write", async () => {
  await withDebuggee("indirect", options, async (live, marks) => {
    live.breakAt("indirect", [marks.BP1 ?? 0]);
    await live.debugger.start();
    await live.stop();
    assert.equal(setOn(live, " "), "The function has no name: write one, as main, file.c:main, or *ADDRESS.");
    assert.equal(
      setOn(live, "indirect.c:10"),
      "indirect.c:10 is a line, not a function: set a breakpoint on line 10 in the editor of indirect.c.",
    );
    assert.equal(
      setOn(live, "indirect.c:ofHeader"),
      `The function "ofHeader" is not of indirect.c but of ${sourceOf("indirect.h")}: write its name alone, or after that file.`,
    );
    assert.equal(setOn(live, "indirect.h:ofHeader"), undefined);
    assert.match(
      setOn(live, "nowhere") ?? "",
      /^No loaded file has a function "nowhere"; .* waits for a library/,
    );
  });
});

test("a breakpoint on an indirect function says that it is on the resolver", async () => {
  await withDebuggee("indirect", options, async (live, marks) => {
    live.breakAt("indirect", [marks.BP1 ?? 0]);
    await live.debugger.start();
    await live.stop();
    for (const name of ["indirect", "strlen"])
      assert.equal(
        setOn(live, name),
        `"${name}" is an indirect function: this breakpoint is on its resolver, which chooses the function that is called. ` +
          "Set one on that function by its own name.",
      );
    for (const name of ["choose", "implementation", "main"]) assert.equal(setOn(live, name), undefined, name);
  });
});
