/** Running, stepping and stopping real programs: breakpoints, interrupts, threads and children. */
import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import { test } from "node:test";
import { memoryAddress } from "../../adapter/target/addresses";
import { children, withTarget } from "./withTarget";

test("breakpoints stop every time and are hidden in memory", async () => {
  await withTarget("ticks", {}, async ({ target, execution, address, breakAt, int, run, runTo, output }) => {
    const before = target.memory.read(address("tick"), 8);
    const token = breakAt("tick");
    for (let hit = 0; hit < 5; hit++) {
      const stop = await runTo("breakpoint");
      assert.equal(stop.address, address("tick"));
      assert.equal(target.registers(stop.threadId).pc, stop.address);
    }
    assert.equal(int("counter"), 0 + 1 + 2 + 3);
    assert.deepEqual(target.memory.read(address("tick"), 8), before);
    execution.removeBreakpoint(token);
    assert.deepEqual((await runTo("exiting")).status, { exitCode: 3 });
    assert.equal(output(), "counter=499500\n");
    assert.deepEqual(await run(), { kind: "exited", status: { exitCode: 3 }, unexpected: false });
  });
});

test("conditions are decided at the trap", async () => {
  await withTarget("ticks", {}, async ({ target, execution, address, runTo }) => {
    execution.insertBreakpoint(address("tick"), [
      { op: "register", number: 5 },
      { op: "constant", value: 990n },
      { op: "equal" },
    ]);
    const stop = await runTo("breakpoint");
    assert.equal(target.registers(stop.threadId).byDwarf(5), 990n);
    await runTo("exiting");
  });
});

test("a condition that cannot be decided is left to the debugger", async () => {
  await withTarget("ticks", {}, async ({ execution, address, int, runTo }) => {
    execution.insertBreakpoint(address("tick"), [
      { op: "constant", value: 0n },
      { op: "load", bytes: 8, signed: false },
    ]);
    await runTo("breakpoint");
    await runTo("breakpoint");
    assert.equal(int("counter"), 0);
  });
});

test("a range step stays in its range and stops at the first instruction of a call", async () => {
  await withTarget("ticks", {}, async ({ target, execution, symbols, address, breakAt, runTo }) => {
    breakAt("main");
    const { threadId } = await runTo("breakpoint");
    const [main] = symbols.functionsNamed("main");
    const [range] = main?.ranges ?? [];
    assert.ok(range);
    const ranges = [{ low: memoryAddress(range.low), high: memoryAddress(range.high) }];
    const stop = await execution.resume({ mode: "range", threadId, ranges, others: "run" });
    assert.deepEqual(stop, { kind: "step", threadId });
    assert.equal(target.registers(threadId).pc, address("tick"));
  });
});

test("an interrupt stops a program in user code and in a system call", async () => {
  for (const name of ["spin", "asleep"])
    await withTarget(name, {}, async ({ execution, run }) => {
      for (let round = 0; round < 20; round++) {
        const stop = run();
        await sleep(round % 3);
        execution.interrupt();
        assert.equal((await stop).kind, "interrupted");
      }
    });
});

test("an interrupt gets through to a program that waits in vfork", async () => {
  await withTarget("spawner", {}, async ({ execution, run, int }) => {
    let before = -1;
    for (let round = 0; round < 20; round++) {
      const stop = run();
      await sleep(5 + (round % 4));
      execution.interrupt();
      assert.equal((await stop).kind, "interrupted");
      assert.ok(int("children") >= before);
      before = int("children");
    }
  });
});

test("a program that is ended while it runs takes no events of the next one", async () => {
  for (let round = 0; round < 5; round++)
    await withTarget("spin", {}, async ({ target, run }) => {
      const old = run();
      await sleep(5);
      await withTarget("ticks", {}, async ({ breakAt, runTo }) => {
        breakAt("done");
        target.dispose();
        await runTo("breakpoint");
        await runTo("exiting");
      });
      assert.equal((await old).kind, "exited");
    });
});

test("every thread's hit of a breakpoint is told once", async () => {
  await withTarget("manyThreads", {}, async ({ execution, target, breakAt, run, output }) => {
    breakAt("visit");
    const hits = new Map<number, number>();
    let threads = 0;
    execution.onThreadStarted = () => threads++;
    for (let stop = await run(); stop.kind !== "exiting"; stop = await run()) {
      assert.equal(stop.kind, "breakpoint");
      if (stop.kind === "breakpoint") hits.set(stop.threadId, (hits.get(stop.threadId) ?? 0) + 1);
    }
    assert.equal(threads, 8);
    assert.deepEqual([...hits.values()], Array<number>(8).fill(50));
    assert.equal(output(), "EXIT-SUCCESS\n");
    assert.equal(target.threads.length, 1);
  });
});

test("one thread steps while the others run", async () => {
  await withTarget("manyThreads", {}, async ({ execution, breakAt, run, runTo, output }) => {
    const token = breakAt("visit");
    const { threadId } = await runTo("breakpoint");
    execution.removeBreakpoint(token);
    let last = "";
    for (let step = 0; step < 300 && last !== "exiting"; step++) {
      const stop = await execution.resume({ mode: "instruction", threadId, others: "run" });
      last = stop.kind;
      assert.match(last, /^(step|exiting)$/);
    }
    if (last !== "exiting") assert.equal((await run()).kind, "exiting");
    assert.equal(output(), "EXIT-SUCCESS\n");
  });
});

test("children run without the debugger's traps", async () => {
  for (const variant of ["fixedAddress", "static"] as const)
    await withTarget("family", { variant }, async ({ breakAt, runTo, output }) => {
      breakAt("visit");
      await runTo("breakpoint");
      await runTo("exiting");
      assert.equal(output(), "EXIT-SUCCESS\n");
    });
});

test("a call that the debugger makes leaves no trace in the registers", async () => {
  await withTarget("ticks", {}, async ({ target, breakAt, runTo }) => {
    breakAt("tick");
    const { threadId } = await runTo("breakpoint");
    const registers = target.registers(threadId);
    const before = registers.list();
    const saved = registers.save();
    registers.prepareCall(
      new Map([
        ["rdi", 7n],
        ["xmm3", 1n << 100n],
      ]),
    );
    registers.set("ymm2", (1n << 200n) | 5n);
    registers.set("st1", 0x3fff8000000000000000n);
    assert.equal(registers.byDwarf(5), 7n);
    assert.equal(registers.byDwarf(17 + 3), 1n << 100n);
    assert.equal(registers.byDwarf(33 + 1), 0x3fff8000000000000000n);
    const ymm2 = registers.list().find(({ name }) => name === "ymm2");
    if (ymm2) assert.equal(ymm2.value, (1n << 200n) | 5n);
    registers.restore(saved);
    assert.deepEqual(registers.list(), before);
    assert.throws(() => registers.set("nonsense", 1n), /no register nonsense/);
  });
});

test("nothing is left of any of these programs", () => {
  assert.deepEqual(children(), []);
});
