/** Sockets without a connection: copies do not hold their addresses, and a restart has them again. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { readlinkSync } from "node:fs";
import net from "node:net";
import { test } from "node:test";
import type { CheckpointToken } from "../../adapter/target/checkpointer";
import { children, isAlive, withTarget, type Running } from "./withTarget";

function listen(port: number): Promise<net.Server> {
  const server = net.createServer((client) => client.destroy());
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, "127.0.0.1", () => resolve(server));
  });
}

async function close(server: net.Server): Promise<void> {
  const closed = once(server, "close");
  server.close();
  await closed;
}

/** To where it listens. Gives the port and a checkpoint there. */
async function begin(running: Running): Promise<{ port: number; token: CheckpointToken }> {
  running.breakAt("first");
  running.breakAt("second");
  await running.runTo("breakpoint");
  const { token, fidelity } = await running.checkpointer.create();
  assert.equal(fidelity.filter(({ resource }) => resource === "sockets").length, 1);
  return { port: Number(/port (\d+)/.exec(running.output())?.[1]), token };
}

function served({ output }: Running): string[] {
  return output()
    .split("\n")
    .filter((line) => line.includes("served"));
}

test("a port that the program has closed is free, whatever checkpoints there are, and comes back with each of them", () =>
  withTarget("listener", {}, async (running) => {
    const { checkpointer, runTo } = running;
    const { port, token } = await begin(running);
    await runTo("breakpoint");
    await close(await listen(port));
    for (let round = 0; round < 3; round++) {
      const { left, missed } = await checkpointer.restore(token, true);
      assert.deepEqual(missed, []);
      // Of the moment at which it listens, with another socket than the checkpoint's.
      const again = await checkpointer.create();
      await runTo("breakpoint");
      assert.deepEqual((await checkpointer.restore(again.token, false)).missed, []);
      await runTo("breakpoint");
      assert.ok(left);
      assert.deepEqual((await checkpointer.restore(left.token, false)).missed, []);
      await close(await listen(port));
    }
    await runTo("exiting");
    assert.deepEqual(served(running), new Array(7).fill("served 1"));
  }));

test("who waits at a port that is open still is there after a restart", () =>
  withTarget("listener", {}, async (running) => {
    const { checkpointer, runTo } = running;
    const { port, token } = await begin(running);
    const client = net.connect(port, "127.0.0.1");
    client.on("error", () => undefined);
    await once(client, "connect");
    assert.deepEqual((await checkpointer.restore(token, false)).missed, []);
    await runTo("breakpoint");
    assert.deepEqual(served(running), ["served 2"]);
    client.destroy();
  }));

test("who waits at a port that a restart has opened anew is there after the next one", () =>
  withTarget("listener", {}, async (running) => {
    const { checkpointer, runTo } = running;
    const { port, token } = await begin(running);
    await runTo("breakpoint");
    assert.deepEqual((await checkpointer.restore(token, false)).missed, []);
    const client = net.connect(port, "127.0.0.1");
    client.on("error", () => undefined);
    await once(client, "connect");
    for (let round = 0; round < 2; round++)
      assert.deepEqual((await checkpointer.restore(token, false)).missed, []);
    await runTo("breakpoint");
    assert.deepEqual(served(running), ["served 1", "served 2"]);
    client.destroy();
  }));

test("a port is opened again although a connection of its own is there, and though its address is not to be reused", () =>
  withTarget("listener", { args: ["accepted"] }, async (running) => {
    const { checkpointer, breakAt, runTo, output } = running;
    breakAt("first");
    breakAt("second");
    const atFirst = runTo("breakpoint");
    while (!output().includes("port")) await new Promise(setImmediate);
    const client = net.connect(Number(/port (\d+)/.exec(output())?.[1]), "127.0.0.1");
    client.on("error", () => undefined);
    await atFirst;
    const { token } = await checkpointer.create();
    for (let round = 0; round < 3; round++) {
      await runTo("breakpoint");
      assert.deepEqual((await checkpointer.restore(token, false)).missed, []);
    }
    await runTo("breakpoint");
    assert.deepEqual(served(running), new Array(4).fill("served 1"));
    client.destroy();
  }));

test("multipath sockets are opened anew; one with a filter stays, and is said to", async () => {
  await withTarget("otherListeners", { args: ["multipath"] }, async (running) => {
    const { checkpointer, breakAt, run, runTo, output } = running;
    breakAt("first");
    breakAt("second");
    if ((await run()).kind === "exiting") return;
    const { token } = await checkpointer.create();
    for (let round = 0; round < 2; round++) {
      await runTo("breakpoint");
      assert.deepEqual((await checkpointer.restore(token, false)).missed, []);
    }
    await runTo("breakpoint");
    await runTo("exiting");
    assert.equal(output(), "EXIT-SUCCESS\n");
  });
  await withTarget("otherListeners", { args: ["filtered"] }, async ({ checkpointer, breakAt, runTo }) => {
    breakAt("first");
    await runTo("breakpoint");
    const { fidelity } = await checkpointer.create();
    const said = fidelity.filter(({ resource }) => resource === "sockets");
    assert.deepEqual(
      said.map(({ state, detail }) => `${state} ${detail}`),
      ["approximate 1 socket without a peer: they stay open, as they are now"],
    );
  });
});

