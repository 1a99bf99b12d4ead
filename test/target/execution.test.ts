/** Running, stepping and stopping real programs, and the rare things that happen meanwhile. */
import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import { test } from "node:test";
import { memoryAddress } from "../../adapter/target/addresses";
import { children, withTarget } from "./withTarget";

const SIGSTOP = 19;
const SIGCONT = 18;

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

test("signals are told, delivered, thrown away, and pass when asked for", async () => {
  await withTarget("signals", {}, async ({ int, runTo, output, symbols }) => {
    assert.ok(symbols.elfSymbolNamed("handled"));
    const stop = await runTo("signal");
    assert.equal(stop.signal.name, "SIGUSR1");
    assert.equal(int("handled"), 0);
    await runTo("exiting");
    assert.equal(int("handled"), 10);
    assert.match(output(), /handled 10 sum 190/);
  });
  await withTarget("signals", {}, async ({ execution, int, runTo }) => {
    await runTo("signal");
    const stop = await execution.resume({ mode: "run", others: "run", signal: "discard" });
    assert.equal(stop.kind, "exiting");
    assert.equal(int("handled"), 0);
  });
});

test("a timer's signals that arrive while stepping neither end the step nor get lost", async () => {
  await withTarget("signals", {}, async ({ execution, target, symbols, breakAt, int, runTo }) => {
    breakAt("main");
    const { threadId } = await runTo("breakpoint");
    const sp = target.registers(threadId).sp;
    const [main] = symbols.functionsNamed("main");
    const ranges = (main?.ranges ?? []).map(({ low, high }) => ({
      low: memoryAddress(low),
      high: memoryAddress(high),
    }));
    let steps = 0;
    for (; int("alarms") < 5 && steps < 20000; steps++) {
      const stop = await execution.resume({ mode: "instruction", threadId, others: "run" });
      if (stop.kind === "signal") break;
      assert.equal(stop.kind, "step");
      const { pc } = target.registers(threadId);
      const handler = symbols.functionAt(pc as never)?.name;
      assert.notEqual(handler, "on_alarm", "the step went into the handler");
      if (ranges.some(({ low, high }) => pc >= low && pc < high))
        assert.ok(target.registers(threadId).sp <= sp);
    }
    assert.ok(int("alarms") > 0, "no alarm arrived while stepping");
  });
});

test("a breakpoint on an instruction that faults leaves the program's handler alone", async () => {
  await withTarget("faultHandler", {}, async ({ execution, address, run, output, int }) => {
    execution.passSignals = new Set([11]);
    for (let offset = 0; offset < 16; offset++)
      try {
        execution.insertBreakpoint(memoryAddress(address("store") + BigInt(offset) * 0n));
      } catch {
        break;
      }
    let stop = await run();
    for (let count = 0; stop.kind === "breakpoint" && count < 50; count++) {
      const { threadId } = stop;
      // Step through the function, so that the faulting instruction is both stepped and hit.
      stop = await execution.resume({ mode: "instruction", threadId, others: "run" });
      while (stop.kind === "step") stop = await execution.resume({ mode: "run", others: "run" });
    }
    assert.equal(stop.kind, "exiting");
    assert.equal(int("faults"), 1);
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

test("a program stopped by job control goes on at SIGCONT", async () => {
  await withTarget("spin", {}, async ({ execution, target, run, int, setInt }) => {
    execution.passSignals = new Set([SIGSTOP, SIGCONT]);
    let stop = run();
    await sleep(20);
    process.kill(target.processId, SIGSTOP);
    await sleep(20);
    execution.interrupt();
    assert.equal((await stop).kind, "interrupted");
    const before = int("counter");
    stop = run();
    await sleep(20);
    execution.interrupt();
    await stop;
    assert.equal(int("counter"), before, "it ran while job control had it stopped");
    stop = run();
    process.kill(target.processId, SIGCONT);
    await sleep(20);
    execution.interrupt();
    await stop;
    assert.notEqual(int("counter"), before);
    setInt("stop", 1);
    assert.equal((await run()).kind, "exiting");
  });
});

test("death from outside is told as unexpected", async () => {
  await withTarget("spin", {}, async ({ target, run }) => {
    const stop = run();
    await sleep(10);
    process.kill(target.processId, "SIGKILL");
    assert.deepEqual(await stop, {
      kind: "exited",
      status: { signal: 9, signalName: "SIGKILL" },
      unexpected: true,
    });
  });
});

test("kill ends a running and a stopped program", async () => {
  await withTarget("spin", {}, async ({ execution, run }) => {
    const stop = run();
    await sleep(10);
    execution.kill();
    assert.equal((await stop).kind, "exited");
  });
  await withTarget("spin", {}, async ({ execution, target, run }) => {
    execution.kill();
    assert.equal(target.threads.length, 0);
    await assert.rejects(run(), /has ended/);
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

test("a program that is killed while it makes threads has ended", async () => {
  for (let round = 0; round < 40; round++)
    await withTarget("births", { flags: ["-pthread"] }, async ({ target, execution, run }) => {
      const stopped = run();
      await sleep(round % 7);
      if (round % 2 === 0) execution.interrupt();
      process.kill(target.processId, "SIGKILL");
      let stop = await stopped;
      if (stop.kind === "interrupted") stop = await run();
      assert.deepEqual(stop, {
        kind: "exited",
        status: { signal: 9, signalName: "SIGKILL" },
        unexpected: true,
      });
    });
});
