/** What no restart brings back is said, of whatever a program may hold in the kernel. */
import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { after, test } from "node:test";
import { setTimeout } from "node:timers/promises";
import { children, withTarget } from "./withTarget";

/** What the program holds, what its checkpoint says of it, and what keeps an ordinary user from that. */
const holdings: readonly (readonly [name: string, said: RegExp, onlyRoot?: string])[] = [
  ["semaphore", /^System V semaphores notRestored 1 set: .*SEM_UNDO/m],
  ["message", /^message queues notRestored 1 System V queue: /m],
  ["detached", /^shared memory notRestored 1 System V segment that is not attached: /m],
  ["keyring", /^keyrings notRestored /m],
  ["lease", /^leases approximate 1 lease: /m],
  ["terminal", /^terminals notRestored 1 pseudo-terminal of the program's own: /m],
  ["files", /^threads notRestored 1 thread with descriptors of its own/m],
  ["folder", /^threads notRestored 1 thread with a working directory and umask of its own/m],
  [
    "user",
    /^threads notRestored 1 thread with another user or group: /m,
    "no thread of an ordinary user's can act as another user",
  ],
  [
    "rights",
    /^threads notRestored 1 thread with other capabilities: /m,
    "an ordinary user's threads have no capabilities to give up",
  ],
  [
    "host",
    /^threads notRestored 1 thread with namespaces of its own /m,
    "an ordinary user's thread cannot leave its namespaces alone",
  ],
  [
    "filter",
    /^threads notRestored 1 thread with other system call filters/m,
    "an ordinary user's debugger cannot suspend filters, and takes no checkpoint (dap/checkpointThreads.test.ts)",
  ],
];

const isRoot = process.getuid?.() === 0;

for (const [name, said, onlyRoot] of holdings)
  test(
    `${name}: it is said, and said of no other program, and the program goes on from there`,
    { skip: !isRoot && onlyRoot },
    async () => {
      await withTarget("holdings", { args: [name] }, async (running) => {
        const { checkpointer, breakAt, runTo, output } = running;
        breakAt("main");
        await runTo("breakpoint");
        const linesOf = async (): Promise<string> => {
          const { fidelity } = await checkpointer.create();
          return fidelity.map(({ resource, state, detail }) => `${resource} ${state} ${detail}`).join("\n");
        };
        assert.doesNotMatch(await linesOf(), said);
        breakAt("marked");
        await runTo("breakpoint");
        assert.match(await linesOf(), said);
        const { token } = await checkpointer.create();
        for (let round = 1; round < 3; round++) {
          await runTo("exiting");
          assert.equal(output(), "EXIT-SUCCESS\n".repeat(round));
          assert.deepEqual((await checkpointer.restore(token, round === 1)).missed, []);
        }
        await runTo("exiting");
      });
    },
  );

const pool = "/proc/sys/vm/nr_hugepages";

/** What the pool of huge pages was before there were some more; undefined: that is not permitted. */
function enlargePool(): string | undefined {
  try {
    const before = readFileSync(pool, "latin1").trim();
    writeFileSync(pool, String(Number(before) + 4));
    if (Number(readFileSync(pool, "latin1")) >= Number(before) + 4) return before;
    writeFileSync(pool, before);
    return undefined;
  } catch {
    return undefined;
  }
}

// Before anything else: that there is none is remembered for a while (native-shim/copies/holdings.c).
const before = enlargePool();
after(() => {
  if (before !== undefined) writeFileSync(pool, before);
});

test(
  "huge pages: a copy shares them until one of the two writes, which is said",
  { skip: before === undefined && "the pool of huge pages cannot be enlarged here, which takes root" },
  async () => {
    await withTarget("holdings", { args: ["huge"] }, async ({ checkpointer, breakAt, runTo, output }) => {
      breakAt("marked");
      await runTo("breakpoint");
      const { token, fidelity } = await checkpointer.create();
      const line = fidelity.find(({ resource }) => resource === "huge pages");
      assert.equal(line?.state, "approximate");
      assert.match(line.detail, /^2048 KiB: /);
      for (let round = 1; round < 4; round++) {
        await runTo("exiting");
        assert.equal(output(), "EXIT-SUCCESS\n".repeat(round));
        assert.deepEqual((await checkpointer.restore(token, false)).missed, []);
      }
    });
  },
);

test("children are told of, and which of them run in the program's memory", () =>
  withTarget("sharingChild", {}, async ({ checkpointer, execution, int, setInt, run, runTo, output }) => {
    const stopped = run();
    while (int("told") === 0) await setTimeout(1);
    execution.interrupt();
    assert.equal((await stopped).kind, "interrupted");
    const { fidelity } = await checkpointer.create();
    const line = fidelity.find(({ resource }) => resource === "children");
    assert.deepEqual(line, {
      resource: "children",
      state: "notRestored",
      detail:
        "2 children of the live program: a fresh copy is not its parent and cannot wait for it; " +
        "1 of them in its memory: a fresh copy has memory of its own",
    });
    setInt("go", 1);
    await runTo("exiting");
    assert.equal(output(), "EXIT-SUCCESS\n");
  }));

test("nothing is left of any of these programs", () => {
  assert.deepEqual(children(), []);
});
