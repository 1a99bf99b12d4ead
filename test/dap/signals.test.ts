import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import type { DebugProtocol } from "@vscode/debugprotocol";
import { withDebuggee } from "../helpers/session";

describe("signals", () => {
  it("stop with a name and a description, and are delivered on continue", () =>
    withDebuggee("signals", async (session) => {
      const stop = await session.launchToStop();
      assert.equal(stop.reason, "exception");
      assert.match(stop.description ?? "", /SIGUSR1/);
      const info = await session.client.request<DebugProtocol.ExceptionInfoResponse["body"]>(
        "exceptionInfo",
        {
          threadId: 1,
        },
      );
      assert.equal(info.exceptionId, "SIGUSR1");
      assert.match(info.details?.message ?? "", /User defined signal 1/);
      assert.equal(await session.runToEnd(), 0);
      assert.match(session.client.output(), /^handled 10 sum 190\n$/);
    }));

  for (const way of ["pause", "sigsuspend", "read"])
    it(`that wait for a program in ${way} end that, though a function was called in it before it went on`, () =>
      withDebuggee("waitsForSignal", async (session) => {
        const { client } = session;
        await session.launch({ args: [way] });
        await client.outputHas("waits");
        await sleep(50);
        await client.request("pause", { threadId: 1 });
        await client.nextStop();
        const main = (await session.stack()).find(({ name }) => name === "main");
        process.kill(Number(await session.evaluate("(int)getpid()", "repl", main?.id)), "SIGALRM");
        assert.equal(await session.evaluate("twice(21)", "repl", main?.id), "42");
        assert.equal(
          await session.evaluate("rung", "repl", main?.id),
          "0",
          "it comes when the program goes on",
        );
        assert.equal(await session.runToEnd(), 0);
        assert.equal(client.output(), "waits\n-1, rung 1\n");
      }));

  it("of a crash stop where it happened, and continue ends the program", () =>
    withDebuggee("crash", async (session) => {
      const stop = await session.launchToStop({ stopOnExit: "never" });
      assert.equal(stop.reason, "exception");
      assert.match(stop.description ?? "", /SIGSEGV.*Segmentation fault/);
      const names = (await session.stack()).map((frame) => frame.name);
      assert.deepEqual(names.slice(0, 3), ["strike", "middle", "main"]);
      const info = await session.client.request<DebugProtocol.ExceptionInfoResponse["body"]>(
        "exceptionInfo",
        {
          threadId: 1,
        },
      );
      assert.match(info.details?.message ?? "", /0x0/);
      assert.equal(info.description, "SIGSEGV: Segmentation fault at address 0x0");
      assert.equal(await session.evaluate("where"), "0x0");
      assert.equal(await session.runToEnd(), 128 + 11);
    }));

  it("that kill tell the exit code of a shell", async () => {
    for (const [how, code] of [
      ["abort", 134],
      ["term", 143],
      ["kill", 137],
    ] as const)
      await withDebuggee("exitcode", async (session) => {
        await session.launch({ args: [how] });
        // A signal that can be seen stops first; SIGKILL cannot.
        if (how !== "kill") {
          await session.client.nextStop();
          await session.client.request("continue", { threadId: 1 });
        }
        assert.equal(await session.exitCode(), code, how);
      });
  });

  it("are told again after a restart to where they stopped the program, and in what is taken there", () =>
    withDebuggee("crash", async (session) => {
      await session.launchToStop();
      const { id, stopReason } = await session.checkpoint();
      assert.equal(stopReason, "SIGSEGV: Segmentation fault");
      const stop = await session.backTo(id);
      assert.equal(stop.description, `Restarted from checkpoint ${id}`);
      const told = async () =>
        (
          await session.client.request<DebugProtocol.ExceptionInfoResponse["body"]>("exceptionInfo", {
            threadId: 1,
          })
        ).exceptionId;
      assert.equal(await told(), "SIGSEGV");
      const second = await session.checkpoint();
      assert.equal(second.stopReason, stopReason);
      await session.backTo(second.id);
      assert.equal(await told(), "SIGSEGV");
    }));

  it("are not told where there was none", () =>
    withDebuggee("loop", async (session) => {
      await session.launchToStop({ breakpoints: ["BP1"] });
      const sentence = await session.client.refusal("exceptionInfo", { threadId: 1 });
      assert.equal(sentence, "The program did not stop for a signal or an exception.");
    }));
});

