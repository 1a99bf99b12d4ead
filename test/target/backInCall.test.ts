/**
 * A thread that goes on in a call that a stop has interrupted is for a moment in front of it. A signal that comes just then
 * ends the call all the same. The moment is too short to be met, so that the thread is put there.
 */
import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import { test } from "node:test";
import { putInFront } from "./inFront";
import { withTarget, type Running } from "./withTarget";

async function stopInCall({ execution, run }: Running): Promise<void> {
  const stop = run();
  await sleep(100);
  execution.interrupt();
  assert.equal((await stop).kind, "interrupted");
}

async function endsBySignal(running: Running): Promise<void> {
  const { target, execution, run, output } = running;
  const before = output().length;
  putInFront(target.threads[0]?.tid ?? 0);
  process.kill(target.processId, "SIGALRM");
  const late = setTimeout(() => execution.interrupt(), 5000);
  assert.equal((await run()).kind, "exiting");
  clearTimeout(late);
  assert.equal(output().slice(before), "EXIT-SUCCESS\n");
}

for (const call of ["pause", "read", "nanosleep", "epoll_wait"])
  test(`a signal in front of ${call} ends it`, () =>
    withTarget("endedBySignal", { args: [call] }, async (running) => {
      await stopInCall(running);
      const { token } = await running.checkpointer.create();
      await endsBySignal(running);
      for (let round = 0; round < 2; round++) {
        await running.checkpointer.restore(token, false);
        await endsBySignal(running);
      }
    }));

test("a thread that is stopped in front of its call is in the call", () =>
  withTarget("endedBySignal", { args: ["pause"] }, async (running) => {
    const { target } = running;
    await stopInCall(running);
    const { pc } = target.registers(1);
    putInFront(target.threads[0]?.tid ?? 0);
    running.execution.passSignals = new Set();
    process.kill(target.processId, "SIGALRM");
    assert.equal((await running.runTo("signal")).signal.name, "SIGALRM");
    assert.equal(target.registers(1).pc, pc);
    const { token } = await running.checkpointer.create();
    for (let round = 0; round < 2; round++) {
      const before = running.output().length;
      assert.equal((await running.run()).kind, "exiting");
      assert.equal(running.output().slice(before), "EXIT-SUCCESS\n");
      await running.checkpointer.restore(token, false);
    }
  }));

test("registers that look like those of an interrupted call stay, step by step", () =>
  withTarget("looksInterrupted", {}, async ({ execution, breakAt, runTo }) => {
    breakAt("looks_interrupted");
    await runTo("breakpoint");
    for (let step = 0; step < 20; step++)
      await execution.resume({ mode: "instruction", threadId: 1, others: "run" });
    const { status } = await runTo("exiting");
    assert.deepEqual(status, { exitCode: 0 });
  }));

test("a call goes on although a condition is to be decided", () =>
  withTarget("endedBySignal", { args: ["epoll_wait"] }, async (running) => {
    const { target, execution, address, run, output } = running;
    await stopInCall(running);
    execution.insertBreakpoint(address("main"), [{ op: "constant", value: 0n }]);
    await stopInCall(running);
    const ended = run();
    process.kill(target.processId, "SIGALRM");
    assert.equal((await ended).kind, "exiting");
    assert.equal(output(), "EXIT-SUCCESS\n");
  }));

test("a breakpoint right behind the call that a thread waits in is met when that has ended", () =>
  withTarget("endedBySignal", { args: ["pause"] }, async (running) => {
    const { target, execution, run } = running;
    await stopInCall(running);
    const { pc } = target.registers(1);
    const behind = execution.insertBreakpoint(pc);
    const ended = run();
    await sleep(50);
    process.kill(target.processId, "SIGALRM");
    const stop = await ended;
    assert.ok(stop.kind === "breakpoint" && stop.address === pc);
    /* Since glibc 2.41 many calls are made there. */
    execution.removeBreakpoint(behind);
    assert.equal((await run()).kind, "exiting");
  }));
