import assert from "node:assert/strict";
import { test } from "node:test";
import { parseLogMessage } from "../../adapter/debugger/breakpoints/logMessage";
import { UserError } from "../../adapter/debugger/types";

test("log messages are split into text and expressions", () => {
  assert.deepEqual(parseLogMessage("plain"), [{ text: "plain" }]);
  assert.deepEqual(parseLogMessage("i is {i}, twice { i * 2 }!"), [
    { text: "i is " },
    { expression: "i" },
    { text: ", twice " },
    { expression: "i * 2" },
    { text: "!" },
  ]);
  assert.deepEqual(parseLogMessage("\\{not\\} {x}"), [{ text: "{not} " }, { expression: "x" }]);
  assert.deepEqual(parseLogMessage(`{f("}")}{'}'}{(int[2]){1, 2}[0]}`), [
    { expression: `f("}")` },
    { expression: "'}'" },
    { expression: "(int[2]){1, 2}[0]" },
  ]);
  assert.throws(() => parseLogMessage("open {brace"), UserError);
});
