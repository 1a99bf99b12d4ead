/** Memory that a clone does not copy, or does not get at all. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { closeSync, openSync } from "node:fs";
import { test } from "node:test";
import type { Fidelity } from "../../adapter/target/checkpointer";
import { CAP_IPC_LOCK, hasCapability, lineOf, ROUNDS } from "./memoryCheckpoints";
import { children, ownDescriptors, withTarget, type Running } from "./withTarget";

const builds = [
  { compiler: "gcc", variant: "fixedAddress" },
  { compiler: "clang", variant: "optimized" },
  { compiler: "gcc", variant: "static" },
] as const;

/** Sets how many descriptors this process may have, leaving what it may raise that to. */
function limitFiles(limit: string): void {
  const result = spawnSync("prlimit", [`--pid=${process.pid}`, `--nofile=${limit}:`], { encoding: "utf8" });
  assert.equal(result.status, 0, result.stderr);
}

function limitLocks(processId: number): void {
  const result = spawnSync("prlimit", [`--pid=${processId}`, "--memlock=0:"], { encoding: "utf8" });
  assert.equal(result.status, 0, result.stderr);
}

/** Restarts from a checkpoint again and again, from the program's end; it must say the same every time. */
async function runOften({ checkpointer, runTo, output }: Running, rounds = ROUNDS): Promise<Fidelity[]> {
  const { token, fidelity } = await checkpointer.create();
  for (let round = 0; round < rounds; round++) {
    await runTo("exiting");
    assert.equal(output(), "EXIT-SUCCESS\n".repeat(round + 1));
    const { missed } = await checkpointer.restore(token, round % 2 === 0);
    assert.deepEqual(missed, []);
  }
  await runTo("exiting");
  assert.equal(output(), "EXIT-SUCCESS\n".repeat(rounds + 1));
  checkpointer.discard(token);
  return [...fidelity];
}

for (const options of builds) {
  const build = `${options.compiler} ${options.variant}`;

  test(`shared memory is as it was (${build})`, async () => {
    await withTarget("sharedMemory", options, async (running) => {
      const marked = running.breakAt("marked");
      await running.runTo("breakpoint");
      running.execution.removeBreakpoint(marked);
      const line = lineOf(await runOften(running), "shared memory");
      assert.equal(line?.state, "restored");
      // Eight pages and the last of each small area, and of the sparse one; no more of 1 GiB.
      assert.match(line.detail, /^5 areas, 180 KiB$/);
    });
  });

  test(`memory that children do not get is as it was (${build})`, async () => {
    await withTarget("forkAdvice", options, async (running) => {
      const marked = running.breakAt("marked");
      await running.runTo("breakpoint");
      running.execution.removeBreakpoint(marked);
      const line = lineOf(await runOften(running), "memory kept from children");
      assert.equal(line?.state, "restored");
      assert.match(line.detail, /^4 areas/);
    });
  });

  test(`locked memory is locked again (${build})`, async () => {
    await withTarget("lockedMemory", options, async (running) => {
      const marked = running.breakAt("marked");
      for (let hit = 0; hit < 2; hit++) {
        await running.runTo("breakpoint");
        const { token, fidelity } = await running.checkpointer.create();
        assert.equal(lineOf(fidelity, "locked memory")?.state, "restored");
        assert.deepEqual((await running.checkpointer.restore(token, false)).missed, []);
      }
      running.execution.removeBreakpoint(marked);
      await runOften(running);
    });
  });
}

test("what was left comes back with its shared memory and its advice, too", async () => {
  for (const name of ["sharedMemory", "forkAdvice"])
    await withTarget(name, {}, async (running) => {
      const { checkpointer, execution, breakAt, runTo, output } = running;
      breakAt("main");
      await runTo("breakpoint");
      const { token } = await checkpointer.create();
      const marked = breakAt("marked");
      await runTo("breakpoint");
      execution.removeBreakpoint(marked);
      const { left } = await checkpointer.restore(token, true);
      assert.ok(left);
      for (let round = 0; round < ROUNDS; round++) {
        await checkpointer.restore(left.token, false);
        await runTo("exiting");
        assert.equal(output(), "EXIT-SUCCESS\n".repeat(round + 1));
      }
    });
});

test("memory that others have as well goes back for them, and the checkpoint says so", async () => {
  await withTarget("sharedFamily", {}, async ({ checkpointer, breakAt, runTo }) => {
    breakAt("marked");
    await runTo("breakpoint");
    const { token, fidelity } = await checkpointer.create();
    const line = lineOf(fidelity, "shared memory");
    assert.equal(line?.state, "approximate");
    assert.match(line.detail, /other processes/);
    await runTo("exiting");
    assert.deepEqual((await checkpointer.restore(token, false)).missed, []);
    await runTo("exiting");
  });
});

