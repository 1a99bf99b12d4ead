/** What threads have in hand of ids, in registers and on their stacks, in copies with other ones. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, writeFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { test } from "node:test";
import { builds, hasNewIds, newIds, OWN_SIGNALS, toTheEnd } from "./newIds";
import { children, withTarget, type Running } from "./withTarget";
/** What uses ids between `begin` and `end`. */
const programs = ["lockKinds", "cancelled", "raised"] as const;

/**
 * Steps from `begin` to `end`, and has a copy of each step go on. `aroundNext` has the copy made that is stepped on; it gets the id of
 * the process that the last step was made in. Gives the number of steps.
 */
async function fromEachStep(
  running: Running,
  aroundNext: (make: () => Promise<void>, processId: number) => Promise<void> = (make) => make(),
): Promise<number> {
  const { target, execution, checkpointer, breakAt, runTo } = running;
  execution.passSignals = OWN_SIGNALS;
  const begin = breakAt("begin");
  const { threadId } = await runTo("breakpoint");
  execution.removeBreakpoint(begin);
  const end = running.address("end");
  let steps = 0;
  for (; target.registers(threadId).pc !== end; steps++) {
    const { processId } = target;
    const { token } = await checkpointer.create();
    const where = `step ${steps}, pc 0x${target.registers(threadId).pc.toString(16)}`;
    hasNewIds(await checkpointer.restore(token, false));
    assert.equal(await toTheEnd(running), "EXIT-SUCCESS\n", where);
    await aroundNext(async () => hasNewIds(await checkpointer.restore(token, false)), processId);
    checkpointer.discard(token);
    const stop = await execution.resume({ mode: "instruction", threadId, others: "hold" });
    assert.equal(stop.kind, "step", where);
  }
  return steps;
}

for (const name of programs)
  for (const options of builds)
    test(`a copy from every instruction goes on (${name} ${JSON.stringify(options)})`, async () => {
      await withTarget(name, { ...options, launch: newIds }, async (running) => {
        const steps = await fromEachStep(running);
        // A thread that is not waiting yet takes fewer to be cancelled.
        assert.ok(steps > 30, `only ${steps} steps`);
      });
    });

/** The id behind which the next one is looked for (proc(5)): each namespace of ids has its own. */
const NEXT_ID = "/proc/sys/kernel/ns_last_pid";

/** Set where this file's process is the first of a namespace of ids. */
const OWN_IDS = "FORKPOINT_TEST_OWN_IDS";

/** pid_namespaces(7). When the first process ends, so do all. */
const unshare = ["unshare", "--pid", "--fork", "--kill-child", "--mount-proc"] as const;

/** Why no ids can be chosen. */
function whyNoIds(): string | undefined {
  const [tool, ...options] = unshare;
  const { status } = spawnSync(tool, [...options, "sh", "-c", `echo 1000 > ${NEXT_ID}`]);
  return status === 0 ? undefined : `a namespace of ids whose next one is chosen takes root`;
}

const noIds = process.env[OWN_IDS] === undefined ? whyNoIds() : undefined;

/**
 * A test that chooses ids: others that run beside it take for certain that a new id is none that they have had. Its first
 * ones are behind `first`: of numbers as small as a new namespace's ids there are too many.
 */
