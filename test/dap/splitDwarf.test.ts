import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { copyFileSync, mkdtempSync, readdirSync, renameSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { test } from "node:test";
import type { DebugProtocol } from "@vscode/debugprotocol";
import { markers, sourceOf } from "../helpers/compile";
import { withDebuggee } from "../helpers/session";

/** Compiles into a folder; gives the name of the split debug information, by the compiler's own naming. */
function build(compiler: string, folder: string, flags: readonly string[]): string {
  copyFileSync(sourceOf("splitDwarf"), path.join(folder, "splitDwarf.c"));
  const run = (...args: string[]) => execFileSync(compiler, args, { cwd: folder });
  run("-g", "-gsplit-dwarf", ...flags, "-c", "splitDwarf.c");
  run("splitDwarf.o", "-o", "splitDwarf");
  return readdirSync(folder).find((name) => name.endsWith(".dwo")) ?? assert.fail("There is no .dwo file.");
}

/** What is told at a stop in `main` of the program, by console and by `modules`. */
async function told(folder: string): Promise<{ lines: string[]; status: string | undefined }> {
  let result: Awaited<ReturnType<typeof told>> = { lines: [], status: undefined };
  await withDebuggee("splitDwarf", async (session) => {
    await session.client.introduce();
    const program = path.join(folder, "splitDwarf");
    const launched = session.client.request("launch", { program });
    await session.client.event("initialized");
    await session.client.request("setBreakpoints", {
      source: { path: path.join(folder, "splitDwarf.c") },
      breakpoints: [{ line: markers("splitDwarf")["BP1"] }],
    });
    await session.client.request("configurationDone");
    await launched;
    await session.client.nextStop();
    for (let times = 0; times < 2; times++) await session.scope("Locals");
    const { modules } = await session.client.request<DebugProtocol.ModulesResponse["body"]>("modules");
    const lines = session.client.log
      .filter(({ event, body }) => event === "output" && String(body.output).includes(".dwo"))
      .map(({ body }) => String(body.output));
    result = { lines, status: modules.find(({ name }) => name === "splitDwarf")?.symbolStatus };
  });
  return result;
}

test("split debug information that is not there, or is of another build, is told of once", async () => {
  for (const [compiler, version] of [
    ["gcc", 4],
    ["gcc", 5],
    ["clang", 5],
  ] as const) {
    const folder = mkdtempSync(path.join(tmpdir(), "forkpoint-test-"));
    try {
      const flags = [`-gdwarf-${version}`];
      const split = path.join(folder, build(compiler, folder, flags));
      assert.deepEqual(await told(folder), { lines: [], status: "Debug information loaded" });
      renameSync(split, `${split}.away`);
      const sentence =
        `The split debug information ${split} of ${folder}/splitDwarf could not be found, or is of another build: ` +
        "variables are missing. Put it back, or build the program again.\n";
      const missing = { lines: [sentence], status: "Debug information incomplete" };
      assert.deepEqual(await told(folder), missing);
      renameSync(path.join(folder, "splitDwarf"), path.join(folder, "kept"));
      build(compiler, folder, [...flags, "-O1", "-DOTHER"]);
      renameSync(path.join(folder, "kept"), path.join(folder, "splitDwarf"));
      assert.deepEqual(await told(folder), missing, "another build");
    } finally {
      rmSync(folder, { recursive: true });
    }
  }
});
