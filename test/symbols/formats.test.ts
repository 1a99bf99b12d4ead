/** The same facts from every format that debug information comes in. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { test } from "node:test";
import { fileAddress } from "../../adapter/target/addresses";
import { markers } from "../helpers/compile";
import {
  buildFacts,
  factsSource,
  functionNamed,
  localsOf,
  program,
  scratchFolder,
  separateByLink,
  withModule,
} from "./builds";

const builds: Readonly<Record<string, () => string>> = {
  "gcc, DWARF 5, PIE": () => buildFacts(["-g"]),
  "gcc, DWARF 4": () => buildFacts(["-g", "-gdwarf-4"]),
  "gcc, DWARF 3": () => buildFacts(["-g", "-gdwarf-3", "-gstrict-dwarf"]),
  "gcc, fixed address": () => buildFacts(["-g", "-no-pie"]),
  "gcc, static": () => buildFacts(["-g", "-static"]),
  "gcc, static PIE": () => buildFacts(["-g", "-static-pie"]),
  "gcc, compressed sections": () => buildFacts(["-g", "-gz"]),
  "gcc, type units": () => buildFacts(["-g", "-fdebug-types-section"]),
  "gcc, type units of DWARF 4": () => buildFacts(["-g", "-gdwarf-4", "-fdebug-types-section"]),
  "gcc, a section per function": () => buildFacts(["-g", "-ffunction-sections", "-Wl,--gc-sections"]),
  "clang, DWARF 5, PIE": () => buildFacts(["-g", "-gdwarf-5"], "clang"),
  "clang, DWARF 4": () => buildFacts(["-g", "-gdwarf-4"], "clang"),
  "clang, with address ranges": () => buildFacts(["-g", "-gdwarf-aranges"], "clang"),
  "gcc, stripped, found by debug link": () => separateByLink(buildFacts(["-g"])),
  "clang, stripped, found by debug link": () => separateByLink(buildFacts(["-g"], "clang")),
};

for (const [name, build] of Object.entries(builds)) {
  test(`reads functions, lines, variables and types: ${name}`, () => {
    const line = markers(factsSource);
    withModule(build(), (module) => {
      assert.ok(module.debugFile);
      assert.ok(module.sourceFiles().includes(factsSource));
      const walk = functionNamed(module, "walk");
      assert.equal(module.functionAt(walk.bodyStart)?.name, "walk");
      assert.equal(walk.declaration?.file, factsSource);
      assert.equal(walk.language, "c");
      assert.equal(module.functionTypeOf(walk)?.displayName, "int (const struct node *, callback)");
      const call = module.addressesForLine(factsSource, line["CALL"] ?? 0);
      assert.equal(call?.line, line["CALL"]);
      assert.equal(call?.addresses.length, 1);
      const at = call?.addresses[0] ?? fileAddress(0n);
      assert.deepEqual([module.lineAt(at)?.file, module.lineAt(at)?.line], [factsSource, line["CALL"]]);
      const names = module
        .scopesAt(at, 0)
        .map(({ kind, variables }) => [kind, ...variables.map((v) => v.name)]);
      assert.deepEqual(names, [["function", "list", "call", "total"]]);
      assert.equal(localsOf(module, "main").get("first")?.type.displayName, "struct node");
      assert.equal(module.callFrameAt(at)?.returnAddressRegister, 16);
      assert.notEqual(module.frameBaseAt(at).kind, "absent");
      assert.equal(module.variablesNamed("tls_value").length, 1);
      assert.equal(module.enumeratorNamed("BLUE")?.value, -1n);
      assert.equal(module.damage, undefined);
    });
  });
}

test("finds split DWARF in its .dwo files", () => {
  for (const compiler of ["gcc", "clang"]) {
    const folder = scratchFolder();
    for (const unit of ["facts", "elsewhere"]) {
      execFileSync(compiler, ["-g", "-gsplit-dwarf", "-c", program(`${unit}.c`), "-o", `${unit}.o`], {
        cwd: folder,
      });
    }
    execFileSync(compiler, ["facts.o", "elsewhere.o", "-o", "split"], { cwd: folder });
    withModule(`${folder}/split`, (module) => {
      assert.equal(localsOf(module, "main").get("first")?.type.byteSize, 40);
      const { bodyStart } = functionNamed(module, "walk");
      const [scope] = module.scopesAt(bodyStart, 0);
      const [list] = scope?.variables ?? [];
      assert.ok(list);
      assert.equal(module.locationOf(list, bodyStart).kind, "expression");
      const [total] = module.variablesNamed("global_total");
      assert.ok(total);
      const location = module.locationOf(total, bodyStart);
      assert.ok(location.kind === "expression");
      assert.equal(location.ops[0]?.operand1, module.elfSymbolNamed("global_total")?.address);
    });
  }
});
