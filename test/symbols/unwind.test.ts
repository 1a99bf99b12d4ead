/** Call frame rules on a real stack: GDB stops a program, and both unwind it. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { evaluate, frameBaseValue } from "../../adapter/symbols/evaluate";
import { openModuleImage } from "../../adapter/symbols/module";
import { unwindFrame, type FrameRegisters } from "../../adapter/symbols/unwind";
import type { SymbolModule } from "../../adapter/symbols/types";
import { fileAddress } from "../../adapter/target/addresses";
import { buildFacts, functionNamed, scratchFolder, withModule } from "./builds";

/** GDB's names of the DWARF registers 0 to 16. */
const registerNames = "rax rdx rcx rbx rsi rdi rbp rsp r8 r9 r10 r11 r12 r13 r14 r15 rip".split(" ");

interface Snapshot {
  readonly registers: FrameRegisters;
  readonly read: (address: bigint, length: number) => Buffer;
  /** Program counter and stack pointer of each frame, innermost first. */
  readonly frames: readonly (readonly [bigint, bigint])[];
  readonly printed: string;
}

/** Runs a program in GDB to a breakpoint and takes registers, stack, and GDB's own unwinding. */
function snapshot(executable: string, stop: string, depth: number, extra: readonly string[] = []): Snapshot {
  const stack = path.join(scratchFolder(), "stack");
  const commands = [
    /* So that the stack reaches far enough above the frames to be dumped. */
    `set environment PADDING ${"x".repeat(4000)}`,
    `break ${stop}`,
    "run > /dev/null",
    ...registerNames.map((name) => `printf "%s %#lx\\n", "${name}", (long)$${name}`),
    `dump binary memory ${stack} $rsp-256 $rsp+3000`,
    ...Array.from({ length: depth }, () => [
      'printf "frame %#lx %#lx\\n", (long)$pc, (long)$sp',
      "up",
    ]).flat(),
    "frame 0",
    ...extra,
    "kill",
  ];
  const args = ["-nx", "-batch", ...commands.flatMap((command) => ["-ex", command]), executable];
  const output = execFileSync("gdb", args, {
    encoding: "utf8",
    stdio: ["ignore", "pipe", "ignore"],
    timeout: 60_000,
  });
  const registers = new Map<number, bigint>();
  for (const [, name, value] of output.matchAll(/^(r\w+) (0x[0-9a-f]+|0)$/gm)) {
    registers.set(registerNames.indexOf(name ?? ""), BigInt(value ?? 0));
  }
  const bytes = readFileSync(stack);
  const low = (registers.get(7) ?? 0n) - 256n;
  const read = (address: bigint, length: number): Buffer => {
    const at = Number(address - low);
    if (at < 0 || at + length > bytes.length)
      throw new Error(`0x${address.toString(16)} is not in the snapshot`);
    return bytes.subarray(at, at + length);
  };
  const frames = [...output.matchAll(/^frame (0x[0-9a-f]+) (0x[0-9a-f]+)$/gm)];
  return {
    registers,
    read,
    frames: frames.map(([, pc, sp]) => [BigInt(pc ?? 0), BigInt(sp ?? 0)]),
    printed: output,
  };
}

function unwindAll(
  module: SymbolModule,
  { registers, read, frames }: Snapshot,
): (readonly [bigint, bigint])[] {
  const found: (readonly [bigint, bigint])[] = [];
  let at: FrameRegisters | undefined = registers;
  while (at !== undefined && found.length < frames.length) {
    const pc: bigint = at.get(16) ?? 0n;
    found.push([pc, at.get(7) ?? 0n]);
    /* A return address can lie behind a call at the function's end: the call is what is looked up. */
    const lookup: bigint = found.length === 1 ? pc : pc - 1n;
    const rules = module.callFrameAt(fileAddress(lookup));
    at = rules && unwindFrame(rules, at, read, 0n)?.registers;
  }
  return found;
}

