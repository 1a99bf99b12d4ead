/** Looking at checkpoints without going back to them, and letting copies of them run free. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import type { DebugProtocol } from "@vscode/debugprotocol";
import type { VariableChange } from "../../adapter/protocol";
import { processStatus } from "../helpers/processes";
import { withDebuggee, type DebuggeeSession } from "../helpers/session";
import { compare, line } from "./comparing";

type Evaluated = DebugProtocol.EvaluateResponse["body"];

function evaluateIn(
  { client }: DebuggeeSession,
  checkpointId: number,
  expression: string,
  where: { frameLevel?: number; threadId?: number } = {},
): Promise<Evaluated> {
  return client.request<Evaluated>("evaluateInCheckpoint", { checkpointId, expression, ...where });
}

/** Stops in stage(1), takes a checkpoint, goes on to stage(2) and takes another. */
async function twoStages(session: DebuggeeSession, mebibytes = "1"): Promise<void> {
  await session.launchToStop({ args: [mebibytes], breakpoints: ["BP1"] });
  await session.checkpoint();
  await session.resume("continue");
  await session.checkpoint();
}

describe("evaluating in a checkpoint", () => {
  it("reads its frames, and the live program neither moves nor changes", () =>
    withDebuggee("resident", async (session) => {
      await twoStages(session);
      const live = await session.topFrame();
      assert.equal((await evaluateIn(session, 1, "number")).result, "1");
      assert.equal((await evaluateIn(session, 2, "number")).result, "2");
      assert.equal((await evaluateIn(session, 1, "doubled + reached", { threadId: 1 })).result, "2");
      assert.match((await evaluateIn(session, 1, "mood", { frameLevel: 1 })).result, /"calm"/);
      assert.match((await evaluateIn(session, 2, "mood", { frameLevel: 1 })).result, /"busy"/);
      assert.equal((await evaluateIn(session, 1, "rounds", { frameLevel: 1 })).result, "0");
      assert.equal((await evaluateIn(session, 1, "$rdi")).result, (await evaluateIn(session, 1, "1")).result);
      assert.equal((await evaluateIn(session, 1, "table[4321]")).result, "0");
      assert.equal(await session.evaluate("number"), "2");
      const { variablesReference, type } = await evaluateIn(session, 1, "account");
      assert.equal(type, "struct account");
      const members = await session.variables(variablesReference);
      assert.deepEqual(
        members.map(({ name }) => name),
        ["number", "balance", "owner"],
      );
      assert.match(members[2]?.value ?? "", /"ann"/);
      assert.ok(members.every(({ presentationHint }) => presentationHint?.attributes?.includes("readOnly")));
      assert.deepEqual({ ...(await session.topFrame()), id: 0 }, { ...live, id: 0 });
      assert.equal((await session.checkpoints()).checkpoints.length, 2);
    }));

  it("works while the program runs", () =>
    withDebuggee("spin", async (session) => {
      const { client } = session;
      await session.launchToStop({ stopOnEntry: true });
      await session.checkpoint();
      await client.request("continue", { threadId: 1 });
      assert.match((await evaluateIn(session, 1, "$rip")).result, /0x[0-9a-f]+/);
      assert.equal((await evaluateIn(session, 1, "6 * 7")).result, "42");
    }));

  it("reads every thread's frames and thread-locals, also when the threads are gone", () =>
    withDebuggee("threads", async (session) => {
      await session.launchToStop({ breakpoints: ["BP1"] });
      await session.checkpoint();
      const levels = new Map<number, number>();
      for (const threadId of [2, 3, 4])
        levels.set(
          threadId,
          (await session.stack(threadId)).findIndex(({ name }) => name === "work"),
        );
      const read = async (expression: string): Promise<string[]> => {
        const results: string[] = [];
        for (const [threadId, frameLevel] of levels)
          results.push((await evaluateIn(session, 1, expression, { threadId, frameLevel })).result);
        return results;
      };
      const wanted = { mine: ["11", "22", "33"], "*(int *)argument + released": ["11", "22", "33"] };
      for (const [expression, results] of Object.entries(wanted))
        assert.deepEqual((await read(expression)).sort(), results);
      assert.equal((await evaluateIn(session, 1, "mine", { threadId: 1 })).result, "0");
      await session.setBreakpoints(["END"]);
      await session.resume("continue");
      for (const [expression, results] of Object.entries(wanted))
        assert.deepEqual((await read(expression)).sort(), results);
      const { changes } = await compare(session, 1);
      assert.ok(changes.some((change) => line(change).includes("int released 0 -> 1")));
    }));

  it("refuses to change or call anything, and says what to do", () =>
    withDebuggee("resident", async (session) => {
      await twoStages(session);
      for (const expression of ["stage(3)", "reached = 5", "reached++", '(int)puts("x")'])
        assert.match(
          await session.client.refusal("evaluateInCheckpoint", { checkpointId: 1, expression }),
          /restart it first/,
        );
      const wrong: [Record<string, unknown>, RegExp][] = [
        [{ checkpointId: 9, expression: "1" }, /^No checkpoint 9\.$/],
        [{ checkpointId: 1, expression: "1", frameLevel: 99 }, /^Checkpoint 1 has no frame 99\.$/],
        [{ checkpointId: 1, expression: "1", frameLevel: -1 }, /^Checkpoint 1 has no frame -1\.$/],
        [{ checkpointId: 1, expression: "1", threadId: 7 }, /^Checkpoint 1 has no thread 7\.$/],
        [{ checkpointId: 1, expression: "nothing" }, /nothing/],
        [{ checkpointId: 1 }, /"expression"/],
      ];
      for (const [args, sentence] of wrong)
        assert.match(await session.client.refusal("evaluateInCheckpoint", args), sentence);
      assert.equal((await evaluateIn(session, 1, "reached")).result, "0");
      assert.equal(await session.evaluate("reached"), "1");
    }));
});

