/** A server: what its clients find after a restart is what was there at the checkpoint. */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import { test } from "node:test";
import { withProgram, type RealProgram } from "./withProgram";

const run = promisify(execFile);
const PORT = 20_000 + (process.pid % 10_000);

async function cli(...args: string[]): Promise<string> {
  const { stdout } = await run("redis-cli", ["-p", String(PORT), ...args], { timeout: 20_000 });
  return stdout.trim();
}

async function load(requests: number): Promise<void> {
  const amounts = ["-n", String(requests), "-c", "20", "-r", "5000", "-t", "set,incr,lpush,sadd"];
  await run("redis-benchmark", ["-p", String(PORT), "-q", ...amounts], { timeout: 60_000 });
}

/** Runs the server while clients do something, and stops it again. */
async function during<T>({ execution }: RealProgram, work: () => Promise<T>): Promise<T> {
  const stopped = execution.resume({ mode: "run", others: "run" });
  const result = await work();
  execution.interrupt();
  assert.equal((await stopped).kind, "interrupted");
  return result;
}

async function untilReady(): Promise<void> {
  for (let tries = 0; tries < 100; tries++) {
    const pong = await cli("ping").catch(() => "");
    if (pong === "PONG") return;
    await sleep(50);
  }
  throw new Error("redis-server does not answer.");
}

test("redis-server under load comes back to each of its checkpoints, with new clients each time", async () => {
  const server = ["--port", String(PORT), "--save", "", "--appendonly", "no", "--io-threads", "2"];
  await withProgram(["/usr/bin/redis-server", ...server], async (program) => {
    const { checkpointer } = program;
    await during(program, untilReady);
    const taken: { state: string; checkpoint: Awaited<ReturnType<typeof checkpointer.create>> }[] = [];
    const state = async (): Promise<string> => `${await cli("dbsize")} ${await cli("get", "round")}`;
    for (let round = 1; round <= 3; round++) {
      const before = await during(program, async () => {
        await cli("set", "round", String(round));
        await load(2000);
        return state();
      });
      // In the middle of what clients are doing.
      const loading = load(3000);
      await during(program, () => sleep(30));
      const checkpoint = await checkpointer.create();
      await during(program, () => loading);
      taken.push({ state: before, checkpoint });
    }
    for (const { state: before, checkpoint } of [...taken, ...taken].reverse()) {
      await checkpointer.restore(checkpoint.token, false);
      await during(program, async () => {
        const [size, round] = (await state()).split(" ");
        const [sizeBefore, roundBefore] = before.split(" ");
        assert.equal(round, roundBefore);
        assert.ok(Number(size) >= Number(sizeBefore), `${size} keys, where there were ${sizeBefore}`);
        await load(1000);
      });
    }
  });
});
