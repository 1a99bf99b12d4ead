/** Children that share the program's memory must not meet its traps. */
import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { test } from "node:test";
import { setTimeout } from "node:timers/promises";
import { numberIn } from "../../adapter/target/ptrace/procStatus";
import { children, isAlive, withTarget } from "./withTarget";

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

/** Processes that this one traces. */
function traced(): number[] {
  const all = readdirSync("/proc").map(Number);
  return all.filter((pid) => pid > 0 && numberIn(pid, "TracerPid") === process.pid);
}

test("no child that has just been made is left standing when the session ends", async () => {
  for (let round = 0; round < 60; round++) {
    await withTarget("vforkBeside", { flags: ["-pthread"] }, async ({ run, int }) => {
      void run();
      while (int("children") < 2) await setTimeout(1);
      await setTimeout((round * 7) % 5);
    });
    assert.deepEqual([...children(), ...traced()].filter(isAlive), [], `round ${round}`);
  }
});
