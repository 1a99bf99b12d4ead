/** Programs of several threads: every thread of a frozen copy is looked at, and all of them run free. */
import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { test } from "node:test";
import { memoryAddress } from "../../adapter/target/addresses";
import type { CheckpointToken } from "../../adapter/target/checkpointer";
import { children, withTarget, type Running } from "./withTarget";

const SIGUSR1 = 10;
const builds = [
  {},
  { variant: "static" },
  // A program in a pid namespace has other ids for itself than the debugger has for it.
  { launch: { sameProcessId: "namespace" } },
] as const;

function registersOf({ target }: Pick<Running, "target">): unknown {
  return target.threads.map(({ id, tid, name }) => ({
    id,
    tid,
    name,
    list: target
      .registers(id)
      .list()
      .map((register) => `${register.name}=${register.value}`),
    numbers: [0, 7, 16, 17, 33, 58].map((number) => target.registers(id).byDwarf(number)),
  }));
}

test("a view has every thread as it was, and goes on having it", async () => {
  await withTarget("manyThreads", {}, async (running) => {
    const { checkpointer, breakAt, runTo } = running;
    breakAt("visit");
    for (let hit = 0; hit < 30; hit++) await runTo("breakpoint");
    const { token } = await checkpointer.create();
    const before = registersOf(running);
    const view = checkpointer.viewOf(token);
    assert.equal(view.threads.length, 9);
    assert.deepEqual(registersOf({ target: view }), before);
    for (let hit = 0; hit < 30; hit++) await runTo("breakpoint");
    assert.deepEqual(registersOf({ target: view }), before);
    assert.notDeepEqual(registersOf(running), before);
    assert.ok((await checkpointer.changedPages(token)).pages.length > 0);
  });
});

/** Whether a thread is there and has not ended. */
function isAlive(processId: number, tid: string): boolean {
  try {
    return !/\) [ZX]/.test(readFileSync(`/proc/${processId}/task/${tid}/stat`, "latin1"));
  } catch {
    return false;
  }
}

/** Whether any thread is left; the first one may have gone before. */
function runs(processId: number): boolean {
  try {
    return readdirSync(`/proc/${processId}/task`).some((tid) => isAlive(processId, tid));
  } catch {
    return false;
  }
}

/** The id that a process has for itself, which is another one in a pid namespace (proc(5), NSpid). */
function knownId(processId: number): number {
  try {
    const status = readFileSync(`/proc/${processId}/status`, "latin1");
    return Number(/^NSpid:.*\s(\d+)$/m.exec(status)?.[1]);
  } catch {
    return 0;
  }
}

/** What the program wrote at its end, once it has. */
async function verdict(folder: string, processId: number): Promise<string> {
  const known = knownId(processId);
  const deadline = Date.now() + 10_000;
  while (runs(processId) && Date.now() < deadline) await sleep(20);
  const name = readdirSync(folder).find((file) => file.endsWith(`.${known}`));
  assert.ok(name, `process ${processId} wrote nothing`);
  return readFileSync(path.join(folder, name), "latin1").trim();
}

/** Runs until all threads are at work, then to a stop with a signal that has not been delivered, and freezes. */
async function freezeAtWork({ target, checkpointer, execution, address, breakAt, runTo }: Running) {
  const visit = breakAt("visit");
  for (let hit = 0; hit < 12; hit++) await runTo("breakpoint");
  execution.removeBreakpoint(visit);
  process.kill(target.processId, SIGUSR1);
  await runTo("signal");
  const { token } = await checkpointer.create();
  const seven = Buffer.from([7, 0, 0, 0]);
  const common = target.memory.read(address("common"), 8).readBigUInt64LE(0);
  target.memory.write(memoryAddress(common), seven);
  return { token, common: (): number => target.memory.read(memoryAddress(common), 4).readInt32LE(0) };
}

async function detachTwice(running: Running, folder: string, token: CheckpointToken): Promise<void> {
  const family = children().sort();
  for (let round = 0; round < 2; round++) {
    const { processId } = await running.checkpointer.detach(token);
    assert.deepEqual(children().sort(), family);
    assert.notEqual(processId, running.target.processId);
    assert.equal(await verdict(folder, processId), "matched 3 caught 1 group 1 common 7");
    assert.ok(!runs(processId));
  }
  assert.deepEqual(children().sort(), family);
}

for (const options of builds)
  for (const leader of ["stays", "gone"] as const)
    test(`all threads run free with what they had (${JSON.stringify(options)}, leader ${leader})`, async () => {
      const folder = mkdtempSync(path.join(tmpdir(), "free-"));
      try {
        const args = [path.join(folder, "verdict"), leader];
        await withTarget("freeThreads", { ...options, args }, async (running) => {
          const { token, common } = await freezeAtWork(running);
          await detachTwice(running, folder, token);
          // What is shared with the live program was not wound back under its feet.
          assert.equal(common(), 7);
          await running.runTo("exiting");
          assert.match(liveVerdict(folder, running), /^matched 3 caught 1 /);
        });
      } finally {
        rmSync(folder, { recursive: true });
      }
    });

function liveVerdict(folder: string, { target }: Running): string {
  return readFileSync(path.join(folder, `verdict.${knownId(target.processId)}`), "latin1");
}
