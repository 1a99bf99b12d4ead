/** Locks that only a mapping keeps: a restart has those of the checkpoint, and no other copy holds them on. */
import assert from "node:assert/strict";
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { test } from "node:test";
import { factsOn, sameIds } from "./processState";
import { withTarget } from "./withTarget";

const [locked, held, free] = ["locked\n", "held\nwritten\n", "free\nEXIT-SUCCESS\n"];

for (const sameProcessId of sameIds)
  test(`the lock of a file that is mapped and closed (ids ${sameProcessId})`, async () => {
    const folder = mkdtempSync(path.join(os.tmpdir(), "forkpoint-lock-"));
    const file = path.join(folder, "file");
    writeFileSync(file, "");
    chmodSync(folder, 0o755);
    try {
      await withTarget("mappedLock", { args: [file], launch: { sameProcessId } }, async (running) => {
        const { checkpointer, breakAt, runTo, output } = running;
        breakAt("checkpoint_here");
        await runTo("breakpoint");
        const before = await checkpointer.create();
        await runTo("breakpoint");
        const during = await checkpointer.create();
        assert.equal(factsOn(during, "locks of mapped files")[0]?.[0], "restored");
        // The state that is left has the lock: neither it nor the checkpoint may hold it on.
        assert.deepEqual((await checkpointer.restore(before.token, true)).missed, []);
        await runTo("breakpoint");
        await runTo("breakpoint");
        const after = await checkpointer.create();
        assert.deepEqual(factsOn(after, "locks of mapped files"), []);
        let expected = locked + locked + held;
        for (let round = 0; round < 2; round++) {
          assert.deepEqual((await checkpointer.restore(during.token, round === 0)).missed, []);
          await runTo("breakpoint");
          await runTo("exiting");
          expected += held + free;
          assert.equal(output(), expected);
        }
        await checkpointer.restore(after.token, false);
        await runTo("exiting");
        assert.equal(output(), expected + free);
      });
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
