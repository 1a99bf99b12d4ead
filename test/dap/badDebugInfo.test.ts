import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { after, describe, it } from "node:test";
import { withAdapter } from "../helpers/adapterClient";
import { compile } from "../helpers/compile";
import { withDebuggee, DebuggeeSession } from "../helpers/session";

const folder = mkdtempSync(path.join(os.tmpdir(), "forkpoint-"));
after(() => rmSync(folder, { recursive: true }));

/** A copy whose section is overwritten by the same length of `byte`. */
function withSpoiledSection(section: string, byte: number): string {
  const file = path.join(folder, `spoiled${section}-${byte}`);
  const dump = path.join(folder, "section");
  copyFileSync(compile("loop"), file);
  spawnSync("objcopy", [
    "-O",
    "binary",
    "--only-section",
    section,
    "--set-section-flags",
    `${section}=alloc`,
    file,
    dump,
  ]);
  const bytes = readFileSync(dump).fill(byte, 4);
  writeFileSync(dump, bytes);
  const result = spawnSync("objcopy", ["--update-section", `${section}=${dump}`, file], { encoding: "utf8" });
  assert.equal(result.status, 0, result.stderr);
  return file;
}

describe("no debug information", () => {
  it("is said; stepping by instruction and function names still work", () =>
    withDebuggee(
      "loop",
      async (session) => {
        await session.launchToStop({ functions: ["add"] });
        const [top, caller] = await session.stack();
        assert.deepEqual([top?.name, caller?.name], ["add", "main"]);
        assert.equal(top?.source, undefined);
        assert.match(session.client.output("console"), /has no debug information/);
        const before = top?.instructionPointerReference;
        await session.resume("next", { granularity: "instruction" });
        assert.notEqual((await session.topFrame()).instructionPointerReference, before);
        assert.equal((await session.topFrame()).name, "add");
        await session.resume("stepOut");
        assert.equal((await session.topFrame()).name, "main");
        const { id } = await session.checkpoint();
        await session.client.request("setFunctionBreakpoints", { breakpoints: [] });
        await session.resume("continue");
        await session.backTo(id);
        assert.equal((await session.topFrame()).name, "main");
      },
      { variant: "noDebugInfo" },
    ));

  it("and no main: stops at the ELF entry, steps into calls", () =>
    withDebuggee(
      "noline",
      async (session) => {
        const stop = await session.launchToStop({ stopOnEntry: true });
        assert.equal(stop.reason, "entry");
        assert.equal((await session.topFrame()).name, "_start");
        for (let i = 0; i < 2; i++) await session.resume("stepIn", { granularity: "instruction" });
        assert.equal((await session.topFrame()).name, "add_two");
        assert.equal(await session.runToEnd(), 5);
      },
      { variant: "noDebugInfo", flags: ["-nostdlib", "-static"] },
    ));

  it("and no symbols at all: still runs, stops at the entry and disassembles", () =>
    withDebuggee(
      "loop",
      async (session) => {
        await session.launchToStop({ stopOnEntry: true });
        const { instructionPointerReference: memoryReference } = await session.topFrame();
        const args = { memoryReference, instructionOffset: -5, instructionCount: 20 };
        const body = await session.client.request<{ instructions: unknown[] }>("disassemble", args);
        assert.equal(body.instructions.length, 20);
        assert.equal(await session.runToEnd(), 0);
      },
      { variant: "stripped", flags: ["-static"] },
    ));
});

describe("broken DWARF", () => {
  const sections = [".debug_info", ".debug_abbrev", ".debug_line", ".debug_str", ".debug_aranges"];
  for (const section of sections)
    for (const byte of [0xff, 0x00])
      it(`in ${section} (${byte}): a session with what is left`, async () => {
        const program = withSpoiledSection(section, byte);
        await withAdapter(async (client, mark) => {
          const session = new DebuggeeSession(client, mark, program, "loop");
          await session.launchToStop({ functions: ["add"] });
          assert.equal((await session.topFrame()).name, "add");
          for (const name of ["Locals", "Arguments", "Statics"]) await session.scope(name);
          await client.request("loadedSources");
          await session.resume("stepOut");
          await session.checkpoint();
          await client.request("setFunctionBreakpoints", { breakpoints: [] });
          assert.equal(await session.runToExitPause(), "Exiting with code 0");
          assert.doesNotMatch(client.stderr, /uncaught|unhandled/);
        });
      });

  it("is said", async () => {
    const program = withSpoiledSection(".debug_info", 0xff);
    await withAdapter(async (client, mark) => {
      const session = new DebuggeeSession(client, mark, program, "loop");
      await session.launchToStop({ functions: ["add"] });
      await session.scope("Locals");
      const told = client.output("console") + client.output("important");
      assert.match(told, /debug information/);
    });
  });
});
