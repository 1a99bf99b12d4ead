/** Which side of the program's own fork is debugged: the parent, or the child. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import type { StopEvent } from "../../adapter/target/target";
import { onwards, sharing, withFollow } from "./withFollow";
import { children, isAlive, type Running } from "./withTarget";

async function outputWith(running: Running, text: RegExp): Promise<void> {
  const end = Date.now() + 30_000;
  while (!text.test(running.output()) && Date.now() < end) await sleep(5);
  assert.match(running.output(), text);
}

const forking = ["fork", "thread", "double", "exec"] as const;

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

test("nothing is left behind", () => assert.deepEqual(children(), []));
