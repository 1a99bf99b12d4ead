/** Lines, compared with what GDB says about the same files. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import type { SymbolModule } from "../../adapter/symbols/types";
import { fileAddress } from "../../adapter/target/addresses";
import { compile, markers } from "../helpers/compile";
import { buildFacts, factsSource, functionNamed, program, withModule } from "./builds";

interface GdbAnswer {
  readonly line: number;
  readonly found: readonly { readonly address: string; readonly line: number }[];
}

const [, gdbMajor] =
  /^GNU gdb .*? (\d+)\./.exec(execFileSync("gdb", ["--version"], { encoding: "utf8" })) ?? [];
const isSliding = Number(gdbMajor) < 15;

/** Sets a breakpoint on each line in GDB and lists where it went. */
function gdbBreakpoints(executable: string, file: string, lines: number): GdbAnswer[] {
  const args = ["-nx", "-batch", "-ex", "set breakpoint pending off"];
  for (let line = 1; line <= lines; line++) {
    args.push(
      "-ex",
      `echo @${line}\\n`,
      "-ex",
      `break ${file}:${line}`,
      "-ex",
      "info breakpoints",
      "-ex",
      "delete",
    );
  }
  const output = execFileSync("gdb", [...args, executable], {
    encoding: "utf8",
    stdio: ["ignore", "pipe", "ignore"],
  });
  const answers = output.split("@").slice(1);
  return answers.map((text) => ({
    line: Number.parseInt(text),
    found: [...text.matchAll(/^\d.*?(0x[0-9a-f]{16}) in .*:(\d+)/gm)].map(([, address, line]) => ({
      address: BigInt(address ?? 0).toString(16),
      line: Number(line),
    })),
  }));
}

function addressesOf(module: SymbolModule, file: string, line: number): string[] {
  return (module.addressesForLine(file, line)?.addresses ?? []).map((address) => address.toString(16)).sort();
}

for (const compiler of ["gcc", "clang"]) {
  for (const flags of [["-O0"], ["-O0", "-gdwarf-4"], ["-O0", "-ffunction-sections", "-no-pie"]]) {
    test(`stops for each line where GDB does: ${compiler} ${flags.join(" ")}`, () => {
      const executable = buildFacts(["-g", ...flags], compiler);
      const lines = readFileSync(factsSource, "utf8").split("\n").length;
      withModule(executable, (module) => {
        const answers = gdbBreakpoints(executable, factsSource, lines);
        assert.equal(answers.length, lines);
        /* Since GDB 15 a line in front of a function is none of the function's, and gets no breakpoint. */
        const comparable = isSliding ? answers : answers.filter(({ found }) => found.length > 0);
        assert.ok(comparable.length > 10);
        for (const { line, found } of comparable) {
          const expected = [...new Set(found.map(({ address }) => address))].sort();
          assert.deepEqual(addressesOf(module, factsSource, line), expected, `line ${line}`);
        }
      });
    });
  }

  /* GDB 13 moves a line in a function's cold part to the function's entry: only what it leaves on its line counts. */
  test(`stops for lines of optimized code where GDB does: ${compiler} -O2`, () => {
    const executable = buildFacts(["-g", "-O2"], compiler);
    const lines = readFileSync(factsSource, "utf8").split("\n").length;
    withModule(executable, (module) => {
      const answers = gdbBreakpoints(executable, factsSource, lines);
      const comparable = answers.filter(({ line, found }) => found.some((place) => place.line === line));
      assert.ok(comparable.length > 10);
      for (const { line, found } of comparable) {
        const expected = [...new Set(found.map(({ address }) => address))].sort();
        assert.deepEqual(addressesOf(module, factsSource, line), expected, `line ${line}`);
      }
    });
  });

  for (const level of ["-O0", "-O2"]) {
    test(`starts the body of a function where GDB stops for it: ${compiler} ${level}`, () => {
      const executable = buildFacts(["-g", level], compiler);
      const names = ["main", "fill", "one_line", "other_counter"];
      const args = names.flatMap((name) => ["-ex", `break ${name}`]);
      const output = execFileSync("gdb", ["-nx", "-batch", ...args, executable], { encoding: "utf8" });
      const expected = [...output.matchAll(/^Breakpoint \d+ at (0x[0-9a-f]+)/gm)].map((match) =>
        BigInt(match[1] ?? 0),
      );
      withModule(executable, (module) => {
        assert.deepEqual(
          names.map((name) => functionNamed(module, name).bodyStart),
          expected.map(fileAddress),
        );
      });
    });
  }
}

/** GDB's line of each address, or nothing where it knows none. */
function gdbLines(executable: string, addresses: readonly bigint[]): string[] {
  const commands = addresses.flatMap((address) => [
    "-ex",
    `echo @`,
    "-ex",
    `info line *0x${address.toString(16)}`,
  ]);
  const output = execFileSync("gdb", ["-nx", "-batch", ...commands, executable], { encoding: "utf8" });
  return output
    .split("@")
    .slice(1)
    .map((text) => {
      const row = /^Line (\d+) of .* starts at address/.exec(text);
      return row?.[1] ?? "";
    });
}

