/** Checkpoints as a client has them: taken at any time, gone back to with all that was, and noticed by nobody. */
import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { describe, it } from "node:test";
import { withDebuggee, type DebuggeeSession } from "../helpers/session";

/** What an ordinary user needs for the same ids. */
const sameProcessId = process.getuid?.() === 0 ? "auto" : "namespace";

const noProgramRegister = /^(fs_base|gs_base|orig_rax)$/;

/** What a person would compare: place, registers, locals and the program's memory. */
async function state(session: DebuggeeSession): Promise<unknown> {
  const { client } = session;
  const frame = await session.topFrame();
  const registers = (await session.scope("Registers", frame.id)).map(({ name, value }) => `${name} ${value}`);
  const locals = (await session.scope("Locals", frame.id)).map(({ name, value }) => `${name} ${value}`);
  const read = async (expression: string, count: number) => {
    const { memoryReference } = await client.request<{ memoryReference: string }>("evaluate", {
      expression,
      frameId: frame.id,
      context: "watch",
    });
    return (await client.request<{ data: string }>("readMemory", { memoryReference, count })).data;
  };
  return {
    place: `${frame.name}:${frame.line} ${frame.instructionPointerReference}`,
    registers: registers.filter((each) => !noProgramRegister.test(each)),
    locals,
    heap: await read("heap", 4096),
    history: await read("&history[0]", 256),
    stack: await read("&local[0]", 64),
  };
}

describe("a checkpoint", () => {
  it("restarts to the same memory and registers ten times", () =>
    withDebuggee("globals", async (session) => {
      await session.launchToStop({ breakpoints: [{ line: session.line("BP2"), hitCondition: "% 7" }] });
      const checkpoint = await session.checkpoint("seven");
      const before = await state(session);
      for (let round = 0; round < 10; round++) {
        await session.resume("continue");
        assert.notDeepEqual(await state(session), before);
        const stop = await session.backTo(checkpoint.id, false);
        assert.equal(stop.reason, "checkpoint");
        assert.equal(stop.description, "Restarted from checkpoint 1");
        assert.equal(stop.threadId, 1);
        assert.deepEqual(await state(session), before);
      }
      assert.equal((await session.checkpoints()).checkpoints.length, 1);
    }));

  it("does not wind back breakpoints: those set and removed later hold", () =>
    withDebuggee("loop", async (session) => {
      await session.launchToStop({ breakpoints: ["BP1"] });
      await session.checkpoint();
      await session.setBreakpoints(["BP2"]);
      await session.resume("continue");
      assert.equal(await session.place(), `main:${session.line("BP2")}`);
      await session.backTo(1);
      assert.equal(await session.place(), `main:${session.line("BP1")}`);
      await session.resume("continue");
      assert.equal(await session.place(), `main:${session.line("BP2")}`);
      assert.equal(await session.evaluate("i"), "0");
      await session.setBreakpoints([]);
      assert.equal(await session.runToExitPause(), "Exiting with code 0");
    }));

  it("is said in the console after a restart, and output repeats", () =>
    withDebuggee("loop", async (session) => {
      await session.launchToStop({ breakpoints: ["BP1"] });
      await session.checkpoint();
      await session.resume("continue");
      await session.backTo(1);
      assert.match(session.client.output("console"), /checkpoint 1/);
      await session.resume("continue");
      assert.equal(session.client.output(), "turn 0 total 0\nturn 0 total 0\n");
    }));

  it("keeps the process id, and calls of functions work in it", () =>
    withDebuggee("loop", async (session) => {
      await session.launchToStop({ breakpoints: ["BP1"], checkpoints: { sameProcessId } });
      const before = await session.evaluate("(int)getpid()", "repl");
      await session.checkpoint();
      await session.resume("continue");
      await session.backTo(1);
      assert.equal(await session.evaluate("(int)getpid()", "repl"), before);
      assert.equal(await session.evaluate("add(20, 22)", "repl"), "42");
      assert.equal(await session.evaluate("i"), "0");
    }));

  it("is noticed by nobody: errno, wait(), SIGCHLD, atfork handlers, process ids", () =>
    withDebuggee("undisturbed", async (session) => {
      await session.launchToStop({ breakpoints: ["BP1", "BP2", "BP3"], checkpoints: { sameProcessId } });
      await session.checkpoint();
      await session.resume("continue");
      await session.checkpoint();
      await session.backTo(1);
      await session.resume("continue");
      await session.backTo(2);
      await session.resume("continue");
      await session.checkpoint();
      await session.setBreakpoints([]);
      assert.equal(await session.runToExitPause(), "Exiting with code 0");
      assert.equal(
        session.client.output(),
        "errno 77 wait -1 ECHILD atfork 0 sigchld 0 pid same ppid same\n",
      );
    }));

  it("brings back file offsets, ten of them in a copying loop", async () => {
    const folder = mkdtempSync(path.join(os.tmpdir(), "forkpoint-"));
    try {
      const [from, to] = [path.join(folder, "from"), path.join(folder, "to")];
      writeFileSync(from, "0123456789abcdefghij");
      await withDebuggee("filecopy", async (session) => {
        await session.launchToStop({ args: [from, to], breakpoints: ["BP1"] });
        for (let i = 1; i <= 10; i++) {
          await session.checkpoint();
          await session.resume("continue");
        }
        await session.setBreakpoints([]);
        for (const id of [10, 1, 5, 3, 9, 2, 8, 4, 7, 6]) {
          await session.backTo(id, false);
          writeFileSync(to, "-".repeat(20));
          assert.equal(await session.runToExitPause(), "Exiting with code 0");
          const tail = "0123456789abcdefghij".slice(id - 1);
          assert.equal(readFileSync(to, "utf8"), "-".repeat(id - 1) + tail, `from checkpoint ${id}`);
          assert.match(session.client.output(), /copied 20\n$/);
        }
      });
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it("can be taken while the program runs, which runs on with no stop", () =>
    withDebuggee("spin", async (session) => {
      await session.launch();
      await session.client.outputHas("spinning");
      const { id } = await session.checkpoint();
      assert.equal(session.client.log.filter((event) => event.event === "stopped").length, 0);
      await session.client.request("restartCheckpoint", { checkpointId: id });
      const stop = await session.client.nextStop();
      assert.equal(stop.reason, "checkpoint");
      assert.equal((await session.stack()).at(-1)?.name.includes("start") ?? false, true);
      await session.evaluate("stop = 1", "repl");
      await session.client.request("continue", { threadId: 1 });
      await session.client.outputHas("stopped\n");
    }));

  it("in a system call goes on with it", () =>
    withDebuggee("asleep", async (session) => {
      await session.launch({ args: ["2"] });
      await session.client.outputHas("asleep");
      const { id } = await session.checkpoint();
      await session.backTo(id, false);
      assert.equal(await session.runToExitPause(), "Exiting with code 0");
      assert.match(session.client.output(), /left 0\n$/);
    }));
});
