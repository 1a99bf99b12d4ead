import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { createConnection } from "node:net";
import { describe, it } from "node:test";
import { adapterCommand, withAdapter, type AdapterClient } from "../helpers/adapterClient";
import { compile } from "../helpers/compile";
import { markProcesses } from "../helpers/processes";
import { withDebuggee } from "../helpers/session";

/** Every request that needs a program, with arguments that would do if there were one. */
const needProgram: [string, object][] = [
  ["configurationDone", {}],
  ["restart", {}],
  ["continue", { threadId: 1 }],
  ["next", { threadId: 1 }],
  ["stepIn", { threadId: 1 }],
  ["stepOut", { threadId: 1 }],
  ["pause", { threadId: 1 }],
  ["stackTrace", { threadId: 1 }],
  ["scopes", { frameId: 1 }],
  ["variables", { variablesReference: 1 }],
  ["setVariable", { variablesReference: 1, name: "a", value: "1" }],
  ["setExpression", { expression: "a", value: "1" }],
  ["evaluate", { expression: "a", context: "repl" }],
  ["evaluate", { expression: "checkpoint", context: "repl" }],
  ["exceptionInfo", { threadId: 1 }],
  ["disassemble", { memoryReference: "0x1000", instructionCount: 1 }],
  ["readMemory", { memoryReference: "0x1000", count: 1 }],
  ["writeMemory", { memoryReference: "0x1000", data: "AA==" }],
  ["createCheckpoint", {}],
  ["restartCheckpoint", { checkpointId: 1 }],
  ["deleteCheckpoint", { checkpointId: 1 }],
  ["renameCheckpoint", { checkpointId: 1, label: "x" }],
];

describe("requests out of order", () => {
  it("before initialize get a sentence, and the session goes on", () =>
    withAdapter(async (client) => {
      assert.equal(await client.refusal("launch", {}), '"launch" came before "initialize".');
      assert.equal(await client.refusal("threads"), '"threads" came before "initialize".');
      assert.equal(await client.refusal("createCheckpoint"), '"createCheckpoint" came before "initialize".');
      assert.equal((await client.initializeRequest()).body?.supportsConfigurationDoneRequest, true);
      assert.equal(await client.refusal("initialize", {}), "This session is already initialized.");
    }));

  it("before launch get a sentence, and the session goes on", () =>
    withAdapter(async (client) => {
      await client.initializeRequest();
      for (const [command, args] of needProgram)
        assert.equal(
          await client.refusal(command, args),
          "There is no program yet; launch one first.",
          command,
        );
      assert.deepEqual(await client.request("threads"), { threads: [] });
      assert.deepEqual(await client.request("checkpoints"), { checkpoints: [] });
      await client.request("launch", { program: compile("exitcode") });
      await client.request("configurationDone");
      assert.equal((await client.event("exited")).body.exitCode, 0);
    }));

  it("before configurationDone do not start the program", () =>
    withDebuggee("exitcode", async ({ client, program }) => {
      await client.introduce();
      const launched = client.request("launch", { program });
      await client.event("initialized");
      for (const command of ["continue", "next", "stepIn", "stepOut", "pause"])
        assert.equal(
          await client.refusal(command, { threadId: 1 }),
          `"${command}" came before "configurationDone", which starts the program.`,
        );
      await Promise.all([client.request("configurationDone"), launched]);
      assert.equal((await client.event("exited")).body.exitCode, 0);
    }));

  it("after the start get a sentence, and the session goes on", () =>
    withDebuggee("loop", async (session) => {
      const { client } = session;
      await session.launchToStop({ breakpoints: ["BP1"] });
      const again = "A program is being debugged already; end the session, or restart it.";
      assert.equal(await client.refusal("launch", { program: session.program }), again);
      assert.equal(await client.refusal("configurationDone"), "The program has been started already.");
      assert.equal(await client.refusal("initialize", {}), "This session is already initialized.");
      assert.equal(await client.refusal("continue", { threadId: 99 }), "No thread 99.");
      assert.equal(await client.refusal("continue", {}), '"threadId" must be a whole number, not missing.');
      assert.match(await client.refusal("scopes", { frameId: 12345 }), /^Frame 12345 is not of this stop/);
      assert.match(
        await client.refusal("variables", { variablesReference: 9 }),
        /^Variables 9 are not of this stop/,
      );
      assert.equal(
        await client.refusal("noSuchRequest"),
        'Forkpoint does not know the request "noSuchRequest".',
      );
      assert.equal(await session.place(), `main:${session.line("BP1")}`);
    }));

  it("while the program runs get a sentence, and the session goes on", () =>
    withDebuggee("spin", async (session) => {
      const { client } = session;
      await session.launch();
      await client.outputHas("spinning");
      const running = "The program is running; pause it first.";
      assert.equal(await client.refusal("stackTrace", { threadId: 1 }), running);
      assert.equal(await client.refusal("evaluate", { expression: "counter", context: "watch" }), running);
      assert.equal(await client.refusal("readMemory", { memoryReference: "0x1000", count: 1 }), running);
      assert.notEqual(await client.refusal("next", { threadId: 1 }), "");
      assert.equal(await client.refusal("pause", { threadId: 99 }), "No thread 99.");
      await client.request("pause", { threadId: 0 });
      const { reason, threadId } = await client.nextStop();
      assert.deepEqual({ reason, threadId }, { reason: "pause", threadId: 1 });
      await client.request("evaluate", { expression: "stop = 1", context: "repl" });
      assert.equal(await session.runToEnd(), 0);
    }));

  it("after the end get a sentence", () =>
    withDebuggee("exitcode", async (session) => {
      const { client } = session;
      await session.launch();
      await session.exitCode();
      assert.equal(
        await client.refusal("continue", { threadId: 1 }),
        "The program has ended; start it again.",
      );
      assert.equal(await client.refusal("createCheckpoint"), "The program has ended; start it again.");
      assert.deepEqual(await client.request("threads"), { threads: [] });
    }));
});

