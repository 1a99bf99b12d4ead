/** Freezing real programs and going back, as root and with new process ids. */
import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { test } from "node:test";
import { memoryAddress } from "../../adapter/target/addresses";
import type { CheckpointToken } from "../../adapter/target/checkpointer";
import { markers } from "../helpers/compile";
import { children, withTarget, type Running } from "./withTarget";

const variants = [
  { compiler: "gcc", variant: "fixedAddress" },
  { compiler: "clang", variant: "optimized" },
  { compiler: "gcc", variant: "static" },
  { compiler: "gcc", variant: "stripped" },
] as const;

function generalRegisters({ target }: Running): string {
  return target
    .registers(1)
    .list()
    .map(({ name, value }) => `${name}=${value}`)
    .join(" ");
}

for (const sameProcessId of ["auto", "never"] as const)
  test(`the same checkpoint gives the same memory and registers ten times (process id ${sameProcessId})`, async () => {
    for (const options of variants.filter(({ variant }) => variant !== "stripped"))
      await withTarget("ticks", { ...options, launch: { sameProcessId } }, async (running) => {
        const { target, checkpointer, execution, breakAt, int, runTo } = running;
        breakAt("tick");
        for (let hit = 0; hit < 4; hit++) await runTo("breakpoint");
        const { token, processId } = await checkpointer.create();
        const registers = generalRegisters(running);
        const counter = int("counter");
        for (let round = 0; round < 10; round++) {
          for (let hit = 0; hit <= round; hit++) await runTo("breakpoint");
          assert.notEqual(int("counter"), counter);
          const { stop, left, idsChanged } = await checkpointer.restore(token, round % 2 === 0);
          assert.equal(stop.kind, "restored");
          assert.equal(left !== undefined, round % 2 === 0);
          assert.equal(int("counter"), counter);
          assert.equal(generalRegisters(running), registers);
          assert.equal(idsChanged === undefined, target.processId === processId);
        }
        await execution.resume({ mode: "instruction", threadId: 1, others: "run" });
        assert.notEqual(generalRegisters(running), registers);
      });
  });

test("with the privilege the process id stays, without it a new one is told of", async () => {
  await withTarget("ticks", {}, async ({ target, checkpointer, breakAt, runTo }) => {
    breakAt("tick");
    await runTo("breakpoint");
    const { token, processId } = await checkpointer.create();
    const { idsChanged } = await checkpointer.restore(token, false);
    if (process.getuid?.() === 0) assert.deepEqual([idsChanged, target.processId], [undefined, processId]);
    else {
      assert.match(idsChanged ?? "the ids are the same", /does not permit choosing process id/);
      assert.notEqual(target.processId, processId);
    }
  });
});

test("the program notices nothing", async () => {
  for (const { compiler, variant } of variants)
    await withTarget(
      "undisturbed",
      { compiler, variant },
      async ({ checkpointer, execution, runTo, run, output }) => {
        // At the first instruction of all, then at every thousandth step until the end.
        const { token } = await checkpointer.create();
        for (let round = 0; round < 3; round++) {
          for (let step = 0; step < 5; step++) {
            let stop = await execution.resume({ mode: "instruction", threadId: 1, others: "run" });
            assert.equal(stop.kind, "step");
            await checkpointer.create();
            stop = await execution.resume({ mode: "instruction", threadId: 1, others: "run" });
            assert.equal(stop.kind, "step");
          }
          await runTo("exiting");
          await checkpointer.restore(token, true);
        }
        assert.equal((await run()).kind, "exiting");
        const lines = output().trim().split("\n");
        assert.equal(lines.length, 4);
        for (const line of lines)
          assert.equal(line, "errno 77 wait -1 ECHILD atfork 0 sigchld 0 pid same ppid same");
      },
    );
});

test("system calls that block go on after being copied and restarted", async () => {
  for (const variant of ["fixedAddress", "static"] as const)
    await withTarget("blocked", { variant }, async ({ checkpointer, execution, run, int, output }) => {
      const seen = new Set<number>();
      const frozen: CheckpointToken[] = [];
      for (;;) {
        const stop = run();
        await sleep(70);
        execution.interrupt();
        const { kind } = await stop;
        if (kind === "exiting") break;
        assert.equal(kind, "interrupted");
        seen.add(int("place"));
        frozen.push((await checkpointer.create()).token);
      }
      assert.equal(output(), "EXIT-SUCCESS\n");
      // 6: on its way to the exit.
      seen.delete(6);
      assert.deepEqual([...seen].sort(), [1, 2, 3, 4, 5]);
      for (const token of frozen) {
        await checkpointer.restore(token, false);
        const before = int("place");
        for (let looks = 0; before < 6 && int("place") === before; looks++) {
          assert.ok(looks < 40, `place ${before} did not end`);
          const stop = run();
          await sleep(250);
          execution.interrupt();
          if ((await stop).kind === "exiting") break;
        }
      }
    });
});

