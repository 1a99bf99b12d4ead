import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, test } from "node:test";
import { markers, sourceOf } from "../helpers/compile";
import { withExecutable, type LiveDebugger } from "./liveDebugger";

const marks = markers("splitDwarf");
const folders: string[] = [];
after(() => {
  for (const folder of folders) rmSync(folder, { recursive: true });
});

/** A program with its .dwo file beside it, where it was compiled; gives its folder. */
function build(compiler: string, version: number): string {
  const folder = mkdtempSync(path.join(tmpdir(), "forkpoint-test-"));
  folders.push(folder);
  copyFileSync(sourceOf("splitDwarf"), path.join(folder, "splitDwarf.c"));
  const run = (...args: string[]) => execFileSync(compiler, args, { cwd: folder });
  run("-g", `-gdwarf-${version}`, "-gsplit-dwarf", "-c", "splitDwarf.c");
  run("splitDwarf.o", "-o", "splitDwarf");
  return folder;
}

async function atStop(folder: string, body: (live: LiveDebugger) => Promise<void>): Promise<void> {
  await withExecutable(path.join(folder, "splitDwarf"), {}, async (live) => {
    live.debugger.setSourceBreakpoints(path.join(folder, "splitDwarf.c"), [{ line: marks.BP1 }]);
    await live.debugger.start();
    await live.stop();
    live.debugger.setSourceBreakpoints(path.join(folder, "splitDwarf.c"), []);
    await body(live);
  });
}

test("thread-local variables of split debug information are read and set where they are", async () => {
  for (const compiler of ["gcc", "clang"])
    for (const version of [4, 5])
      await atStop(build(compiler, version), async (live) => {
        const about = `${compiler}, DWARF ${version}`;
        assert.equal(await live.value("threadOwn"), "8", about);
        assert.equal(await live.value("fileOwn"), "9", about);
        assert.equal(await live.value("threadOwn = 20"), "20", about);
        assert.equal(await live.value("sum(1)"), "51", about);
        assert.equal(await live.value("fileOwn"), "9", about);
      });
});

/** Has the debug information's table of addresses say that an address of the program is another one. */
function misplace(folder: string, from: bigint, to: bigint): void {
  const table = path.join(folder, "addresses");
  const program = path.join(folder, "splitDwarf");
  execFileSync("objcopy", ["--dump-section", `.debug_addr=${table}`, program]);
  const bytes = readFileSync(table);
  const entry = Buffer.alloc(8);
  entry.writeBigUInt64LE(from);
  const at = bytes.indexOf(entry);
  assert.ok(at >= 0);
  bytes.writeBigUInt64LE(to, at);
  writeFileSync(table, bytes);
  execFileSync("objcopy", ["--update-section", `.debug_addr=${table}`, program]);
}

test("a thread-local variable that is said to be outside of its segment is refused", async () => {
  const folder = build("gcc", 5);
  const program = path.join(folder, "splitDwarf");
  const headers = execFileSync("readelf", ["-lW", program], { encoding: "utf8" });
  const [, address = ""] = /^ *TLS +\S+ +(\S+)/m.exec(headers) ?? [];
  misplace(folder, BigInt(address), 0x7fff_0000n);
  await atStop(folder, async (live) => {
    assert.equal(await live.value("fileOwn"), "9");
    assert.match(await live.value("threadOwn"), /outside of the module's thread-local segment/);
    await assert.rejects(live.value("threadOwn = 1"), /outside of the module's thread-local segment/);
  });
});
