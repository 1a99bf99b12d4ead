/** Both sides of the program's own fork, each a target of its own, in one adapter. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { setImmediate, setTimeout as sleep } from "node:timers/promises";
import type { ExitStatus, StopEvent } from "../../adapter/target/target";
import { children, driver, isAlive, withTarget, type Running } from "./withTarget";

interface Family {
  readonly parent: Running;
  /** The next child that is told of, from the parent or from one of the children. */
  nextChild(): Promise<Running>;
}

/** Every child becomes a driver of its own; all are disposed of at the end. */
function withBoth(
  args: readonly string[],
  body: (family: Family) => Promise<void>,
  program = "follow",
): Promise<void> {
  // An ordinary user has the same ids again in a namespace alone.
  const sameProcessId = process.getuid?.() === 0 ? "auto" : "namespace";
  const launch = { followFork: "both", sameProcessId } as const;
  return withTarget(program, { flags: ["-pthread"], args, launch }, async (parent) => {
    const born: Running[] = [];
    let given = 0;
    const listen = ({ execution }: Running): void => {
      execution.onForked = ({ target }) => {
        const child = driver(target, parent.symbols);
        born.push(child);
        listen(child);
      };
    };
    listen(parent);
    const nextChild = async (): Promise<Running> => {
      for (const end = Date.now() + 30_000; born.length <= given && Date.now() < end;) await sleep(1);
      const child = born[given++];
      assert.ok(child, "no child was told of");
      return child;
    };
    try {
      await body({ parent, nextChild });
    } finally {
      for (const { target } of born) target.dispose();
    }
  });
}

/** Both sides get a breakpoint at met(). The parent runs to it already (`met`); the child stands where fork returns. */
async function breakBoth({
  parent,
  nextChild,
}: Family): Promise<{ child: Running; met: Promise<StopEvent> }> {
  parent.breakAt("met");
  const met = parent.run();
  const child = await nextChild();
  child.breakAt("met");
  return { child, met };
}

/** Lets a program that stands run to its end; breakpoints on the way are counted. */
async function toEnd(running: Running): Promise<{ status: ExitStatus; stops: number }> {
  for (let stops = 0; ;) {
    const stop = await running.run();
    if (stop.kind === "exited") return { status: stop.status, stops };
    if (stop.kind === "exec") running.breakAt("met");
    else if (stop.kind === "breakpoint") stops++;
    else assert.equal(stop.kind, "exiting");
  }
}

