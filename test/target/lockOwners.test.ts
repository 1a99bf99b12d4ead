/** What the C library has of ids, in copies with other ones: locks that know who holds them. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { setTimeout as sleep } from "node:timers/promises";
import { test } from "node:test";
import { compile } from "../helpers/compile";
import { builds, hasNewIds, newIds, OWN_SIGNALS, toTheEnd } from "./newIds";
import { children, withTarget } from "./withTarget";
/** Every so many instructions: no number of those that a lock takes. With 7 it finds the same, in 40 s. */
const STRIDE = 41;

for (const options of builds)
  test(`who takes a lock keeps what is the program's own (${JSON.stringify(options)})`, async () => {
    await withTarget("lockKinds", { ...options, launch: newIds }, async (running) => {
      const { target, execution, checkpointer, breakAt, runTo } = running;
      execution.passSignals = OWN_SIGNALS;
      const begin = breakAt("begin");
      const { threadId } = await runTo("breakpoint");
      execution.removeBreakpoint(begin);
      const { token: first } = await checkpointer.create();
      const end = running.address("end");
      const walk = async (steps: number): Promise<void> => {
        for (let step = 0; step < steps && target.registers(threadId).pc !== end; step++)
          await execution.resume({ mode: "instruction", threadId, others: "hold" });
      };
      for (let steps = STRIDE; target.registers(threadId).pc !== end; steps += STRIDE) {
        // From the beginning, so that what the program asks for its id is told the very one that the copy has not.
        hasNewIds(await checkpointer.restore(first, false));
        await walk(steps);
        const where = `step ${steps}, pc 0x${target.registers(threadId).pc.toString(16)}`;
        const { token } = await checkpointer.create();
        hasNewIds(await checkpointer.restore(token, false));
        checkpointer.discard(token);
        assert.equal(await toTheEnd(running), "EXIT-SUCCESS\n", where);
        hasNewIds(await checkpointer.restore(first, false));
        await walk(steps);
      }
    });
  });

/** The functions of musl that take locks and give them back, and how often. */
const takers = [
  { name: "pthread_mutex_lock", times: 7 },
  { name: "pthread_mutex_unlock", times: 7 },
  { name: "__pthread_mutex_timedlock", times: 6 },
] as const;

for (const { name, times } of takers)
  test(`who is about to call ${name} keeps what is the program's own`, async () => {
    await withTarget("lockKinds", { ...builds[2], launch: newIds }, async (running) => {
      const { execution, checkpointer, breakAt, runTo } = running;
      execution.passSignals = OWN_SIGNALS;
      const begin = breakAt("begin");
      await runTo("breakpoint");
      execution.removeBreakpoint(begin);
      const { token: first } = await checkpointer.create();
      for (let hit = 1; hit <= times; hit++) {
        hasNewIds(await checkpointer.restore(first, false));
        const entry = breakAt(name);
        for (let met = 0; met < hit; met++) await runTo("breakpoint");
        execution.removeBreakpoint(entry);
        const { token } = await checkpointer.create();
        hasNewIds(await checkpointer.restore(token, false));
        checkpointer.discard(token);
        assert.equal(await toTheEnd(running), "EXIT-SUCCESS\n", `hit ${hit}`);
      }
    });
  });

for (const options of builds)
  test(`who waits for a lock keeps what is the program's own (${JSON.stringify(options)})`, async () => {
    await withTarget("lockWaits", { ...options, flags: ["-pthread"], launch: newIds }, async (running) => {
      const { checkpointer, breakAt, runTo } = running;
      breakAt("holding");
      await runTo("breakpoint");
      const { token } = await checkpointer.create();
      for (let round = 0; round < 3; round++) {
        hasNewIds(await checkpointer.restore(token, false));
        assert.equal(await toTheEnd(running), "EXIT-SUCCESS\n");
      }
    });
  });

for (const options of builds)
  test(`robust locks that nobody waits for, one of them shared (${JSON.stringify(options)})`, async () => {
    await withTarget("robustHeld", { ...options, launch: newIds }, async (running) => {
      const { checkpointer, breakAt, runTo } = running;
      breakAt("holding");
      await runTo("breakpoint");
      const { token } = await checkpointer.create();
      assert.equal(await toTheEnd(running), "EXIT-SUCCESS\n");
      for (let round = 0; round < 3; round++) {
        hasNewIds(await checkpointer.restore(token, false));
        assert.equal(await toTheEnd(running), "EXIT-SUCCESS\n");
      }
    });
  });

test("the size of a piece of the heap is no id", async () => {
  let isSize = false;
  for (let tries = 0; tries < 400 && !isSize; tries++) {
    // Else each may have an id that is the same multiple later.
    for (let ids = tries % 3; ids > 0; ids--) spawnSync("true");
    await withTarget("heapPieces", { launch: newIds }, async (running) => {
      const { target, checkpointer, breakAt, runTo } = running;
      // A multiple of 16, and a flag.
      isSize = target.processId % 16 === 1;
      if (!isSize) return;
      breakAt("holding");
      await runTo("breakpoint");
      const { token } = await checkpointer.create();
      hasNewIds(await checkpointer.restore(token, false));
      assert.equal(await toTheEnd(running), "EXIT-SUCCESS\n");
    });
  }
  assert.ok(isSize, "no process had such an id");
});

test("a checkpoint in a constructor, where ld.so holds its locks", async () => {
  // -rdynamic: the library calls back into the program.
  const library = compile("calledBack", { flags: ["-shared", "-fPIC"], output: "libcalledback.so" });
  const options = { args: [library], flags: ["-rdynamic"], launch: newIds };
  await withTarget("opener", options, async (running) => {
    const { execution, checkpointer, breakAt, runTo } = running;
    const visit = breakAt("visit");
    await runTo("breakpoint");
    const { token } = await checkpointer.create();
    execution.removeBreakpoint(visit);
    for (let round = 0; round < 3; round++) {
      hasNewIds(await checkpointer.restore(token, false));
      assert.equal(await toTheEnd(running), "EXIT-SUCCESS\n");
    }
  });
});

for (const options of builds)
  test(`a free copy holds what it held (${JSON.stringify(options)})`, async () => {
    await withTarget("lockKinds", { ...options, launch: newIds }, async (running) => {
      const { checkpointer, breakAt, runTo, output } = running;
      breakAt("begin");
      await runTo("breakpoint");
      const { token } = await checkpointer.create();
      const { processId } = await checkpointer.detach(token);
      const deadline = Date.now() + 10_000;
      while (output() === "" && Date.now() < deadline) await sleep(20);
      if (output() === "") process.kill(processId, "SIGKILL");
      assert.equal(output(), "EXIT-SUCCESS\n");
    });
  });

test("of a large program as much is looked through as is told, the smaller areas first", async () => {
  await withTarget("lockKinds", { args: ["400"], launch: newIds }, async (running) => {
    const { checkpointer, breakAt, runTo } = running;
    breakAt("begin");
    await runTo("breakpoint");
    const { token } = await checkpointer.create();
    const { idsChanged = "", missed } = await checkpointer.restore(token, false);
    assert.deepEqual(missed, []);
    const [, left] =
      /^new process ids were asked for\. Locks .* in (\d+) MiB of its memory \(beyond the first 256 MiB\)/.exec(
        idsChanged,
      ) ?? [];
    assert.ok(Number(left) >= 144 && Number(left) < 150, idsChanged);
    assert.equal(await toTheEnd(running), "EXIT-SUCCESS\n");
  });
});

test("nothing is left of any of these programs", () => {
  assert.deepEqual(children(), []);
});
