/** What open files share between the live program and its copies: a restart brings back how it was. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import type { Fidelity } from "../../adapter/target/checkpointer";
import { children, isAlive, ownDescriptors, withTarget } from "./withTarget";

const ROUNDS = Number(process.env.FORKPOINT_ROUNDS ?? 10);

/** Programs that check themselves, with what a checkpoint in the first place says of their descriptors. */
const programs: readonly (readonly [name: string, fidelity: RegExp, ...args: string[]])[] = [
  ["pipes", /^pipes restored what is in 5 pipes$/m],
  [
    "eventfds",
    /^event counters restored 4 eventfds\ntimer descriptors restored 4 timerfds, .*\nsignal descriptors restored what 1 signalfd waits for$/m,
  ],
  ["epolls", /^epoll sets restored 1 set with 6 descriptors$/m],
  ["socketpairs", /^sockets restored what is in the queues of 10 sockets connected with one another$/m],
  [
    "statusFlags",
    /^file offsets restored 1 file\nfiles notRestored what is in 1 file open for writing: /m,
    "%/file",
  ],
  [
    "inFlight",
    /^sockets restored what is in the queues of 10 sockets connected with one another\nsockets restored 1 socket whose other end is closed\ndescriptors in flight restored 6 descriptors .*\ndescriptors in flight approximate 1 descriptor .*\ndescriptors in flight restored credentials of the program with 2 messages$/m,
  ],
  ["signalOwners", /^descriptor owners restored who gets the signals of 4 descriptors \(/m, "%/fifo"],
  ["watches", /^inotify approximate 1 watch: /m, "%"],
];

/** Of the live program and of copies there may be others now; no more of anything else. */
function added(before: readonly string[], after: readonly string[]): string[] {
  const left = [...before];
  return after.filter((link) => {
    const at = left.indexOf(link);
    if (at >= 0) left.splice(at, 1);
    return at < 0 && !/^\/(proc\/\d+\/mem|tmp\/tsx)/.test(link);
  });
}

function lines(fidelity: readonly Fidelity[]): string {
  return fidelity.map(({ resource, state, detail }) => `${resource} ${state} ${detail}`).join("\n");
}

for (const sameProcessId of ["auto", "never"] as const)
  for (const [name, expected, ...args] of programs)
    test(`${name}: both states come back, again and again (process id ${sameProcessId})`, async () => {
      const folder = mkdtempSync("/tmp/forkpoint-");
      try {
        const inFolder = args.map((argument) => argument.replace("%", folder));
        await withTarget(name, { args: inFolder, launch: { sameProcessId } }, async (running) => {
          const { checkpointer, breakAt, run, runTo, output } = running;
          breakAt("first");
          breakAt("second");
          await runTo("breakpoint");
          const { token, fidelity } = await checkpointer.create();
          assert.match(lines(fidelity), expected);
          let before: string[] = [];
          const toSecond = async (): Promise<void> =>
            assert.equal((await run()).kind, "breakpoint", output());
          for (let round = 0; round < ROUNDS; round++) {
            if (round === 3) {
              await sleep(100);
              before = ownDescriptors();
            }
            await toSecond();
            const { left, missed } = await checkpointer.restore(token, true);
            assert.deepEqual(missed, [], output());
            assert.ok(left);
            // From the first place to the second, and the branch from there to the end.
            if (round % 2 === 0) await toSecond();
            const back = await checkpointer.restore(left.token, false);
            if (name !== "watches") assert.deepEqual(back.missed, []);
            else
              assert.match(back.missed.join(), /Watches of the inotify .* removed or changed since: \d+\.$/);
            const { status } = await runTo("exiting");
            assert.deepEqual(status, { exitCode: 0 }, output());
            checkpointer.discard(left.token);
            assert.deepEqual((await checkpointer.restore(token, false)).missed, []);
          }
          assert.equal(output(), "EXIT-SUCCESS\n".repeat(ROUNDS));
          assert.deepEqual(added(before, ownDescriptors()), []);
        });
      } finally {
        rmSync(folder, { recursive: true });
      }
      assert.deepEqual(children(), []);
    });

test("what others hold as well is said, with why", async () => {
  await withTarget("sharedEnds", {}, async ({ checkpointer, breakAt, runTo, output }) => {
    breakAt("first");
    breakAt("second");
    await runTo("breakpoint");
    const first = await checkpointer.create();
    const said = lines(first.fidelity);
    for (const expected of [
      /^pipes restored what is in 2 pipes$/m,
      /^pipes notRestored 2 pipes shared with process \d+, which is not wound back$/m,
      /^sockets restored what is in the queues of 1 socket connected/m,
      /^sockets notRestored 2 sockets shared with process \d+, which is not wound back$/m,
      /^sockets approximate 1 socket listening: as they are at a restart, or opened anew/m,
      /^sockets restored 1 socket without a peer: opened anew, as they were$/m,
      /^sockets notRestored 1 socket with descriptors or credentials in flight: /m,
    ])
      assert.match(said, expected);
    await runTo("breakpoint");
    // The other end of one pipe is held by the first checkpoint's copy only.
    const second = await checkpointer.create();
    assert.match(lines(second.fidelity), /^pipes restored what is in 2 pipes$/m);
    await runTo("exiting");
    assert.deepEqual((await checkpointer.restore(second.token, false)).missed, []);
    await runTo("exiting");
    assert.deepEqual((await checkpointer.restore(first.token, false)).missed, []);
    await runTo("breakpoint");
    await runTo("exiting");
    assert.equal(output(), "EXIT-SUCCESS\n".repeat(3));
  });
});

test("credentials of a process that has ended cannot be had again, and that is said", async () => {
  await withTarget("childSender", {}, async ({ checkpointer, breakAt, runTo, output }) => {
    breakAt("first");
    await runTo("breakpoint");
    const { token, fidelity } = await checkpointer.create();
    assert.match(
      lines(fidelity),
      /^descriptors in flight approximate credentials of other processes with 1 message: /m,
    );
    await runTo("exiting");
    for (let round = 0; round < 2; round++) {
      const { missed } = await checkpointer.restore(token, false);
      assert.match(missed.join(), /^What comes with messages in a socket: credentials \((ESRCH|EPERM)\)\.$/);
      await runTo("exiting");
    }
    assert.equal(output(), "the child's\nEXIT-SUCCESS\n" + "nobody's\nEXIT-SUCCESS\n".repeat(2));
  });
});

test("a free copy has what is in flight, too", async () => {
  await withTarget("inFlight", {}, async ({ checkpointer, breakAt, runTo, output }) => {
    breakAt("first");
    await runTo("breakpoint");
    const { token } = await checkpointer.create();
    const { processId, note } = await checkpointer.detach(token);
    assert.doesNotMatch(note ?? "", /What comes with/);
    while (isAlive(processId)) await sleep(5);
    assert.equal(output(), "EXIT-SUCCESS\n");
  });
});

test("a free copy has counters, timers and signals of its own", async () => {
  await withTarget("eventfds", {}, async ({ checkpointer, breakAt, runTo, output }) => {
    breakAt("first");
    await runTo("breakpoint");
    const { token } = await checkpointer.create();
    const { processId } = await checkpointer.detach(token);
    while (isAlive(processId)) await sleep(5);
    assert.equal(output(), "EXIT-SUCCESS\n");
    await runTo("exiting");
    assert.equal(output(), "EXIT-SUCCESS\n".repeat(2));
  });
});
