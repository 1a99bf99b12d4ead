import assert from "node:assert/strict";
import {
  chmodSync,
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import os from "node:os";
import path from "node:path";
import { test } from "node:test";
import { findPrograms, obviousProgram } from "../../extension/programFinder";
import { compile } from "../helpers/compile";

const program = compile("exitcode");

async function inFolder(run: (folder: string) => Promise<void>): Promise<void> {
  const folder = mkdtempSync(path.join(os.tmpdir(), "forkpoint-find-"));
  try {
    await run(folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function put(folder: string, name: string, changedAt: number): void {
  const file = path.join(folder, name);
  mkdirSync(path.dirname(file), { recursive: true });
  copyFileSync(program, file);
  utimesSync(file, changedAt, changedAt);
}

test("programs are found in subfolders, newest first; scripts, objects, libraries and data are not programs", () =>
  inFolder(async (folder) => {
    put(folder, "old", 1000);
    put(folder, "build/new", 2000);
    put(folder, "libx.so.1.2", 3000);
    put(folder, "unit.o", 3000);
    put(folder, ".hidden/p", 3000);
    put(folder, "node_modules/p", 3000);
    put(folder, "data", 3000);
    chmodSync(path.join(folder, "data"), 0o644);
    writeFileSync(path.join(folder, "script"), "#!/bin/sh\n", { mode: 0o755 });
    writeFileSync(path.join(folder, "empty"), "", { mode: 0o755 });
    const found = await findPrograms(folder);
    assert.deepEqual(
      found.map((one) => path.relative(folder, one.path)),
      ["build/new", "old"],
    );
  }));

test("what cargo has built is found once, and programs of other machines are not", () =>
  inFolder(async (folder) => {
    put(folder, "target/debug/crab", 1000);
    put(folder, "target/debug/deps/crab-0123456789abcdef", 1000);
    put(folder, "target/debug/build/libc-0123456789abcdef/build-script-build", 900);
    mkdirSync(path.join(folder, "target/debug/.fingerprint"));
    put(folder, "build/deps/mine", 800);
    for (const [name, at, value] of [
      ["arm", 18, 183],
      ["class32", 4, 1],
    ] as const) {
      const bytes = readFileSync(program);
      bytes.writeUInt8(value, at);
      writeFileSync(path.join(folder, name), bytes, { mode: 0o755 });
    }
    const found = await findPrograms(folder);
    assert.deepEqual(
      found.map((one) => path.relative(folder, one.path)),
      ["target/debug/crab", "build/deps/mine"],
    );
  }));

test("a folder that is not there holds no program", async () => {
  assert.deepEqual(await findPrograms("/nowhere/at/all"), []);
});

test("the program named like the open source is meant, else the only one, else nobody can tell", () => {
  const [sum, demo] = [
    { path: "/w/sum", changedAt: 1 },
    { path: "/w/build/demo", changedAt: 2 },
  ];
  assert.equal(obviousProgram([demo, sum], "/w/sum.c"), "/w/sum");
  assert.equal(obviousProgram([demo], "/w/sum.c"), "/w/build/demo");
  assert.equal(obviousProgram([demo, sum], "/w/other.c"), undefined);
  assert.equal(obviousProgram([demo, sum]), undefined);
  assert.equal(obviousProgram([]), undefined);
});
