/** What the C library has of ids, in copies with other ones: locks that know who holds them, and what is being done with an id. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { test } from "node:test";
import type { Restored } from "../../adapter/target/target";
import { compile } from "../helpers/compile";
import { children, withTarget, type Running } from "./withTarget";

const newIds = { sameProcessId: "never" } as const;

/** Those that the C library keeps for itself (adapter/debugger/signals.ts), and SIGURG. */
const OWN_SIGNALS: ReadonlySet<number> = new Set([23, 32, 33, 34]);

const builds = [
  {},
  { variant: "static" },
  { compiler: "musl-gcc", variant: "static" },
  { compiler: "clang", variant: "optimized" },
] as const;

/** Runs to the end, at the latest for as long as an idle machine takes a hundred times. Gives what it wrote. */
async function toTheEnd({ execution, run, output }: Running): Promise<string> {
  const before = output().length;
  const late = setTimeout(() => execution.interrupt(), 5000);
  const { kind } = await run();
  clearTimeout(late);
  return kind === "exiting" ? output().slice(before) : `it hung (${kind})`;
}

function hasNewIds({ idsChanged, missed }: Restored): void {
  assert.equal(idsChanged, "new process ids were asked for");
  assert.deepEqual(missed, []);
}

/** What uses ids between `begin` and `end`. */
const programs = ["lockKinds", "cancelled", "raised"] as const;

/** Which instructions copies are made at: every `stride`-th from `first` on. */
interface Places {
  readonly stride: number;
  readonly first: number;
}

/**
 * Steps from `begin` to `end`, and has copies made on the way go on. `beforeNext`: called before the copy that is stepped on is
 * made, with the id of the process that the last step was made in. Gives the number of steps.
 */
async function fromSteps(
  running: Running,
  { stride, first }: Places,
  beforeNext: (processId: number) => void = () => undefined,
): Promise<number> {
  const { target, execution, checkpointer, breakAt, runTo } = running;
  execution.passSignals = OWN_SIGNALS;
  const begin = breakAt("begin");
  const { threadId } = await runTo("breakpoint");
  execution.removeBreakpoint(begin);
  const end = running.address("end");
  let steps = 0;
  const goOnFrom = async (where: string): Promise<void> => {
    const { processId } = target;
    const { token } = await checkpointer.create();
    hasNewIds(await checkpointer.restore(token, false));
    assert.equal(await toTheEnd(running), "EXIT-SUCCESS\n", where);
    beforeNext(processId);
    hasNewIds(await checkpointer.restore(token, false));
    checkpointer.discard(token);
  };
  for (; target.registers(threadId).pc !== end; steps++) {
    const where = `step ${steps}, pc 0x${target.registers(threadId).pc.toString(16)}`;
    if (steps % stride === first) await goOnFrom(where);
    const stop = await execution.resume({ mode: "instruction", threadId, others: "hold" });
    assert.equal(stop.kind, "step", where);
  }
  return steps;
}

/** Two of the builds have the same C library: each takes every other instruction. */
function placesFor(name: string, options: (typeof builds)[number]): Places {
  const isOfTwo = name === "lockKinds" && options !== builds[1] && options !== builds[2];
  return isOfTwo ? { stride: 2, first: options === builds[0] ? 0 : 1 } : { stride: 1, first: 0 };
}

for (const name of programs)
  for (const options of builds)
    test(`a copy from every instruction goes on (${name} ${JSON.stringify(options)})`, async () => {
      await withTarget(name, { ...options, launch: newIds }, async (running) => {
        const steps = await fromSteps(running, placesFor(name, options));
        // A thread that is not waiting yet takes fewer to be cancelled.
        assert.ok(steps > 30, `only ${steps} steps`);
      });
    });

/** Every so many instructions: no number of those that a lock takes. With 7 it finds the same, in two minutes. */
const STRIDE = 83;

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

/** The upper half of the stack's addresses. */
const HALF = 0x7fff;

/** The id behind which the next one is looked for (proc(5)); root may set it, where /proc/sys can be written. */
const NEXT_ID = "/proc/sys/kernel/ns_last_pid";

/** Its mode lets anybody write; the kernel does not (CAP_CHECKPOINT_RESTORE). */
function mayChooseIds(): boolean {
  try {
    writeFileSync(NEXT_ID, readFileSync(NEXT_ID));
    return true;
  } catch {
    return false;
  }
}

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

test("half of an address is no id", { skip: !mayChooseIds() }, async () => {
  await withTarget("lockKinds", { ...builds[1], launch: newIds }, async (running) => {
    let [turn, met] = [0, 0];
    await fromSteps(running, { stride: 3, first: 0 }, (processId) => {
      // Every other one, as far as others leave it, and from other ids on: no copy is to have the id of what it is a copy of.
      if (processId === HALF) met++;
      const next = turn++ % 2 === 0 ? HALF : 1000 + turn * 10;
      writeFileSync(NEXT_ID, `${next - 1}`);
    });
    const isTaken = existsSync(`/proc/${HALF}`);
    assert.ok(
      met > 40 || isTaken,
      `only ${met} steps were made in processes with that id, and nobody has it`,
    );
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

/** FUTEX_WAIT_BITSET, FUTEX_PRIVATE_FLAG and FUTEX_CLOCK_REALTIME (linux/futex.h): how one waits with a time-out. */
const OPERATION = 9 | 128 | 256;

/** Runs it with such ids. Gives whether a thread had the very one; others may have taken it meanwhile. */
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

test("an operation is no id", { skip: !mayChooseIds() }, async () => {
  let hadIt = existsSync(`/proc/${OPERATION}`);
  for (let tries = 0; tries < 200 && !hadIt; tries++)
    hadIt = await restartedWithId(OPERATION, 2 + (tries % 30));
  assert.ok(hadIt, "no thread had that id");
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
