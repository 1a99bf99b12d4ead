/** Signals to programs that run and step: delivered, thrown away, met by handlers, and those that stop or end a program. */
import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import { test } from "node:test";
import { memoryAddress } from "../../adapter/target/addresses";
import { children, withTarget } from "./withTarget";

const SIGSTOP = 19;
const SIGCONT = 18;

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

test("nothing is left of any of these programs", () => {
  assert.deepEqual(children(), []);
});
