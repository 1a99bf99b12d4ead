/** Freezing programs of several threads and going back. */
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { idInside } from "../../adapter/target/ptrace/pidNamespace";
import { children, withTarget, type Running } from "./withTarget";

const builds = [
  { compiler: "gcc", variant: "fixedAddress" },
  { compiler: "clang", variant: "optimized" },
  { compiler: "gcc", variant: "static" },
] as const;

/** The kernel's own list of the program's threads, but for a leader that has exited. */
function kernelThreads(processId: number): number[] {
  return readdirSync(`/proc/${processId}/task`)
    .map(Number)
    .filter((tid) => !/\) Z/.test(readFileSync(`/proc/${processId}/task/${tid}/stat`, "latin1")))
    .sort((a, b) => a - b);
}

/** Where a thread may run (sched_setaffinity(2)). */
function coresOf(processId: number, tid: number): string | undefined {
  const status = readFileSync(`/proc/${processId}/task/${tid}/status`, "latin1");
  return /^Cpus_allowed_list:\s*(.*)$/m.exec(status)?.[1];
}

/** Every thread with its registers and what the kernel knows of it. */
/** `trap`: a thread that was stopped between it and its signal stands behind it, and goes back to meet it again. */
function picture({ target }: Running, trap?: bigint): unknown {
  const past = trap === undefined ? undefined : `rip=${trap + 1n}`;
  return target.threads.map(({ id, tid, name }) => ({
    id,
    name,
    cores: coresOf(target.processId, tid),
    registers: target
      .registers(id)
      .list()
      .map((register) => `${register.name}=${register.value}`)
      .map((text) => (text === past ? `rip=${trap}` : text)),
  }));
}

for (const options of builds)
  for (const sameProcessId of ["auto", "never", "namespace"] as const)
    test(`eight threads come back as they were (${options.compiler} ${options.variant}, ids ${sameProcessId})`, async () => {
      await withTarget("manyThreads", { ...options, launch: { sameProcessId } }, async (running) => {
        const { target, execution, checkpointer, breakAt, runTo, output } = running;
        const visit = breakAt("visit");
        for (let hit = 0; hit < 60; hit++) await runTo("breakpoint");
        const frozen = await checkpointer.create();
        const before = picture(running);
        const there = kernelThreads(target.processId);
        assert.deepEqual(
          frozen.threads.map(({ tid }) => tid).sort((a, b) => a - b),
          sameProcessId === "namespace" ? there.map((tid) => idInside(tid)) : there,
        );
        for (let round = 0; round < 6; round++) {
          for (let hit = 0; hit < 30 * (round % 3); hit++) await runTo("breakpoint");
          const { idsChanged, missed } = await checkpointer.restore(frozen.token, round % 2 === 0);
          assert.deepEqual(missed, []);
          assert.deepEqual(picture(running), before);
          const tids = target.threads.map(({ tid }) => tid);
          assert.deepEqual(
            kernelThreads(target.processId),
            tids.sort((a, b) => a - b),
          );
          if (idsChanged === undefined)
            assert.deepEqual(
              sameProcessId === "namespace" ? tids.map((tid) => idInside(tid)) : tids,
              frozen.threads.map(({ tid }) => tid).sort((a, b) => a - b),
            );
          else assert.notEqual(sameProcessId, "namespace");
          if (idsChanged !== undefined && sameProcessId === "auto")
            assert.match(idsChanged, /does not permit choosing/);
        }
        execution.removeBreakpoint(visit);
        for (let round = 0; round < 3; round++) {
          await runTo("exiting");
          assert.equal(output(), "EXIT-SUCCESS\n".repeat(round + 1));
          await checkpointer.restore(frozen.token, false);
        }
      });
    });

test("between one thread and several, forward and back, and into what was left", async () => {
  await withTarget("manyThreads", {}, async (running) => {
    const { target, execution, checkpointer, breakAt, runTo, output } = running;
    breakAt("main");
    await runTo("breakpoint");
    const { token } = await checkpointer.create();
    const visit = breakAt("visit");
    for (let round = 0; round < 5; round++) {
      let trap = 0n;
      for (let hit = 0; hit <= 20 * round; hit++)
        trap = target.registers((await runTo("breakpoint")).threadId).pc;
      const there = picture(running, trap);
      const { left } = await checkpointer.restore(token, true);
      assert.equal(target.threads.length, 1);
      assert.ok(left);
      await checkpointer.restore(left.token, false);
      assert.deepEqual(picture(running, trap), there);
      await checkpointer.restore(token, false);
    }
    execution.removeBreakpoint(visit);
    await runTo("exiting");
    assert.equal(output(), "EXIT-SUCCESS\n");
  });
});

for (const sameProcessId of ["auto", "namespace"] as const)
  test(`a program whose first thread has ended comes back without it (ids ${sameProcessId})`, async () => {
    await withTarget("leaderGone", { launch: { sameProcessId } }, async (running) => {
      const { target, execution, checkpointer, breakAt, runTo, output } = running;
      const visit = breakAt("visit");
      for (let hit = 0; hit < 30; hit++) await runTo("breakpoint");
      assert.ok(target.threads.every(({ tid }) => tid !== target.processId));
      const frozen = await checkpointer.create();
      const before = picture(running);
      execution.removeBreakpoint(visit);
      for (let round = 0; round < 4; round++) {
        await runTo("exiting");
        assert.equal(output(), "EXIT-SUCCESS\n".repeat(round + 1));
        await checkpointer.restore(frozen.token, true);
        assert.deepEqual(picture(running), before);
        assert.deepEqual(
          kernelThreads(target.processId),
          target.threads.map(({ tid }) => tid).sort((a, b) => a - b),
        );
      }
    });
  });

test("nothing is left of any of these programs", () => {
  assert.deepEqual(children(), []);
});
