/** Names with letters beyond ASCII, and with dollar signs, wherever a person writes them. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { sourceOf } from "../helpers/compile";
import { withDebuggee } from "./liveDebugger";

const expected: Readonly<Record<string, string>> = {
  größe: "5",
  "größe + a$b": "9",
  "maß.höhe": "1",
  "maß.zähle(3)": "4",
  "((räume::Maß *)&maß)->höhe": "1",
  "sizeof(räume::Größer<int>)": "12",
  "*(räume::Größer<int> *)&maß": "{<räume::Maß> = {höhe = 1, $x = 2}, wert = 0}",
  zähler: "2",
};

for (const compiler of ["g++", "clang++"])
  test(`letters of any language in names, ${compiler}`, () =>
    withDebuggee("otherLetters", { compiler }, async (live, marks) => {
      const source = sourceOf("otherLetters");
      live.debugger.setSourceBreakpoints(source, [{ line: marks["LOOP"] ?? 0, condition: "zähler == 2" }]);
      await live.debugger.start();
      await live.stop();
      for (const [expression, value] of Object.entries(expected))
        assert.equal(await live.value(expression), value, expression);
      await assert.rejects(live.value("größer"), /^Error: No symbol "größer" in this context\.$/);
      live.debugger.setSourceBreakpoints(source, []);
      live.debugger.setFunctionBreakpoints([{ name: "räume::Maß::zähle" }]);
      await live.continue();
      assert.equal(live.line(), marks["COUNT"]);
      assert.equal(await live.value("höhe + änderung"), "3");
      const locals = live.debugger.scopes(live.frame()).find(({ name }) => name === "Arguments");
      const object = (await locals?.children())?.find(({ name }) => name === "this");
      const height = (await object?.children?.())?.find(({ name }) => name === "höhe");
      assert.equal(await live.value(height?.evaluateName ?? ""), "1");
    }));
