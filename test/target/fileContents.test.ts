/** Contents of files, opted into: told of before, written back, and no others touched. */
import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import type { FileChange } from "../../adapter/target/checkpointer";
import { withTarget, type Running } from "./withTarget";

const ROUNDS = Number(process.env.FORKPOINT_ROUNDS ?? 5);

async function withFiles(
  files: "offsets" | "contents",
  body: (running: Running, folder: string) => Promise<void>,
): Promise<void> {
  const folder = mkdtempSync("/tmp/forkpoint-");
  try {
    await withTarget("fileContents", { args: [folder], launch: { files } }, (running) =>
      body(running, folder),
    );
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function told(changes: readonly FileChange[], folder: string): string[] {
  return changes.map(({ action, path }) => `${action} ${path.replace(`${folder}/`, "")}`).sort();
}

test("contents, size and existence come back, of both states, again and again", async () => {
  await withFiles("contents", async ({ checkpointer, breakAt, run, runTo, output }, folder) => {
    breakAt("first");
    breakAt("second");
    await runTo("breakpoint");
    // Changes right behind the checkpoint do not show in the files' times.
    await sleep(30);
    const { token, fidelity } = await checkpointer.create();
    const kept = fidelity.find(({ resource }) => resource === "file contents");
    assert.match(kept?.detail ?? "", /written back at a restart.*changed, .*gone, .*cut, .*untouched$/);
    assert.deepEqual(checkpointer.fileChanges(token), []);
    await sleep(30);
    for (let round = 0; round < ROUNDS; round++) {
      assert.equal((await run()).kind, "breakpoint", output());
      const changes = checkpointer.fileChanges(token);
      assert.deepEqual(told(changes, folder), ["create gone", "remove new", "write changed", "write cut"]);
      await sleep(30);
      const { left, missed } = await checkpointer.restore(token, true, changes);
      assert.deepEqual(missed, []);
      assert.ok(left);
      const back = checkpointer.fileChanges(left.token);
      assert.deepEqual(told(back, folder), ["create new", "remove gone", "write changed", "write cut"]);
      assert.deepEqual((await checkpointer.restore(left.token, false, back)).missed, []);
      assert.deepEqual((await runTo("exiting")).status, { exitCode: 0 }, output());
      checkpointer.discard(left.token);
      await sleep(30);
      const again = checkpointer.fileChanges(token);
      assert.deepEqual((await checkpointer.restore(token, false, again)).missed, []);
      await sleep(30);
    }
    assert.equal(output(), "EXIT-SUCCESS\n".repeat(ROUNDS));
  });
});

test("no file is touched that was not told of, and none at all by default", async () => {
  for (const files of ["offsets", "contents"] as const)
    await withFiles(files, async ({ checkpointer, breakAt, runTo, output }, folder) => {
      breakAt("first");
      breakAt("second");
      await runTo("breakpoint");
      const { token, fidelity } = await checkpointer.create();
      assert.equal(
        fidelity.some(({ resource }) => resource === "file contents"),
        files === "contents",
      );
      await runTo("breakpoint");
      const contents = (): string[] =>
        readdirSync(folder).map((name) => name + readFileSync(`${folder}/${name}`, "latin1"));
      const before = contents();
      if (files === "offsets") assert.deepEqual(checkpointer.fileChanges(token), []);
      await checkpointer.restore(token, false);
      assert.deepEqual(contents(), before);
      await runTo("exiting");
      assert.match(output(), /^line 19: /);
    });
});

test("a file that has taken the name of another is left alone", async () => {
  await withFiles("contents", async ({ checkpointer, breakAt, runTo }, folder) => {
    breakAt("first");
    breakAt("second");
    await runTo("breakpoint");
    const { token } = await checkpointer.create();
    await runTo("breakpoint");
    writeFileSync(`${folder}/gone`, "somebody else's");
    const { missed } = await checkpointer.restore(token, false, checkpointer.fileChanges(token));
    assert.match(missed.join(), /gone: another file has that name now; it is left as it is\./);
    assert.equal(readFileSync(`${folder}/gone`, "latin1"), "somebody else's");
    assert.equal(readFileSync(`${folder}/changed`, "latin1"), "as it was!");
  });
});
