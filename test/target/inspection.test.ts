/** Looking at frozen copies without running them: views, changed pages, copies that run free. */
import assert from "node:assert/strict";
import { closeSync, openSync, readFileSync, readSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { test } from "node:test";
import { memoryAddress } from "../../adapter/target/addresses";
import type { CheckpointToken } from "../../adapter/target/checkpointer";
import { TargetError } from "../../adapter/target/target";
import { children, isAlive, ownDescriptors, withTarget, type Running } from "./withTarget";

const PAGE = 4096;
const MEBIBYTE = 1 << 20;

/** Whether page maps tell frame numbers here (CAP_SYS_ADMIN): asked of a page of this very process. */
function canSeeFrames(): boolean {
  const page = /^([0-9a-f]+)-\S+ r/m.exec(readFileSync("/proc/self/maps", "latin1"))?.[1] ?? "0";
  const entry = Buffer.alloc(8);
  const descriptor = openSync("/proc/self/pagemap", "r");
  readSync(descriptor, entry, 0, 8, (BigInt(`0x${page}`) / BigInt(PAGE)) * 8n);
  closeSync(descriptor);
  return (entry.readBigUInt64LE(0) & ((1n << 55n) - 1n)) !== 0n;
}

/** Runs from stage to stage and freezes each: 1, 2 and 3. */
async function threeStages({ breakAt, runTo, checkpointer }: Running): Promise<CheckpointToken[]> {
  breakAt("stage");
  const frozen: CheckpointToken[] = [];
  for (let stage = 1; stage <= 3; stage++) {
    await runTo("breakpoint");
    frozen.push((await checkpointer.create()).token);
  }
  return frozen;
}

/** Where in `block`, in pages, the pages lie that are there. */
function inBlock({ target, address }: Running, pages: readonly { address: bigint; bytesChanged: number }[]) {
  const block = target.memory.read(address("block"), 8).readBigUInt64LE(0);
  const size = target.memory.read(address("size"), 8).readBigUInt64LE(0);
  return pages
    .filter((page) => page.address >= block && page.address < block + size)
    .map((page) => [Number(page.address - block) / PAGE, page.bytesChanged]);
}

test("of 300 MiB that are resident, what is still shared is not read", async () => {
  await withTarget("resident", { args: ["300"] }, async (running) => {
    const { breakAt, runTo, checkpointer, address } = running;
    breakAt("stage");
    await runTo("breakpoint");
    const { token } = await checkpointer.create();
    const none = await checkpointer.changedPages(token);
    assert.deepEqual(none.pages, []);
    await runTo("breakpoint");
    const { pages, bytesRead, pageSize } = await checkpointer.changedPages(token);
    const wanted = Array.from({ length: 8 }, (_, index) => [index * 16, 1]);
    assert.deepEqual(inBlock(running, pages), wanted);
    const changed = new Set(pages.map((page) => page.address));
    assert.ok(changed.has(memoryAddress((address("reached") / BigInt(pageSize)) * BigInt(pageSize))));
    assert.ok(pages.length < 40, `${pages.length} pages`);
    // Two sides of every changed page, of page 9, and of those that merely were written.
    assert.ok(bytesRead >= 2 * 9 * PAGE && bytesRead < MEBIBYTE, `${bytesRead} bytes read`);
  });
});

test("checkpoints are compared with one another, and no trap counts as a change", async () => {
  await withTarget("resident", { args: ["64"] }, async (running) => {
    const { checkpointer, execution, breakAt } = running;
    const [first, second, third] = await threeStages(running);
    assert.ok(first && second && third);
    const one = await checkpointer.changedPages(first, third);
    const other = await checkpointer.changedPages(third, first);
    assert.deepEqual(one.pages, other.pages);
    assert.deepEqual(
      inBlock(running, one.pages),
      [0, 3, 16, 32, 48, 64, 80, 96, 112].map((page) => [page, 1]),
    );
    assert.deepEqual(inBlock(running, (await checkpointer.changedPages(second, third)).pages), [[3, 1]]);
    if (canSeeFrames()) assert.ok(one.bytesRead < MEBIBYTE, `${one.bytesRead} bytes read`);
    assert.deepEqual((await checkpointer.changedPages(third)).pages, []);
    assert.deepEqual((await checkpointer.changedPages(third, third)).pages, []);
    execution.removeBreakpoint(breakAt("main"));
    assert.deepEqual((await checkpointer.changedPages(third)).pages, []);
  });
});

test("memory that only one of them has counts", async () => {
  await withTarget("resident", { args: ["4"] }, async (running) => {
    const { breakAt, runTo, checkpointer } = running;
    const before = (await checkpointer.create()).token;
    breakAt("stage");
    await runTo("breakpoint");
    const after = (await checkpointer.create()).token;
    for (const { pages } of [
      await checkpointer.changedPages(before, after),
      await checkpointer.changedPages(after, before),
      await checkpointer.changedPages(before),
    ])
      assert.deepEqual(
        inBlock(running, pages),
        Array.from({ length: 1024 }, (_, index) => [index, PAGE]),
      );
  });
});

test("a view shows the frozen state, cannot change it, and ends with it", async () => {
  await withTarget("resident", { args: ["1"] }, async (running) => {
    const { checkpointer, target, address, int, setInt } = running;
    const [first, second] = await threeStages(running);
    assert.ok(first && second);
    const view = checkpointer.viewOf(first);
    assert.equal(view.memory.read(address("table"), 4).readInt32LE(0), 0);
    assert.equal(view.memory.read(address("reached"), 4).readInt32LE(0), 0);
    assert.equal(checkpointer.viewOf(second).memory.read(address("reached"), 4).readInt32LE(0), 1);
    setInt("reached", 77);
    assert.equal(view.memory.read(address("reached"), 4).readInt32LE(0), 0);
    assert.equal(int("reached"), 77);
    assert.equal(view.registers(1).pc, address("stage"));
    assert.equal(view.registers(1).byDwarf(5), 1n);
    assert.equal(target.registers(1).byDwarf(5), 3n);
    assert.equal(view.execution, undefined);
    assert.deepEqual(
      view.threads.map(({ id }) => id),
      [1],
    );
    assert.deepEqual(view.auxiliaryVector(), target.auxiliaryVector());
    assert.ok(view.mappings().length > 5);
    const refused = { name: "Error", message: "A checkpoint cannot be changed; restart it first." };
    assert.throws(() => view.memory.write(address("reached"), Buffer.alloc(4)), refused);
    assert.throws(() => view.registers(1).set("rip", 0n), refused);
    assert.throws(() => view.registers(2), TargetError);
    checkpointer.discard(first);
    assert.equal(view.memory.read(address("reached"), 4).length, 0);
    assert.throws(() => checkpointer.viewOf(first), TargetError);
    await assert.rejects(checkpointer.changedPages(first), /copy is gone/);
    await assert.rejects(checkpointer.detach(first), /copy is gone/);
    assert.ok(!ownDescriptors().some((text) => /^\/proc\/\d+\/mem \(deleted\)/.test(text)));
  });
});

function statusOf(processId: number, field: string): string | undefined {
  const text = readFileSync(`/proc/${processId}/status`, "latin1");
  return new RegExp(`^${field}:\\s*(.*)$`, "m").exec(text)?.[1];
}

test("a detached copy runs free, outlives the session, and leaves nothing behind", async () => {
  let processId = 0;
  await withTarget("resident", { args: ["1", "100"] }, async (running) => {
    const { breakAt, runTo, checkpointer, target, output } = running;
    breakAt("stage");
    await runTo("breakpoint");
    const { token } = await checkpointer.create();
    const familyBefore = children().sort();
    ({ processId } = await checkpointer.detach(token));
    assert.ok(isAlive(processId));
    assert.equal(statusOf(processId, "TracerPid"), "0");
    assert.notEqual(statusOf(processId, "PPid"), `${process.pid}`);
    assert.deepEqual(children().sort(), familyBefore);
    // The checkpoint stays: it can be restarted, and detached again.
    assert.equal((await checkpointer.restore(token, false)).stop.kind, "restored");
    const again = await checkpointer.detach(token);
    assert.notEqual(again.processId, processId);
    assert.notEqual(again.processId, target.processId);
    assert.match(again.note, /terminal.*goes away/);
    const deadline = Date.now() + 10_000;
    // Both run through stages that have a breakpoint here, to their own end, and no zombie stays.
    while ((isAlive(again.processId) || isAlive(processId)) && Date.now() < deadline) await sleep(20);
    assert.deepEqual(output().match(/busy after 2 rounds/g)?.length, 2);
    assert.equal(children().length, familyBefore.length);
    ({ processId } = await checkpointer.detach(token));
  });
  assert.ok(isAlive(processId), "it died with the session");
  process.kill(processId, "SIGKILL");
});

test("a free copy that is stopped and killed wakes nobody", async () => {
  await withTarget("spin", {}, async ({ checkpointer, execution, run }) => {
    const stop = run();
    await sleep(50);
    execution.interrupt();
    await stop;
    const { token } = await checkpointer.create();
    const { processId } = await checkpointer.detach(token);
    const next = run();
    process.kill(processId, "SIGSTOP");
    await sleep(100);
    const before = process.cpuUsage();
    await sleep(500);
    const { user, system } = process.cpuUsage(before);
    assert.ok(user + system < 250_000, `${user + system} microseconds of work for a stopped stranger`);
    process.kill(processId, "SIGKILL");
    execution.interrupt();
    assert.equal((await next).kind, "interrupted");
  });
});
