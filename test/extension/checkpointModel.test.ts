import assert from "node:assert/strict";
import { test } from "node:test";
import { CheckpointModel, type ModelChange } from "../../extension/checkpointModel";
import { checkpoint } from "./checkpoints";

const first = { id: "a", name: "first" };
const second = { id: "b", name: "second" };

function observed() {
  const model = new CheckpointModel<typeof first>();
  const changes: ModelChange<typeof first>[] = [];
  const subscription = model.onDidChange((change) => changes.push(change));
  return { model, changes, subscription };
}

test("a list replaces the one before as a whole", () => {
  const { model, changes } = observed();
  model.replace(first, { checkpoints: [checkpoint({ id: 1 }), checkpoint({ id: 2 })], currentParentId: 2 });
  model.replace(first, { checkpoints: [checkpoint({ id: 2 })] });
  assert.equal(model.find("a", 1), undefined);
  assert.equal(model.find("a", 2)?.id, 2);
  assert.equal(model.get("a")?.list.currentParentId, undefined);
  assert.deepEqual(
    changes.map(({ countBefore, countAfter }) => [countBefore, countAfter]),
    [
      [0, 2],
      [2, 1],
    ],
  );
});

test("each session has its own list, oldest session first", () => {
  const { model } = observed();
  model.add(first);
  model.add(second);
  model.replace(second, { checkpoints: [checkpoint({ id: 1 })] });
  model.replace(first, { checkpoints: [checkpoint({ id: 1 }), checkpoint({ id: 2 })] });
  assert.deepEqual(
    model.sessions.map(({ session }) => session.name),
    ["first", "second"],
  );
  assert.equal(model.count, 3);
  model.remove("a");
  assert.equal(model.count, 1);
  assert.equal(model.find("b", 1)?.id, 1);
});

test("a start that is told after the first list does not lose it", () => {
  const { model, changes } = observed();
  model.replace(first, { checkpoints: [checkpoint()] });
  model.add(first);
  assert.equal(model.count, 1);
  assert.equal(changes.length, 1);
});

test("the end of a session is told once, and of an unknown one not at all", () => {
  const { model, changes } = observed();
  model.replace(first, { checkpoints: [checkpoint()] });
  model.remove("a");
  model.remove("a");
  assert.deepEqual(
    changes.map(({ session, countAfter }) => [session.id, countAfter]),
    [
      ["a", 1],
      ["a", 0],
    ],
  );
});

test("a disposed subscription hears nothing more", () => {
  const { model, changes, subscription } = observed();
  subscription.dispose();
  model.add(first);
  assert.deepEqual(changes, []);
});
