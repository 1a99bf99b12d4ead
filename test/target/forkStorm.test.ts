/** Many threads that fork at once, while the program is debugged. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { CheckpointToken } from "../../adapter/target/checkpointer";
import { onwards, withFollow } from "./withFollow";
import { children, type Running } from "./withTarget";

describe("a storm of two hundred children of four threads", () => {
  for (const followFork of ["parent", "child"] as const)
    test(`while breakpoints are hit and checkpoints taken (${followFork})`, () =>
      withFollow(
        followFork,
        [],
        async (running) => {
          running.breakAt("met");
          for (let stops = 0; ; stops++) {
            const stop = await onwards(running);
            if (stop.kind === "exiting") {
              if (followFork === "parent") assert.match(running.output(), /EXIT-SUCCESS/);
              assert.ok("exitCode" in stop.status);
              break;
            }
            assert.equal(stop.kind, "breakpoint");
            if (followFork === "child" || stops % 3 > 0) continue;
            const { token } = await running.checkpointer.create();
            running.checkpointer.discard(token);
          }
        },
        "forkStorm",
      ));

  test("every one that is suspended is run to its end, while its parent stands still (suspend)", () =>
    withFollow(
      "suspend",
      [],
      async (running) => {
        running.breakAt("met");
        const parent = running.target.processId;
        let waiting: CheckpointToken[] = [];
        let ended = 0;
        let told = 0;
        for (;;) {
          const left = [];
          for (const token of waiting)
            if (await runToEnd(running, token)) ended++;
            else left.push(token);
          assert.equal(running.target.processId, parent);
          waiting = left;
          // One that cannot be run yet, since a thread is in vfork, holds up its parent.
          const timer = waiting.length > 0 ? setTimeout(() => running.execution.interrupt(), 2) : undefined;
          const stop = await running.run();
          clearTimeout(timer);
          if (stop.kind === "forked") {
            waiting.push(...stop.suspended.map(({ token }) => token));
            told += stop.suspended.length;
          } else if (stop.kind === "exiting") {
            assert.deepEqual(stop.status, { exitCode: 0 });
            break;
          } else assert.match(stop.kind, /breakpoint|interrupted/);
        }
        assert.match(running.output(), /EXIT-SUCCESS/);
        // A child born while another stop is told, and left by a switch before the next resume, is let go.
        assert.equal(ended, told);
        assert.ok(told > 80 && told <= 136, `${told} told`);
      },
      "forkStorm",
    ));
});

/** Switches to a suspended child, lets it end, and switches back. False: a thread of the parent's is in vfork. */
async function runToEnd(running: Running, token: CheckpointToken): Promise<boolean> {
  const { checkpointer } = running;
  let left: CheckpointToken | undefined;
  try {
    left = (await checkpointer.restore(token, true)).left?.token;
  } catch (error) {
    assert.match(String(error), /waits in vfork/);
    return false;
  }
  assert.ok(left);
  assert.equal((await onwards(running)).kind, "breakpoint");
  assert.equal((await onwards(running)).kind, "exiting");
  await checkpointer.restore(left, true);
  return true;
}

test("nothing is left behind", () => assert.deepEqual(children(), []));
