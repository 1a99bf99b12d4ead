/** Which side of the program's own fork is debugged, and what becomes of the other one. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import type { CheckpointToken, FollowFork, FrozenState, StopEvent } from "../../adapter/target/target";
import { children, isAlive, withTarget, type Running } from "./withTarget";

function withFollow(
  followFork: FollowFork,
  args: readonly string[],
  body: (running: Running) => Promise<void>,
  program = "follow",
): Promise<void> {
  return withTarget(program, { flags: ["-pthread"], args, launch: { followFork } }, body);
}

/** The next stop that is not about a fork or an exec; `forks` gets those. */
async function onwards(running: Running, forks: StopEvent[] = []): Promise<StopEvent> {
  for (;;) {
    const stop = await running.run();
    if (stop.kind !== "forked" && stop.kind !== "exec") return stop;
    forks.push(stop);
  }
}

async function outputWith(running: Running, text: RegExp): Promise<void> {
  const end = Date.now() + 30_000;
  while (!text.test(running.output()) && Date.now() < end) await sleep(5);
  assert.match(running.output(), text);
}

const forking = ["fork", "thread", "double", "exec"] as const;
const sharing = ["vfork", "vexit", "spawn"] as const;

describe("followFork: parent", () => {
  for (const way of [...forking, ...sharing])
    test(`${way}: the child meets no breakpoint`, () =>
      withFollow("parent", [way], async (running) => {
        running.breakAt("met");
        const stop = await onwards(running);
        assert.equal(stop.kind, "breakpoint");
        assert.match(running.output(), new RegExp(`${way}: the same, [39]00`));
        assert.deepEqual(await onwards(running), {
          kind: "exiting",
          threadId: 1,
          status: { exitCode: 1 },
        });
      }));

  test("a process that shares the memory meets no trap, which is told, and they are back after it", () =>
    withFollow(
      "parent",
      [],
      async (running) => {
        const notes: string[] = [];
        running.execution.onNote = (sentence) => notes.push(sentence);
        running.breakAt("met");
        await running.runTo("signal");
        assert.match(running.output(), /shared 700/);
        assert.equal(running.int("calls"), 1);
        assert.match(notes.join(), /^Process \d+ shares the program's memory \(clone with CLONE_VM\): break/);
        await running.execution.resume({ mode: "run", others: "run", signal: "discard" });
        assert.equal(running.int("calls"), 1, "it stands on the breakpoint");
      },
      "sharer",
    ));
});

describe("followFork: child", () => {
  for (const way of [...forking, ...sharing])
    test(`${way}: the child is debugged, the parent goes on without traps`, () =>
      withFollow("child", [way], async (running) => {
        const { target } = running;
        const parent = target.processId;
        running.breakAt("met");
        const forks: StopEvent[] = [];
        let stop = await onwards(running, forks);
        // An exec forgets the breakpoints: the debugger resolves them anew.
        const isOther = ["exec", "vfork", "spawn"].includes(way);
        if (!isOther) {
          assert.equal(stop.kind, "breakpoint");
          stop = await onwards(running, forks);
        }
        assert.notEqual(target.processId, parent);
        assert.match(JSON.stringify(forks), /The program forked: process \d+ is followed; its parent/);
        const exitCode = isOther ? 9 : way === "double" ? 4 : 3;
        assert.deepEqual(stop, { kind: "exiting", threadId: way === "thread" ? 2 : 1, status: { exitCode } });
        assert.equal((await running.run()).kind, "exited");
        await outputWith(running, new RegExp(`${way}: the same, [39]00`));
      }));

  test("an exec in the parent hurts nobody", () =>
    withFollow("child", ["fork", "exec"], async (running) => {
      running.breakAt("met");
      assert.equal((await onwards(running)).kind, "breakpoint");
      await outputWith(running, /other/);
      assert.equal((await onwards(running)).kind, "exiting");
    }));

  test("a checkpoint of the parent goes back to it", () =>
    withFollow("child", ["fork"], async (running) => {
      const { target, checkpointer } = running;
      running.breakAt("main");
      await running.runTo("breakpoint");
      const { token } = await checkpointer.create();
      running.breakAt("met");
      assert.equal((await onwards(running)).kind, "breakpoint");
      const child = target.processId;
      await checkpointer.restore(token, false);
      assert.equal(isAlive(child), false);
      assert.equal((await onwards(running)).kind, "breakpoint");
      assert.equal((await onwards(running)).kind, "exiting");
    }));

  test("a child that is followed can be checkpointed and restarted", () =>
    withFollow("child", ["fork"], async (running) => {
      running.breakAt("met");
      await onwards(running);
      const { token } = await running.checkpointer.create();
      for (let round = 0; round < 3; round++) {
        const stop = await onwards(running);
        assert.deepEqual(stop, { kind: "exiting", threadId: 1, status: { exitCode: 3 } });
        await running.checkpointer.restore(token, false);
      }
    }));
});

/** Runs until the child waits, and gives its token and process id. */
async function toSuspended(running: Running): Promise<FrozenState> {
  const { suspended } = await running.runTo("forked");
  const [child] = suspended;
  assert.ok(child);
  return child;
}

describe("followFork: suspend", () => {
  for (const way of ["fork", "thread", "double"] as const)
    test(`${way}: both sides in turn, and the parent waits for its real child`, () =>
      withFollow("suspend", [way], async (running) => {
        const { target, checkpointer } = running;
        const parent = target.processId;
        running.breakAt("met");
        const child = await toSuspended(running);
        assert.equal(target.processId, parent);
        const { left, stop } = await checkpointer.restore(child.token, true);
        assert.equal(stop.kind, "restored");
        assert.equal(target.processId, child.processId);
        assert.ok(left);
        assert.equal(left.processId, parent);
        if (way !== "double") {
          assert.equal((await onwards(running)).kind, "breakpoint");
          assert.equal((await onwards(running)).kind, "exiting");
          assert.equal(running.output(), "");
        }
        const back = await checkpointer.restore(left.token, true);
        assert.equal(back.left === undefined, way !== "double");
        assert.equal(target.processId, parent);
        if (way === "double") return;
        assert.equal((await onwards(running)).kind, "breakpoint");
        assert.match(running.output(), new RegExp(`${way}: the same, 300`));
        assert.equal((await onwards(running)).kind, "exiting");
      }));

  test("there and back a hundred times", () =>
    withFollow("suspend", ["fork"], async (running) => {
      const { target, checkpointer } = running;
      running.breakAt("met");
      const parent = target.processId;
      let other = await toSuspended(running);
      const child = other.processId;
      for (let round = 0; round < 100; round++) {
        const { left } = await checkpointer.restore(other.token, true);
        assert.ok(left);
        other = left;
        assert.equal(target.processId, round % 2 === 0 ? child : parent);
        await running.execution.resume({ mode: "instruction", threadId: 1, others: "run" });
      }
      await checkpointer.restore(other.token, true);
      assert.equal((await onwards(running)).kind, "breakpoint");
      assert.equal(running.target.processId, child);
    }));

  test("checkpoints can be taken of both sides", () =>
    withFollow("suspend", ["fork"], async (running) => {
      const { checkpointer } = running;
      running.breakAt("met");
      const child = await toSuspended(running);
      const first = await checkpointer.create();
      const { left } = await checkpointer.restore(child.token, true);
      assert.ok(left);
      await onwards(running);
      const second = await checkpointer.create();
      assert.equal((await onwards(running)).kind, "exiting");
      await checkpointer.restore(second.token, false);
      assert.equal((await onwards(running)).kind, "exiting");
      await checkpointer.restore(first.token, false);
      const frozen = await checkpointer.create();
      checkpointer.discard(frozen.token);
      assert.ok(isAlive(left.processId));
      checkpointer.discard(left.token);
      assert.equal(isAlive(left.processId), false);
    }));

  test("discarding kills the real child, which its parent sees", () =>
    withFollow("suspend", ["fork"], async (running) => {
      running.breakAt("met");
      const child = await toSuspended(running);
      running.checkpointer.discard(child.token);
      assert.equal((await onwards(running)).kind, "breakpoint");
      assert.match(running.output(), /fork: the same, 9\b/);
    }));

  test("one that is killed from outside is told of", () =>
    withFollow("suspend", ["fork"], async (running) => {
      const child = await toSuspended(running);
      const lost: unknown[] = [];
      running.checkpointer.onLost = (...told) => lost.push(told);
      process.kill(child.processId, "SIGKILL");
      for (const end = Date.now() + 30_000; lost.length === 0 && Date.now() < end;) await sleep(5);
      assert.deepEqual(lost, [[child.token, { signal: 9, signalName: "SIGKILL" }]]);
      await assert.rejects(running.checkpointer.restore(child.token, true), /gone/);
    }));

  test("a child that ends while copies of it are freed is told of once", async () => {
    for (let round = 0; round < 30; round++)
      await withFollow(
        "suspend",
        [],
        async (running) => {
          const { checkpointer } = running;
          const child = await toSuspended(running);
          const { left } = await checkpointer.restore(child.token, true);
          assert.ok(left);
          const copies = [await checkpointer.create(), await checkpointer.create()];
          await running.runTo("exiting");
          await checkpointer.restore(left.token, false);
          for (const { token } of copies) checkpointer.discard(token);
          await running.runTo("exiting");
          assert.match(running.output(), /^the child 700\s+No child processes, told 1\s*$/);
        },
        "waiter",
      );
  });

  for (const way of sharing)
    test(`${way}: the child is not suspended, which is said once`, () =>
      withFollow("suspend", [way], async (running) => {
        const notes: string[] = [];
        running.execution.onNote = (sentence) => notes.push(sentence);
        running.breakAt("met");
        assert.equal((await running.run()).kind, "breakpoint");
        assert.match(running.output(), new RegExp(`${way}: the same, [39]00`));
        assert.deepEqual(notes, [
          "A child made by vfork or posix_spawn is not suspended: its parent waits for it.",
        ]);
      }));
});

describe("a storm of two hundred children of four threads", () => {
  for (const followFork of ["parent", "child"] as const)
    test(`while breakpoints are hit and checkpoints taken (${followFork})`, () =>
      withFollow(
        followFork,
        [],
        async (running) => {
          running.breakAt("met");
          for (let stops = 0; ; stops++) {
            const stop = await onwards(running);
            if (stop.kind === "exiting") {
              if (followFork === "parent") assert.match(running.output(), /EXIT-SUCCESS/);
              assert.ok("exitCode" in stop.status);
              break;
            }
            assert.equal(stop.kind, "breakpoint");
            if (followFork === "child" || stops % 3 > 0) continue;
            const { token } = await running.checkpointer.create();
            running.checkpointer.discard(token);
          }
        },
        "forkStorm",
      ));

  test("every one that is suspended is run to its end, while its parent stands still (suspend)", () =>
    withFollow(
      "suspend",
      [],
      async (running) => {
        running.breakAt("met");
        const parent = running.target.processId;
        let waiting: CheckpointToken[] = [];
        let ended = 0;
        let told = 0;
        for (;;) {
          const left = [];
          for (const token of waiting)
            if (await runToEnd(running, token)) ended++;
            else left.push(token);
          assert.equal(running.target.processId, parent);
          waiting = left;
          // One that cannot be run yet, since a thread is in vfork, holds up its parent.
          const timer = waiting.length > 0 ? setTimeout(() => running.execution.interrupt(), 2) : undefined;
          const stop = await running.run();
          clearTimeout(timer);
          if (stop.kind === "forked") {
            waiting.push(...stop.suspended.map(({ token }) => token));
            told += stop.suspended.length;
          } else if (stop.kind === "exiting") {
            assert.deepEqual(stop.status, { exitCode: 0 });
            break;
          } else assert.match(stop.kind, /breakpoint|interrupted/);
        }
        assert.match(running.output(), /EXIT-SUCCESS/);
        // A child born while another stop is told, and left by a switch before the next resume, is let go.
        assert.equal(ended, told);
        assert.ok(told > 80 && told <= 136, `${told} told`);
      },
      "forkStorm",
    ));
});

/** Switches to a suspended child, lets it end, and switches back. False: a thread of the parent's is in vfork. */
async function runToEnd(running: Running, token: CheckpointToken): Promise<boolean> {
  const { checkpointer } = running;
  let left: CheckpointToken | undefined;
  try {
    left = (await checkpointer.restore(token, true)).left?.token;
  } catch (error) {
    assert.match(String(error), /waits in vfork/);
    return false;
  }
  assert.ok(left);
  assert.equal((await onwards(running)).kind, "breakpoint");
  assert.equal((await onwards(running)).kind, "exiting");
  await checkpointer.restore(left, true);
  return true;
}

test("nothing is left behind", () => assert.deepEqual(children(), []));
