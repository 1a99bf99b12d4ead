import assert from "node:assert/strict";
import { mkdtempSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { describe, it } from "node:test";
import type { DebugProtocol } from "@vscode/debugprotocol";
import { withDebuggee } from "../helpers/session";

describe("the stack", () => {
  it("has no place for what stands nowhere in the source", () =>
    withDebuggee("lineZero", async (session) => {
      await session.launchToStop({ breakpoints: ["BP1"] });
      const [add, main] = await session.stack();
      assert.deepEqual([add?.name, add?.line], ["add", session.line("BP1")]);
      assert.deepEqual([main?.name, main?.line, main?.column, main?.source], ["main", 0, 0, undefined]);
    }));

  it("names a file as the breakpoint in it was set, by a linked folder", () =>
    withDebuggee("loop", async (session) => {
      const folder = mkdtempSync(path.join(tmpdir(), "linked-"));
      const link = path.join(folder, "link");
      try {
        symlinkSync(path.dirname(session.source), link);
        const source = path.join(link, path.basename(session.source));
        await session.client.introduce();
        await session.client.request("launch", { program: session.program });
        const breakpoints = [{ line: session.line("BP1") }];
        await session.client.request("setBreakpoints", { source: { path: source }, breakpoints });
        await session.client.request("configurationDone");
        await session.client.nextStop();
        assert.equal((await session.topFrame()).source?.path, source);
        assert.equal((await session.checkpoint()).source?.path, source);
      } finally {
        rmSync(folder, { recursive: true });
      }
    }));

  it("has lines that begin at column 1 where the debug information has no columns", () =>
    withDebuggee(
      "recursion",
      async (session) => {
        await session.launchToStop({ breakpoints: ["DEEPEST"] });
        const frame = await session.topFrame();
        assert.deepEqual([frame.line, frame.column], [session.line("DEEPEST"), 1]);
        assert.equal((await session.checkpoint()).column, 1);
      },
      { flags: ["-gno-column-info"] },
    ));

  it("comes in pages", () =>
    withDebuggee("recursion", async (session) => {
      await session.launchToStop({ breakpoints: ["DEEPEST"] });
      const page = (startFrame: number, levels: number) =>
        session.client.request<DebugProtocol.StackTraceResponse["body"]>("stackTrace", {
          threadId: 1,
          startFrame,
          levels,
        });
      const first = await page(0, 20);
      assert.equal(first.stackFrames.length, 20);
      assert.ok((first.totalFrames ?? 0) > 20);
      const middle = await page(495, 4);
      assert.deepEqual(
        middle.stackFrames.map((frame) => frame.name),
        ["depth", "depth", "depth", "depth"],
      );
      const last = await page(499, 100);
      const names = last.stackFrames.map((frame) => frame.name);
      assert.deepEqual(names.slice(0, 3), ["depth", "depth", "main"]);
      assert.equal(last.totalFrames, 499 + names.length);
      assert.equal(await session.evaluate("n", "watch", middle.stackFrames[0]?.id), "495");
      await assert.rejects(page(-1, 1), /"startFrame" must not be negative\./);
      await assert.rejects(page(0, -1), /"levels" must not be negative\./);
    }));

  const tracking = ["-fcf-protection", "-Wl,-z,ibtplt"];
  for (const [name, flags] of [
    ["bound lazily", ["-Wl,-z,lazy"]],
    ["bound at once", ["-Wl,-z,now"]],
    ["with indirect branch tracking", tracking],
    ["without call frame information", [...tracking, "-Wl,--no-ld-generated-unwind-info"]],
  ] as const)
    it(`names an entry of the procedure linkage table, ${name}`, () =>
      withDebuggee(
        "loop",
        async (session) => {
          await session.launchToStop({ breakpoints: ["BP2"] });
          const into = () => session.resume("stepIn", { granularity: "instruction" });
          const names = async () => (await session.stack()).slice(0, 2).map((frame) => frame.name);
          for (let steps = 0; (await session.topFrame()).name === "main"; steps++) {
            assert.ok(steps < 20);
            await into();
          }
          assert.deepEqual(await names(), ["printf@plt", "main"]);
          assert.match(await session.evaluate("(void *)$pc"), /^0x[0-9a-f]+ <printf@plt>$/);
          if (flags[0] === "-fcf-protection") {
            await into();
            assert.deepEqual(await names(), ["printf@plt", "main"], "behind endbr64");
          }
          await session.resume("stepOut");
          assert.equal((await session.topFrame()).name, "main");
        },
        { flags },
      ));

  it("names sources and instruction pointers", () =>
    withDebuggee("loop", async (session) => {
      await session.launchToStop({ breakpoints: ["ADD"] });
      const [add, main] = await session.stack();
      assert.equal(add?.source?.path, session.source);
      assert.match(add?.instructionPointerReference ?? "", /^0x[0-9a-f]+$/);
      assert.equal(main?.name, "main");
      assert.equal(main?.line, session.line("BP1"));
      const locals = await session.scope("Locals", main?.id);
      assert.ok(locals.some((each) => each.name === "turns" && each.value === "5"));
    }));
});
