/** Clients that count lines and columns from 0, and name files by URIs. */
import assert from "node:assert/strict";
import { pathToFileURL } from "node:url";
import { describe, it } from "node:test";
import type { DebugProtocol } from "@vscode/debugprotocol";
import type { CheckpointList } from "../../adapter/protocol";
import { withDebuggee, type DebuggeeSession } from "../helpers/session";

const fromZero = { linesStartAt1: false, columnsStartAt1: false };

/** Launches to a breakpoint at BP1, which the client names in its own way; gives the adapter's answer. */
async function launch(
  { client, program }: DebuggeeSession,
  abilities: object,
  source: DebugProtocol.Source,
  line: number,
): Promise<DebugProtocol.Breakpoint | undefined> {
  await client.introduce(abilities);
  await client.request("launch", { program });
  const { breakpoints } = await client.request<DebugProtocol.SetBreakpointsResponse["body"]>(
    "setBreakpoints",
    { source, breakpoints: [{ line }], lines: [line] },
  );
  await client.request("configurationDone");
  await client.nextStop();
  return breakpoints[0];
}

describe("a client that counts from 0", () => {
  it("gives and gets its own lines and columns", () =>
    withDebuggee("loop", async (session) => {
      const { client } = session;
      const line = session.line("BP1") - 1;
      const source = { path: session.source };
      const breakpoint = await launch(session, fromZero, source, line);
      assert.equal(breakpoint?.line, line);
      const [inner, ...outer] = await session.stack();
      assert.deepEqual([inner?.name, inner?.line], ["main", line]);
      assert.ok((inner?.column ?? 0) > 0);
      const withoutSource = outer.filter((frame) => frame.source === undefined);
      assert.ok(withoutSource.every((frame) => frame.line === 0 && frame.column === 0));
      const locations = await client.request<DebugProtocol.BreakpointLocationsResponse["body"]>(
        "breakpointLocations",
        { source, line, endLine: line },
      );
      assert.deepEqual(locations.breakpoints, [{ line }]);
      const { instructions } = await client.request<NonNullable<DebugProtocol.DisassembleResponse["body"]>>(
        "disassemble",
        {
          memoryReference: inner?.instructionPointerReference,
          instructionCount: 1,
        },
      );
      assert.equal(instructions[0]?.line, line);
      await session.checkpoint();
      const { checkpoints } = await client.request<CheckpointList>("checkpoints");
      assert.deepEqual([checkpoints[0]?.line, checkpoints[0]?.column], [line, inner?.column]);
    }));

  it("completes at its own columns", () =>
    withDebuggee("loop", async (session) => {
      await launch(session, fromZero, { path: session.source }, session.line("BP1") - 1);
      const { targets } = await session.client.request<DebugProtocol.CompletionsResponse["body"]>(
        "completions",
        { text: "1 + tot", column: 7, frameId: (await session.topFrame()).id },
      );
      const total = targets.find(({ label }) => label === "total");
      assert.deepEqual([total?.start, total?.length], [4, 3]);
    }));

  it("pages variables as every other", () =>
    withDebuggee("types", async (session) => {
      await launch(session, fromZero, { path: session.source }, session.line("BP1") - 1);
      const locals = await session.scope("Locals");
      const reference = locals.find(({ name }) => name === "numbers")?.variablesReference ?? 0;
      const page = await session.variables(reference, { start: 7, count: 2 });
      assert.deepEqual(
        page.map(({ name }) => name),
        ["[7]", "[8]"],
      );
    }));
});

describe("a client that names files by URIs", () => {
  it("gives and gets URIs", () =>
    withDebuggee("loop", async (session) => {
      const uri = pathToFileURL(session.source).href;
      const breakpoint = await launch(session, { pathFormat: "uri" }, { path: uri }, session.line("BP1"));
      assert.deepEqual([breakpoint?.verified, breakpoint?.source?.path], [true, uri]);
      const frame = await session.topFrame();
      assert.deepEqual([frame.source?.path, frame.line], [uri, session.line("BP1")]);
      const { sources } =
        await session.client.request<DebugProtocol.LoadedSourcesResponse["body"]>("loadedSources");
      assert.ok(sources.some((source) => source.path === uri));
    }));
});
