/** Real programs, whole: what they write from every checkpoint is what they wrote the first time. */
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { test } from "node:test";
import { repository } from "../helpers/compile";
import { sameFromEverywhere } from "./withProgram";

const file = (name: string): string => path.join(repository, "test/real/programs", name);

test("sqlite3, in the middle of a transaction", () =>
  sameFromEverywhere(["/usr/bin/sqlite3", ":memory:", `.read ${file("transaction.sql")}`], {
    checkpoints: 5,
    rounds: 2,
  }));

test("python3 with threads", () =>
  sameFromEverywhere(["/usr/bin/python3", file("threads.py")], { checkpoints: 5, rounds: 2 }));

for (const newIds of [false, true])
  test(`node with workers: a virtual machine that compiles as it runs (${newIds ? "new" : "the same"} ids)`, () =>
    sameFromEverywhere([process.execPath, file("workers.cjs")], { checkpoints: 5, rounds: 2, newIds }));

// At its start gdb reads from iconv through a pipe, to its end: checkpoints are taken there too.
test("gdb: fourteen checkpoints, back to its first instruction and between any two", () => {
  const commands = ["file /usr/bin/gdb", "info files", "info line main", "show version", "help all"];
  const args = commands.flatMap((command) => ["-ex", command]);
  return sameFromEverywhere(["/usr/bin/gdb", "-nx", "-batch", ...args, "-ex", "echo EXIT-SUCCESS\\n"], {
    checkpoints: 14,
    rounds: 2,
  });
});

test("a Go program: threads that its runtime makes and moves work between", async () => {
  const folder = mkdtempSync(path.join(os.tmpdir(), "forkpoint-go-"));
  const program = path.join(folder, "goroutines");
  try {
    const env = { ...process.env, GOCACHE: path.join(folder, "cache"), GO111MODULE: "off" };
    execFileSync("go", ["build", "-o", program, file("goroutines.go")], { env });
    for (const newIds of [false, true])
      await sameFromEverywhere([program], { checkpoints: 5, rounds: 2, newIds });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
