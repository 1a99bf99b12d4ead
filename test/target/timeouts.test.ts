/** Time-outs of system calls that a restart goes on with. */
import assert from "node:assert/strict";
import { kill } from "node:process";
import { describe, it, test } from "node:test";
import { setTimeout } from "node:timers/promises";
import type { Fidelity, FrozenState } from "../../adapter/target/checkpointer";
import { putInFront } from "./inFront";
import { children, isAlive, withTarget, type Running } from "./withTarget";

/** Milliseconds. A call begins somewhat later than its program is let go, and ends somewhat late; both on a loaded machine. */
const SPAN = 2000;
const LATE = 900;
const EARLY = 20;
const PAUSE = 1500;

/** Those that only a restart_block goes on with. */
const byKernel = ["poll", "nanosleep", "clockNanosleep", "futex"];
/** And those that are made again with what is left; the last makes two calls, each of half the span. */
const calls = [...byKernel, "epoll", "epollPwait", "epollTwice"];
/** And those that say themselves what is left. */
const telling = ["nanosleepRest", "nanosleepInPlace", "ppoll", "select"];

function timeoutsOf({ fidelity }: FrozenState): Fidelity[] {
  return fidelity.filter(({ resource }) => resource === "time-outs");
}

/** When calls began, or would have for a copy of them: not before and not after (Date.now()). */
interface Begin {
  readonly first: number;
  readonly last: number;
}

/** A checkpoint, and how much of the calls' time had gone by, at least and at most. */
interface Moment {
  readonly frozen: FrozenState;
  readonly least: number;
  readonly most: number;
}

/** Runs for a time and stops. Gives when that began. */
async function runFor({ run, execution }: Running, milliseconds: number): Promise<Begin> {
  const begin = Date.now();
  const stop = run();
  await setTimeout(milliseconds);
  execution.interrupt();
  assert.equal((await stop).kind, "interrupted");
  return { first: begin, last: begin };
}

/** Makes a checkpoint in which so many calls have their time left. */
async function createIn({ checkpointer }: Running, begin: Begin, count: number): Promise<Moment> {
  const least = Date.now() - begin.last;
  const frozen = await checkpointer.create();
  const states = timeoutsOf(frozen).map(({ state }) => state);
  assert.deepEqual(states, new Array(count).fill("restored"));
  return { frozen, least, most: Date.now() - begin.first };
}

async function goBack({ checkpointer }: Running, { frozen, least, most }: Moment): Promise<Begin> {
  const first = Date.now() - most;
  const { missed } = await checkpointer.restore(frozen.token, false);
  assert.deepEqual(missed, []);
  return { first, last: Date.now() - least };
}

/** Runs to the end, which must come when the calls are over. */
async function expectEnd({ runTo }: Running, { first, last }: Begin, what: string): Promise<void> {
  const resumed = Date.now();
  await runTo("exiting");
  const now = Date.now();
  const words = `${what}: ended ${now - first} to ${now - last} ms after its beginning, in ${now - resumed}`;
  assert.ok(now - first >= SPAN - EARLY, words);
  assert.ok(now - last < SPAN + LATE && now - resumed < SPAN - EARLY, words);
}

describe("the only thread waits for what was left, each time", { concurrency: calls.length }, () => {
  for (const call of calls)
    it(call, async () => {
      await withTarget("timeouts", { args: [String(SPAN), call] }, async (running) => {
        const moment = await createIn(running, await runFor(running, PAUSE), 1);
        for (let round = 0; round < 3; round++) {
          await expectEnd(running, await goBack(running, moment), call);
          assert.equal(running.output(), `${call} is over\nEXIT-SUCCESS\n`.repeat(round + 1));
        }
      });
    });
});