test("a port that another process has taken is said, and the program goes on without it", () =>
  withTarget("listener", {}, async (running) => {
    const { checkpointer, runTo } = running;
    const { port, token } = await begin(running);
    await runTo("breakpoint");
    const server = await listen(port);
    const { missed } = await checkpointer.restore(token, false);
    assert.deepEqual(missed, [
      `A socket could not be opened anew at port ${port} (EADDRINUSE: another socket, or what is left of one, has its address).`,
    ]);
    await runTo("breakpoint");
    assert.deepEqual(served(running), ["served 1", "served 0"]);
    await close(server);
    assert.deepEqual((await checkpointer.restore(token, false)).missed, []);
    await runTo("breakpoint");
    assert.deepEqual(served(running), ["served 1", "served 0", "served 1"]);
  }));

test("a port that a child of the program listens at, too, is had from it", () =>
  withTarget("listener", { args: ["shared"] }, async (running) => {
    const { checkpointer, runTo } = running;
    const { token } = await begin(running);
    for (let round = 0; round < 2; round++) {
      await runTo("breakpoint");
      assert.deepEqual((await checkpointer.restore(token, false)).missed, []);
    }
    await runTo("breakpoint");
    await runTo("exiting");
    assert.deepEqual(served(running), new Array(3).fill("served 1"));
  }));

test("a free copy listens with the program, and by itself when that has closed the port", () =>
  withTarget("listener", {}, async (running) => {
    const { checkpointer, runTo } = running;
    const { token } = await begin(running);
    for (let round = 0; round < 2; round++) {
      const { processId } = await checkpointer.detach(token);
      while (isAlive(processId)) await new Promise(setImmediate);
      if (round === 0) await runTo("breakpoint");
    }
    assert.equal(running.output().match(/EXIT-SUCCESS\n/g)?.length, 2);
    assert.equal(served(running).filter((line) => line === "served 1").length, 3);
  }));

test("a connection that is being made is not held by copies", () =>
  withTarget("connecting", {}, async (running) => {
    const { checkpointer, runTo, breakAt, int } = running;
    breakAt("first");
    breakAt("second");
    await runTo("breakpoint");
    const { token, copyProcessId, fidelity } = await checkpointer.create();
    assert.match(
      fidelity.map(({ detail }) => detail).join("\n"),
      /^1 socket being connected by network: the peer is not wound back; at a restart/m,
    );
    assert.match(readlinkSync(`/proc/${copyProcessId}/fd/${int("connecting")}`), /^anon_inode:.*eventfd/);
    for (let round = 0; round < 2; round++)
      assert.deepEqual((await checkpointer.restore(token, false)).missed, []);
    await runTo("breakpoint");
    await runTo("exiting");
    assert.equal(running.output(), "EXIT-SUCCESS\n");
  }));

const noNetwork = process.getuid?.() === 0 ? false : "an ordinary user has no network of their own to give";

test("a port of the program's own network is opened there", { skip: noNetwork }, () =>
  withTarget("listener", { args: ["network"] }, async (running) => {
    const { checkpointer, runTo } = running;
    const { port, token } = await begin(running);
    const server = await listen(port);
    for (let round = 0; round < 2; round++) {
      await runTo("breakpoint");
      assert.deepEqual((await checkpointer.restore(token, false)).missed, []);
    }
    await runTo("breakpoint");
    await runTo("exiting");
    assert.match(running.output(), /EXIT-SUCCESS/);
    await close(server);
    // Of this thread nothing has changed.
    await close(await listen(port));
  }),
);

test(
  "a connection that nobody has any more is there as if hung up, whatever the program's network does with packets",
  { skip: noNetwork },
  () =>
    withTarget("brokenLoopback", {}, async (running) => {
      const { checkpointer, breakAt, runTo, output } = running;
      breakAt("first");
      breakAt("second");
      await runTo("breakpoint");
      const { token } = await checkpointer.create();
      await runTo("breakpoint");
      const begin = Date.now();
      const { missed } = await checkpointer.restore(token, false);
      assert.deepEqual(missed, ["What was in 1 pipe or socket (ETIMEDOUT)."]);
      assert.ok(Date.now() - begin < 5000);
      await runTo("breakpoint");
      await runTo("exiting");
      assert.equal(output(), "connected\nended\nEXIT-SUCCESS\n");
    }),
);

test("nothing is left of any of these programs", () => assert.deepEqual(children(), []));
