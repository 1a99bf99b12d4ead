import assert from "node:assert/strict";
import { test } from "node:test";
import { parseHitCondition } from "../../adapter/debugger/breakpoints/hitCondition";
import { UserError } from "../../adapter/debugger/types";

function stops(text: string | undefined): number[] {
  const holds = parseHitCondition(text);
  return [1, 2, 3, 4, 5, 6, 7, 8].filter((count) => holds(count));
}

test("hit conditions by operator", () => {
  assert.deepEqual(stops("5"), [5, 6, 7, 8]);
  assert.deepEqual(stops(">=7"), [7, 8]);
  assert.deepEqual(stops(" > 7 "), [8]);
  assert.deepEqual(stops("% 3"), [3, 6]);
  assert.deepEqual(stops("== 2"), [2]);
  assert.deepEqual(stops("= 2"), [2]);
  assert.deepEqual(stops("!= 2"), [1, 3, 4, 5, 6, 7, 8]);
  assert.deepEqual(stops("<3"), [1, 2]);
  assert.deepEqual(stops("<= 3"), [1, 2, 3]);
  assert.deepEqual(stops(undefined), [1, 2, 3, 4, 5, 6, 7, 8]);
  assert.deepEqual(stops("  "), [1, 2, 3, 4, 5, 6, 7, 8]);
});

test("hit conditions that are not understood", () => {
  for (const text of ["five", "%0", "-1", "1e3", ">", "3 4", "99999999999999999999"])
    assert.throws(() => parseHitCondition(text), UserError, text);
});
