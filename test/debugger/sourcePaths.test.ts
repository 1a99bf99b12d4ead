import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { test } from "node:test";
import { SourcePaths } from "../../adapter/debugger/modules/sourcePaths";
import type { SymbolModule } from "../../adapter/symbols/types";

/** Only its list of files is asked for here. */
function moduleWith(files: readonly string[]): SymbolModule {
  return { sourceFiles: () => files } as Partial<SymbolModule> as SymbolModule;
}

test("compiled files by exact path, by prefix and by the longest common ending", () => {
  const files = moduleWith(["/build/app/src/main.c", "/build/app/lib/util.c", "/build/other/lib/util.c"]);
  const plain = new SourcePaths();
  assert.deepEqual(plain.compiledFiles(files, "/build/app/src/main.c"), ["/build/app/src/main.c"]);
  assert.deepEqual(plain.compiledFiles(files, "/build/app/src/../src/main.c"), ["/build/app/src/main.c"]);
  assert.deepEqual(plain.compiledFiles(files, "/home/me/app/src/main.c"), ["/build/app/src/main.c"]);
  assert.deepEqual(plain.compiledFiles(files, "/home/me/app/lib/util.c"), ["/build/app/lib/util.c"]);
  assert.deepEqual(plain.compiledFiles(files, "/home/me/lib/util.c"), [], "two files are as alike");
  assert.deepEqual(plain.compiledFiles(files, "/home/me/none.c"), []);
  const mapped = new SourcePaths({ "/build": "/wrong", "/build/other/": "/home/me" });
  assert.deepEqual(mapped.compiledFiles(files, "/home/me/lib/util.c"), ["/build/other/lib/util.c"]);
  assert.equal(mapped.local("/build/other/lib/util.c"), "/home/me/lib/util.c");
  assert.equal(mapped.local("/building/x.c"), "/building/x.c");
});

test("the same file by a symbolic link, and never another file that exists", () => {
  const folder = mkdtempSync(path.join(tmpdir(), "sources-"));
  try {
    const real = path.join(folder, "real.c");
    const link = path.join(folder, "link.c");
    writeFileSync(real, "");
    symlinkSync(real, link);
    const paths = new SourcePaths();
    assert.deepEqual(paths.compiledFiles(moduleWith([real]), link), [real]);
    assert.equal(paths.local(real), link, "it has the name that the person asked for");
    assert.deepEqual(paths.compiledFiles(moduleWith([real]), real), [real]);
    assert.equal(paths.local(real), real);
    assert.deepEqual(paths.compiledFiles(moduleWith([real]), "/elsewhere/real.c"), []);
    assert.ok(paths.isHere(real) && !paths.isHere("/elsewhere/real.c"));
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test("what is compiled by way of a linked folder has the names that the person sees, neighbours too", () => {
  const folder = mkdtempSync(path.join(tmpdir(), "sources-"));
  try {
    const [real, link] = [path.join(folder, "real"), path.join(folder, "link")];
    mkdirSync(path.join(real, "src"), { recursive: true });
    symlinkSync(real, link);
    for (const name of ["a.c", "b.c"]) writeFileSync(path.join(real, "src", name), "");
    const paths = new SourcePaths();
    const compiled = ["a.c", "b.c", "gone.c"].map((name) => path.join(link, "src", name));
    const [a = "", b = "", gone = ""] = compiled;
    assert.deepEqual(paths.compiledFiles(moduleWith(compiled), path.join(real, "src/a.c")), [a]);
    assert.equal(paths.local(a), path.join(real, "src/a.c"));
    assert.equal(paths.local(b), path.join(real, "src/b.c"));
    assert.equal(paths.local(gone), gone, "it is not known to be the same");
    assert.equal(paths.local(`${folder}/link2/c.c`), `${folder}/link2/c.c`);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
