/** Entries of the procedure linkage table as symbols NAME@plt, compared with objdump's. */
import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import type { ElfSymbol } from "../../adapter/symbols/types";
import { fileAddress } from "../../adapter/target/addresses";
import { repository } from "../helpers/compile";
import { buildFacts, scratchFolder, separateByLink, stripped, withModule } from "./builds";
import { addressedSections } from "./sections";

const ibt = ["-fcf-protection", "-Wl,-z,ibtplt"];

const builds: Readonly<Record<string, () => string>> = {
  "bound lazily": () => buildFacts(["-g", "-Wl,-z,lazy"]),
  "bound at once": () => buildFacts(["-g", "-Wl,-z,now"]),
  "indirect branch tracking": () => buildFacts(["-g", ...ibt, "-Wl,-z,lazy"]),
  "indirect branch tracking, bound at once": () => buildFacts(["-g", ...ibt, "-Wl,-z,now"]),
  "fixed address": () => buildFacts(["-g", "-no-pie"]),
  "a shared library": () => buildFacts(["-g", "-shared", "-fPIC"]),
  stripped: () => stripped(buildFacts(["-g"])),
  "debug information in a file of its own": () => separateByLink(buildFacts(["-g"])),
  clang: () => buildFacts(["-g"], "clang"),
  "clang, indirect branch tracking": () => buildFacts(["-g", "-fcf-protection", "-Wl,-z,ibtplt"], "clang"),
};

/** All stubs of a file, by asking for every byte of the sections that may have some. */
function stubsOf(file: string): ElfSymbol[] {
  return withModule(file, (module) => {
    const found = new Map<bigint, ElfSymbol>();
    for (const { name, address, size } of addressedSections(file)) {
      if (!/^\.i?plt/.test(name)) continue;
      for (let at = address; at < address + size; at++) {
        const symbol = module.elfSymbolAt(fileAddress(at));
        if (symbol?.kind !== "linkageStub") continue;
        assert.ok(at >= symbol.address && at < symbol.address + symbol.size, symbol.name);
        assert.ok(symbol.address + symbol.size <= address + size, symbol.name);
        assert.equal(module.functionAt(fileAddress(at)), undefined, "it is no function");
        found.set(symbol.address, symbol);
      }
    }
    return [...found.values()];
  });
}

const labelled = ({ name, address }: Pick<ElfSymbol, "name" | "address">): string =>
  `${address.toString(16).padStart(16, "0")} ${name}`;

/** Where objdump says that they begin. */
function byObjdump(file: string): string[] {
  const text = execFileSync("objdump", ["-d", file], { encoding: "utf8", maxBuffer: 1 << 28 });
  return [...text.matchAll(/^([0-9a-f]{16}) <([^*\s]+@plt)>:$/gm)].map(
    ([, address, name]) => `${address} ${name}`,
  );
}

for (const [name, build] of Object.entries(builds))
  test(`names the stubs of ${name} as objdump does`, () => {
    const file = build();
    const stubs = stubsOf(file);
    assert.deepEqual(stubs.map(labelled).sort(), byObjdump(file).sort());
    assert.ok(stubs.some((stub) => stub.name === "calloc@plt" && stub.size === 16n));
    assert.ok(stubs.every(({ size }) => size === 8n || size === 16n));
  });

for (const [name, flags] of [
  ["static", ["-static"]],
  ["static PIE", ["-static-pie"]],
  ["static, indirect branch tracking", ["-static", ...ibt]],
] as const)
  test(`names the stubs of a ${name} program by the indirect functions they lead to`, () => {
    const stubs = stubsOf(buildFacts(["-g", ...flags]));
    const names = stubs.map((stub) => stub.name);
    for (const wanted of ["memcpy@plt", "strlen@plt"]) assert.ok(names.includes(wanted), names.join(" "));
    withModule(buildFacts(["-g", ...flags]), (module) => {
      for (const { name } of stubs)
        assert.ok(module.elfSymbolNamed(name.replace("@plt", "")), `${name} is of no function`);
    });
  });

test("has none of calls that go by the global offset table, and of a stripped static program", () => {
  assert.ok(!stubsOf(buildFacts(["-g", "-fno-plt"])).some(({ name }) => name === "calloc@plt"));
  assert.deepEqual(stubsOf(stripped(buildFacts(["-g", "-static"]))), []);
});

test("a stub is not found as the function it leads to, nor offered for completion", () => {
  withModule(buildFacts(["-g"]), (module) => {
    assert.equal(module.elfSymbolNamed("calloc@plt")?.kind, "linkageStub");
    assert.equal(module.elfSymbolNamed("calloc"), undefined);
    assert.deepEqual(module.functionsNamed("calloc"), []);
    assert.deepEqual(module.functionsMeant("calloc"), []);
    assert.deepEqual(module.functionsNamed("calloc@plt"), []);
    assert.deepEqual(
      module.namesStartingWith("calloc", 10).map(({ name }) => name),
      [],
    );
  });
});

test("has none without section headers, or without the contents of the sections", () => {
  const whole = buildFacts(["-g"]);
  const stub = stubsOf(whole)[0] ?? assert.fail();
  const folder = scratchFolder();
  const headerless = path.join(folder, "headerless");
  const content = readFileSync(whole);
  content.fill(0, 40, 48); // e_shoff
  content.fill(0, 60, 64); // e_shnum, e_shstrndx
  writeFileSync(headerless, content);
  const debugOnly = path.join(folder, "debugOnly");
  execFileSync("objcopy", ["--only-keep-debug", whole, debugOnly]);
  for (const file of [headerless, debugOnly])
    withModule(file, (module) =>
      assert.notEqual(module.elfSymbolAt(stub.address)?.kind, "linkageStub", file),
    );
});

/* In a process of its own, so that a crash or a hang fails this test alone. */
for (const flags of [["-g"], ["-g", "-static-pie"]])
  test(`neither crashes nor hangs on flipped bytes of stubs: ${flags.join(" ")}`, () => {
    const script = path.join(repository, "test/symbols/flipBytes.ts");
    const sections = "\\.i?plt\\S*|\\.rela\\.\\w+|\\.dynsym|\\.dynstr";
    const args = ["--import", "tsx", script, buildFacts(flags), scratchFolder(), "1", "80", sections];
    const run = spawnSync("node", args, { cwd: repository, encoding: "utf8", timeout: 120_000 });
    assert.equal(run.status, 0, `${run.signal ?? ""} ${run.stdout.slice(-100)}\n${run.stderr}`);
    const [, slowest] = /slowest (\d+) ms/.exec(run.stdout) ?? [];
    assert.ok(Number(slowest) < 10_000, run.stdout);
  });