for (const sameProcessId of ["auto", "never", "namespace"] as const)
  test(`threads in all those calls wait for what was left (ids ${sameProcessId})`, async () => {
    const options = { args: [String(SPAN), ...calls, ...telling], launch: { sameProcessId } };
    await withTarget("timeouts", options, async (running) => {
      const { output } = running;
      // ppoll and select have theirs in memory, and so nothing is to be said of them.
      const moment = await createIn(running, await runFor(running, PAUSE), calls.length + telling.length - 2);
      for (let round = 0; round < 3; round++) {
        const begin = await goBack(running, moment);
        assert.equal(output().match(/ is over\n/g)?.length ?? 0, (calls.length + telling.length) * round);
        await expectEnd(running, begin, "threads");
        assert.equal(output().match(/ is over\n/g)?.length, (calls.length + telling.length) * (round + 1));
        assert.equal(output().match(/EXIT-SUCCESS\n/g)?.length, round + 1);
      }
    });
  });

test("checkpoints at another thread's breakpoint, more of them in the same calls, and of copies that are still in them", async () => {
  await withTarget("timeouts", { args: [String(SPAN), "busy", ...calls] }, async (running) => {
    const { execution, breakAt, runTo, output } = running;
    const visit = breakAt("visit");
    let begin: Begin = { first: Date.now(), last: Date.now() };
    const moments: Moment[] = [];
    const create = async (): Promise<void> => {
      moments.push(await createIn(running, begin, calls.length));
    };
    // The calls' ends are moments: time runs on while the program stands.
    while (moments.length < 2) {
      await runTo("breakpoint");
      if (Date.now() - begin.last > 800 + moments.length * 400) await create();
    }
    const [first] = moments;
    assert.ok(first);
    begin = await goBack(running, first);
    await create();
    for (let hit = 0; hit < 4; hit++) await runTo("breakpoint");
    await create();
    execution.removeBreakpoint(visit);
    for (const [round, moment] of [...moments, ...moments].entries()) {
      await expectEnd(running, await goBack(running, moment), `checkpoint ${round}`);
      assert.equal(output().match(/EXIT-SUCCESS\n/g)?.length, round + 1);
    }
  });
});

test("time runs on while the program stands, at a checkpoint and at one of its copy", async () => {
  const all = [...calls, "nanosleepRest"];
  await withTarget("timeouts", { args: [String(SPAN), ...all] }, async (running) => {
    const begin = await runFor(running, 300);
    await setTimeout(700);
    const first = await createIn(running, begin, all.length);
    await setTimeout(100);
    const again = await goBack(running, first);
    const second = await createIn(running, again, all.length);
    await runFor(running, 200);
    const third = await createIn(running, again, all.length);
    for (const [round, moment] of [first, second, third, first, second, third].entries()) {
      await expectEnd(running, await goBack(running, moment), `checkpoint ${round % 3}`);
      assert.equal(running.output().match(/EXIT-SUCCESS\n/g)?.length, round + 1);
    }
  });
});

test("a call whose time was over when the checkpoint was made ends at once", async () => {
  const calls = [...byKernel, "epoll", "epollPwait"];
  await withTarget("timeouts", { args: ["600", ...calls] }, async (running) => {
    const { checkpointer, output, runTo } = running;
    await runFor(running, 200);
    await setTimeout(600);
    const { token, fidelity } = await checkpointer.create();
    const over = fidelity.filter(({ detail }) => detail.endsWith("the 0.000 s that it had left"));
    assert.equal(over.length, calls.length);
    for (let round = 1; round < 4; round++) {
      await checkpointer.restore(token, false);
      const begin = Date.now();
      await runTo("exiting");
      assert.ok(Date.now() - begin < 350, `took ${Date.now() - begin} ms`);
      assert.equal(output().match(/EXIT-SUCCESS\n/g)?.length, round);
    }
  });
});

