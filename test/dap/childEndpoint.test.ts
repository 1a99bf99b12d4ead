/** The sockets of child sessions (`followFork: "both"`), and what killed adapters leave of them. */
import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, readdirSync, rmSync, utimesSync } from "node:fs";
import { connect } from "node:net";
import { test } from "node:test";
import { ChildEndpoint } from "../../adapter/dap/childEndpoint";

/** Above the highest that the kernel gives (proc(5), pid_max). */
const NOBODY = 4194305;

test("folders of adapters that were killed go, those of others and young ones stay", async () => {
  const base = mkdtempSync("/tmp/forkpoint-");
  const before = process.env["XDG_RUNTIME_DIR"];
  const long = new Date(Date.now() - 3_600_000);
  const stay = [`forkpoint-${process.pid}-old123`, `forkpoint-${NOBODY}-young1`, "forkpoint-others"];
  try {
    for (const name of [...stay, `forkpoint-${NOBODY}-old123`]) {
      mkdirSync(`${base}/${name}`);
      if (!name.endsWith("young1")) utimesSync(`${base}/${name}`, long, long);
    }
    process.env["XDG_RUNTIME_DIR"] = base;
    const endpoint = await ChildEndpoint.open();
    assert.ok(endpoint.path.startsWith(`${base}/forkpoint-${process.pid}-`));
    const client = connect(endpoint.path);
    const socket = await endpoint.connection;
    assert.ok(socket);
    client.destroy();
    socket.destroy();
    endpoint.close();
    assert.deepEqual(readdirSync(base).sort(), stay.sort());
  } finally {
    if (before === undefined) delete process.env["XDG_RUNTIME_DIR"];
    else process.env["XDG_RUNTIME_DIR"] = before;
    rmSync(base, { recursive: true });
  }
});