describe("a program that job control has stopped", () => {
  it("can be paused, and a function called in it; it goes on by SIGCONT", () =>
    withDebuggee("spin", async (session) => {
      const { client } = session;
      await session.launch();
      await client.outputHas("spinning");
      const told = await client.event<DebugProtocol.ProcessEvent>("process");
      const processId = told.body.systemProcessId ?? 0;
      process.kill(processId, "SIGSTOP");
      const stopped = await client.nextStop();
      assert.match(stopped.description ?? "", /SIGSTOP/);
      const timesSaid = () =>
        client.output("console").split("The program is stopped by job control").length - 1;
      await client.request("continue", { threadId: 1 });
      await client.outputHas(`it goes on when it gets SIGCONT (kill -CONT ${processId})`, "console");
      const checkpoint = await session.checkpoint();
      await sleep(50);
      assert.equal(timesSaid(), 1, "once for each time that the person lets it go on");
      await client.request("deleteCheckpoint", { checkpointId: checkpoint.id });
      await client.request("pause", { threadId: 1 });
      assert.equal((await client.nextStop()).reason, "pause");
      for (let round = 0; round < 3; round++)
        assert.equal(await session.evaluate("(int)getpid()"), `${processId}`);
      const before = await session.evaluate("counter");
      await client.request("continue", { threadId: 1 });
      await sleep(100);
      await client.request("pause", { threadId: 1 });
      await client.nextStop();
      assert.equal(await session.evaluate("counter"), before, "it still stands");
      for (let round = 0; round < 3; round++)
        assert.equal(await session.evaluate("(int)getpid()"), `${processId}`);
      assert.equal(timesSaid(), 2, "again after a stop");
      await session.evaluate("stop = 1", "repl");
      await client.request("continue", { threadId: 1 });
      process.kill(processId, "SIGCONT");
      assert.equal(await session.exitCode(), 0);
    }));
});

describe("threads", () => {
  it("are all stopped, each with its own stack", () =>
    withDebuggee("threads", async (session) => {
      await session.launchToStop({ breakpoints: ["BP1"] });
      const { threads } = await session.client.request<DebugProtocol.ThreadsResponse["body"]>("threads");
      assert.deepEqual(
        threads.map((each) => each.id),
        [1, 2, 3, 4],
      );
      for (const { id } of threads.slice(1)) {
        const names = (await session.stack(id)).map((frame) => frame.name);
        assert.ok(names.includes("work"), names.join());
      }
      const started = session.client.log.filter(
        (event) => event.event === "thread" && event.body.reason === "started",
      );
      assert.ok(started.length >= 3);
      await session.resume("next");
      assert.equal((await session.topFrame()).name, "main");
      assert.equal(await session.runToEnd(), 0);
      assert.equal(session.client.output(), "all arrived\njoined\n");
    }));

  it("have their own thread-locals", () =>
    withDebuggee("threads", async (session) => {
      await session.launchToStop({ breakpoints: ["BP1"] });
      const values = [];
      for (const id of [2, 3, 4]) {
        const frame = (await session.stack(id)).find((each) => each.name === "work");
        values.push(await session.evaluate("mine", "watch", frame?.id));
      }
      assert.deepEqual(values.sort(), ["11", "22", "33"]);
    }));

  it("come back with a checkpoint, each with its own stack and its thread-locals", () =>
    withDebuggee("threads", async (session) => {
      await session.launchToStop({ breakpoints: ["BP1"] });
      const values = async (): Promise<string[]> => {
        const all: string[] = [];
        for (const id of [2, 3, 4]) {
          const frame = (await session.stack(id)).find((each) => each.name === "work");
          all.push(await session.evaluate("mine", "watch", frame?.id));
        }
        return all;
      };
      const before = await values();
      const { id, threads } = await session.checkpoint();
      assert.equal(threads.length, 4);
      await session.setBreakpoints(["END"]);
      for (let round = 0; round < 3; round++) {
        await session.resume("continue");
        await session.backTo(id);
        assert.deepEqual(await values(), before);
      }
      await session.setBreakpoints([]);
      await session.runToExitPause();
      await session.client.request("continue", { threadId: 1 });
      assert.equal(await session.exitCode(), 0);
    }));
});
