/** Time-outs of system calls that a restart goes on with. */
import assert from "node:assert/strict";
import { kill } from "node:process";
import { test } from "node:test";
import { setTimeout } from "node:timers/promises";
import type { Fidelity, FrozenState } from "../../adapter/target/target";
import { children, isAlive, withTarget, type Running } from "./withTarget";

/** Milliseconds. A call begins somewhat later than its program is let go, and ends somewhat late; both on a loaded machine. */
const SPAN = 2000;
const LATE = 900;
const EARLY = 20;
const PAUSE = 1500;

/** Those that only a restart_block goes on with. */
const calls = ["poll", "nanosleep", "clockNanosleep", "futex"];
/** And those that say themselves what is left. */
const telling = ["nanosleepRest", "nanosleepInPlace", "ppoll", "select"];

function timeoutsOf({ fidelity }: FrozenState): Fidelity[] {
  return fidelity.filter(({ resource }) => resource === "time-outs");
}

/** Runs for a time and stops. Gives how long it has run. */
async function runFor({ run, execution }: Running, milliseconds: number): Promise<number> {
  const begin = Date.now();
  const stop = run();
  await setTimeout(milliseconds);
  execution.interrupt();
  assert.equal((await stop).kind, "interrupted");
  return Date.now() - begin;
}

/** Runs to the end, which must come when a call is over that has run for so many milliseconds already. */
async function expectRest({ runTo }: Running, hasRun: number, what: string): Promise<void> {
  const begin = Date.now();
  await runTo("exiting");
  const took = Date.now() - begin;
  const words = `${what}: went on for ${took} ms after ${hasRun} of ${SPAN}`;
  assert.ok(took >= SPAN - hasRun - EARLY, words);
  assert.ok(took < Math.min(SPAN - hasRun + LATE, SPAN - EARLY), words);
}

for (const call of calls)
  test(`the only thread waits in ${call} for what was left, each time`, async () => {
    await withTarget("timeouts", { args: [String(SPAN), call] }, async (running) => {
      const { checkpointer, output } = running;
      const hasRun = await runFor(running, PAUSE);
      const frozen = await checkpointer.create();
      assert.deepEqual(
        timeoutsOf(frozen).map(({ state }) => state),
        ["restored"],
      );
      for (let round = 0; round < 3; round++) {
        const { missed } = await checkpointer.restore(frozen.token, false);
        assert.deepEqual(missed, []);
        await expectRest(running, hasRun, call);
        assert.equal(output(), `${call} is over\nEXIT-SUCCESS\n`.repeat(round + 1));
      }
    });
  });

for (const sameProcessId of ["auto", "never", "namespace"] as const)
  test(`threads in all those calls wait for what was left (ids ${sameProcessId})`, async () => {
    const options = { args: [String(SPAN), ...calls, ...telling], launch: { sameProcessId } };
    await withTarget("timeouts", options, async (running) => {
      const { checkpointer, output } = running;
      const hasRun = await runFor(running, PAUSE);
      const frozen = await checkpointer.create();
      // ppoll and select have theirs in memory.
      assert.deepEqual(
        timeoutsOf(frozen).map(({ state }) => state),
        ["poll", "nanosleep", "clockNanosleep", "futex", "nanosleepRest", "nanosleepInPlace"].map(
          () => "restored",
        ),
      );
      for (let round = 0; round < 3; round++) {
        await checkpointer.restore(frozen.token, false);
        assert.doesNotMatch(output().split("EXIT-SUCCESS\n")[round] ?? "", /over/);
        await expectRest(running, hasRun, "threads");
        assert.equal(output().match(/ is over\n/g)?.length, (calls.length + telling.length) * (round + 1));
        assert.equal(output().match(/EXIT-SUCCESS\n/g)?.length, round + 1);
      }
    });
  });

test("checkpoints at another thread's breakpoint, more of them in the same calls, and of copies that are still in them", async () => {
  await withTarget("timeouts", { args: [String(SPAN), "busy", ...calls] }, async (running) => {
    const { checkpointer, execution, breakAt, runTo, output } = running;
    const visit = breakAt("visit");
    const begin = Date.now();
    let hasRun = 0;
    const states: { frozen: FrozenState; hasRun: number }[] = [];
    const create = async (): Promise<void> => {
      const frozen = await checkpointer.create();
      assert.deepEqual(
        timeoutsOf(frozen).map(({ state }) => state),
        calls.map(() => "restored"),
      );
      states.push({ frozen, hasRun });
    };
    while (hasRun < PAUSE) {
      await runTo("breakpoint");
      // Their ends are moments: time runs on while the program stands.
      hasRun = Date.now() - begin;
      if (hasRun > (states.length + 1) * 400) await create();
    }
    const [first] = states;
    assert.ok(first);
    await checkpointer.restore(first.frozen.token, false);
    ({ hasRun } = first);
    await create();
    const again = Date.now();
    for (let hit = 0; hit < 5; hit++) await runTo("breakpoint");
    hasRun += Date.now() - again;
    await create();
    execution.removeBreakpoint(visit);
    for (const [round, state] of [...states, ...states].entries()) {
      await checkpointer.restore(state.frozen.token, false);
      await expectRest(running, state.hasRun, `checkpoint ${round}`);
      assert.equal(output().match(/EXIT-SUCCESS\n/g)?.length, round + 1);
    }
  });
});

