import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { withDebuggee, type DebuggeeSession } from "../helpers/session";

type Operation = (session: DebuggeeSession) => Promise<unknown>;

const ready: Operation = async (session) => {
  await session.launchToStop({ breakpoints: ["BP1"] });
  for (let i = 0; i < 3; i++) await session.checkpoint();
  await session.resume("continue");
};

const operations: Record<string, { before?: Operation; during: Operation }> = {
  launching: { during: (session) => session.launch() },
  creating: { before: ready, during: (session) => session.checkpoint() },
  restarting: { before: ready, during: (session) => session.backTo(1) },
  "restarting without a branch": { before: ready, during: (session) => session.backTo(2, false) },
  deleting: {
    before: ready,
    during: (session) => session.client.request("deleteCheckpoint", { checkpointId: 1 }),
  },
  continuing: { before: ready, during: (session) => session.resume("continue") },
  stepping: { before: ready, during: (session) => session.resume("next") },
  "calling a function": { before: ready, during: (session) => session.evaluate("(int)sleep(1)", "repl") },
  "starting anew": {
    before: ready,
    during: (session) => session.client.request("restart", { freeCheckpoints: true }),
  },
  ending: { before: ready, during: (session) => session.client.request("terminate") },
};

/** With a side of the program's fork that waits, or is debugged by itself, and copies of both. */
const families: Record<string, (session: DebuggeeSession) => Promise<unknown>> = {
  "a suspended child and a checkpoint of each side": async (session) => {
    await session.launch({ followFork: "suspend", breakpoints: ["MET", "WAIT"] });
    await session.client.nextStop();
    await session.checkpoint();
    await session.backTo(1);
    await session.checkpoint();
    return session.client.request("continue", { threadId: 1 });
  },
  "a child in a session of its own, both with checkpoints": async (session) => {
    await session.launch({ followFork: "both", breakpoints: ["WAIT"] });
    const child = await session.childSession(["MET"]);
    await Promise.all([session.client.nextStop(), child.client.nextStop()]);
    await session.checkpoint();
    await child.checkpoint();
    await child.checkpoint();
    return session.client.request("continue", { threadId: 1 });
  },
  "a child that no session has taken yet": async (session) => {
    await session.launch({ followFork: "both" });
    return session.client.startDebugging();
  },
  "a child in the memory of its parent": async (session) => {
    await session.launch({ followFork: "both", args: ["linger"] });
    return session.client.outputHas("lingers");
  },
};

/** Milliseconds after the request at which the adapter dies: the operations take about 1 to 5. */
const moments = [0, 0.5, 1, 2, 3, 5, 8];

describe("the adapter killed by SIGKILL leaves nothing running:", () => {
  for (const [name, { before, during }] of Object.entries(operations))
    it(`while ${name}`, async () => {
      for (const moment of moments)
        await withDebuggee("loop", async (session) => {
          await before?.(session);
          during(session).catch(() => undefined);
          await sleep(moment + (name === "launching" ? moment * 10 : 0));
          session.client.process.kill("SIGKILL");
          await session.client.ended();
          await session.mark.assertNoneLeft();
          assert.equal(session.client.process.signalCode, "SIGKILL");
        });
    });

  for (const [name, arrange] of Object.entries(families))
    it(`with ${name}`, () =>
      withDebuggee(
        "follow",
        async (session) => {
          await arrange(session);
          assert.ok(session.mark.survivors().length > 2, "the adapter, the program and its child");
          session.client.process.kill("SIGKILL");
          await session.client.ended();
          await session.mark.assertNoneLeft();
        },
        { flags: ["-pthread"] },
      ));
});
