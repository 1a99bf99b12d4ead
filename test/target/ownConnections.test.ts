/** TCP connections of the program with itself: what is on its way comes back, whatever has become of them since. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { children, isAlive, mayRepair, ownDescriptors, withTarget, type Running } from "./withTarget";

const RESTORED = "restored what is in the queues of 6 sockets connected with one another";

async function saidOf(
  running: Running,
): Promise<{ token: Parameters<Running["checkpointer"]["restore"]>[0]; said: string[] }> {
  const { token, fidelity } = await running.checkpointer.create();
  const lines = fidelity.filter(
    ({ resource, detail }) => resource === "sockets" && !detail.includes("listening"),
  );
  return { token, said: lines.map(({ state, detail }) => `${state} ${detail}`) };
}

/** Restarts a checkpoint again and again, and the later one between, with the program behind all it does with its connections. */
async function again(running: Running, missed: (line: string) => boolean): Promise<void> {
  const { checkpointer, breakAt, runTo } = running;
  breakAt("first");
  breakAt("second");
  await runTo("breakpoint");
  const { token, said } = await saidOf(running);
  assert.deepEqual(said, [RESTORED]);
  const restored = async (which: typeof token, keep: boolean): ReturnType<typeof checkpointer.restore> => {
    const result = await checkpointer.restore(which, keep);
    assert.ok(result.missed.every(missed), result.missed.join());
    return result;
  };
  // At once.
  await restored(token, false);
  await runTo("breakpoint");
  for (let round = 0; round < 3; round++) {
    const { left } = await restored(token, true);
    await runTo("breakpoint");
    assert.ok(left);
    await restored(left.token, false);
    await restored(token, false);
    await runTo("breakpoint");
    checkpointer.discard(left.token);
  }
  const before = ownDescriptors().length;
  for (let round = 0; round < 5; round++) {
    await restored(token, false);
    await runTo("breakpoint");
  }
  assert.ok(ownDescriptors().length <= before + 1, ownDescriptors().join(" "));
  await runTo("exiting");
  assert.equal(running.output().trim().split("\n").at(-1), "EXIT-SUCCESS");
}

for (const sameProcessId of ["auto", "never"] as const)
  for (const how of ["", "deaf", "closed", "deaf closed", "ended", "ended closed", "ends", "ends closed"])
    test(`what is on its way comes back (${how || "open"}; process id ${sameProcessId})`, () =>
      withTarget("ownConnections", { args: [how], launch: { sameProcessId } }, async (running) => {
        // Without the privilege, what is gone may come back elsewhere.
        const mayMove = !mayRepair && how !== "" && how !== "deaf";
        await again(running, (line) => mayMove && line.includes("could not have the same ports again"));
        if (!mayMove) assert.equal(running.int("moved"), 0);
      }));

for (const sameProcessId of ["auto", "never"] as const)
  test(`an epoll set has the ends still (process id ${sameProcessId})`, () =>
    withTarget("ownConnections", { args: ["watched"], launch: { sameProcessId } }, (running) =>
      again(running, () => false),
    ));

test("of a connection that waits for its reader to have room, it is said that it does not come back", () =>
  withTarget("ownConnections", { args: ["stuck"] }, async (running) => {
    running.breakAt("first");
    await running.runTo("breakpoint");
    const { said } = await saidOf(running);
    assert.match(said.join(), /^notRestored 6 sockets connected by network: the peer is not wound back/);
  }));

test("a program that has made a process has its connections as they are then", () =>
  withTarget("ownConnections", { args: ["forked"] }, async (running) => {
    running.breakAt("first");
    await running.runTo("breakpoint");
    const { said } = await saidOf(running);
    assert.match(said.join(), /^notRestored 6 sockets connected by network: the peer is not wound back/);
  }));

test("a free copy has connections of its own, and the program its own", () =>
  withTarget("ownConnections", {}, async (running) => {
    const { checkpointer, breakAt, runTo, output } = running;
    breakAt("first");
    breakAt("second");
    await runTo("breakpoint");
    const { token } = await saidOf(running);
    for (let round = 0; round < 2; round++) {
      const { processId, note } = await checkpointer.detach(token);
      assert.match(note ?? "", /3 connections of the program with itself could not have the same ports/);
      assert.doesNotMatch(note ?? "", /What was in/);
      while (isAlive(processId)) await sleep(5);
      assert.equal(output(), "EXIT-SUCCESS\n".repeat(round + 1));
      if (round === 0) await runTo("breakpoint");
    }
    assert.equal(running.int("moved"), 0);
    await runTo("exiting");
    assert.equal(output(), "EXIT-SUCCESS\n".repeat(3));
  }));

test("what a child has since is left to it", () =>
  withTarget("ownConnections", { args: ["shared"] }, async (running) => {
    const { checkpointer, breakAt, runTo, output } = running;
    breakAt("first");
    breakAt("second");
    await runTo("breakpoint");
    const { token } = await saidOf(running);
    await runTo("breakpoint");
    const { missed } = await checkpointer.restore(token, false);
    assert.deepEqual(missed, [
      "3 connections of the program with itself could not have the same ports again: they are in use.",
    ]);
    while (!output().includes("the child is done")) await sleep(5);
    assert.doesNotMatch(output(), /line \d/);
    await runTo("breakpoint");
    await runTo("exiting");
    assert.match(output(), /EXIT-SUCCESS/);
  }));

test("nothing is left of any of these programs", () => assert.deepEqual(children(), []));
