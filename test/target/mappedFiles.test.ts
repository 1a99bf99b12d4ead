/** Files that the program has mapped, with a name and without: what a restart puts back of them, and what it says. */
import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { test } from "node:test";
import { CAP_CHECKPOINT_RESTORE, CAP_SYS_ADMIN, hasCapability, lineOf, ROUNDS } from "./memoryCheckpoints";
import { children, ownDescriptors, withTarget, type Running } from "./withTarget";

test("memory files that are large, only mapped or sealed since: a checkpoint or a restart says so", async () => {
  await withTarget("memoryFiles", {}, async ({ checkpointer, breakAt, runTo, output, execution }) => {
    const mayOpenMapped = hasCapability(process.pid, CAP_SYS_ADMIN, CAP_CHECKPOINT_RESTORE);
    const marked = breakAt("marked");
    await runTo("breakpoint");
    execution.removeBreakpoint(marked);
    const { token, fidelity } = await checkpointer.create();
    const lines = fidelity
      .filter(({ resource }) => resource === "memory files")
      .map(({ state, detail }) => `${state} ${detail}`);
    assert.match(
      lines[0] ?? "",
      mayOpenMapped ? /^approximate size of 2 files .*seals/ : /^approximate size of 1 file .*seals/,
    );
    assert.match(
      lines[1] ?? "",
      /^notRestored descriptor \d+: .* more than the 64 MiB .* its size comes back$/,
    );
    assert.equal(lines.length, mayOpenMapped ? 2 : 3);
    if (!mayOpenMapped)
      assert.match(lines[2] ?? "", /^approximate 1 file .* cannot be opened: only what is mapped/);
    await runTo("exiting");
    const { missed } = await checkpointer.restore(token, false);
    assert.equal(missed.length, 1);
    assert.match(missed[0] ?? "", /descriptor \d+ \(EPERM: it has been sealed since\)\.$/);
    await runTo("exiting");
    assert.equal(output(), `4 ${80 << 20}\n2 ${80 << 20}\n`);
  });
});

async function withMappedFile(
  size: number,
  body: (running: Running, file: string) => Promise<void>,
): Promise<void> {
  const folder = mkdtempSync(path.join(os.tmpdir(), "forkpoint-"));
  const file = path.join(folder, "mapped");
  writeFileSync(file, "");
  truncateSync(file, size);
  try {
    await withTarget("mappedFile", { args: [file] }, async (running) => {
      running.breakAt("marked");
      await running.runTo("breakpoint");
      await body(running, file);
    });
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const counterIn = (file: string): number => readFileSync(file).readInt32LE(0);

test("a mapped file with a name goes back only where that was told, and let be", async () => {
  await withMappedFile(0, async ({ checkpointer, runTo }, file) => {
    const { token, fidelity } = await checkpointer.create();
    const line = lineOf(fidelity, "mapped files");
    assert.equal(line?.state, "restored");
    assert.equal(line.detail, `written back at a restart, if you let it: ${file}`);
    assert.deepEqual(checkpointer.fileChanges(token), []);
    await runTo("exiting");
    assert.equal(counterIn(file), 2);
    const changes = checkpointer.fileChanges(token);
    assert.deepEqual(changes, [{ path: file, action: "write" }]);
    assert.deepEqual((await checkpointer.restore(token, false)).missed, []);
    assert.equal(counterIn(file), 2);
    await runTo("exiting");
    assert.equal(counterIn(file), 3);
    for (let round = 0; round < ROUNDS; round++) {
      assert.deepEqual((await checkpointer.restore(token, round % 2 === 0, changes)).missed, []);
      assert.equal(counterIn(file), 1);
      assert.deepEqual(checkpointer.fileChanges(token), []);
      await runTo("exiting");
      assert.equal(counterIn(file), 2);
    }
    truncateSync(file, 0);
    const { missed } = await checkpointer.restore(token, false, checkpointer.fileChanges(token));
    assert.deepEqual(missed, [`Not all of ${file} could be put back (it has become shorter since).`]);
  });
});

test("a mapped file that is too large stays as it is, and the checkpoint says so", async () => {
  await withMappedFile((64 << 20) + 1, async ({ checkpointer, runTo }, file) => {
    const { token, fidelity } = await checkpointer.create();
    const line = lineOf(fidelity, "mapped files");
    assert.equal(line?.state, "notRestored");
    assert.ok(line.detail.startsWith(`${file}: larger than what is kept of mapped files (64 MiB`));
    await runTo("exiting");
    assert.deepEqual(checkpointer.fileChanges(token), []);
    assert.deepEqual((await checkpointer.restore(token, false)).missed, []);
    await runTo("exiting");
    assert.equal(counterIn(file), 3);
  });
});

test("nothing is left of any of these programs", () => {
  assert.deepEqual(children(), []);
  assert.deepEqual(
    ownDescriptors().filter((name) => name.startsWith("/memfd:checkpoint")),
    [],
  );
});
