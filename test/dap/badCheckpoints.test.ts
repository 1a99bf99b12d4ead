import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { describe, it } from "node:test";
import type { CheckpointList } from "../../adapter/protocol";
import { freshUserId, processStatus } from "../helpers/processes";
import { withDebuggee, type DebuggeeSession } from "../helpers/session";

const isRoot = process.getuid?.() === 0;

/**
 * A user that nobody else is, nor was a moment ago: RLIMIT_NPROC counts the tasks of a user, and never binds root. An ordinary
 * user's are counted for each user namespace, so that one without any privilege in it is as good.
 */
const someone = () => (isRoot ? { userId: freshUserId() } : { wrapper: ["unshare", "--map-current-user"] });

/** Sets the soft limit alone, as the user itself, so that it can be raised again without a capability. */
function limitProcesses(pid: number, limit: number | string): void {
  const user = Number(processStatus(pid, "Uid")?.split("\t")[0]);
  const who = { ...(isRoot ? { uid: user, gid: user } : {}), encoding: "utf8" } as const;
  const result = spawnSync("prlimit", [`--pid=${pid}`, `--nproc=${limit}:`], who);
  assert.equal(result.status, 0, result.stderr);
}

/** All tasks of the session, which are all of the user. */
function tasks({ mark }: DebuggeeSession): number {
  return mark.survivors().flatMap((pid) => readdirSync(`/proc/${pid}/task`)).length;
}

const ids = async (session: DebuggeeSession) =>
  (await session.checkpoints()).checkpoints.map((each) => each.id);

describe("wrong checkpoint ids", () => {
  const wrong: [unknown, string][] = [
    [0, "No checkpoint 0."],
    [-1, "No checkpoint -1."],
    [7, "No checkpoint 7."],
    [1, "No checkpoint 1."],
    [1e40, "No checkpoint 1e+40."],
    [2.5, "No checkpoint 2.5."],
    ["x", 'No checkpoint "x".'],
    ["2", 'No checkpoint "2".'],
    [true, "No checkpoint true."],
    [[2], "No checkpoint [2]."],
    [null, '"checkpointId" is missing: it is a checkpoint\'s number.'],
    [undefined, '"checkpointId" is missing: it is a checkpoint\'s number.'],
  ];
  it("get their sentence and change nothing", () =>
    withDebuggee("loop", async (session) => {
      await session.launchToStop({ breakpoints: ["BP1"] });
      await session.checkpoint();
      await session.checkpoint();
      await session.client.request("deleteCheckpoint", { checkpointId: 1 });
      const list = async () => {
        const { checkpoints, currentParentId } = await session.checkpoints();
        // What a copy costs is told late.
        return {
          currentParentId,
          checkpoints: checkpoints.map((each) => ({ ...each, privateBytes: undefined })),
        };
      };
      const before = await list();
      for (const [checkpointId, sentence] of wrong)
        for (const command of ["restartCheckpoint", "deleteCheckpoint", "renameCheckpoint"])
          assert.equal(
            await session.client.refusal(command, { checkpointId, label: "x" }),
            sentence,
            command,
          );
      assert.deepEqual(await list(), before);
      assert.equal(await session.place(), `main:${session.line("BP1")}`);
      await session.resume("continue");
      await session.backTo(2);
    }));

  it("and other wrong arguments too", () =>
    withDebuggee("loop", async (session) => {
      const { client } = session;
      await session.launchToStop({ stopOnEntry: true });
      await client.request("createCheckpoint", { label: "one" });
      const refusals: [string, object, string][] = [
        ["createCheckpoint", { label: 5 }, '"label" must be a string, not 5.'],
        ["renameCheckpoint", { checkpointId: 1 }, '"label" must be a string, not missing.'],
        [
          "restartCheckpoint",
          { checkpointId: 1, keepCurrent: "no" },
          '"keepCurrent" must be true or false, not "no".',
        ],
        ["detachCheckpoint", { checkpointId: 9 }, "No checkpoint 9."],
        ["evaluateInCheckpoint", { checkpointId: 9, expression: "1" }, "No checkpoint 9."],
        ["compareCheckpoints", { checkpointId: 9 }, "No checkpoint 9."],
      ];
      for (const [command, args, sentence] of refusals)
        assert.equal(await client.refusal(command, args), sentence);
    }));
});

