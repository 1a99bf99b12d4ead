/** Children that share the program's memory must not meet its traps. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { withTarget } from "./withTarget";

test("two threads in vfork at once: traps stay out until both children have gone their way", () =>
  withTarget("vforktwo", { flags: ["-pthread"] }, async ({ breakAt, runTo, output, execution, address }) => {
    breakAt("met");
    const stop = await runTo("breakpoint");
    assert.equal(stop.address, address("met"));
    assert.equal(stop.threadId, 1);
    execution.drainOutput();
    assert.match(output(), /quick 0\r?\nslow 700/);
    await runTo("exiting");
  }));
