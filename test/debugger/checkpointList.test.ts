import assert from "node:assert/strict";
import { test } from "node:test";
import { CheckpointList } from "../../adapter/debugger/checkpoints/checkpointList";
import type { CheckpointKind } from "../../adapter/debugger/checkpoints/checkpointTypes";
import { UserError } from "../../adapter/debugger/types";
import { memoryAddress } from "../../adapter/target/addresses";
import type { CheckpointToken } from "../../adapter/target/checkpointer";

function add(list: CheckpointList, kind: CheckpointKind = "manual"): number {
  const entry = list.add({} as CheckpointToken, 1, {
    kind,
    processId: 100,
    copyProcessId: 101,
    threads: [],
    pc: memoryAddress(0x1000n),
    createdAt: new Date(0),
    stopReason: "step",
    fidelity: [],
  });
  list.currentId = entry.info.id;
  return entry.info.id;
}

function parents(list: CheckpointList): [number, number | undefined][] {
  return list.all().map(({ info }) => [info.id, info.parentId]);
}

test("ids are never used twice and parents are handed up", () => {
  const list = new CheckpointList();
  assert.deepEqual([add(list), add(list), add(list)], [1, 2, 3]);
  assert.deepEqual(parents(list), [
    [1, undefined],
    [2, 1],
    [3, 2],
  ]);
  list.remove(2);
  assert.deepEqual(parents(list), [
    [1, undefined],
    [3, 1],
  ]);
  list.remove(3);
  assert.equal(list.currentId, 1);
  assert.equal(add(list), 4);
  assert.throws(() => list.get(3), new UserError("No checkpoint 3."));
  list.clear();
  assert.equal(add(list), 5);
});

test("only automatic ones and branches are thinned, oldest first", () => {
  const list = new CheckpointList();
  add(list);
  add(list, "branch");
  add(list, "auto");
  add(list);
  add(list, "branch");
  assert.deepEqual(list.surplus(3), []);
  assert.deepEqual(list.surplus(1), [3, 2]);
  assert.deepEqual(list.surplus(0), [3, 2, 5]);
});

test("the oldest auto go before any branch, however old, and the one just made goes last", () => {
  const list = new CheckpointList();
  for (const kind of ["branch", "auto", "branch", "manual", "fork", "auto", "branch"] as const)
    add(list, kind);
  assert.deepEqual(list.surplus(5), []);
  assert.deepEqual(list.surplus(4), [2]);
  assert.deepEqual(list.surplus(2), [2, 6, 1]);
  assert.deepEqual(list.surplus(1), [2, 6, 1, 3]);
  assert.deepEqual(list.surplus(0), [2, 6, 1, 3, 7]);
  add(list, "auto");
  assert.deepEqual(list.surplus(3), [2, 6, 1]);
  assert.deepEqual(list.surplus(1), [2, 6, 1, 3, 7]);
});

test("a killed program goes back to where it came from, else to the newest", () => {
  const list = new CheckpointList();
  assert.equal(list.refuge(), undefined);
  add(list);
  add(list);
  list.currentId = 1;
  assert.equal(list.refuge()?.info.id, 1);
  list.remove(1);
  assert.equal(list.currentId, undefined);
  assert.equal(list.refuge()?.info.id, 2);
});
