/** How sessions end, and start anew. */
import { once } from "node:events";
import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { describe, it } from "node:test";
import type { DebugProtocol } from "@vscode/debugprotocol";
import { withDebuggee } from "../helpers/session";

describe("the end of a session", () => {
  it("by terminate tells exited and terminated, once each and in this order", () =>
    withDebuggee("spin", async (session) => {
      const { client } = session;
      await session.launch();
      await client.outputHas("spinning");
      await client.request("terminate");
      await client.event("terminated");
      await client.request("terminate");
      await client.request("disconnect");
      await client.ended();
      const ends = client.log.map((event) => event.event).filter((name) => /exited|terminated/.test(name));
      assert.deepEqual(ends, ["exited", "terminated"]);
    }));

  it("by disconnect ends the adapter", () =>
    withDebuggee("spin", async (session) => {
      await session.launchToStop({ stopOnEntry: true });
      await session.client.request("disconnect", { terminateDebuggee: true });
      await session.client.ended();
      assert.equal(session.client.process.exitCode, 0);
    }));

  it("by disconnect sends first what is on its way, more than a pipe takes", () =>
    withDebuggee("loop", async (session) => {
      await session.launchToStop({ breakpoints: ["BP1"] });
      for (let count = 0; count < 4; count++) await session.checkpoint("long ".repeat(40_000));
      // The list is on its way.
      await session.client.request("disconnect", { terminateDebuggee: true });
      await session.client.ended();
      assert.equal(session.client.process.exitCode, 0);
    }));

  it("by disconnect ends the adapter soon also when the client reads no more", () =>
    withDebuggee("loop", async (session) => {
      await session.launchToStop({ breakpoints: ["BP1"] });
      session.client.process.stdout.pause();
      for (let count = 0; count < 4; count++)
        void session.checkpoint("long ".repeat(40_000)).catch(() => undefined);
      void session.client.request("disconnect", { terminateDebuggee: true }).catch(() => undefined);
      const [exitCode] = (await once(session.client.process, "exit")) as [number];
      assert.equal(exitCode, 0);
      session.client.process.stdout.resume();
      await session.client.ended();
    }));

  it("tells the exit code, to the person in the console", async () => {
    for (const code of [0, 3, 255])
      await withDebuggee("exitcode", async (session) => {
        await session.launch({ args: [String(code)] });
        assert.equal(await session.exitCode(), code);
        assert.equal(session.client.output("console"), `The program has exited with code ${code}.\n`);
      });
  });

  it("that a request meets gets a sentence about that", async () => {
    for (let round = 0; round < 20; round++)
      await withDebuggee("spin", async (session) => {
        const { client } = session;
        await session.launch();
        const { body } = await client.event<DebugProtocol.ProcessEvent>("process");
        client.process.kill("SIGSTOP");
        process.kill(Number(body.systemProcessId), "SIGKILL");
        const refused = client.refusal("createCheckpoint");
        client.process.kill("SIGCONT");
        assert.match(await refused, /^The program (has ended|is at its exit|is not there any more)/);
        await client.event("terminated");
      });
  });

  it("tells the signal, unless the person has ended the program", async () => {
    await withDebuggee("spin", async (session) => {
      const { client } = session;
      await session.launch();
      await client.outputHas("spinning");
      const started = client.log.find(({ event }) => event === "process")?.body as {
        systemProcessId: number;
      };
      process.kill(started.systemProcessId, "SIGKILL");
      await client.event("terminated");
      assert.equal(client.output("console"), "The program was ended by SIGKILL.\n");
    });
    await withDebuggee("spin", async (session) => {
      await session.launch();
      await session.client.outputHas("spinning");
      await session.client.request("terminate");
      await session.client.event("terminated");
      assert.equal(session.client.output("console"), "");
    });
  });
});

describe("restart", () => {
  it("starts the program anew, with its breakpoints", () =>
    withDebuggee("loop", async (session) => {
      const { client } = session;
      await session.launchToStop({ breakpoints: ["BP1"] });
      await session.resume("continue");
      assert.equal(await session.evaluate("i"), "1");
      const [process] = client.log.filter((event) => event.event === "process");
      await client.request("restart");
      assert.equal((await client.nextStop()).reason, "breakpoint");
      assert.equal(await session.evaluate("i"), "0");
      const last = client.log.filter((event) => event.event === "process").at(-1);
      assert.notEqual(last?.body.systemProcessId, process?.body.systemProcessId);
      assert.equal(client.log.filter((event) => /exited|terminated/.test(event.event)).length, 0);
      await session.setBreakpoints([]);
      assert.equal(await session.runToEnd(), 0);
    }));

  it("leaves no descriptor behind", () =>
    withDebuggee("loop", async (session) => {
      const { client } = session;
      await session.launchToStop({ breakpoints: ["BP1"] });
      const descriptors = () => readdirSync(`/proc/${client.process.pid}/fd`).length;
      const again = async () => {
        await client.request("restart");
        await client.nextStop();
        await session.topFrame();
      };
      await again();
      const before = descriptors();
      for (let time = 0; time < 5; time++) await again();
      assert.equal(descriptors(), before);
    }));

  it("asks before it frees checkpoints", () =>
    withDebuggee("loop", async (session) => {
      const { client } = session;
      await session.launchToStop({ breakpoints: ["BP1"] });
      await client.request("createCheckpoint");
      assert.equal(
        await client.refusal("restart"),
        'Starting the program anew would free the checkpoint. Delete it first ("delete checkpoint N" in the console), or go back to one ("restart N"). A client can also send "freeCheckpoints": true.',
      );
      assert.equal(await session.evaluate("i"), "0");
      await client.request("restart", { freeCheckpoints: true });
      await client.nextStop();
      assert.deepEqual(await client.request("checkpoints"), { checkpoints: [] });
      const { checkpoint } = await client.request<{ checkpoint: { id: number } }>("createCheckpoint");
      assert.equal(checkpoint.id, 2, "ids are never used twice in a session");
    }));

  it("leaves the question to a client that asks its user", () =>
    withDebuggee("loop", async (session) => {
      const { client } = session;
      await session.launchToStop({ breakpoints: ["BP1"], confirmRestart: true });
      await client.request("createCheckpoint");
      await client.request("restart");
      assert.deepEqual((await client.event("restartRequested")).body, { checkpointCount: 1 });
      assert.equal(await session.evaluate("i"), "0");
    }));
});