describe("comparing", () => {
  it("pairs a function's frame with its own before a call inlined into it", () =>
    withDebuggee("inlinedInLoop", async (session) => {
      await session.launchToStop({ breakpoints: ["ROUND", "INNER"] });
      await session.checkpoint();
      await session.resume("continue");
      const { changes } = await compare(session, 1);
      assertLines(changes, ["Locals of main: volatile int rounds 0 -> 1"]);
    }));

  it("tells every thread's thread-locals", () =>
    withDebuggee(
      "sharedFunction",
      async (session) => {
        await session.launchToStop({ breakpoints: ["STEP"] });
        await session.checkpoint();
        for (const threadId of [1, 2]) {
          const frameId = (await session.stack(threadId)).find(({ name }) => /main|busy/.test(name))?.id;
          await session.client.request("evaluate", { expression: "own = -5", frameId, context: "repl" });
        }
        const lines = (await compare(session, 1)).changes.map(line);
        assert.equal(lines.length, 2, lines.join("\n"));
        assert.ok(lines.includes("Statics, thread 1: int own 0 -> -5"), lines.join("\n"));
        assert.match(lines.join("\n"), /^Statics, thread 2: int own \d+ -> -5$/m);
      },
      { flags: ["-pthread"] },
    ));

  it("tells thread-locals of functions that are not active", () =>
    withDebuggee("countedByThread", async (session) => {
      await session.launchToStop({ breakpoints: ["FIRST", "SECOND"] });
      await session.checkpoint();
      await session.resume("continue");
      assert.deepEqual((await compare(session, 1)).changes.map(line), ["Statics of count: int calls 0 -> 1"]);
    }));

  it("tells the variables that differ, and counts pages and bytes", () =>
    withDebuggee("resident", async (session) => {
      await twoStages(session, "200");
      const wanted = [
        "Arguments of stage: int number 1 -> 2",
        "Locals of stage: int doubled 2 -> 4",
        "Statics: int reached 0 -> 1",
        "Statics: double account.balance[1] 2 -> 2.5",
        'Statics: char [16] account.owner "ann" -> "bob"',
        "Statics: int table[4321] 0 -> 99",
        "Locals of main: int rounds 0 -> 1",
        /^Locals of main: const char \* mood .*"calm" -> .*"busy"/,
      ];
      const first = await compare(session, 1, 2);
      assertLines(first.changes, wanted);
      // Eight pages of the block with a byte each, and a few of data and stack.
      assert.ok(first.pagesChanged > 10 && first.pagesChanged < 50, `${first.pagesChanged} pages`);
      assert.ok(first.bytesChanged > 20 && first.bytesChanged < 20_000, `${first.bytesChanged} bytes`);
      assertLines((await compare(session, 1)).changes, wanted);
      assert.deepEqual(await compare(session, 2), { changes: [], pagesChanged: 0, bytesChanged: 0 });
      await session.evaluate("untouched = 8");
      const byHand = await compare(session, 2);
      assertLines(byHand.changes, ["Statics: int untouched 7 -> 8"]);
      assert.deepEqual([byHand.pagesChanged, byHand.bytesChanged], [1, 1]);
      const back = (await compare(session, 2, 1)).changes.map(line);
      assert.ok(back.includes("Statics: int reached 1 -> 0"), back.join("\n"));
    }));

  it("goes on while the program runs, and ends nothing at the exit", () =>
    withDebuggee("resident", async (session) => {
      const { client } = session;
      await session.launchToStop({ args: ["1", "50"], breakpoints: ["BP1"] });
      await session.checkpoint();
      await session.setBreakpoints([]);
      await client.request("continue", { threadId: 1 });
      await sleep(100);
      const running = await compare(session, 1);
      assert.ok(running.changes.map(line).includes("Locals of main: int rounds 0 -> 2"));
      const stop = await client.nextStop();
      assert.equal(stop.reason, "exit");
      const { changes } = await compare(session, 1);
      assert.ok(changes.map(line).includes("Globals: int reached 0 -> 3"), changes.map(line).join("\n"));
      assert.match(
        await client.refusal("compareCheckpoints", { checkpointId: 1, otherId: 4 }),
        /^No checkpoint 4\.$/,
      );
      assert.match(await client.refusal("compareCheckpoints", { checkpointId: 4 }), /^No checkpoint 4\.$/);
    }));

  it("tells calls of one function apart by their place on the stack", () =>
    withDebuggee("recursion", async (session) => {
      await session.launchToStop({ breakpoints: ["AFTER"] });
      await session.checkpoint();
      await session.resume("continue");
      // The call with n = 2 has returned; of those that are left, only the one with n = 3 knows more now.
      assertLines((await compare(session, 1)).changes, [
        /^Locals of factorial, frame 0: int below -?\d+ -> 2$/,
      ]);
    }));
});