function testWithOwnIds(name: string, body: () => Promise<void>, first = 5000): void {
  if (process.env[OWN_IDS] !== undefined) {
    test(name, () => {
      writeFileSync(NEXT_ID, String(first));
      return body();
    });
    return;
  }
  test(name, { skip: noIds }, () => {
    const env = { ...process.env, [OWN_IDS]: "1" };
    Reflect.deleteProperty(env, "NODE_TEST_CONTEXT");
    const [tool, ...options] = unshare;
    const file = process.argv[1] ?? "";
    const only = ["--enable-source-maps", "--test-reporter=tap", `--test-name-pattern=^${name}$`, file];
    const { stdout, stderr, status } = spawnSync(tool, [...options, process.execPath, ...only], {
      env,
      encoding: "utf8",
    });
    assert.equal(status, 0, stdout + stderr);
    assert.match(stdout, /^# pass 1$/m);
  });
}

/** The upper half of the stack's addresses. */
const HALF = 0x7fff;

testWithOwnIds("half of an address is no id", () =>
  withTarget("lockKinds", { ...builds[1], launch: newIds }, async (running) => {
    let [turn, met] = [0, 0];
    await fromEachStep(running, async (make, processId) => {
      // Every other one, and from other ids on: no copy is to have the id of what it is a copy of.
      if (processId === HALF) met++;
      const next = turn++ % 2 === 0 ? HALF : 1000 + turn * 10;
      writeFileSync(NEXT_ID, `${next - 1}`);
      await make();
    });
    assert.ok(met > 100, `only ${met} steps were made in processes with that id`);
  }),
);

testWithOwnIds(
  "an id that is too small a number to be told from others is named",
  () =>
    withTarget("lockKinds", { launch: newIds }, async ({ target, checkpointer, breakAt, runTo }) => {
      breakAt("begin");
      await runTo("breakpoint");
      const { processId } = target;
      assert.ok(processId < 16, `process ${processId}`);
      const { token } = await checkpointer.create();
      const { idsChanged = "" } = await checkpointer.restore(token, false);
      assert.match(
        idsChanged,
        new RegExp(`^new process ids .* were not looked for by the id ${processId}, which is`),
      );
    }),
  1,
);

for (const variant of ["static", "default"] as const)
  test(`who joins a thread waits until that has ended (musl, ${variant})`, async () => {
    await withTarget("joinedAtEnd", { compiler: "musl-gcc", variant, launch: newIds }, async (running) => {
      const { target, execution, checkpointer, breakAt, runTo } = running;
      execution.passSignals = OWN_SIGNALS;
      const begin = breakAt("begin");
      const { threadId } = await runTo("breakpoint");
      execution.removeBreakpoint(begin);
      const leader = target.threads[0]?.id ?? 0;
      const ending = BigInt(target.threads[1]?.tid ?? 0);
      // Up to where the other one waits for it, by its id in rdx, to give back the list of threads.
      for (let steps = 0; target.registers(leader).byDwarf(1) !== ending; steps++) {
        assert.ok(steps < 3000, "it was not waited for");
        await execution.resume({ mode: "instruction", threadId, others: "run" });
      }
      const { token } = await checkpointer.create();
      for (let round = 0; round < 3; round++) {
        hasNewIds(await checkpointer.restore(token, false));
        const joined = breakAt("joined");
        const stop = execution.resume({ mode: "run", threadId: leader, others: "hold" });
        await sleep(50);
        execution.interrupt();
        assert.equal((await stop).kind, "interrupted", "it has not waited");
        execution.removeBreakpoint(joined);
        assert.equal(await toTheEnd(running), "EXIT-SUCCESS\n");
      }
    });
  });

/** FUTEX_WAIT_BITSET, FUTEX_PRIVATE_FLAG and FUTEX_CLOCK_REALTIME (linux/futex.h): how one waits with a time-out. */
const OPERATION = 9 | 128 | 256;

/** Runs it with such ids. Gives whether a thread had the very one. */
async function restartedWithId(id: number, before: number): Promise<boolean> {
  let hasIt = false;
  writeFileSync(NEXT_ID, `${id - before}`);
  await withTarget("lockWaits", { flags: ["-pthread"], launch: newIds }, async (running) => {
    const { target, checkpointer, breakAt, runTo } = running;
    breakAt("holding");
    await runTo("breakpoint");
    hasIt = existsSync(`/proc/${target.processId}/task/${id}`);
    const { token } = await checkpointer.create();
    hasNewIds(await checkpointer.restore(token, false));
    assert.equal(await toTheEnd(running), "EXIT-SUCCESS\n");
  });
  return hasIt;
}

testWithOwnIds("an operation is no id", async () => {
  let hadIt = false;
  for (let tries = 0; tries < 30 && !hadIt; tries++) hadIt = await restartedWithId(OPERATION, 2 + tries);
  assert.ok(hadIt, "no thread had that id");
});

/** The function that threads do in a signal handler what one of them has the C library do for all, and its instructions up to that. */
const callsOfAll = [
  { options: builds[1], handler: "__nptl_setxid_sighandler", steps: 16 },
  { options: builds[2], handler: "handler", steps: 10 },
] as const;

for (const { options, handler, steps } of callsOfAll)
  test(`threads that are to make a call do (${JSON.stringify(options)})`, async () => {
    await withTarget("setAllThreads", { ...options, launch: newIds }, async (running) => {
      const { execution, checkpointer, breakAt, runTo } = running;
      execution.passSignals = OWN_SIGNALS;
      const entry = breakAt(handler);
      const { threadId } = await runTo("breakpoint");
      execution.removeBreakpoint(entry);
      for (let step = 0; step < steps; step++) {
        const { token } = await checkpointer.create();
        hasNewIds(await checkpointer.restore(token, false));
        assert.equal(await toTheEnd(running), "EXIT-SUCCESS\n", `step ${step}`);
        hasNewIds(await checkpointer.restore(token, false));
        checkpointer.discard(token);
        const stop = await execution.resume({ mode: "instruction", threadId, others: "hold" });
        if (stop.kind !== "step") break;
      }
    });
  });

test("a handler on top of one that compares the sender's id", async () => {
  const options = { ...builds[1], args: ["1"], launch: newIds };
  await withTarget("setAllThreads", options, async (running) => {
    const { target, execution, checkpointer, breakAt, runTo } = running;
    execution.passSignals = OWN_SIGNALS;
    const entry = breakAt("__nptl_setxid_sighandler");
    const { threadId } = await runTo("breakpoint");
    execution.removeBreakpoint(entry);
    const { token: first } = await checkpointer.create();
    for (let steps = 0; steps < 12; steps++) {
      hasNewIds(await checkpointer.restore(first, false));
      for (let step = 0; step < steps; step++)
        await execution.resume({ mode: "instruction", threadId, others: "hold" });
      const handler = breakAt("on_signal");
      process.kill(target.processId, "SIGURG");
      assert.equal((await runTo("breakpoint")).threadId, threadId);
      execution.removeBreakpoint(handler);
      const { token } = await checkpointer.create();
      hasNewIds(await checkpointer.restore(token, false));
      checkpointer.discard(token);
      assert.equal(await toTheEnd(running), "EXIT-SUCCESS\n", `step ${steps}`);
    }
  });
});

test("nothing is left of any of these programs", () => {
  assert.deepEqual(children(), []);
});