for (const compiler of ["gcc", "clang"]) {
  for (const flags of [["-O0"], ["-O2"], ["-O2", "-fno-asynchronous-unwind-tables", "-gdwarf-4"]]) {
    test(`unwinds a stack as GDB does: ${compiler} ${flags.join(" ")}`, () => {
      const executable = buildFacts(["-g", "-no-pie", ...flags], compiler);
      const taken = snapshot(executable, "fill", 2);
      assert.equal(taken.frames.length, 2);
      withModule(executable, (module) => assert.deepEqual(unwindAll(module, taken), taken.frames));
    });
  }

  test(`finds a program's variables in its frame: ${compiler}`, () => {
    const executable = buildFacts(["-g", "-no-pie"], compiler);
    const taken = snapshot(executable, "walk", 1, [
      'printf "&list %#lx\\n", (long)&list',
      'printf "&total %#lx\\n", (long)&total',
      'printf "&counter %#lx\\n", (long)&counter',
    ]);
    withModule(executable, (module) => {
      const pc = fileAddress(taken.registers.get(16) ?? 0n);
      const rules = module.callFrameAt(pc);
      assert.ok(rules);
      const bare = { loadBias: 0n, register: (n: number) => taken.registers.get(n), readMemory: taken.read };
      const cfa = unwindFrame(rules, taken.registers, taken.read, 0n)?.cfa;
      const withCfa = { ...bare, cfa: () => cfa };
      const base = frameBaseValue(module.frameBaseAt(pc), withCfa);
      const context = { ...withCfa, frameBase: () => base };
      const variables = [
        ...module.scopesAt(pc, 0).flatMap((scope) => scope.variables),
        ...module.unitVariablesAt(pc),
      ];
      for (const [, name, address] of taken.printed.matchAll(/^&(\w+) (0x[0-9a-f]+)$/gm)) {
        const variable = variables.find((found) => found.name === name);
        assert.ok(variable, name);
        const location = module.locationOf(variable, pc);
        assert.ok(location.kind === "expression");
        assert.deepEqual(
          evaluate(location.ops, context),
          { kind: "memory", address: BigInt(address ?? 0) },
          name,
        );
      }
      assert.equal([...taken.printed.matchAll(/^&\w+ 0x/gm)].length, 3);
    });
  });
}

test("says what a caller passed, for a callee's lost parameters", () => {
  const executable = buildFacts(["-g", "-O2", "-fno-inline"]);
  withModule(executable, (module) => {
    const output = execFileSync("objdump", ["-d", "--no-show-raw-insn", executable], { encoding: "utf8" });
    const calls = [...output.matchAll(/call\s+[0-9a-f]+ <fill>\n\s+([0-9a-f]+):/g)].map(([, next]) =>
      BigInt(`0x${next}`),
    );
    assert.equal(calls.length, 1);
    const site = module.callSiteAt(fileAddress(calls[0] ?? 0n));
    assert.ok((site?.parameters.length ?? 0) >= 1);
    assert.equal(module.callSiteAt(functionNamed(module, "fill").entry), undefined);
  });
});

test("reads the vDSO from memory", () => {
  const module = openModuleImage("[vdso]", vdsoImage());
  try {
    const symbol = module.elfSymbolNamed("__vdso_clock_gettime");
    assert.equal(symbol?.kind, "function");
    assert.equal(module.functionAt(symbol.address)?.ranges[0]?.low, symbol.address);
    assert.ok(module.callFrameAt(symbol.address));
    assert.equal(module.debugFile, undefined);
    assert.ok(module.bytesAt(symbol.address, 4).length === 4);
  } finally {
    module.dispose();
  }
});

/** This process's own vDSO. */
function vdsoImage(): Buffer {
  const row = /^([0-9a-f]+)-([0-9a-f]+).*\[vdso\]$/m.exec(readFileSync("/proc/self/maps", "utf8"));
  const low = Number.parseInt(row?.[1] ?? "", 16);
  const high = Number.parseInt(row?.[2] ?? "", 16);
  const script = `dd if=/proc/${process.pid}/mem bs=4096 skip=${low / 4096} count=${(high - low) / 4096} status=none`;
  return execFileSync("sh", ["-c", script], { maxBuffer: 1 << 20 });
}