describe("followFork: both", () => {
  for (const way of ["fork", "thread", "exec", "vfork", "spawn"] as const)
    test(`${way}: each side has its breakpoints, and the parent waits for its real child`, () =>
      withBoth([way], async ({ parent, nextChild }) => {
        parent.breakAt("met");
        const end = toEnd(parent);
        const child = await nextChild();
        assert.deepEqual(
          child.target.threads.map(({ id, tid }) => ({ id, isLeader: tid === child.target.processId })),
          [{ id: 1, isLeader: true }],
        );
        await sleep(30);
        assert.equal(parent.output(), "", "the parent waits");
        child.breakAt("met");
        const exitCode = ["fork", "thread"].includes(way) ? 3 : 9;
        assert.deepEqual(await toEnd(child), { status: { exitCode }, stops: 1 });
        assert.deepEqual(await end, { status: { exitCode: 1 }, stops: 1 });
        assert.match(parent.output(), new RegExp(`${way}: the same, ${exitCode}00`));
      }));

  test("a child that exits in vfork's shadow is no target, and its parent goes on", () =>
    withBoth(["vexit"], async ({ parent }) => {
      parent.execution.onForked = () => assert.fail("it ran no program");
      parent.breakAt("met");
      assert.deepEqual(await toEnd(parent), { status: { exitCode: 1 }, stops: 1 });
      assert.match(parent.output(), /vexit: the same, 300/);
    }));

  test("a grandchild is its parent's to tell of", () =>
    withBoth(["double"], async ({ parent, nextChild }) => {
      const end = toEnd(parent);
      const child = await nextChild();
      const childsEnd = toEnd(child);
      const grandchild = await nextChild();
      grandchild.breakAt("met");
      assert.deepEqual(await toEnd(grandchild), { status: { exitCode: 4 }, stops: 1 });
      assert.deepEqual(await childsEnd, { status: { exitCode: 3 }, stops: 0 });
      assert.deepEqual(await end, { status: { exitCode: 1 }, stops: 0 });
      assert.match(parent.output(), /grandchild: the same, 400\r?\ndouble: the same, 300/);
    }));

  test("one that nobody takes goes on by itself, without traps", () =>
    withBoth(["fork"], async ({ parent }) => {
      parent.execution.onForked = (child) => child.release();
      parent.breakAt("met");
      assert.deepEqual(await toEnd(parent), { status: { exitCode: 1 }, stops: 1 });
      assert.match(parent.output(), /fork: the same, 300/);
    }));

  test("a child that is ended is seen by its parent as killed", () =>
    withBoth(["fork"], async ({ parent, nextChild }) => {
      const end = toEnd(parent);
      const child = await nextChild();
      child.target.dispose();
      assert.deepEqual((await end).status, { exitCode: 1 });
      assert.match(parent.output(), /fork: the same, 9\b/);
    }));

  test("a child outlives its parent, and what it writes is still heard", () =>
    withBoth(
      ["leave"],
      async ({ parent, nextChild }) => {
        const end = toEnd(parent);
        const child = await nextChild();
        assert.deepEqual((await end).status, { exitCode: 0 });
        assert.deepEqual(await toEnd(child), { status: { exitCode: 6 }, stops: 0 });
        assert.match(parent.output(), /left behind/);
      },
      "both",
    ));

  test("a checkpoint of one side does not touch the other", () =>
    withBoth(
      [],
      async (family) => {
        const { parent } = family;
        const { child, met } = await breakBoth(family);
        assert.equal((await child.run()).kind, "breakpoint");
        assert.equal((await met).kind, "breakpoint");
        const [ours, theirs] = [await parent.checkpointer.create(), await child.checkpointer.create()];
        for (let round = 0; round < 20; round++) {
          const [first, second] = round % 2 ? [child, parent] : [parent, child];
          first.setInt("rounds", 100);
          assert.notEqual(second.int("rounds"), 100);
          const before = second.int("rounds");
          assert.equal((await first.run()).kind, "breakpoint");
          assert.equal(first.int("rounds"), 101);
          await first.checkpointer.restore(first === parent ? ours.token : theirs.token, false);
          assert.equal(first.int("rounds"), 0);
          assert.equal(second.int("rounds"), before);
        }
        assert.ok(isAlive(parent.target.processId) && isAlive(child.target.processId));
      },
      "both",
    ));

  test("both run at once, stop by stop, and no stop is lost or another's", () =>
    withBoth(
      [],
      async (family) => {
        const { parent } = family;
        const { child, met } = await breakBoth(family);
        const rounds = async (side: Running, first: Promise<StopEvent>): Promise<void> => {
          for (let count = 0, stop = await first; ; count++, stop = await side.run()) {
            if (stop.kind === "exiting") {
              assert.deepEqual([stop.status, count], [{ exitCode: 0 }, 1000]);
              await side.runTo("exited");
              return;
            }
            assert.equal(stop.kind, "breakpoint");
            assert.equal(side.int("rounds"), count);
          }
        };
        await Promise.all([rounds(parent, met), rounds(child, child.run())]);
      },
      "both",
    ));

  test("a parent that runs is not disturbed by restarts and ends of copies in its child", () =>
    withBoth(
      [],
      async (family) => {
        const { parent } = family;
        const { child, met } = await breakBoth(family);
        assert.equal((await child.run()).kind, "breakpoint");
        const { processId } = child.target;
        const { token } = await child.checkpointer.create();
        let over = false;
        const parents = async (): Promise<void> => {
          assert.equal((await met).kind, "breakpoint");
          for (let rounds = 1; rounds < 1000; rounds++) {
            assert.equal((await parent.run()).kind, "breakpoint");
            assert.equal(parent.int("rounds"), rounds);
          }
          // It waits for its child now.
          for (let pauses = 0; pauses < 20; pauses++) {
            const waiting = parent.run();
            await sleep(10);
            parent.execution.interrupt();
            assert.equal((await waiting).kind, "interrupted");
          }
          over = true;
        };
        const childs = async (): Promise<number> => {
          for (let count = 0; ; count++) {
            if (over) return count;
            await setImmediate();
            const extra = await child.checkpointer.create();
            assert.equal((await child.run()).kind, "breakpoint");
            child.checkpointer.discard(extra.token);
            const { idsChanged } = await child.checkpointer.restore(token, false);
            assert.equal(idsChanged, undefined);
            // In a namespace the tracer sees another one.
            if (process.getuid?.() === 0) assert.equal(child.target.processId, processId);
            assert.equal(child.int("rounds"), 0);
          }
        };
        const [, count] = await Promise.all([parents(), childs()]);
        assert.ok(count > 20, `${count} restarts`);
        const end = toEnd(parent);
        assert.deepEqual(await toEnd(child), { status: { exitCode: 0 }, stops: 999 });
        assert.deepEqual(await end, { status: { exitCode: 0 }, stops: 0 });
      },
      "both",
    ));

  test("a storm of children: each is run to its end while its parent runs", () =>
    withBoth(
      [],
      async ({ parent }) => {
        const ends: Promise<{ status: ExitStatus; stops: number }>[] = [];
        parent.execution.onForked = ({ target }) => {
          const child = driver(target, parent.symbols);
          child.breakAt("met");
          ends.push(sleep(1).then(() => toEnd(child)));
        };
        assert.deepEqual(await toEnd(parent), { status: { exitCode: 0 }, stops: 0 });
        assert.match(parent.output(), /EXIT-SUCCESS/);
        assert.equal(ends.length, 136);
        for (const { stops, status } of await Promise.all(ends)) {
          assert.equal(stops, 1);
          assert.ok("exitCode" in status);
        }
      },
      "forkStorm",
    ));
});

test("nothing is left behind", () => assert.deepEqual(children(), []));
