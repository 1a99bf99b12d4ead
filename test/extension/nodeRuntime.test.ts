import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { test } from "node:test";
import { findRuntime } from "../../extension/nodeRuntime";

async function withNode(script: string, run: (folder: string) => Promise<void>): Promise<void> {
  const folder = mkdtempSync(path.join(os.tmpdir(), "forkpoint-node-"));
  try {
    writeFileSync(path.join(folder, "node"), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
    await run(folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const own = { command: "/opt/code/code", env: { ELECTRON_RUN_AS_NODE: "1" } };

test("the Node of this machine is taken where the search path leads to it", async () => {
  const folder = path.dirname(process.execPath);
  const runtime = await findRuntime(`/nowhere:${folder}`, own.command);
  assert.deepEqual(runtime, { command: path.join(folder, "node"), env: {} });
});

test("a Node that is too old, broken or not there gives way to VS Code's own runtime", async () => {
  for (const script of ["echo v18.20.1", "echo hello", "exit 1"])
    await withNode(script, async (folder) => assert.deepEqual(await findRuntime(folder, own.command), own));
  assert.deepEqual(await findRuntime("/nowhere", own.command), own);
  assert.deepEqual(await findRuntime(undefined, own.command), own);
});

test("an old Node does not hide a newer one further on", () =>
  withNode("echo v16.0.0", (old) =>
    withNode("echo v22.1.0", async (recent) => {
      const runtime = await findRuntime(`${old}:${recent}`, own.command);
      assert.equal(runtime.command, path.join(recent, "node"));
    }),
  ));
