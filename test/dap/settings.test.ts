import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { after, describe, it } from "node:test";
import { withAdapter } from "../helpers/adapterClient";
import { compile, sourceOf } from "../helpers/compile";
import { DebuggeeSession, withDebuggee } from "../helpers/session";

const folder = mkdtempSync(path.join(os.tmpdir(), "forkpoint-"));
after(() => rmSync(folder, { recursive: true }));

describe("trace", () => {
  it("writes the protocol and the target's calls to a file", () =>
    withDebuggee("loop", async (session) => {
      const trace = path.join(folder, "trace.log");
      await session.launchToStop({ breakpoints: ["BP1"], trace });
      await session.checkpoint();
      await session.resume("next");
      await session.backTo(1);
      const text = readFileSync(trace, "utf8");
      assert.match(text, /protocol -> \{"type":"request".*"command":"createCheckpoint"/);
      assert.match(text, /protocol <- .*"event":"stopped"/);
      assert.match(text, /ptrace execution\.resume\(\{"mode":"run"/);
      assert.match(text, /ptrace checkpointer\.restore gave/);
      assert.equal(await session.runToExitPause().catch(() => "breakpoint"), "breakpoint");
    }));

  it("goes to stderr", () =>
    withDebuggee("exitcode", async (session) => {
      await session.launch({ trace: true });
      await session.exitCode();
      assert.match(session.client.stderr, /ptrace target\./);
    }));

  it("to a file that cannot be written is refused", () =>
    withAdapter(async (client) => {
      await client.initializeRequest();
      const args = { program: compile("loop"), trace: "/no/such/folder/trace.log" };
      assert.match(
        await client.refusal("launch", args),
        /^The trace file cannot be written: .*\/no\/such\/folder/,
      );
    }));
});

describe("sourceMap", () => {
  it("maps the compiler's folder to one here, for breakpoints and stacks", async () => {
    const source = path.join(folder, "loop.c");
    writeFileSync(source, readFileSync(sourceOf("loop")));
    const program = compile("loop", {
      flags: [`-ffile-prefix-map=${path.dirname(sourceOf("loop"))}=/build/far/away`],
    });
    for (const key of ["sourceMap", "sourceFileMap"])
      await withAdapter(async (client, mark) => {
        const session = new DebuggeeSession(client, mark, program, source);
        await session.launchToStop({ breakpoints: ["BP1"], [key]: { "/build/far/away": folder } });
        const frame = await session.topFrame();
        assert.equal(frame.source?.path, source);
        assert.equal(frame.line, session.line("BP1"));
      });
  });
});

describe("envFile", () => {
  it("reaches the program", () =>
    withDebuggee("surroundings", async (session) => {
      const envFile = path.join(folder, "test.env");
      writeFileSync(envFile, "FROM_FILE='a b'\n");
      await session.launch({ envFile, env: { FROM_ENV: "c" } });
      await session.exitCode();
      assert.match(session.client.output(), /variable FROM_FILE=a b\n/);
      assert.match(session.client.output(), /variable FROM_ENV=c\n/);
    }));
});

describe("noDebug", () => {
  it("runs past breakpoints", () =>
    withDebuggee("loop", async (session) => {
      await session.launch({ noDebug: true, breakpoints: ["BP1"], functions: ["add"] });
      assert.equal(await session.exitCode(), 0);
    }));

  it("stops at no entry, signal or exit", () =>
    withDebuggee("crash", async (session) => {
      await session.launch({ noDebug: true, stopOnEntry: true, stopOnExit: "always" });
      assert.equal(await session.exitCode(), 128 + 11);
      assert.equal(session.client.log.filter((event) => event.event === "stopped").length, 0);
    }));
});

describe("an unknown key", () => {
  it("is told in the console", () =>
    withDebuggee("exitcode", async (session) => {
      await session.launch(JSON.parse('{ "stopOnEntri": true }') as object);
      await session.exitCode();
      assert.match(
        session.client.output("console"),
        /"stopOnEntri" is not a key of a Forkpoint launch; it is ignored/,
      );
    }));
});

describe("requests that come at once", () => {
  it("of a double click make one branch", () =>
    withDebuggee("loop", async (session) => {
      const { client } = session;
      await session.launchToStop({ breakpoints: ["BP1"] });
      await session.checkpoint();
      await session.resume("continue");
      const restart = ["restartCheckpoint", { checkpointId: 1 }] as const;
      await client.requestsAtOnce(restart, restart);
      await client.nextStop();
      await client.nextStop();
      assert.equal((await session.checkpoints()).checkpoints.length, 2);
      assert.equal(await session.evaluate("i"), "0");
    }));

  it("are all answered, and the session goes on", () =>
    withDebuggee("loop", async (session) => {
      const { client } = session;
      await session.launchToStop({ breakpoints: ["BP1"] });
      await session.checkpoint();
      const requests: [string, object][] = [
        ["createCheckpoint", {}],
        ["restartCheckpoint", { checkpointId: 1 }],
        ["stackTrace", { threadId: 1 }],
        ["threads", {}],
        ["next", { threadId: 1 }],
        ["pause", { threadId: 1 }],
        ["checkpoints", {}],
        ["evaluate", { expression: "add(1, 2)", context: "repl" }],
        ["deleteCheckpoint", { checkpointId: 2 }],
        ["renameCheckpoint", { checkpointId: 1, label: "x" }],
      ];
      const storm = Array.from({ length: 5 }, () => requests).flat();
      const answers = await Promise.allSettled(storm.map(([command, args]) => client.request(command, args)));
      assert.equal(answers.length, 50);
      for (const answer of answers)
        if (answer.status === "rejected") assert.doesNotMatch(String(answer.reason), /failed inside/);
      await client.request("restartCheckpoint", { checkpointId: 1, keepCurrent: false });
      await client.event("stopped", (event) => event.body.reason === "checkpoint");
      await session.setBreakpoints([]);
      assert.doesNotMatch(client.stderr, /uncaught|unhandled/);
    }));

  it("without waiting for launch are served after it", () =>
    withAdapter(async (client) => {
      await client.initializeRequest();
      await client.requestsAtOnce(
        ["launch", { program: compile("exitcode"), args: ["6"] }],
        ["setFunctionBreakpoints", { breakpoints: [{ name: "main" }] }],
        ["configurationDone"],
      );
      await client.nextStop();
      await client.request("continue", { threadId: 1 });
      assert.equal((await client.event("exited")).body.exitCode, 6);
    }));
});

describe("terminate", () => {
  it("without a program is answered with terminated", () =>
    withAdapter(async (client) => {
      await client.initializeRequest();
      await client.request("terminate");
      await client.event("terminated");
    }));
});
