/** State of a process that a clone does not carry: timers, locks, job control. Each program checks itself. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { setTimeout } from "node:timers/promises";
import { shim } from "../../adapter/target/ptrace/shim";
import { allSignals, runWithLimit } from "../sweep/observed";
import { sequence } from "../sweep/positions";
import { endsWell, factsOn, sameIds } from "./processState";
import { children, withTarget } from "./withTarget";

/** signal(7) */
const SIGCONT = 18;
const SIGSTOP = 19;

async function within10Seconds(isSo: () => boolean): Promise<void> {
  for (const end = Date.now() + 10_000; !isSo(); await setTimeout(5))
    assert.ok(Date.now() < end, String(isSo));
}

for (const sameProcessId of sameIds)
  test(`interval timers go on with what they had left (ids ${sameProcessId})`, async () => {
    await withTarget("intervalTimers", { launch: { sameProcessId } }, async (running) => {
      const { checkpointer, execution, breakAt, runTo } = running;
      const trap = breakAt("checkpoint_here");
      await runTo("breakpoint");
      const first = await checkpointer.create();
      const entries = factsOn(first, "interval timers");
      assert.equal(entries.length, 3);
      assert.match(entries[2]?.[1] ?? "", /^the profiling one, with the 31\.\d+ s|32\.0/);
      await runTo("breakpoint");
      await checkpointer.restore(first.token, false);
      await runTo("breakpoint");
      const second = await checkpointer.create();
      await runTo("breakpoint");
      const third = await checkpointer.create();
      assert.equal(factsOn(third, "interval timers").length, 1);
      execution.removeBreakpoint(trap);
      await endsWell(running, third, 3);
      for (const { token } of [second, first]) {
        await checkpointer.restore(token, false);
        await runTo("exiting");
      }
      assert.equal(running.output(), "EXIT-SUCCESS\n".repeat(5));
    });
  });

for (const sameProcessId of sameIds)
  for (const firstId of ["0", "150", "5000"])
    test(`POSIX timers keep their ids and whom they tell (ids ${sameProcessId}, from ${firstId} on)`, async () => {
      await withTarget("posixTimers", { args: [firstId], launch: { sameProcessId } }, async (running) => {
        const { checkpointer, execution, breakAt, runTo } = running;
        execution.passSignals = new Set(
          Array.from({ length: 64 }, (_, number) => number).filter((n) => n > 31),
        );
        const trap = breakAt("checkpoint_here");
        await runTo("breakpoint");
        const frozen = await checkpointer.create();
        assert.match(factsOn(frozen, "POSIX timers")[0]?.[1] ?? "", /^7, with their ids/);
        execution.removeBreakpoint(trap);
        await endsWell(running, frozen, 3);
      });
    });

for (const sameProcessId of sameIds)
  test(`locks on files are held again (ids ${sameProcessId})`, async () => {
    await withTarget("fileLocks", { launch: { sameProcessId } }, async (running) => {
      const { checkpointer, breakAt, runTo, output } = running;
      breakAt("checkpoint_here");
      await runTo("breakpoint");
      const locked = await checkpointer.create();
      assert.deepEqual(factsOn(locked, "record locks"), [["restored", "3, taken again at a restart"]]);
      assert.match(factsOn(locked, "locks of open files")[0]?.join(" ") ?? "", /^approximate 2 locks /);
      const held = "11011 101\n";
      const free = "00000 000\n";
      await runTo("breakpoint");
      assert.equal(output(), held);
      const unlocked = await checkpointer.create();
      assert.deepEqual(factsOn(unlocked, "record locks"), []);
      for (let round = 0; round < 3; round++) {
        await checkpointer.restore(locked.token, round === 1);
        await runTo("breakpoint");
      }
      assert.equal(output(), held.repeat(4));
      await checkpointer.restore(unlocked.token, false);
      await runTo("exiting");
      assert.equal(output(), `${held.repeat(4)}${free}EXIT-SUCCESS\n`);
    });
  });

