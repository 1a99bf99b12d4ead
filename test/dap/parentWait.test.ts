/** What the parent of a forked child sees by wait(2) of checkpoints and restarts in the child's session. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { withDebuggee } from "../helpers/session";
import { withBoth, type Child } from "./withBoth";

/** Takes a checkpoint, in whose list stands what is kept of the parent's waiting. Gives its id. */
async function checkpointSaying(
  child: Child,
  state: "approximate" | "notRestored",
  detail: RegExp,
): Promise<number> {
  const { id, fidelity } = await child.checkpoint();
  const parent = fidelity.find(({ resource }) => resource === "parent");
  assert.equal(parent?.state, state);
  assert.match(parent.detail, detail);
  return id;
}

/** Goes on from a checkpoint and back to it, where the parent sees that. */
async function restartSeen(child: Child, detail: RegExp): Promise<void> {
  const id = await checkpointSaying(child, "notRestored", detail);
  await child.resume("continue");
  await child.backTo(id);
}

describe("the parent's wait()", () => {
  /** An ordinary user has the same ids again in a namespace alone. */
  const checkpoints = { sameProcessId: process.getuid?.() === 0 ? "auto" : "namespace" } as const;

  /** Checkpoints, one deleted, some restarts, with a branch and without, and a copy let go, all in the child. */
  async function goBackAndForth(child: Child): Promise<void> {
    const { id } = await child.checkpoint();
    await child.checkpoint();
    await child.client.request("deleteCheckpoint", { checkpointId: 2 });
    const pid = await child.evaluate("(int)getpid()", "repl");
    for (let round = 0; round < 10; round++) {
      await child.resume("continue");
      await child.backTo(id, round % 2 === 0);
      assert.equal(await child.evaluate("(int)getpid()", "repl"), pid);
    }
    // It runs to its end by itself.
    await child.client.request("detachCheckpoint", { checkpointId: id });
  }

  for (const [state, breakpoints] of [
    ["waits", []],
    ["stands", ["FORKED"]],
  ] as const)
    for (const [way, output] of [
      ["any", "the child 700\nNo child processes, told 1\n"],
      ["that", "that one: 1 700\n"],
    ] as const)
      it(`gets the one end that the child had in the end, for ${way} child, when the parent ${state} at restarts`, () =>
        withBoth(
          { args: [way], breakpoints, checkpoints },
          async (parent) => {
            const child = await parent.childSession(["MET"]);
            await child.client.nextStop();
            if (state === "stands") await parent.client.nextStop();
            await goBackAndForth(child);
            assert.equal(parent.client.output(), "");
            await child.setBreakpoints([]);
            assert.equal(await child.runToExitPause(), "Exiting with code 7");
            await child.client.request("continue", { threadId: 1 });
            await child.client.event("terminated");
            if (state === "stands") await parent.client.request("continue", { threadId: 1 });
            assert.equal(await parent.exitCode(), 0);
            assert.equal(parent.client.output(), output);
          },
          "waiter",
        ));

  it("is told once of the child's end, though its copies are freed after it", () =>
    withBoth(
      { args: ["heard"], checkpoints },
      async (parent) => {
        const child = await parent.childSession(["MET"]);
        await child.client.nextStop();
        await goBackAndForth(child);
        await child.checkpoint();
        await child.setBreakpoints([]);
        assert.equal(await child.runToExitPause(), "Exiting with code 7");
        await child.client.request("continue", { threadId: 1 });
        assert.equal(await parent.exitCode(), 0);
        assert.equal(parent.client.output(), "heard of it: 1 700, told 1\n");
      },
      "waiter",
    ));

  it("gets it from the child that was switched to and restarted, too (suspend)", () =>
    withDebuggee("waiter", async (session) => {
      await session.launch({ followFork: "suspend", breakpoints: ["MET", "FORKED"], checkpoints });
      await session.client.nextStop();
      await session.backTo(1);
      await session.resume("continue");
      const { id } = await session.checkpoint();
      for (let round = 0; round < 5; round++) {
        await session.resume("continue");
        await session.backTo(id, false);
      }
      const { id: extra } = await session.checkpoint();
      await session.setBreakpoints([]);
      assert.equal(await session.runToExitPause(), "Exiting with code 7");
      const fork = (await session.checkpoints()).checkpoints.find(({ kind }) => kind === "fork");
      await session.backTo(fork?.id ?? 0);
      for (const checkpointId of [id, extra])
        await session.client.request("deleteCheckpoint", { checkpointId });
      await session.client.request("continue", { threadId: 1 });
      assert.equal(await session.exitCode(), 0);
      assert.equal(session.client.output(), "the child 700\nNo child processes, told 1\n");
    }));

  it("is told of in the list: approximate in a session of its own, not restored where the parent has been let go", () =>
    withBoth(
      { checkpoints },
      async (parent) => {
        const child = await parent.childSession(["MET"]);
        await child.client.nextStop();
        await checkpointSaying(
          child,
          "approximate",
          /^its parent, process \d+, waits for what runs in its place/,
        );
      },
      "waiter",
    ));

  it("is not all: that a pidfd of the child's tells of its end at a restart is said", () =>
    withBoth(
      { args: ["pidfd"], checkpoints },
      async (parent) => {
        const child = await parent.childSession(["MET"]);
        await child.client.nextStop();
        await parent.client.outputHas("pidfd: 1");
        const { fidelity } = await child.checkpoint();
        assert.ok(
          fidelity.some(
            ({ state, detail }) => state === "notRestored" && /^a pidfd that its parent/.test(detail),
          ),
        );
      },
      "waiter",
    ));

  it("sees what a restart leaves, where the ids cannot be the same, and the list says so", () =>
    withBoth(
      { args: ["that"], checkpoints: { sameProcessId: "never" } },
      async (parent) => {
        const child = await parent.childSession(["MET"]);
        await child.client.nextStop();
        await restartSeen(
          child,
          /sees the process that a restart leaves killed, and what runs next as another child$/,
        );
        await parent.client.outputHas("that one: 1 9");
      },
      "waiter",
    ));

  it("sees what a restart leaves, where nobody holds the parent (child), and the list says so", () =>
    withDebuggee("waiter", async (session) => {
      await session.launch({ followFork: "child", args: ["that"], breakpoints: ["MET"] });
      await session.client.nextStop();
      await restartSeen(
        session,
        /sees the process that a restart leaves killed, and copies as children of its own$/,
      );
      await session.client.outputHas("that one: 1 9");
    }));
});