describe("the client's side of the line", () => {
  it("must name files in a way that is known", () =>
    withAdapter(async (client) => {
      assert.equal(
        await client.refusal("initialize", { pathFormat: "url" }),
        '"pathFormat" must be "path" or "uri", not "url".',
      );
      await client.initializeRequest();
    }));

  it("may send garbage: it is told, and the session goes on", () =>
    withAdapter(async (client) => {
      client.process.stdin.write("this is no message\r\n\r\n");
      assert.match(
        (await client.event("output")).body.output,
        /"this is no message" is no header of a message/,
      );
      client.process.stdin.write("Content-Length: 5\r\n\r\n{nope");
      assert.match(
        (await client.event("output")).body.output,
        /was sent what is no message: .*JSON.*: \{nope/,
      );
      client.process.stdin.write("Content-Length: five\r\n\r\n");
      assert.match((await client.event("output")).body.output, /"five" is no length of a message/);
      client.process.stdin.write('Content-Length: 18\r\n\r\n{"type":"request"}');
      assert.match((await client.event("output")).body.output, /a request without a command/);
      assert.equal((await client.initializeRequest()).success, true);
    }));

  it("may go away at any time: nothing is left", async () => {
    for (const moment of ["new", "launched", "stopped", "running", "checkpoints"] as const)
      await withDebuggee("spin", async (session) => {
        const { client } = session;
        if (moment !== "new") await client.initializeRequest();
        if (moment === "launched") await client.request("launch", { program: session.program });
        if (moment === "stopped") await sendLaunch(client, session.program, true);
        if (moment === "running") await sendLaunch(client, session.program, false);
        if (moment === "checkpoints") {
          await sendLaunch(client, session.program, true);
          for (let i = 0; i < 3; i++) await client.request("createCheckpoint");
        }
        client.process.stdin.end();
        await client.ended();
        await session.mark.assertNoneLeft();
        assert.equal(client.process.exitCode, 0);
      });
  });

  it("may end the adapter by SIGTERM or SIGHUP: nothing is left", async () => {
    for (const signal of ["SIGTERM", "SIGHUP"] as const)
      await withDebuggee("spin", async (session) => {
        await sendLaunch(session.client, session.program, true);
        await session.client.request("createCheckpoint");
        session.client.process.kill(signal);
        await session.client.ended();
        await session.mark.assertNoneLeft();
      });
  });
});

async function sendLaunch(client: AdapterClient, program: string, stopOnEntry: boolean): Promise<void> {
  await client.initializeRequest().catch(() => undefined);
  await client.request("launch", { program, stopOnEntry });
  await client.request("configurationDone");
  if (stopOnEntry) await client.nextStop();
  else await client.outputHas("spinning");
}

describe("--port", () => {
  it("serves one session after another on 127.0.0.1", async () => {
    const mark = markProcesses();
    const [command = "", ...args] = adapterCommand();
    const server = spawn(command, [...args, "--port", "0"], { env: { ...process.env, ...mark.environment } });
    try {
      const port = await new Promise<number>((resolve) => {
        server.stderr.on("data", (data: Buffer) => {
          const match = /127\.0\.0\.1:(\d+)/.exec(data.toString());
          if (match) resolve(Number(match[1]));
        });
      });
      for (let round = 0; round < 5; round++) {
        const socket = createConnection(port, "127.0.0.1");
        const request = '{"seq":1,"type":"request","command":"initialize","arguments":{"adapterID":"x"}}';
        socket.write(`Content-Length: ${request.length}\r\n\r\n${request}`);
        const answer = await new Promise<string>((resolve) => {
          socket.once("data", (data) => resolve(String(data)));
          socket.once("close", () => resolve("closed"));
        });
        assert.match(answer, /"success":true/);
        // The next one connects at once, before the adapter has seen the end of this one.
        socket.destroy();
      }
    } finally {
      server.kill();
      await mark.assertNoneLeft();
    }
  });

  it("refuses what is no port", async () => {
    const [command = "", ...args] = adapterCommand();
    const child = spawn(command, [...args, "--port", "x"]);
    const code = await new Promise((resolve) => child.on("exit", resolve));
    assert.equal(code, 2);
  });
});
