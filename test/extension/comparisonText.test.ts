import assert from "node:assert/strict";
import { test } from "node:test";
import { comparisonTextOf, memoryInWords } from "../../extension/comparisonText";

const change = (scope: string, type: string, name: string, before: string, after: string) => ({
  scope,
  type,
  name,
  before,
  after,
});

test("both sides have the same lines but for the values, scopes together", () => {
  const { before, after } = comparisonTextOf({
    changes: [
      change("Locals of main", "int", "i", "0", "1"),
      change("Globals", "char *", "mood", '0x1 "calm"', '0x2 "busy"'),
      change("Locals of main", "int", "purse", "50", "38"),
    ],
    pagesChanged: 3,
    bytesChanged: 20,
  });
  assert.equal(
    before,
    [
      "3 pages of memory differ, 20 bytes in them.",
      "",
      "Locals of main",
      "    int i = 0",
      "    int purse = 50",
      "",
      "Globals",
      '    char *mood = 0x1 "calm"',
      "",
    ].join("\n"),
  );
  assert.equal(
    after,
    before.replace("i = 0", "i = 1").replace("50", "38").replace('0x1 "calm"', '0x2 "busy"'),
  );
});

test("a value of several lines stays on its line", () => {
  const { after } = comparisonTextOf({
    changes: [change("Globals", "int", "x", "1", "{\n  2\n}")],
    pagesChanged: 1,
    bytesChanged: 1,
  });
  assert.match(after, /^ {4}int x = \{ 2 \}$/m);
});

test("memory is counted in words", () => {
  const words = (pagesChanged: number, bytesChanged: number) =>
    memoryInWords({ changes: [], pagesChanged, bytesChanged });
  assert.equal(words(1, 1), "1 page of memory differs, 1 byte in it");
  assert.equal(words(2, 1), "2 pages of memory differ, 1 byte in them");
});