for (const [compiler, flags] of [
  ["gcc", ["-g", "-O0"]],
  ["gcc", ["-g", "-O2"]],
  ["clang", ["-g", "-O0"]],
  ["clang", ["-g", "-O2", "-gdwarf-4"]],
] as const) {
  test(`names the line of every address as GDB does: ${compiler} ${flags.join(" ")}`, () => {
    const executable = buildFacts(flags, compiler);
    withModule(executable, (module) => {
      const ranges = ["main", "fill", "other_counter"].flatMap((name) => functionNamed(module, name).ranges);
      const addresses: bigint[] = [];
      for (const { low, high } of ranges) for (let at: bigint = low; at < high; at++) addresses.push(at);
      assert.ok(addresses.length > 200);
      const found = addresses.map((address) => {
        const entry = module.lineAt(fileAddress(address));
        if (entry === undefined || entry.line === 0) return "";
        assert.ok(address >= entry.range.low && address < entry.range.high);
        return String(entry.line);
      });
      assert.deepEqual(found, gdbLines(executable, addresses));
    });
  });
}

test("moves a line without code to the next one with code", () => {
  const line = markers(factsSource);
  withModule(buildFacts(["-g"]), (module) => {
    assert.equal(module.addressesForLine(factsSource, line["BEFORE"] ?? 0)?.line, line["ONE"]);
    assert.equal(module.addressesForLine(factsSource, 100_000), undefined);
    assert.equal(module.addressesForLine("/no/such/file.c", 1), undefined);
  });
});

test("gives an address for each inlined copy of a line", () => {
  const line = markers(factsSource);
  const executable = buildFacts(["-g", "-O2", "-fno-ipa-icf", "-fno-tree-vectorize"]);
  withModule(executable, (module) => {
    const found = module.addressesForLine(factsSource, line["SQUARE"] ?? 0);
    assert.ok((found?.addresses.length ?? 0) >= 2);
    for (const address of found?.addresses ?? []) {
      assert.equal(module.inlinedCallsAt(address)[0]?.functionName, "square");
    }
  });
});

test("gives the whole of a line for a step, in one function only", () => {
  const line = markers(factsSource);
  withModule(buildFacts(["-g"]), (module) => {
    const [at] = module.addressesForLine(factsSource, line["LOOP"] ?? 0)?.addresses ?? [];
    assert.ok(at !== undefined);
    const ranges = module.lineRangesAt(at);
    assert.ok(ranges.length >= 2, "a for line has code at the loop's start and at its end");
    assert.ok(ranges[0] !== undefined && at >= ranges[0].low && at < ranges[0].high);
    const fill = functionNamed(module, "fill").ranges[0];
    for (const { low, high } of ranges) {
      assert.ok(fill !== undefined && low >= fill.low && high <= fill.high);
      assert.equal(module.lineAt(low)?.line, line["LOOP"]);
      assert.equal(module.lineAt(fileAddress(high - 1n))?.line, line["LOOP"]);
    }
  });
});

test("lists the lines with code", () => {
  const line = markers(factsSource);
  withModule(buildFacts(["-g"]), (module) => {
    const lines = module.linesWithCode(factsSource, line["BEFORE"] ?? 0, line["MAIN"] ?? 0);
    assert.ok(lines.includes(line["ONE"] ?? 0) && lines.includes(line["MAIN"] ?? 0));
    assert.ok(!lines.includes(line["BEFORE"] ?? 0));
  });
});

test("keeps assembly at its labels", () => {
  const executable = compile(program("plain.S"), { flags: ["-nostdlib", "-static"] });
  withModule(executable, (module) => {
    const start = functionNamed(module, "_start");
    assert.equal(start.bodyStart, start.entry);
    assert.equal(module.lineAt(start.entry)?.file, program("plain.S"));
  });
});

for (const compiler of ["gcc", "clang"]) {
  test(`finds the inlined copies of a function where GDB does: ${compiler}`, () => {
    const executable = buildFacts(["-g", "-O2"], compiler);
    const args = ["-nx", "-batch", "-ex", "break square", "-ex", "info breakpoints", executable];
    const output = execFileSync("gdb", args, { encoding: "utf8" });
    const expected = [...output.matchAll(/^\d[.\d]*\s.*?(0x[0-9a-f]{16})/gm)].map((match) =>
      BigInt(match[1] ?? 0),
    );
    assert.ok(expected.length >= 1);
    withModule(executable, (module) => {
      assert.deepEqual(module.functionsNamed("square"), []);
      assert.deepEqual([...module.inlinedEntries("square")].sort(), expected.map(fileAddress).sort());
      assert.deepEqual(module.inlinedEntries("nothing"), []);
    });
  });
}
