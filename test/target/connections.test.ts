/** Connections with others: a checkpoint does not keep them open, and a restart has those that are still there. */
import assert from "node:assert/strict";
import { once } from "node:events";
import net from "node:net";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { children, withTarget } from "./withTarget";

test("a client sees that the program has hung up, and a restart has the connection while it is there", async () => {
  await withTarget("serving", {}, async ({ checkpointer, breakAt, runTo, output }) => {
    breakAt("first");
    breakAt("second");
    const atFirst = runTo("breakpoint");
    while (!output().includes("port")) await sleep(5);
    const client = net.connect(Number(/port (\d+)/.exec(output())?.[1]), "127.0.0.1");
    let received = "";
    client.on("data", (bytes: Buffer) => (received += bytes.toString()));
    const ended = once(client, "end");
    await atFirst;
    const { token, fidelity } = await checkpointer.create();
    assert.ok(fidelity.some(({ detail }) => detail.startsWith("1 socket connected by network")));
    // Twice over the connection that the live program has.
    for (let round = 0; round < 2; round++) {
      await runTo("breakpoint");
      const { missed } = await checkpointer.restore(token, false);
      assert.deepEqual(missed, []);
    }
    await runTo("breakpoint");
    await runTo("exiting");
    await ended;
    assert.equal(received, "xxx");
    // Nobody has it any more.
    assert.deepEqual((await checkpointer.restore(token, false)).missed, []);
    await runTo("breakpoint");
    await runTo("exiting");
    const lines = output().trim().split("\n").slice(1);
    assert.deepEqual(lines.slice(0, 3), ["connected", "connected", "connected"]);
    assert.deepEqual(lines.slice(3), ["EXIT-SUCCESS", "ended", "EXIT-SUCCESS"]);
  });
  assert.deepEqual(children(), []);
});