for (const sameProcessId of sameIds)
  test(`a program that job control has stopped stays stopped until SIGCONT (ids ${sameProcessId})`, async () => {
    await withTarget("jobControl", { launch: { sameProcessId } }, async (running) => {
      const { target, checkpointer, execution, int, run, output } = running;
      execution.passSignals = new Set([SIGCONT, SIGSTOP]);
      const stopped = async (where: string): Promise<number> => {
        const interrupted = run();
        while (int("about_to_stop") === 0) await setTimeout(1);
        if (where === "first") await setTimeout(300);
        const before = int("count");
        await setTimeout(50);
        assert.equal(int("count"), before, where);
        execution.interrupt();
        assert.equal((await interrupted).kind, "interrupted");
        return before;
      };
      const count = await stopped("first");
      for (let round = 0; round < 3; round++) {
        const frozen = await checkpointer.create();
        assert.equal(await stopped(`${round} after create`), count);
        await checkpointer.restore(frozen.token, round === 1);
        assert.equal(await stopped(`${round} after restore`), count);
        checkpointer.discard(frozen.token);
      }
      const frozen = await checkpointer.create();
      for (let round = 1; round < 4; round++) {
        const end = running.runTo("exiting");
        await setTimeout(20);
        assert.equal(int("count"), count);
        process.kill(target.processId, "SIGCONT");
        await end;
        assert.equal(output(), "EXIT-SUCCESS\n".repeat(round));
        await checkpointer.restore(frozen.token, false);
      }
    });
  });

test("a timer that expires while a checkpoint is made is not lost", async () => {
  await withTarget("oneShot", {}, async (running) => {
    const { checkpointer, execution, int } = running;
    execution.passSignals = allSignals;
    const random = sequence(1);
    for (let round = 0; round < 150; round++) {
      await runWithLimit(running, random() * 3);
      const { token } = await checkpointer.create();
      await checkpointer.restore(token, false);
      checkpointer.discard(token);
      const before = int("shots");
      const deadline = Date.now() + 2000;
      while (int("shots") === before && Date.now() < deadline) await runWithLimit(running, 4);
      assert.notEqual(int("shots"), before, `round ${round}`);
    }
  });
});

test("of a program that has none of these nothing is said", async () => {
  await withTarget("loop", {}, async ({ checkpointer, breakAt, runTo }) => {
    breakAt("main");
    await runTo("breakpoint");
    const { fidelity } = await checkpointer.create();
    assert.deepEqual(
      fidelity.filter(({ resource }) => /signal|timer|lock|vfork/.test(resource)),
      [],
    );
  });
});

test("nothing is left of any of these programs", () => {
  assert.deepEqual(children(), []);
});

test("copies go before the program where memory runs out, and the program's own score is there before it runs", async () => {
  await withTarget("oomScore", {}, async (running) => {
    const { checkpointer, target, breakAt, runTo, output } = running;
    breakAt("checkpoint_here");
    await runTo("breakpoint");
    const scoreOf = (pid: number): string => readFileSync(`/proc/${pid}/oom_score_adj`, "latin1").trim();
    const first = await checkpointer.create();
    await within10Seconds(() => scoreOf(first.copyProcessId) === "500");
    await checkpointer.restore(first.token, false);
    const second = await checkpointer.create();
    assert.equal(scoreOf(target.processId), "200");
    await within10Seconds(() => scoreOf(second.copyProcessId) === "500");
    for (const [round, { token }] of [first, second, first, second].entries()) {
      await checkpointer.restore(token, false);
      await runTo("breakpoint");
      await runTo("exiting");
      assert.equal(output(), "EXIT-SUCCESS\n".repeat(round + 1));
    }
  });
});

test("in a program that job control has stopped a call runs on, also past an interruption that is on its way", async () => {
  await withTarget("spin", {}, async ({ target, execution, int, run }) => {
    const running = run();
    await within10Seconds(() => int("counter") > 0);
    process.kill(target.processId, "SIGSTOP");
    assert.equal((await running).kind, "signal");
    const waiting = run();
    await setTimeout(50);
    execution.interrupt();
    assert.equal((await waiting).kind, "interrupted");
    const before = int("counter");
    shim.interrupt(target.processId);
    const called = execution.resume({ mode: "run", others: "run", signal: "keep" });
    await setTimeout(50);
    execution.interrupt();
    assert.equal((await called).kind, "interrupted");
    assert.ok(int("counter") > before);
  });
});
