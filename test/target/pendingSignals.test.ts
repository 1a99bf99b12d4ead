/** Signals that wait when a checkpoint is made: a restart has them wait again. Each program checks itself. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { test } from "node:test";
import { setTimeout } from "node:timers/promises";
import { allSignals, runWithLimit } from "../sweep/observed";
import { endsWell, factsOn, sameIds } from "./processState";
import { children, withTarget } from "./withTarget";

for (const sameProcessId of sameIds)
  for (const variant of ["fixedAddress", "static"] as const)
    test(`signals that wait come once, in order, with their data (${variant}, ids ${sameProcessId})`, async () => {
      await withTarget("pendingSignals", { variant, launch: { sameProcessId } }, async (running) => {
        const { checkpointer, execution, breakAt, runTo } = running;
        const trap = breakAt("checkpoint_here");
        await runTo("breakpoint");
        const frozen = await checkpointer.create();
        const [entry] = factsOn(frozen, "pending signals");
        assert.equal(entry?.[0], "restored");
        // 100 and thrice 5 queued ones, thrice SIGUSR2, and four others.
        assert.match(entry?.[1] ?? "", /^122, with their data: .*SIGALRM/);
        execution.removeBreakpoint(trap);
        await endsWell(running, frozen, 4);
      });
    });

test("signals that wait survive copies of copies, and any number of checkpoints of the live program", async () => {
  await withTarget("pendingSignals", { args: ["9"] }, async (running) => {
    const { checkpointer, breakAt, runTo, execution } = running;
    const trap = breakAt("checkpoint_here");
    await runTo("breakpoint");
    let frozen = await checkpointer.create();
    for (let round = 0; round < 8; round++) {
      const before = frozen;
      await checkpointer.restore(before.token, false);
      await runTo("breakpoint");
      frozen = await checkpointer.create();
      assert.deepEqual(factsOn(frozen, "pending signals"), factsOn(before, "pending signals"));
      checkpointer.discard(before.token);
    }
    execution.removeBreakpoint(trap);
    await endsWell(running, frozen, 2);
  });
});

test("that signals may be lost, since fewer may be queued than are, is said before", () =>
  withTarget("pendingSignals", { args: ["9"] }, async ({ checkpointer, target, breakAt, runTo }) => {
    breakAt("checkpoint_here");
    await runTo("breakpoint");
    const limited = spawnSync("prlimit", [`--pid=${target.processId}`, "--sigpending=3:"], {
      encoding: "utf8",
    });
    assert.equal(limited.status, 0, limited.stderr);
    const frozen = await checkpointer.create();
    const [state, detail] = factsOn(frozen, "pending signals")[0] ?? [];
    assert.equal(state, "approximate");
    assert.match(
      detail ?? "",
      /; of the user's, \d+ are queued and 3 may be \(ulimit -i\), so that some may be lost$/,
    );
    const { missed } = await checkpointer.restore(frozen.token, false);
    assert.deepEqual(missed, ["Pending signals could not be queued again (EAGAIN)."]);
  }));

for (const sameProcessId of sameIds)
  test(`a SIGTRAP that waits, or is ignored, stays so (ids ${sameProcessId})`, async () => {
    for (const args of [["blocked"], ["ignored"]])
      await withTarget("trapSignal", { args, launch: { sameProcessId } }, async (running) => {
        const { checkpointer, execution, setInt, int, run } = running;
        const stopped = run();
        while (int("ready") === 0) await setTimeout(1);
        execution.interrupt();
        assert.equal((await stopped).kind, "interrupted");
        let frozen = await checkpointer.create();
        for (let round = 0; round < 5; round++) {
          assert.equal(factsOn(frozen, "pending signals").length, args[0] === "blocked" ? 1 : 0);
          await checkpointer.restore(frozen.token, false);
          frozen = await checkpointer.create();
        }
        setInt("go", 1);
        await running.runTo("exiting");
        assert.equal(running.output(), "EXIT-SUCCESS\n");
        await checkpointer.restore(frozen.token, false);
        setInt("go", 1);
        await running.runTo("exiting");
        assert.equal(running.output(), "EXIT-SUCCESS\n".repeat(2));
      });
  });

test("a fault whose signal is still to come is met by its handler, in a copy too", async () => {
  await withTarget("faults", {}, async (running) => {
    const { checkpointer, execution, int } = running;
    execution.passSignals = allSignals;
    let isMet = false;
    const end = Date.now() + 60_000;
    // Until it was there once: which moment is met is chance.
    for (let round = 0; !isMet && Date.now() < end; round++) {
      assert.equal((await runWithLimit(running, 0)).kind, "interrupted");
      const before = int("mended");
      const { token, fidelity } = await checkpointer.create();
      isMet = fidelity.some(({ resource }) => resource === "pending signals");
      if (isMet || round % 3 === 0) assert.deepEqual((await checkpointer.restore(token, false)).missed, []);
      checkpointer.discard(token);
      for (const deadline = Date.now() + 5000; int("mended") <= before && Date.now() < deadline;)
        assert.equal((await runWithLimit(running, 1)).kind, "interrupted");
      assert.ok(int("mended") > before, `round ${round}`);
    }
    assert.ok(isMet, "it was never stopped between a fault and its signal");
  });
});

test("nothing is left of any of these programs", () => {
  assert.deepEqual(children(), []);
});