test("breakpoints hold after a restart as they are now", async () => {
  await withTarget("ticks", {}, async ({ checkpointer, execution, breakAt, int, runTo }) => {
    const tick = breakAt("tick");
    await runTo("breakpoint");
    const { token } = await checkpointer.create();
    execution.removeBreakpoint(tick);
    breakAt("done");
    await runTo("breakpoint");
    assert.equal(int("counter"), 499500);
    await checkpointer.restore(token, true);
    assert.equal(int("counter"), 0);
    await runTo("breakpoint");
    assert.equal(int("counter"), 499500);
    await runTo("exiting");
  });
});

test("file offsets come back, of many files", async () => {
  const folder = mkdtempSync(path.join(os.tmpdir(), "forkpoint-"));
  const [from, to] = [path.join(folder, "from"), path.join(folder, "to")];
  writeFileSync(from, "0123456789".repeat(10));
  try {
    await withTarget(
      "filecopy",
      { args: [from, to] },
      async ({ checkpointer, execution, symbols, runTo, output }) => {
        // The line behind a write, in the copying loop.
        const { BP2 } = markers("filecopy");
        const [source = ""] = symbols.sourceFiles().filter((file) => file.endsWith("filecopy.c"));
        const [afterWrite] = symbols.addressesForLine(source, BP2 ?? 0)?.addresses ?? [];
        assert.ok(afterWrite);
        const token = execution.insertBreakpoint(memoryAddress(afterWrite));
        for (let hit = 0; hit < 5; hit++) await runTo("breakpoint");
        const frozen = await checkpointer.create();
        execution.removeBreakpoint(token);
        for (let round = 0; round < 5; round++) {
          await runTo("exiting");
          assert.equal(readFileSync(to, "latin1"), readFileSync(from, "latin1"));
          await checkpointer.restore(frozen.token, false);
        }
        await runTo("exiting");
        assert.equal(output(), "copied 100\n".repeat(6));
      },
    );
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test("a signal that was waiting to be delivered waits again", async () => {
  await withTarget("signals", {}, async ({ checkpointer, int, runTo }) => {
    const stop = await runTo("signal");
    assert.equal(stop.signal.name, "SIGUSR1");
    const { token } = await checkpointer.create();
    for (let round = 0; round < 3; round++) {
      await runTo("exiting");
      assert.equal(int("handled"), 10);
      await checkpointer.restore(token, true);
      assert.equal(int("handled"), 0);
    }
  });
});

test("a restart works at the exit and after a death from outside", async () => {
  await withTarget("ticks", {}, async ({ target, checkpointer, breakAt, int, run, runTo }) => {
    breakAt("done");
    await runTo("breakpoint");
    const { token } = await checkpointer.create();
    await runTo("exiting");
    assert.equal((await checkpointer.restore(token, true)).left, undefined);
    assert.equal(int("counter"), 499500);
    process.kill(target.processId, "SIGKILL");
    const stop = await run();
    assert.equal(stop.kind, "exited");
    assert.equal(target.threads.length, 0);
    await assert.rejects(checkpointer.create(), /has ended/);
    await checkpointer.restore(token, true);
    await runTo("exiting");
  });
});

test("a branch is the state that was left", async () => {
  await withTarget("ticks", {}, async ({ checkpointer, breakAt, int, runTo }) => {
    breakAt("tick");
    await runTo("breakpoint");
    const first = await checkpointer.create();
    for (let hit = 0; hit < 10; hit++) await runTo("breakpoint");
    const later = int("counter");
    const { left } = await checkpointer.restore(first.token, true);
    assert.ok(left);
    assert.equal(int("counter"), 0);
    await checkpointer.restore(left.token, false);
    assert.equal(int("counter"), later);
    checkpointer.discard(left.token);
    await assert.rejects(checkpointer.restore(left.token, false), /is gone/);
    assert.equal(int("counter"), later);
  });
});

test("a restart works at an exit that other threads were running at", async () => {
  await withTarget("lingering", {}, async ({ target, execution, checkpointer, breakAt, runTo, output }) => {
    const token = breakAt("begin");
    await runTo("breakpoint");
    const frozen = await checkpointer.create();
    execution.removeBreakpoint(token);
    for (let round = 0; round < 10; round++) {
      assert.deepEqual((await runTo("exiting")).status, { exitCode: 4 });
      await checkpointer.restore(frozen.token, true);
      assert.equal(target.threads.length, 1);
    }
    await runTo("exiting");
    assert.equal(output(), "begin\n".repeat(11));
  });
});

test("nothing is left of any of these programs", () => {
  assert.deepEqual(children(), []);
});
