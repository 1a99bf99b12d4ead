/** `followFork: "both"` with a client that starts sessions: each side of the program's fork has one of its own. */
import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import path from "node:path";
import { describe, it } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import type { DebugProtocol } from "@vscode/debugprotocol";
import { connectTo } from "../helpers/dapClient";
import { processStatus } from "../helpers/processes";
import { withDebuggee, type DebuggeeSession } from "../helpers/session";
import { bothAtFirstStop, withBoth, type Child } from "./withBoth";

function isGone(processId: number): boolean {
  return /^[ZX]|undefined/.test(String(processStatus(processId, "State")));
}

describe("followFork: both", () => {
  it("the client is asked for a session with all that it needs to connect", () =>
    withBoth({}, async ({ client }) => {
      const { request, configuration } = await client.startDebugging();
      assert.equal(request, "attach");
      const { endpoint, processId, ...rest } = configuration;
      assert.deepEqual(rest, { type: "forkpoint", name: `follow (process ${processId})` });
      assert.equal(processStatus(processId, "Name"), "follow");
      assert.equal(path.basename(endpoint), "adapter.sock");
      await client.outputHas(`The program forked: process ${processId} has a session of its own.`, "console");
      await sleep(50);
      assert.equal(client.output(), "", "the child stands until somebody takes it, and its parent waits");
    }));

  it("each session has its stops, frames, variables and steps, and the parent waits for its real child", () =>
    withBoth({ breakpoints: ["WAIT", "MET"] }, async (parent) => {
      const child = await bothAtFirstStop(parent);
      assert.equal(await parent.place(), `report:${parent.line("WAIT")}`);
      assert.equal(await child.place(), `met:${child.line("MET")}`);
      assert.equal(await child.evaluate("who"), "3");
      assert.equal((await child.stack())[1]?.line, child.line("CHILD"));
      await child.resume("next");
      assert.equal(await child.evaluate("side"), "3");
      assert.equal(await parent.evaluate("side"), "0");
      await child.client.request("setVariable", {
        variablesReference: await argumentsOf(child),
        name: "who",
        value: "77",
      });
      assert.equal(await child.runToEnd(), 77);
      assert.equal(await parent.evaluate("status"), "0");
      await parent.resume("continue");
      assert.equal(await parent.place(), `met:${parent.line("MET")}`);
      await parent.client.outputHas("fork: the same, 4d00");
      assert.equal(await parent.runToEnd(), 1);
    }));

  it("both stand and step by turns, and a pause of one leaves the other running", () =>
    withBoth(
      { breakpoints: ["MET"] },
      async (parent) => {
        const child = await bothAtFirstStop(parent);
        for (let round = 1; round <= 10; round++)
          for (const side of [parent, child]) {
            await side.resume("continue");
            assert.equal(await side.evaluate("rounds"), String(round));
          }
        await parent.setBreakpoints([]);
        await child.setBreakpoints([]);
        assert.equal(await child.runToEnd(), 0);
        assert.equal(await parent.runToEnd(), 0);
      },
      "both",
    ));

  it("checkpoints and restarts of the one side do not touch the other", () =>
    withBoth(
      { breakpoints: ["MET"] },
      async (parent) => {
        const child = await bothAtFirstStop(parent);
        const ids = new Map<unknown, number>();
        for (const side of [parent, child]) ids.set(side, (await side.checkpoint()).id);
        assert.deepEqual([...ids.values()], [1, 1], "each session counts its own");
        for (let round = 0; round < 5; round++)
          for (const [side, other] of [
            [child, parent],
            [parent, child],
          ] as const) {
            await side.resume("continue");
            const there = await other.evaluate("rounds");
            await side.backTo(ids.get(side) ?? 0, false);
            assert.equal(await side.evaluate("rounds"), "0");
            assert.equal(await other.evaluate("rounds"), there);
          }
        for (const side of [parent, child]) assert.equal((await side.checkpoints()).checkpoints.length, 1);
      },
      "both",
    ));

  it("a child's checkpoints do not keep it from the end of what its parent sends, nor restarts from what is sent", () =>
    withBoth(
      { breakpoints: ["SEND"] },
      async (parent) => {
        const child = await bothAtFirstStop(parent);
        const { id } = await child.checkpoint();
        await child.resume("next");
        for (const keepCurrent of [true, false]) {
          await child.resume("next");
          await child.backTo(id, keepCurrent);
        }
        await child.setBreakpoints(["READ"]);
        await child.client.request("continue", { threadId: 1 });
        await parent.client.request("continue", { threadId: 1 });
        await child.client.nextStop();
        assert.equal(await child.evaluate("count"), "5");
        await child.runToExitPause();
        await child.client.request("continue", { threadId: 1 });
        assert.equal(await parent.exitCode(), 0);
        assert.equal(parent.client.output(), "the child has read 5\n");
      },
      "pipeToChild",
    ));

  for (const [way, name] of [
    ["vfork", "follow"],
    ["spawn", "follow"],
    ["exec", "follow"],
  ] as const)
    it(`${way}: the child's session has the program that it runs`, () =>
      withBoth({ args: [way], breakpoints: ["MET"] }, async (parent) => {
        const child = await parent.childSession(["OTHER"]);
        await child.client.nextStop();
        assert.equal(await child.place(), `main:${child.line("OTHER")}`);
        const { modules } = await child.client.request<{ modules: { name: string }[] }>("modules");
        assert.equal(modules[0]?.name, name);
        assert.equal(await child.runToEnd(), 9);
        await parent.client.nextStop();
        await parent.client.outputHas(`${way}: the same, 900`);
      }));

  it("a grandchild's session is the child's to ask for", () =>
    withBoth({ args: ["double"] }, async (parent) => {
      const child = await parent.childSession();
      const grandchild = await child.childSession(["MET"]);
      await grandchild.client.nextStop();
      assert.equal(await grandchild.evaluate("who"), "4");
      assert.equal(await grandchild.runToEnd(), 4);
      assert.equal(await child.exitCode(), 3);
      assert.equal(await parent.exitCode(), 1);
    }));

  it("the session of a parent that has ended lasts as long as its child's", () =>
    withBoth(
      { args: ["leave"] },
      async (parent) => {
        const child = await parent.childSession(["LEFT"]);
        await parent.client.event("exited");
        await parent.client.outputHas("its session lasts until the processes that it made", "console");
        await child.client.nextStop();
        assert.equal(await child.place(), `main:${child.line("LEFT")}`);
        assert.ok(!parent.client.log.some(({ event }) => event === "terminated"));
        assert.equal(await child.runToEnd(), 6);
        await parent.client.event("terminated");
        assert.equal(parent.client.output(), "left behind\n");
      },
      "both",
    ));

  for (const command of ["disconnect", "terminate"] as const)
    it(`${command} of the parent ends the child and its session`, () =>
      withBoth({ breakpoints: ["WAIT"] }, async (parent) => {
        const child = await bothAtFirstStop(parent);
        await child.checkpoint();
        const pid = Number(await child.evaluate("(int)getpid()", "repl"));
        await parent.client.request(command);
        if (command === "terminate") {
          await child.client.event("terminated");
          await parent.client.event("terminated");
        } else await child.client.ended();
        assert.ok(isGone(pid));
      }));

  it("ending the child's session ends the child alone", () =>
    withBoth({ breakpoints: ["MET"] }, async (parent) => {
      const child = await parent.childSession(["MET"]);
      await child.client.nextStop();
      await child.checkpoint();
      await child.client.request("disconnect");
      await child.client.ended();
      await parent.client.nextStop();
      await parent.client.outputHas("fork: the same, 9");
      assert.equal(await parent.runToEnd(), 1);
    }));

  it("a restart of the program ends the child and asks for a new one's session", () =>
    withBoth({ breakpoints: ["WAIT"] }, async (parent) => {
      const child = await bothAtFirstStop(parent);
      await parent.client.request("restart", {});
      await child.client.event("terminated");
      const next = await parent.childSession(["MET"]);
      await next.client.nextStop();
      assert.equal(await next.evaluate("who"), "3");
    }));

  it("a child that is killed from outside while it stands still ends its session alone", () =>
    withBoth({}, async (parent) => {
      const child = await parent.childSession(["MET"]);
      await child.client.nextStop();
      const started = await child.client.event<DebugProtocol.ProcessEvent>("process");
      process.kill(Number(started.body.systemProcessId), "SIGKILL");
      await child.client.event("terminated");
      await parent.client.outputHas("fork: the same, 9");
      assert.equal(await parent.exitCode(), 1);
    }));

  it("a child cannot be started anew, which is said", () =>
    withBoth({}, async (parent) => {
      const child = await parent.childSession(["MET"]);
      await child.client.nextStop();
      assert.match(
        await child.client.refusal("restart"),
        /^A process that the program made cannot be started anew/,
      );
      assert.equal(await child.evaluate("who"), "3");
    }));

  it("a child that nobody debugs goes on by itself", async () => {
    const refused = (parent: DebuggeeSession): void => {
      parent.client.refusesSessions = "no more windows";
    };
    await withDebuggee(
      "follow",
      async (parent) => {
        refused(parent);
        await parent.launch({ followFork: "both" });
        assert.equal(await parent.exitCode(), 1);
        assert.match(
          parent.client.output("console"),
          /Process \d+ goes on without a debugger: the client refused startDebugging \(no more windows\)\./,
        );
        assert.match(parent.client.output(), /fork: the same, 300/);
      },
      { flags: ["-pthread"] },
    );
    await withBoth({}, async (parent) => {
      const wanted = await parent.client.startDebugging();
      const client = await connectTo(wanted);
      await client.introduce();
      assert.match(await client.refusal("launch", { program: parent.program }), /send "attach"/);
      await client.request("disconnect");
      assert.equal(await parent.exitCode(), 1);
      assert.match(parent.client.output("console"), /goes on without a debugger: its session was closed/);
      assert.ok(!existsSync(path.dirname(wanted.configuration.endpoint)), "nothing is left of the endpoint");
    });
  });

  it("a client that cannot start sessions is told so at the launch", () =>
    withDebuggee("follow", async ({ client, program }) => {
      await client.introduce({ supportsStartDebuggingRequest: false });
      assert.match(
        await client.refusal("launch", { program, followFork: "both" }),
        /^"followFork": "both" needs a client that starts a session when it is asked to \(startDebugging\)/,
      );
      await client.request("launch", { program, followFork: "parent" });
    }));
});

async function argumentsOf(side: Child): Promise<number> {
  const { id } = await side.topFrame();
  const { scopes } = await side.client.request<{ scopes: { name: string; variablesReference: number }[] }>(
    "scopes",
    { frameId: id },
  );
  return scopes.find(({ name }) => name === "Arguments")?.variablesReference ?? 0;
}