describe("detaching", () => {
  it("lets a copy run free, by request and from the console; the checkpoint stays", () =>
    withDebuggee("resident", async (session) => {
      const { client } = session;
      await session.launchToStop({ args: ["1", "20"], breakpoints: ["BP1"] });
      await session.checkpoint();
      const { processId } = await client.request<{ processId: number }>("detachCheckpoint", {
        checkpointId: 1,
      });
      assert.equal(processStatus(processId, "TracerPid"), "0");
      const said = await session.evaluate("detach checkpoint 1", "repl");
      const [, second] = /^A copy of checkpoint 1 runs free as process (\d+)\. .*terminal/.exec(said) ?? [];
      assert.equal(processStatus(Number(second), "TracerPid"), "0");
      await client.event("output", (event) => /busy after 2 rounds/.test(event.body.output));
      const list = await session.checkpoints();
      assert.deepEqual(
        list.checkpoints.map(({ id }) => id),
        [1],
      );
      assert.equal((await session.backTo(1)).reason, "checkpoint");
      assert.equal(await session.evaluate("number"), "1");
      for (const request of ["detachCheckpoint", "evaluateInCheckpoint", "compareCheckpoints"])
        assert.match(
          await client.refusal(request, { checkpointId: 2, expression: "1" }),
          /^No checkpoint 2\.$/,
        );
      // Both are gone before the session ends: the test sees to it that nothing is left.
      for (const pid of [processId, Number(second)]) while (isThere(pid)) await sleep(20);
    }));

  it("outlives the session", () =>
    withDebuggee("resident", async (session) => {
      const { client } = session;
      await session.launchToStop({ args: ["1", "30000"], breakpoints: ["BP1"] });
      await session.checkpoint();
      const { processId } = await client.request<{ processId: number }>("detachCheckpoint", {
        checkpointId: 1,
      });
      await client.request("disconnect", { terminateDebuggee: true });
      await sleep(300);
      assert.ok(isThere(processId));
      process.kill(processId, "SIGKILL");
    }));
});

function isThere(pid: number): boolean {
  return !/^[ZX]/.test(processStatus(pid, "State") ?? "X");
}

/** The same lines in any order of scopes, each text whole or by its pattern. */
function assertLines(changes: readonly VariableChange[], wanted: readonly (string | RegExp)[]): void {
  const lines = changes.map(line);
  const fits = (text: string, want: string | RegExp) =>
    typeof want === "string" ? text === want : want.test(text);
  const missing = wanted.filter((want) => !lines.some((text) => fits(text, want)));
  const extra = lines.filter((text) => !wanted.some((want) => fits(text, want)));
  assert.deepEqual({ missing, extra }, { missing: [], extra: [] });
}
