/** Files that cannot be used, each with its sentence, and files that are partly damaged. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { chmodSync, copyFileSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { openModule, openModuleImage } from "../../adapter/symbols/module";
import { SymbolError } from "../../adapter/symbols/types";
import { repository } from "../helpers/compile";
import { buildFacts, factsSource, functionNamed, scratchFolder, stripped, withModule } from "./builds";
import { debugSections } from "./sections";

function sentenceOf(open: () => unknown): string {
  try {
    open();
  } catch (error) {
    assert.ok(error instanceof SymbolError, String(error));
    return error.message;
  }
  return assert.fail("it opened");
}

function fileWith(name: string, content: Buffer | string): string {
  const file = path.join(scratchFolder(), name);
  writeFileSync(file, content);
  return file;
}

/** A program with bytes changed. */
function changed(at: number, bytes: readonly number[], length?: number): string {
  const content = readFileSync(buildFacts(["-g"]));
  Buffer.from(bytes).copy(content, at);
  return fileWith("changed", length === undefined ? content : content.subarray(0, length));
}

test("says what is wrong with a file, in one sentence", () => {
  const folder = path.join(scratchFolder(), "folder");
  mkdirSync(folder);
  const cases: readonly (readonly [string, RegExp])[] = [
    ["/no/such/program", /^There is no file \/no\/such\/program/],
    [path.join(factsSource, "below"), /^There is no file/],
    [folder, /is not a regular file/],
    ["/dev/null", /is not a regular file/],
    [factsSource, /is not an ELF file/],
    [fileWith("empty", ""), /is not an ELF file/],
    [fileWith("short", "\x7fELF\x02\x01\x01"), /ends in the middle of its ELF header/],
    [changed(18, [0xb7, 0]), /another architecture: AArch64/],
    [changed(4, [1, 1, 1, 0]), /another architecture: x32/],
    [changed(18, [3, 0]), /another architecture: 32-bit x86/],
    [changed(18, [0xee, 0xee]), /another architecture: ELF machine 61166/],
    [changed(5, [2, 1, 0]), /another architecture/],
    [changed(16, [1, 0]), /neither a program nor a shared library/],
    [changed(0, [], 40), /ends in the middle of its ELF header/],
    [changed(0, [], 100), /broken or cut off/],
    [changed(0, [], 6000), /is cut off/],
    [changed(32, [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f]), /broken or cut off/],
  ];
  for (const [file, expected] of cases)
    assert.match(
      sentenceOf(() => openModule(file)),
      expected,
    );
  assert.match(
    sentenceOf(() => openModuleImage("[vdso]", Buffer.alloc(4096))),
    /^\[vdso\] is not an ELF file/,
  );
});

test("says that a file may not be read", () => {
  const file = fileWith("secret", readFileSync(buildFacts(["-g"])));
  chmodSync(file, 0o000);
  const script = path.join(scratchFolder(), "open.ts");
  const module = path.join(repository, "adapter/symbols/module");
  writeFileSync(
    script,
    `import { openModule } from ${JSON.stringify(module)};
     try { openModule(${JSON.stringify(file)}); } catch (error) { console.log(error.message); }`,
  );
  /* Root reads everything by a capability: without it, it is an owner like any other. */
  const asOwner = process.getuid?.() === 0 ? ["setpriv", "--bounding-set=-all", "--inh-caps=-all"] : ["env"];
  const [command = "", ...options] = [...asOwner, "node", "--import", "tsx", script];
  const run = spawnSync(command, options, { cwd: repository, encoding: "utf8", timeout: 60_000 });
  assert.match(run.stdout, /may not be read by this user/, run.stderr);
});

test("without debug information functions come from the symbol table", () => {
  withModule(buildFacts(["-g0"]), (module) => {
    assert.equal(module.debugFile, undefined);
    const walk = functionNamed(module, "walk");
    assert.equal(walk.die, undefined);
    assert.equal(walk.bodyStart, walk.entry + 4n);
    assert.equal(module.functionAt(walk.bodyStart)?.name, "walk");
    assert.equal(module.lineAt(walk.entry), undefined);
    assert.deepEqual(module.scopesAt(walk.entry, 0), []);
    assert.deepEqual(module.sourceFiles(), []);
    assert.deepEqual(module.variablesNamed("counter"), []);
    assert.equal(module.elfSymbolNamed("global_total")?.kind, "object");
    assert.equal(module.elfSymbolNamed("tls_value")?.kind, "threadLocal");
    assert.equal(module.callFrameAt(walk.bodyStart)?.returnAddressRegister, 16);
    assert.equal(module.damage, undefined);
  });
});

test("without any symbols code and call frames can still be read", () => {
  const whole = buildFacts(["-g"]);
  const walk = withModule(whole, (module) => functionNamed(module, "walk").bodyStart);
  const code = withModule(whole, (module) => module.bytesAt(walk, 16));
  withModule(stripped(whole), (module) => {
    assert.equal(module.functionAt(walk), undefined);
    assert.deepEqual(module.functionsNamed("walk"), []);
    assert.deepEqual(module.bytesAt(walk, 16), code);
    assert.ok(module.callFrameAt(walk));
  });
});

test("a debug file of another build is not taken", () => {
  const folder = scratchFolder();
  const copy = path.join(folder, "linked");
  const debug = path.join(folder, "linked.debug");
  copyFileSync(buildFacts(["-g"]), debug);
  spawnSync("objcopy", ["--strip-all", `--add-gnu-debuglink=${debug}`, buildFacts(["-g"]), copy]);
  writeFileSync(debug, readFileSync(buildFacts(["-g", "-O2"])));
  withModule(copy, (module) => assert.equal(module.debugFile, undefined));
});

for (const name of [".debug_info", ".debug_abbrev", ".debug_line"]) {
  test(`says that ${name} is damaged and goes on with what is left`, () => {
    const executable = buildFacts(["-g"]);
    const content = readFileSync(executable);
    const section = debugSections(executable).find((found) => found.name === name);
    assert.ok(section);
    content.fill(0xff, section.offset, section.offset + section.size);
    withModule(fileWith("damaged", content), (module) => {
      const main = functionNamed(module, "main");
      module.addressesForLine(factsSource, 10);
      module.typesNamed("struct node", main.entry);
      assert.equal(module.functionAt(main.entry)?.name, "main");
      assert.ok(module.callFrameAt(main.entry));
      assert.match(
        module.damage ?? "",
        /^The debug information of .* is damaged \(.+\); what can be read is used\.$/,
      );
    });
  });
}

/* In a process of its own, so that a crash or a hang fails this test alone. */
for (const flags of [["-g"], ["-g", "-O2"], ["-g", "-gdwarf-4", "-O2"]]) {
  for (const compiler of ["gcc", "clang"]) {
    test(`neither crashes nor hangs on flipped bytes: ${compiler} ${flags.join(" ")}`, () => {
      const script = path.join(repository, "test/symbols/flipBytes.ts");
      const args = ["--import", "tsx", script, buildFacts(flags, compiler), scratchFolder(), "1", "80"];
      const run = spawnSync("node", args, { cwd: repository, encoding: "utf8", timeout: 120_000 });
      assert.equal(
        run.status,
        0,
        `${run.signal ?? ""} after ${run.stdout.split("\n").slice(-3).join(" ")}\n${run.stderr}`,
      );
      const [, damaged, slowest] = /(\d+) of 80 damaged, slowest (\d+) ms/.exec(run.stdout) ?? [];
      assert.ok(Number(damaged) > 20, run.stdout);
      assert.ok(Number(slowest) < 10_000, run.stdout);
    });
  }
}
