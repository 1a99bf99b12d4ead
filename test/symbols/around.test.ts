/** What is around names, in units of every kind, and names of which a program has many. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import path from "node:path";
import test from "node:test";
import type { SymbolModule } from "../../adapter/symbols/types";
import { compile } from "../helpers/compile";
import { functionNamed, localsOf, program, scratchFolder, withModule } from "./builds";

function splitUnits(compiler: string): string {
  const cwd = scratchFolder();
  const flags = ["-g", "-gdwarf-5", "-gsplit-dwarf"];
  execFileSync(compiler, [...flags, "-c", program("around.cc"), "-o", "around.o"], { cwd });
  execFileSync(compiler, ["around.o", "-o", "around"], { cwd });
  return path.join(cwd, "around");
}

function build(compiler: string, ...flags: readonly string[]): () => string {
  return () => compile(program("around.cc"), { compiler, flags });
}

const builds: Readonly<Record<string, () => string>> = {
  gcc: build("g++", "-gdwarf-5"),
  "gcc, DWARF 4": build("g++", "-gdwarf-4"),
  "gcc, type units": build("g++", "-gdwarf-5", "-fdebug-types-section"),
  "gcc, type units of DWARF 4": build("g++", "-gdwarf-4", "-fdebug-types-section"),
  "gcc, split": () => splitUnits("g++"),
  clang: build("clang++", "-gdwarf-5"),
  "clang, DWARF 4": build("clang++", "-gdwarf-4"),
  "clang, split": () => splitUnits("clang++"),
};

const TWICE = "_ZN7library8Declared5twiceEi";
const HALF = "_ZZN7library8Declared5twiceEiEN5Local4halfEv";
/** As gcc and as clang have it. */
const lambdas = ["_ZZN7library8Declared5twiceEiENKUliE_clEi", "_ZZN7library8Declared5twiceEiENK3$_0clEi"];

function lambdaIn(module: SymbolModule): string {
  return lambdas.find((name) => module.functionsNamed(name).length > 0) ?? "none";
}

function checkVariables(module: SymbolModule): void {
  for (const [name, scope] of [
    ["versioned", "library::v2"],
    ["hidden", "library::(anonymous namespace)"],
    ["deeper", "library::(anonymous namespace)::inner"],
    ["made", "library::Box<int>"],
    ["closed", "library::Box<int>::Lid"],
    ["defined", "library::Declared"],
    ["outside", ""],
  ] as const)
    assert.deepEqual([...new Set(module.variablesNamed(name).map((found) => found.scope))], [scope], name);
  assert.equal(localsOf(module, TWICE).get("local")?.scope, "library::Declared::twice");
  assert.equal(
    localsOf(module, lambdaIn(module)).get("more")?.scope,
    "library::Declared::twice::{lambda}::operator()",
  );
  assert.equal(module.variablesNamed("library::versioned").length, 1);
  assert.equal(module.variablesNamed("library::Box<int>::Lid::closed").length, 1);
  assert.equal(module.variablesNamed("library::Box<char>::Lid::closed").length, 0);
}

function checkOthers(module: SymbolModule): void {
  for (const [symbol, name] of [
    [TWICE, "library::Declared::twice"],
    ["_ZNK7library3BoxIiE3Lid3getEv", "library::Box<int>::Lid::get"],
    [HALF, "library::Declared::twice::Local::half"],
    [lambdaIn(module), "library::Declared::twice::{lambda}::operator()"],
    ["main", "main"],
  ] as const)
    assert.equal(functionNamed(module, symbol).name, name);
  assert.equal(module.typesNamed("library::Box<int>::Lid")[0]?.displayName, "library::Box<int>::Lid");
  assert.equal(module.enumeratorNamed("DOWN")?.type.displayName, "library::Box<int>::Lid::Way");
}

for (const [name, file] of Object.entries(builds))
  test(`finds what is around names: ${name}`, () => {
    withModule(file(), (module) => {
      checkVariables(module);
      checkOthers(module);
    });
  });

test("finds each of more than 10,000 instances, and all of their operators", () => {
  withModule(compile(program("manyInstances.cc")), (module) => {
    for (const number of [10000, 19999, 20000, 20999]) {
      for (const written of [`Many<${number},1>`, `Many<${number}, 1>`, `Many< ${number}, 1ul >`]) {
        const [type, ...more] = module.typesNamed(written);
        assert.equal(type?.displayName, `Many<${number}, 1>`, written);
        assert.equal(more.length, 0);
      }
      const [count, ...others] = module.variablesNamed(`Many<${number}, 1>::count`);
      assert.equal(count?.scope, `Many<${number}, 1>`);
      assert.equal(others.length, 0);
    }
    assert.equal(module.typesNamed("Many<30000, 1>").length, 0);
    assert.equal(module.typesNamed("Many<10000>").length, 0);
    const operators = module.functionsMeant("operator<");
    assert.deepEqual(operators.map((found) => found.name.replaceAll(" ", "")).sort(), [
      "operator<<10000,1>",
      "operator<<20999,1>",
    ]);
    assert.equal(module.functionsMeant("operator<<").length, 0);
  });
});