test("what no copy can have is named", async () => {
  await withTarget("kernelObjects", {}, async ({ checkpointer, breakAt, runTo, output }) => {
    breakAt("marked");
    await runTo("breakpoint");
    const held = output().trim().split("\n");
    assert.ok(held.includes("asynchronous I/O"));
    for (let round = 0; round < 2; round++) {
      const { token, fidelity } = await checkpointer.create();
      for (const resource of held) {
        const line = lineOf(fidelity, resource);
        assert.equal(line?.state, "notRestored", `${resource} in ${JSON.stringify(fidelity)}`);
        assert.ok(line.detail.length > 20);
      }
      // Secret memory is always locked, which is nothing to be put back.
      assert.deepEqual((await checkpointer.restore(token, round === 0)).missed, []);
    }
    await runTo("exiting");
  });
});

test("memory that may not be locked any more is told of, and the program goes on", async () => {
  await withTarget("lockedMemory", {}, async ({ checkpointer, target, breakAt, runTo }) => {
    breakAt("marked");
    await runTo("breakpoint");
    const { token, copyProcessId } = await checkpointer.create();
    limitLocks(copyProcessId);
    const { missed } = await checkpointer.restore(token, false);
    if (hasCapability(target.processId, CAP_IPC_LOCK)) assert.deepEqual(missed, []);
    else assert.match(missed.join(), /^Memory could not be locked again \((EPERM|ENOMEM)\).*ulimit -l/);
  });
});

test("an ordinary program has nothing to be said of its memory", async () => {
  await withTarget("ticks", {}, async ({ checkpointer, breakAt, runTo }) => {
    breakAt("tick");
    await runTo("breakpoint");
    const { fidelity } = await checkpointer.create();
    const resources = fidelity.map(({ resource }) => resource);
    assert.deepEqual(resources, ["memory", "registers"]);
  });
});

test("a checkpoint's own memory is what is free again without it", async () => {
  const WRITTEN = 300 * 4096;
  // Its stack, its tables and what the C library writes.
  const LITTLE = 40 * 4096;
  await withTarget("pages", {}, async ({ checkpointer, breakAt, runTo }) => {
    breakAt("marked");
    await runTo("breakpoint");
    const [first, second] = [await checkpointer.create(), await checkpointer.create()];
    const held = async ({ token }: typeof first): Promise<number> =>
      (await checkpointer.privateBytes(token)) ?? NaN;
    assert.ok((await held(first)) < LITTLE);
    await runTo("breakpoint");
    // The pages as they were are those of both.
    assert.ok((await held(first)) < LITTLE);
    checkpointer.discard(second.token);
    const bytes = await held(first);
    assert.ok(bytes >= WRITTEN && bytes < WRITTEN + LITTLE, `${bytes}`);
    assert.ok(Number.isNaN(await held(second)));
  });
  await withTarget("sharedMemory", {}, async ({ checkpointer, breakAt, runTo }) => {
    breakAt("marked");
    await runTo("breakpoint");
    const { token } = await checkpointer.create();
    const bytes = (await checkpointer.privateBytes(token)) ?? 0;
    assert.ok(bytes >= 180 * 1024 && bytes < 180 * 1024 + LITTLE, `${bytes}`);
  });
});

test("without a descriptor to spare nothing is done, and a sentence says so", async () => {
  await withTarget("ticks", {}, async ({ checkpointer, target, breakAt, int, runTo }) => {
    breakAt("tick");
    await runTo("breakpoint");
    const { token } = await checkpointer.create();
    await runTo("breakpoint");
    const [counter, processId] = [int("counter"), target.processId];
    const taken: number[] = [];
    limitFiles("256");
    try {
      assert.throws(() => {
        for (;;) taken.push(openSync("/dev/null", "r"));
      }, /EMFILE/);
      for (let spare = 0; spare < 8; spare++) {
        await assert.rejects(checkpointer.restore(token, true), /open files.*ulimit -n/);
        assert.equal(target.processId, processId);
        assert.equal(int("counter"), counter);
        closeSync(taken.pop() ?? -1);
      }
      for (let spare = 0; spare < 8; spare++) taken.push(openSync("/dev/null", "r"));
      await assert.rejects(checkpointer.create(), /open files.*ulimit -n/);
    } finally {
      for (const descriptor of taken) closeSync(descriptor);
      limitFiles("4096");
    }
    assert.equal(children().length, 2);
    await runTo("breakpoint");
    assert.notEqual(int("counter"), counter);
    await checkpointer.restore(token, false);
  });
});

test("nothing is left of any of these programs", () => {
  assert.deepEqual(children(), []);
  assert.deepEqual(
    ownDescriptors().filter((name) => name.startsWith("/memfd:checkpoint")),
    [],
  );
});