test("time runs on while the program stands, at a checkpoint and at one of its copy", async () => {
  await withTarget("timeouts", { args: [String(SPAN), ...calls, "nanosleepRest"] }, async (running) => {
    const { checkpointer, output } = running;
    let hasRun = await runFor(running, 300);
    await setTimeout(700);
    hasRun += 700;
    const first = await checkpointer.create();
    await setTimeout(100);
    await checkpointer.restore(first.token, false);
    const second = await checkpointer.create();
    const third = { hasRun: hasRun + (await runFor(running, 200)), ...(await checkpointer.create()) };
    const states = [{ hasRun, ...first }, { hasRun, ...second }, third];
    for (const [round, state] of [...states, ...states].entries()) {
      await checkpointer.restore(state.token, false);
      await expectRest(running, state.hasRun, `checkpoint ${round % 3}`);
      assert.equal(output().match(/EXIT-SUCCESS\n/g)?.length, round + 1);
    }
  });
});

test("a call whose time was over when the checkpoint was made ends at once", async () => {
  await withTarget("timeouts", { args: ["600", ...calls] }, async (running) => {
    const { checkpointer, output, runTo } = running;
    await runFor(running, 200);
    await setTimeout(600);
    const { token, fidelity } = await checkpointer.create();
    assert.equal(fidelity.filter(({ detail }) => detail.endsWith("the 0.000 s that it had left")).length, 4);
    for (let round = 1; round < 4; round++) {
      await checkpointer.restore(token, false);
      const begin = Date.now();
      await runTo("exiting");
      assert.ok(Date.now() - begin < 350, `took ${Date.now() - begin} ms`);
      assert.equal(output().match(/EXIT-SUCCESS\n/g)?.length, round);
    }
  });
});

test("a thread that stands in front of its restart_syscall is in the call still", async () => {
  for (const call of calls)
    await withTarget("timeouts", { args: [String(SPAN), call] }, async (running) => {
      const { target, checkpointer, output } = running;
      const hasRun = await runFor(running, PAUSE);
      // Where the kernel takes it first; stops are mostly before that, and seldom there.
      const [{ id } = { id: 1 }] = target.threads;
      const registers = target.registers(id);
      registers.set("rip", registers.pc - 2n);
      registers.set("rax", 219n);
      const { token } = await checkpointer.create();
      await expectRest(running, hasRun, `${call}, the program itself`);
      await checkpointer.restore(token, false);
      await expectRest(running, hasRun, call);
      assert.equal(output(), `${call} is over\nEXIT-SUCCESS\n`.repeat(2));
    });
});

test("a free copy waits for what was left", async () => {
  await withTarget("timeouts", { args: [String(SPAN), "poll", "futex"] }, async (running) => {
    const { checkpointer } = running;
    const hasRun = await runFor(running, PAUSE);
    const { token } = await checkpointer.create();
    const begin = Date.now();
    const { processId } = await checkpointer.detach(token);
    while (isAlive(processId)) await setTimeout(10);
    const took = Date.now() - begin;
    assert.ok(
      took >= SPAN - hasRun - EARLY && took < SPAN - hasRun + LATE,
      `took ${took} ms after ${hasRun}`,
    );
  });
});

test("a call that a signal has interrupted, and epoll_wait, start over and say so", async () => {
  const startsOver = (state: FrozenState): string[] =>
    timeoutsOf(state).map((line) => `${line.state} ${line.detail.replace(/ \(\d+\)/, "")}`);
  await withTarget("timeouts", { args: ["500", "poll"] }, async (running) => {
    const { target, checkpointer, run } = running;
    const stop = run();
    await setTimeout(200);
    kill(target.processId, "SIGUSR1");
    assert.equal((await stop).kind, "signal");
    assert.deepEqual(startsOver(await checkpointer.create()), [
      "approximate timeouts waits in poll: its time starts over",
    ]);
  });
  await withTarget("timeouts", { args: ["500", "epoll"] }, async (running) => {
    const { checkpointer, output } = running;
    await runFor(running, 200);
    const frozen = await checkpointer.create();
    assert.deepEqual(startsOver(frozen), ["approximate timeouts waits in epoll_wait: its time starts over"]);
    await checkpointer.restore(frozen.token, false);
    await running.runTo("exiting");
    assert.equal(output(), "epoll is over\nEXIT-SUCCESS\n");
  });
});

test("nothing is left of any of these programs", () => {
  assert.deepEqual(children(), []);
});
