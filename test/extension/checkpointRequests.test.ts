import assert from "node:assert/strict";
import { test } from "node:test";
import { setImmediate as turn } from "node:timers/promises";
import { CheckpointRequests } from "../../extension/checkpointRequests";

/** A session whose answers come when the test says so; `log` has what was asked, in order. */
function session(id: string) {
  const log: string[] = [];
  const waiting: Answer[] = [];
  const customRequest = (command: string, args?: unknown) => {
    log.push(`${command} ${JSON.stringify(args)}`);
    return new Promise((resolve, reject) => waiting.push({ resolve, reject }));
  };
  const next = async (settle: (answer: Answer) => void) => {
    const answer = waiting.shift();
    assert.ok(answer, "no request is waiting");
    settle(answer);
    await turn();
  };
  return { id, log, customRequest, next };
}

interface Answer {
  readonly resolve: (value: unknown) => void;
  readonly reject: (reason: Error) => void;
}

test("requests of one session go one after another, of different ones at once", async () => {
  const requests = new CheckpointRequests();
  const [a, b] = [session("a"), session("b")];
  const created = requests.send(a, "createCheckpoint", {});
  const deleted = requests.send(a, "deleteCheckpoint", { checkpointId: 1 });
  void requests.send(b, "checkpoints", {});
  await turn();
  assert.deepEqual(a.log, ["createCheckpoint {}"]);
  assert.deepEqual(b.log, ["checkpoints {}"]);
  await a.next(({ resolve }) => resolve({ checkpoint: { id: 1 } }));
  assert.equal((await created).checkpoint.id, 1);
  assert.deepEqual(a.log, ["createCheckpoint {}", 'deleteCheckpoint {"checkpointId":1}']);
  await a.next(({ resolve }) => resolve({}));
  await deleted;
});

test("a refusal reaches its own caller and holds nobody up", async () => {
  const requests = new CheckpointRequests();
  const a = session("a");
  const refused = assert.rejects(
    requests.send(a, "deleteCheckpoint", { checkpointId: 7 }),
    /^Error: No checkpoint 7\.$/,
  );
  const after = requests.send(a, "deleteCheckpoint", { checkpointId: 1 });
  await turn();
  await a.next(({ reject }) => reject(new Error("No checkpoint 7.")));
  await refused;
  await a.next(({ resolve }) => resolve({}));
  await after;
});

test("a double click restarts once; a later click, or one on another row, restarts again", async () => {
  let now = 0;
  const requests = new CheckpointRequests(() => now);
  const a = session("a");
  const clicks = [requests.restart(a, 1, true), requests.restart(a, 1, true)];
  await turn();
  assert.equal(a.log.length, 1);
  await a.next(({ resolve }) => resolve({}));
  assert.deepEqual(await Promise.all(clicks), [true, false]);
  now = 400;
  assert.equal(await requests.restart(a, 1, true), false);
  const other = requests.restart(a, 2, false);
  await turn();
  await a.next(({ resolve }) => resolve({}));
  assert.equal(await other, true);
  now = 2000;
  const later = requests.restart(a, 2, true);
  await turn();
  await a.next(({ resolve }) => resolve({}));
  assert.equal(await later, true);
  assert.deepEqual(a.log, [
    'restartCheckpoint {"checkpointId":1,"keepCurrent":true}',
    'restartCheckpoint {"checkpointId":2,"keepCurrent":false}',
    'restartCheckpoint {"checkpointId":2,"keepCurrent":true}',
  ]);
});

test("a restart asks about files first, and a person who thinks better of it restarts nothing", async () => {
  const requests = new CheckpointRequests(() => 0);
  const a = session("a");
  assert.equal(await requests.restart(a, 1, true, () => Promise.resolve(undefined)), false);
  const answered = requests.restart(a, 2, true, () => Promise.resolve(true));
  await turn();
  await a.next(({ resolve }) => resolve({}));
  assert.equal(await answered, true);
  const writing = requests.restart(a, 3, true, () => Promise.resolve(false));
  await turn();
  await a.next(({ resolve }) => resolve({}));
  assert.equal(await writing, true);
  assert.deepEqual(a.log, [
    'restartCheckpoint {"checkpointId":2,"keepCurrent":true,"keepFiles":true}',
    'restartCheckpoint {"checkpointId":3,"keepCurrent":true}',
  ]);
});

test("a request that nobody answers any more says that the session has ended", async () => {
  const requests = new CheckpointRequests();
  const a = session("a");
  const created = assert.rejects(
    requests.send(a, "createCheckpoint", {}),
    /^Error: The debug session has ended\.$/,
  );
  await turn();
  await a.next(({ reject }) => reject(new Error("custom request failed")));
  await created;
});
