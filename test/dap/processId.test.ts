import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import { describe, it } from "node:test";
import { freshUserId, processStatus } from "../helpers/processes";
import { withDebuggee, type DebuggeeSession } from "../helpers/session";

const isRoot = process.getuid?.() === 0;
const ordinaryUser = isRoot ? { userId: freshUserId() } : {};

/** The first processes of namespaces (native-shim/ptrace/namespace.c) of a session. */
function namespaceInits({ mark }: DebuggeeSession): number[] {
  return mark.survivors().filter((pid) => processStatus(pid, "Name") === "forkpoint-init");
}

/** Whether a process is there and is no zombie. */
function lives(pid: number): boolean {
  return /^[^ZX]/.test(processStatus(pid, "State") ?? "Z");
}

async function processId(session: DebuggeeSession): Promise<number> {
  return Number(await session.evaluate("(int)getpid()", "repl"));
}

describe("the process id after a restart", () => {
  const notAllowed = !isRoot && "the kernel lets no ordinary user choose process ids";

  it("is kept where the kernel allows it", { skip: notAllowed }, () =>
    withDebuggee("undisturbed", async (session) => {
      await session.launchToStop({ breakpoints: ["BP1"] });
      const before = await processId(session);
      await session.checkpoint();
      for (let i = 0; i < 3; i++) {
        await session.setBreakpoints(["BP2"]);
        await session.resume("continue");
        await session.backTo(1, i === 1);
        assert.equal(await processId(session), before);
      }
      await session.setBreakpoints([]);
      await session.runToExitPause();
      await session.backTo(1);
      assert.equal(await processId(session), before, "from the exit too");
      await session.runToExitPause();
      assert.match(session.client.output(), /pid same ppid same\n$/);
    }),
  );

  const changed = async (session: DebuggeeSession, settings: object) => {
    await session.launchToStop({ breakpoints: ["BP1"], ...settings });
    const before = await processId(session);
    await session.checkpoint();
    await session.setBreakpoints(["BP2"]);
    await session.resume("continue");
    await session.backTo(1);
    const after = await processId(session);
    assert.notEqual(after, before);
    assert.equal(processStatus(before, "State"), undefined, "the process that was left is gone");
    assert.ok(processStatus(after, "State"));
    const told = (await session.checkpoints()).checkpoints.flatMap((each) => each.fidelity);
    assert.ok(
      told.some((each) => /process and thread ids/.test(each.resource) && each.state !== "restored"),
      JSON.stringify(told),
    );
    await session.setBreakpoints([]);
    assert.equal(await session.runToExitPause(), "Exiting with code 0");
    assert.match(
      session.client.output(),
      /errno 77 wait -1 ECHILD atfork 0 sigchld 0 pid changed ppid same\n$/,
    );
    await session.backTo(1);
    assert.equal(await session.place(), `main:${session.line("BP1")}`);
  };

  it("is another for an ordinary user, and fidelity says so", () =>
    withDebuggee("undisturbed", (session) => changed(session, {}), ordinaryUser));

  it("is kept for an ordinary user too, in a namespace", () =>
    withDebuggee(
      "undisturbed",
      async (session) => {
        await session.launchToStop({ breakpoints: ["BP1"], checkpoints: { sameProcessId: "namespace" } });
        const before = await processId(session);
        assert.ok(before < 10, "an id of the namespace");
        assert.equal((await session.checkpoint()).processId, before);
        for (let i = 0; i < 3; i++) {
          await session.setBreakpoints(["BP2"]);
          await session.resume("continue");
          await session.backTo(1, i === 1);
          assert.equal(await processId(session), before);
        }
        await session.setBreakpoints([]);
        for (let i = 0; i < 3; i++) {
          assert.equal(await session.runToExitPause(), "Exiting with code 0");
          assert.match(
            session.client.output(),
            /errno 77 wait -1 ECHILD atfork 0 sigchld 0 pid same ppid same\n$/,
          );
          await session.backTo(1);
        }
        assert.equal(namespaceInits(session).length, 1);
      },
      ordinaryUser,
    ));

  it("cannot be kept so where user namespaces are forbidden, and the launch says what to do", () =>
    withDebuggee(
      "loop",
      async (session) => {
        await session.client.request("initialize", { adapterID: "forkpoint" });
        assert.match(
          await session.client.refusal("launch", {
            program: session.program,
            checkpoints: { sameProcessId: "namespace" },
          }),
          /^The program cannot have a namespace of its own here .*"checkpoints.sameProcessId" to "auto"\.$/,
        );
      },
      {
        wrapper: [
          "unshare",
          "--map-root-user",
          "sh",
          "-c",
          'echo 0 > /proc/sys/user/max_user_namespaces && exec "$@"',
          "sh",
        ],
      },
    ));

  it("leaves nothing of a namespace behind when the adapter is killed", () =>
    withDebuggee(
      "loop",
      async (session) => {
        await session.launchToStop({ breakpoints: ["BP1"], checkpoints: { sameProcessId: "namespace" } });
        const { copyProcessId } = await session.checkpoint();
        await session.resume("continue");
        const [init = 0] = namespaceInits(session);
        assert.ok(init > 0);
        const adapter = Number(processStatus(init, "PPid"));
        process.kill(adapter, "SIGKILL");
        const end = Date.now() + 5000;
        while (Date.now() < end && [init, copyProcessId].some(lives)) await sleep(5);
        assert.deepEqual([init, copyProcessId].filter(lives), []);
      },
      ordinaryUser,
    ));

  it("is another when that is asked for", () =>
    withDebuggee("undisturbed", (session) => changed(session, { checkpoints: { sameProcessId: "never" } })));
});

describe("an ordinary user", () => {
  it("restarts the same checkpoint ten times to the same variables", () =>
    withDebuggee(
      "globals",
      async (session) => {
        await session.launchToStop({ breakpoints: [{ line: session.line("BP2"), hitCondition: "== 30" }] });
        await session.checkpoint();
        const before = await session.evaluate("seed");
        for (let i = 0; i < 10; i++) {
          await session.resume("next");
          await session.evaluate("seed = 1", "repl");
          await session.backTo(1, i % 2 === 0);
          assert.equal(await session.evaluate("seed"), before);
        }
        await session.setBreakpoints([]);
        const exit = await session.runToExitPause();
        await session.backTo(1);
        assert.equal(await session.runToExitPause(), exit);
      },
      ordinaryUser,
    ));

  it("goes back when the program is killed from outside", () =>
    withDebuggee(
      "spin",
      async (session) => {
        await session.launchToStop({ breakpoints: ["BP1"] });
        const pid = await processId(session);
        await session.checkpoint();
        await session.client.request("continue", { threadId: 1 });
        await session.client.outputHas("spinning");
        process.kill(pid, "SIGKILL");
        assert.equal(
          (await session.client.nextStop()).description,
          "Killed by SIGKILL; back at checkpoint 1",
        );
      },
      ordinaryUser,
    ));
});
