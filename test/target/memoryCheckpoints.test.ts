/** Memory that a clone does not copy, or does not get at all. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { test } from "node:test";
import type { Fidelity } from "../../adapter/target/target";
import { children, ownDescriptors, withTarget, type Running } from "./withTarget";

const builds = [
  { compiler: "gcc", variant: "fixedAddress" },
  { compiler: "clang", variant: "optimized" },
  { compiler: "gcc", variant: "static" },
] as const;

const ROUNDS = 4;

function lineOf(fidelity: readonly Fidelity[], resource: string): Fidelity | undefined {
  return fidelity.find((line) => line.resource === resource);
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

test("a mapped file is the user's: it stays as it is, and the checkpoint says so", async () => {
  const folder = mkdtempSync(path.join(os.tmpdir(), "forkpoint-"));
  const file = path.join(folder, "mapped");
  writeFileSync(file, "");
  try {
    await withTarget("mappedFile", { args: [file] }, async ({ checkpointer, breakAt, runTo }) => {
      breakAt("marked");
      await runTo("breakpoint");
      const { fidelity } = await checkpointer.create();
      const line = lineOf(fidelity, "mapped files");
      assert.equal(line?.state, "notRestored");
      assert.ok(line.detail.startsWith(file));
    });
  } finally {
    rmSync(folder, { recursive: true });
  }
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

test("nothing is left of any of these programs", () => {
  assert.deepEqual(children(), []);
  assert.deepEqual(
    ownDescriptors().filter((name) => name.startsWith("/memfd:checkpoint")),
    [],
  );
});
