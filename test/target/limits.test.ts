/** Checkpoints where nothing more can be had: the program's own limits, and those of the group that it is in. */
import assert from "node:assert/strict";
import { mkdirSync, readFileSync, rmdirSync, writeFileSync } from "node:fs";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { RescuedEnds } from "../../adapter/target/ptrace/carried/connections/rescuedEnds";
import type { ForkCheckpointer } from "../../adapter/target/ptrace/copies/forkCheckpointer";
import { frozenOf } from "../../adapter/target/ptrace/copies/frozenCopy";
import { TargetError } from "../../adapter/target/target";
import { children, withTarget, type Running } from "./withTarget";

const sameIds = ["auto", "never"] as const;

/** A control group with a limit of memory, of either version; undefined: none can be made here. */
function memoryGroup(): { folder: string; limit: string; usage: string } | undefined {
  const kinds = [
    { base: "/sys/fs/cgroup/memory", limit: "memory.limit_in_bytes", usage: "memory.usage_in_bytes" },
    { base: "/sys/fs/cgroup", limit: "memory.max", usage: "memory.current" },
  ];
  for (const { base, limit, usage } of kinds) {
    const folder = `${base}/forkpoint-${process.pid}`;
    try {
      mkdirSync(folder);
      writeFileSync(`${folder}/${limit}`, String(1 << 30));
      return { folder, limit: `${folder}/${limit}`, usage: `${folder}/${usage}` };
    } catch {
      try {
        rmdirSync(folder);
      } catch {
        // It was never there.
      }
    }
  }
  return undefined;
}

const group = memoryGroup();
// The first here: where there is no limit, it is not asked for again for a while.
test(
  "under a reached limit of memory nothing is tried, a sentence says so, and the program goes on",
  { skip: !group && "no control group can be made here, which takes root" },
  async () => {
    assert.ok(group);
    try {
      await withTarget("resident", { args: ["64"] }, async (running) => {
        const { checkpointer, target, breakAt, runTo, int } = running;
        breakAt("main");
        await runTo("breakpoint");
        writeFileSync(`${group.folder}/cgroup.procs`, String(target.processId));
        breakAt("stage");
        await runTo("breakpoint");
        const { token } = await checkpointer.create();
        await runTo("breakpoint");
        const { processId } = target;
        const used = Number(readFileSync(group.usage, "latin1"));
        writeFileSync(group.limit, String(used + 100_000));
        for (let round = 0; round < 3; round++) {
          await assert.rejects(checkpointer.create(), /memory limit .* is reached\. Delete checkpoints/);
          await assert.rejects(checkpointer.restore(token, true), /memory limit .* is reached/);
        }
        assert.equal(target.processId, processId);
        assert.equal(int("reached"), 1);
        writeFileSync(group.limit, String(1 << 30));
        await checkpointer.create();
        await runTo("breakpoint");
        assert.equal(int("reached"), 2);
        await checkpointer.restore(token, false);
        for (let stage = 0; stage < 2; stage++) await runTo("breakpoint");
        await runTo("exiting");
      });
    } finally {
      // The dead leave their group a little later.
      await sleep(100);
      rmdirSync(group.folder);
    }
  },
);

for (const what of ["memory", "descriptors"])
  for (const sameProcessId of sameIds)
    test(`a program without any ${what} to spare is copied and restarted as it was (ids ${sameProcessId})`, async () => {
      await withTarget("limited", { args: [what], launch: { sameProcessId } }, async (running) => {
        const { checkpointer, execution, breakAt, runTo, output } = running;
        const trap = breakAt("checkpoint_here");
        await runTo("breakpoint");
        execution.removeBreakpoint(trap);
        const { token, fidelity } = await checkpointer.create();
        assert.deepEqual(
          fidelity.filter(({ resource, state }) => resource !== "files" && state === "notRestored"),
          [],
        );
        for (let round = 1; round < 5; round++) {
          await runTo("exiting");
          assert.equal(output(), "EXIT-SUCCESS\n".repeat(round));
          const { missed } = await checkpointer.restore(token, false);
          assert.deepEqual(missed, []);
          const nested = await checkpointer.create();
          const { left } = await checkpointer.restore(nested.token, true);
          assert.ok(left, "there is no branch");
          await checkpointer.restore(left.token, false);
        }
      });
    });

/** What happens when neither the checkpoint nor what was set aside can be cloned, which no limit alone brings about. */
async function wakeWhatIsSetAside({ checkpointer }: Running): Promise<void> {
  const { token } = await checkpointer.create();
  const internals = (checkpointer as ForkCheckpointer)["exchange"];
  const rescued = new RescuedEnds();
  const { keeper } = internals["setAside"](rescued, frozenOf(token));
  assert.ok(keeper);
  assert.throws(
    () => internals["wakeUp"](keeper, rescued, new TargetError("No copy.")),
    /^Error: No copy\. The program goes on where it was, as process \d+\.$/,
  );
}

for (const sameProcessId of ["auto", "never", "namespace"] as const)
  for (const variant of ["fixedAddress", "static"] as const)
    test(`where nothing can be cloned, what was set aside goes on itself (${variant}, ids ${sameProcessId})`, async () => {
      const options = { args: ["descriptors"], variant, launch: { sameProcessId } };
      await withTarget("limited", options, async (running) => {
        const { checkpointer, execution, breakAt, runTo, output } = running;
        const trap = breakAt("checkpoint_here");
        await runTo("breakpoint");
        execution.removeBreakpoint(trap);
        await wakeWhatIsSetAside(running);
        await wakeWhatIsSetAside(running);
        const { token } = await checkpointer.create();
        await runTo("exiting");
        await checkpointer.restore(token, false);
        await runTo("exiting");
        assert.equal(output(), "EXIT-SUCCESS\n".repeat(2));
      });
    });

test("nothing is left of any of these programs", () => {
  assert.deepEqual(children(), []);
});
