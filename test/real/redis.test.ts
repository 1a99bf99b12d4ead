/** A server: what its clients find after a restart is what was there at the checkpoint. */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import { test } from "node:test";
import type { Checkpoint } from "../../adapter/protocol";
import { withAdapter } from "../helpers/adapterClient";
import { DebuggeeSession } from "../helpers/session";

const run = promisify(execFile);
const PORT = 20_000 + (process.pid % 10_000);

/** An ordinary user's program keeps its ids in a namespace of its own. */
const isRoot = process.getuid?.() === 0;

async function cli(...args: string[]): Promise<string> {
  const { stdout } = await run("redis-cli", ["-p", String(PORT), ...args], { timeout: 20_000 });
  return stdout.trim();
}

async function load(requests: number, ...how: string[]): Promise<void> {
  const amounts = ["-n", String(requests), "-c", "20", "-r", "5000", "-t", "set,incr,lpush,sadd", ...how];
  await run("redis-benchmark", ["-p", String(PORT), "-q", ...amounts], { timeout: 60_000 });
}

async function untilUnderLoad(): Promise<void> {
  for (let tries = 0; tries < 100; tries++) {
    const clients = Number(/^connected_clients:(\d+)/m.exec(await cli("info", "clients"))?.[1] ?? 0);
    if (clients > 10) return;
  }
  throw new Error("No clients come to redis-server.");
}

/** How many connections a checkpoint says it has. */
function connectionsOf({ fidelity }: Checkpoint): number {
  const told = fidelity.flatMap(
    ({ detail }) => /^(\d+) sockets? connected by network/.exec(detail)?.[1] ?? [],
  );
  return Number(told[0] ?? 0);
}

async function untilReady(): Promise<void> {
  for (let tries = 0; tries < 100; tries++) {
    const pong = await cli("ping").catch(() => "");
    if (pong === "PONG") return;
    await sleep(50);
  }
  throw new Error("redis-server does not answer.");
}

test("redis-server under load comes back to each of its checkpoints, with new clients each time", () =>
  withAdapter(async (client, mark) => {
    const session = new DebuggeeSession(client, mark, "/usr/bin/redis-server", "");
    const args = ["--port", String(PORT), "--save", "", "--appendonly", "no", "--io-threads", "2"];
    await session.launch({ args, checkpoints: { sameProcessId: isRoot ? "auto" : "namespace" } });
    await untilReady();
    const taken: { keys: number; round: string; id: number }[] = [];
    for (let round = 1; round <= 3; round++) {
      await cli("set", "round", String(round));
      await load(1000);
      const keys = Number(await cli("dbsize"));
      // In the midst of what clients are doing; in the second round each of them comes anew for every request.
      const loading = round === 2 ? load(2000, "-k", "0") : load(2000);
      await untilUnderLoad();
      const checkpoint = await session.checkpoint();
      const { id } = checkpoint;
      assert.ok(connectionsOf(checkpoint) > 0, "it was not under load");
      await loading;
      taken.push({ keys, round: String(round), id });
    }
    for (const { keys, round, id } of [...taken, ...taken].reverse()) {
      await session.backTo(id, false);
      await client.request("continue", { threadId: 1 });
      assert.equal(await cli("get", "round"), round);
      const found = Number(await cli("dbsize"));
      assert.ok(found >= keys, `${found} keys, where there were ${keys}`);
      await load(1000);
    }
  }));