describe("the process limit, for an ordinary user", () => {
  it("reached while creating gets a sentence; with room again a checkpoint is made", () =>
    withDebuggee(
      "loop",
      async (session) => {
        await session.launchToStop({ breakpoints: ["BP1"] });
        const { processId } = await session.checkpoint();
        limitProcesses(processId, 1);
        assert.match(await session.client.refusal("createCheckpoint"), /process/);
        assert.deepEqual(await ids(session), [1]);
        assert.equal(await session.place(), `main:${session.line("BP1")}`);
        limitProcesses(processId, "1000");
        await session.checkpoint();
        await session.resume("continue");
        assert.equal(await session.evaluate("i"), "1");
      },
      someone(),
    ));

  it("reached for the adapter, which needs no more threads, changes nothing", () =>
    withDebuggee(
      "loop",
      async (session) => {
        await session.launchToStop({ breakpoints: ["BP1"] });
        limitProcesses(session.client.process.pid ?? 0, 1);
        await session.checkpoint();
        await session.client.event("checkpointsChanged", (event) => {
          const { checkpoints } = event.body as CheckpointList;
          return checkpoints[0]?.privateBytes !== undefined;
        });
        await session.resume("continue");
        await session.backTo(1);
        assert.equal(await session.evaluate("i"), "0");
      },
      someone(),
    ));

  it("reached while restarting leaves a live copy of where it was", () =>
    withDebuggee(
      "loop",
      async (session) => {
        await session.launchToStop({ breakpoints: ["BP1"] });
        const { copyProcessId } = await session.checkpoint();
        await session.resume("continue");
        limitProcesses(copyProcessId, 1);
        for (const keepCurrent of [true, false])
          assert.match(
            await session.client.refusal("restartCheckpoint", { checkpointId: 1, keepCurrent }),
            /process/,
          );
        assert.equal(await session.evaluate("i"), "1", "still where it was");
        await session.resume("continue");
        assert.equal(await session.evaluate("i"), "2", "and it lives");
        limitProcesses(copyProcessId, "1000");
        await session.backTo(1);
        assert.equal(await session.evaluate("i"), "0");
        await session.setBreakpoints([]);
        assert.equal(await session.runToExitPause(), "Exiting with code 0");
      },
      someone(),
    ));

  it("reached at any thread of the fresh copy leaves a live copy of where it was", () =>
    withDebuggee(
      "manyThreads",
      async (session) => {
        await session.launchToStop({ breakpoints: ["BP1"] });
        for (let hit = 0; hit < 40; hit++) await session.resume("continue");
        const { copyProcessId, processId } = await session.checkpoint();
        const threads = readdirSync(`/proc/${processId}/task`).length;
        assert.ok(threads > 4, "many threads");
        const calls = await session.evaluate("calls");
        // Beside what is not the program's: the copy, and what is set aside.
        const others = () => tasks(session) - threads + 1;
        for (let room = 0; room < threads; room++) {
          limitProcesses(copyProcessId, others() + room);
          assert.match(
            await session.client.refusal("restartCheckpoint", { checkpointId: 1 }),
            /limit of processes is reached/,
          );
          assert.equal(await session.evaluate("calls"), calls, "still where it was");
        }
        // With room for one more it succeeds, so that each of them was met.
        limitProcesses(copyProcessId, others() + threads);
        await session.backTo(1);
        await session.setBreakpoints([]);
        assert.equal(await session.runToExitPause(), "Exiting with code 0");
      },
      someone(),
    ));

  it("reached at the exit, where nothing can be kept, says so and ends the session", () =>
    withDebuggee(
      "loop",
      async (session) => {
        await session.launchToStop({ breakpoints: ["BP1"] });
        const { copyProcessId } = await session.checkpoint();
        await session.setBreakpoints([]);
        await session.runToExitPause();
        limitProcesses(copyProcessId, 1);
        const sentence = await session.client.refusal("restartCheckpoint", { checkpointId: 1 });
        assert.match(
          sentence,
          /limit of processes is reached.* The program is gone, and its session ends\.$/,
        );
        assert.equal(await session.exitCode(), 0);
      },
      someone(),
    ));
});

/** Sets the soft limit of a process's descriptors, so that those it has are all; gives the limit that it had. */
function allowNoMoreFiles(pid: number): string {
  const limits = readFileSync(`/proc/${pid}/limits`, "latin1");
  const [, before = "1024"] = /^Max open files +(\d+)/m.exec(limits) ?? [];
  setFileLimit(pid, String(readdirSync(`/proc/${pid}/fd`).length));
  return before;
}

function setFileLimit(pid: number, limit: string): void {
  const result = spawnSync("prlimit", [`--pid=${pid}`, `--nofile=${limit}:`], { encoding: "utf8" });
  assert.equal(result.status, 0, result.stderr);
}

describe("the limit of the adapter's open files", () => {
  it("reached while restarting gets a sentence, and the program stays where it was", () =>
    withDebuggee("loop", async (session) => {
      await session.launchToStop({ breakpoints: ["BP1"] });
      await session.checkpoint();
      await session.resume("continue");
      const adapter = session.client.process.pid ?? 0;
      const before = allowNoMoreFiles(adapter);
      for (const keepCurrent of [true, false])
        assert.equal(
          await session.client.refusal("restartCheckpoint", { checkpointId: 1, keepCurrent }),
          "The checkpoint could not be restarted: the debugger has as many open files as it may. " +
            "Delete checkpoints, or raise the limit (ulimit -n).",
        );
      setFileLimit(adapter, before);
      assert.equal(await session.evaluate("i"), "1", "still where it was");
      await session.resume("continue");
      await session.backTo(1);
      assert.equal(await session.evaluate("i"), "0");
    }));
});

describe("a program that lets nobody look into it, and may not change that, for an ordinary user", () => {
  it("is not touched for it: what needs that gets a sentence", () =>
    withDebuggee(
      "closedAndFiltered",
      async (session) => {
        await session.launchToStop({ breakpoints: ["BP1", "BP2"] });
        await session.checkpoint();
        await session.resume("continue");
        assert.match(await session.client.refusal("createCheckpoint"), /seccomp/);
        assert.match(
          await session.client.refusal("compareCheckpoints", { checkpointId: 1 }),
          /PR_SET_DUMPABLE/,
        );
        assert.equal(await session.evaluate("steps"), "1");
        await session.setBreakpoints([]);
        assert.equal(await session.runToExitPause(), "Exiting with code 3");
        await session.backTo(1);
        assert.equal(await session.runToExitPause(), "Exiting with code 3");
        await session.setBreakpoints(["BP2"]);
        await session.backTo(1);
        await session.resume("continue");
        await session.backTo(1);
        assert.match(
          session.client.output("console"),
          /The state that was left could not be kept\. The program filters its own system calls \(seccomp\)/,
        );
      },
      isRoot ? { userId: freshUserId() } : {},
    ));
});
