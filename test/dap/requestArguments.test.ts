/** Arguments as clients other than VS Code send them. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { DebugProtocol } from "@vscode/debugprotocol";
import { withDebuggee } from "../helpers/session";

type Breakpoints = DebugProtocol.SetBreakpointsResponse["body"];
type Variables = DebugProtocol.VariablesResponse["body"];

describe("arguments of requests", () => {
  it("may be null where they may be left out", () =>
    withDebuggee("loop", async (session) => {
      const { client, program } = session;
      await client.request("initialize", { adapterID: "forkpoint", pathFormat: null, linesStartAt1: null });
      await client.request("launch", { program });
      const { breakpoints } = await client.request<Breakpoints>("setBreakpoints", {
        source: { path: session.source, name: null, sourceReference: null },
        breakpoints: [
          { line: session.line("BP1"), column: null, condition: null, hitCondition: null, logMessage: null },
        ],
        lines: null,
      });
      assert.equal(breakpoints[0]?.verified, true);
      await client.request("setExceptionBreakpoints", { filters: null });
      await client.request("configurationDone", null);
      await client.nextStop();
      const frame = await session.topFrame();
      const { scopes } = await client.request<DebugProtocol.ScopesResponse["body"]>("scopes", {
        frameId: frame.id,
      });
      const variablesReference = scopes[0]?.variablesReference;
      const all = await client.request<Variables>("variables", { variablesReference });
      assert.ok(all.variables.length > 0);
      const page = { variablesReference, filter: null, start: null, count: null, format: null };
      assert.deepEqual(
        (await client.request<Variables>("variables", page)).variables.map(({ name }) => name),
        all.variables.map(({ name }) => name),
      );
      const { result } = await client.request<DebugProtocol.EvaluateResponse["body"]>("evaluate", {
        expression: "sizeof(int)",
        frameId: null,
        context: null,
      });
      assert.equal(result, "4");
    }));

  it("that are of another kind get a sentence", () =>
    withDebuggee("loop", async (session) => {
      const { client } = session;
      await session.launchToStop({ breakpoints: ["BP1"] });
      const source = { path: session.source };
      const refusals: readonly (readonly [string, object, string])[] = [
        ["setBreakpoints", { source, breakpoints: "all" }, '"breakpoints" must be a list.'],
        ["setBreakpoints", { source, breakpoints: [null] }, '"breakpoints" must be a list of objects.'],
        ["setBreakpoints", { source, lines: 5 }, '"lines" must be a list.'],
        ["setBreakpoints", { source, lines: ["5"] }, '"lines" must be a whole number, not "5".'],
        ["setFunctionBreakpoints", { breakpoints: [null] }, '"breakpoints" must be a list of objects.'],
        ["setInstructionBreakpoints", { breakpoints: ["x"] }, '"breakpoints" must be a list of objects.'],
        ["setExceptionBreakpoints", { filters: {} }, '"filters" must be a list.'],
        ["setExceptionBreakpoints", { filters: [{}] }, '"filters" must be a string, not {}.'],
        [
          "evaluate",
          { expression: { toString: 1 }, context: "repl" },
          '"expression" must be a string, not {"toString":1}.',
        ],
        [
          "evaluate",
          { expression: "1", frameId: { toString: 1 } },
          '"frameId" must be a whole number, not {"toString":1}.',
        ],
        ["completions", { text: "", column: 1, frameId: "1" }, '"frameId" must be a whole number, not "1".'],
        [
          "variables",
          { variablesReference: 1, filter: "all" },
          '"filter" must be "indexed" or "named", not "all".',
        ],
      ];
      for (const [command, args, sentence] of refusals)
        assert.equal(await client.refusal(command, args), sentence);
    }));
});
