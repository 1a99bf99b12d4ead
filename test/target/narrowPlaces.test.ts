/** Checkpoints of programs in which a call is hard to make: little stack, filters, no vDSO. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout } from "node:timers/promises";
import type { FrozenState } from "../../adapter/target/checkpointer";
import { TargetError } from "../../adapter/target/target";
import { children, withTarget } from "./withTarget";

for (const what of ["guard", "mappings", "vdso"])
  for (const variant of ["fixedAddress", "static"] as const)
    test(`a copy can be made and restarted there: ${what} (${variant})`, async () => {
      await withTarget("confined", { args: [what], variant }, async (running) => {
        const { checkpointer, execution, breakAt, run, runTo, output } = running;
        const trap = breakAt("checkpoint_here");
        await runTo("breakpoint");
        const frozen = await checkpointer.create();
        await run();
        for (let round = 0; round < 3; round++)
          assert.deepEqual((await checkpointer.restore(frozen.token, true)).missed, []);
        execution.removeBreakpoint(trap);
        await runTo("exiting");
        assert.equal(output().match(/EXIT-SUCCESS/g)?.length, what === "guard" ? 1 : 2);
        assert.doesNotMatch(output(), /written|changed|munmap/);
      });
    });

test("a filter that kills for a clone: with the privilege it is suspended, without it a sentence, and the program goes on", async () => {
  await withTarget("confined", { args: ["strict"] }, async (running) => {
    const { checkpointer, execution, breakAt, runTo, output } = running;
    const trap = breakAt("checkpoint_here");
    await runTo("breakpoint");
    const result = await checkpointer.create().catch((error: unknown) => error);
    if (process.getuid?.() === 0) assert.ok(!(result instanceof Error), String(result));
    else {
      assert.ok(result instanceof TargetError);
      assert.match(result.message, /filter/);
    }
    execution.removeBreakpoint(trap);
    await runTo("exiting");
    assert.equal(output(), "EXIT-SUCCESS\n");
    if (result instanceof Error) return;
    await checkpointer.restore((result as FrozenState).token, false);
    await runTo("exiting");
    assert.equal(output(), "EXIT-SUCCESS\n".repeat(2));
  });
});

test("a program whose next child starts a pid namespace: a sentence, it goes on, and can go back", async () => {
  await withTarget("childNamespaces", { args: ["pid"] }, async (running) => {
    const { checkpointer, breakAt, runTo, output } = running;
    breakAt("checkpoint_here");
    await runTo("breakpoint");
    const { token } = await checkpointer.create();
    for (let round = 1; round < 4; round++) {
      await runTo("breakpoint");
      await assert.rejects(checkpointer.create(), /next child is to be in another pid namespace/);
      // There is no copy of where it was; from its end there would be none either.
      if (round === 2) assert.equal((await checkpointer.restore(token, true)).left, undefined);
      if (round === 2) await runTo("breakpoint");
      await runTo("exiting");
      assert.equal(output(), "EXIT-SUCCESS\n".repeat(round));
      await checkpointer.restore(token, true);
    }
  });
});

test("a program whose next child has another time namespace is told that its copies have, too", async () => {
  await withTarget("childNamespaces", { args: ["time"] }, async (running) => {
    const { checkpointer, breakAt, runTo, output } = running;
    breakAt("checkpoint_here");
    await runTo("breakpoint");
    const before = await checkpointer.create();
    await runTo("breakpoint");
    const { token, fidelity } = await checkpointer.create();
    const isSaid = (one: FrozenState): boolean => one.fidelity.some(({ resource }) => resource === "clocks");
    assert.ok(!isSaid(before));
    assert.equal(fidelity.find(({ resource }) => resource === "clocks")?.state, "notRestored");
    await checkpointer.restore(token, false);
    await runTo("exiting");
    assert.equal(output(), "EXIT-SUCCESS\n");
  });
});

for (const args of [[], ["thread"]])
  test(`a restartable sequence is aborted, in the copy too (${args[0] ?? "first thread"})`, async () => {
    await withTarget("rseqSection", { args }, async (running) => {
      const { checkpointer, execution, breakAt, int, runTo, output } = running;
      const trap = breakAt("in_section");
      await runTo("breakpoint");
      const frozen = await checkpointer.create();
      execution.removeBreakpoint(trap);
      for (let round = 1; round < 4; round++) {
        assert.equal(int("commits"), 0);
        await runTo("exiting");
        assert.equal(output(), "EXIT-SUCCESS\n".repeat(round));
        await checkpointer.restore(frozen.token, true);
      }
    });
  });

for (const sameProcessId of ["auto", "never"] as const)
  for (const args of [[], ["leader"]])
    test(`a copy while ${args[0] ?? "a thread"} waits in vfork (ids ${sameProcessId})`, async () => {
      await withTarget("vforkThread", { args, launch: { sameProcessId } }, async (running) => {
        const { target, checkpointer, execution, int, setInt, run, runTo, output } = running;
        const pause = async (): Promise<void> => {
          const before = int("count");
          const stopped = run();
          while (int("child_started") === 0 || int("count") === before) await setTimeout(1);
          execution.interrupt();
          assert.equal((await stopped).kind, "interrupted");
        };
        await pause();
        const frozen = await checkpointer.create();
        assert.match(
          frozen.fidelity.find(({ resource }) => resource === "vfork")?.detail ?? "",
          /waits in vfork/,
        );
        await pause();
        const second = await checkpointer.create();
        setInt("release", 1);
        await runTo("exiting");
        assert.equal(output(), "with child\nEXIT-SUCCESS\n");
        for (let round = 1; round < 6; round++) {
          await checkpointer.restore((round % 2 === 0 ? second : frozen).token, false);
          assert.equal(target.threads.length, 2);
          await runTo("exiting");
          assert.equal(output(), `with child\nEXIT-SUCCESS\n${"alone\nEXIT-SUCCESS\n".repeat(round)}`);
        }
      });
    });

test("nothing is left of any of these programs", () => {
  assert.deepEqual(children(), []);
});