test("a thread that stops in front of its restart_syscall is in the call still, with what it had left", async () => {
  const stopInFront = (call: string): Promise<void> =>
    withTarget("timeouts", { args: [String(SPAN), call] }, async (running) => {
      const { target, execution, output, runTo } = running;
      const begin = await runFor(running, PAUSE);
      execution.passSignals = new Set();
      // Where the kernel takes it first, and where it stops for this signal, which the program ignores.
      putInFront(target.threads[0]?.tid ?? 0);
      kill(target.processId, "SIGURG");
      assert.equal((await runTo("signal")).signal.name, "SIGURG");
      const moment = await createIn(running, begin, 1);
      await expectEnd(running, begin, `${call}, the program itself`);
      await expectEnd(running, await goBack(running, moment), call);
      assert.equal(output(), `${call} is over\nEXIT-SUCCESS\n`.repeat(2));
    });
  await Promise.all(byKernel.map(stopInFront));
});

for (const how of ["run", "step"] as const)
  test(`a thread that has not run between two stops has what it had left at the first (${how})`, async () => {
    const resumption =
      how === "run"
        ? ({ mode: "run", others: "run" } as const)
        : ({ mode: "instruction", threadId: 1, others: "hold" } as const);
    const all = [...byKernel, "epoll", "epollPwait", "nanosleepRest", "nanosleepInPlace"];
    const stopAgain = (call: string): Promise<void> =>
      withTarget("timeouts", { args: [String(SPAN), call] }, async (running) => {
        const { target, execution, output } = running;
        execution.passSignals = new Set();
        const begin = await runFor(running, 300);
        for (let stop = 0; stop < 4; stop++) {
          await setTimeout(250);
          // It stops with this before it is in its call again.
          kill(target.processId, "SIGURG");
          assert.equal((await execution.resume({ ...resumption, signal: "discard" })).kind, "signal");
        }
        const moment = await createIn(running, begin, 1);
        const left = Number(/the ([\d.]+) s/.exec(timeoutsOf(moment.frozen)[0]?.detail ?? "")?.[1]) * 1000;
        assert.ok(left < SPAN - moment.least + 500, `${call}: ${left} ms left after ${moment.least}`);
        await expectEnd(running, begin, `${call}, the program itself`);
        await expectEnd(running, await goBack(running, moment), call);
        assert.equal(output(), `${call} is over\nEXIT-SUCCESS\n`.repeat(2));
      });
    await Promise.all(all.map(stopAgain));
  });

test("a free copy waits for what was left", async () => {
  await withTarget("timeouts", { args: [String(SPAN), "poll", "futex", "epoll"] }, async (running) => {
    const { frozen, least, most } = await createIn(running, await runFor(running, PAUSE), 3);
    const begin = Date.now();
    const { processId } = await running.checkpointer.detach(frozen.token);
    while (isAlive(processId)) await setTimeout(10);
    const took = Date.now() - begin;
    assert.ok(took >= SPAN - most - EARLY && took < SPAN - least + LATE, `${took} ms after ${least}`);
  });
});

test("epoll_wait ends in its time, however often the program is stopped", async () => {
  const args = [String(SPAN), "epoll", "epollTwice"];
  await withTarget("timeouts", { args }, async (running) => {
    const begin = await runFor(running, 250);
    for (let stop = 0; stop < 4; stop++) {
      await setTimeout(50);
      await runFor(running, stop % 2 === 0 ? 250 : 5);
    }
    await expectEnd(running, begin, "stopped again and again");
    assert.match(running.output(), /EXIT-SUCCESS/);
  });
});

test("a call that a signal has interrupted, and sigtimedwait, start over and say so", async () => {
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
  await withTarget("timeouts", { args: ["500", "signal"] }, async (running) => {
    const { checkpointer, output } = running;
    await runFor(running, 200);
    const frozen = await checkpointer.create();
    assert.deepEqual(startsOver(frozen), [
      "approximate timeouts waits in rt_sigtimedwait: its time starts over",
    ]);
    await checkpointer.restore(frozen.token, false);
    await running.runTo("exiting");
    assert.equal(output(), "signal is over\nEXIT-SUCCESS\n");
  });
});

test("nothing is left of any of these programs", () => {
  assert.deepEqual(children(), []);
});
