import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import {
  chmodSync,
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import os from "node:os";
import path from "node:path";
import { after, describe, it } from "node:test";
import { withAdapter } from "../helpers/adapterClient";
import { compile } from "../helpers/compile";
import { DebuggeeSession } from "../helpers/session";

const folder = mkdtempSync(path.join(os.tmpdir(), "forkpoint-"));
after(() => rmSync(folder, { recursive: true }));
const EM_AARCH64 = 183;
const E_TYPE = 16;
const E_MACHINE = 18;
const CUT_OFF = /cut\d+ is cut off; build it anew, or copy it again\.$/;

/** A copy of a good program with some of its bytes changed. */
function spoiled(name: string, spoil: (bytes: Buffer) => Buffer): string {
  const file = path.join(folder, name);
  writeFileSync(file, spoil(readFileSync(compile("loop"))));
  chmodSync(file, 0o755);
  return file;
}

/** The refusal of a launch, and proof that the session goes on: a good program is launched after it. */
async function refusedLaunch(program: string, more: object = {}): Promise<string> {
  let sentence = "";
  await withAdapter(async (client) => {
    await client.initializeRequest();
    sentence = await client.refusal("launch", { program, ...more });
    await client.request("launch", { program: compile("exitcode"), args: ["4"] });
    await client.request("configurationDone");
    assert.equal((await client.event("exited")).body.exitCode, 4);
  });
  return sentence;
}

describe("a program that cannot be launched gets a sentence, and the session goes on:", () => {
  const cases: [string, () => string, RegExp][] = [
    [
      "no such program",
      () => path.join(folder, "nothing"),
      /nothing.*(does not exist|no such|not found)|There is no .*nothing/i,
    ],
    ["a folder", () => folder, /folder|directory/i],
    [
      "not an ELF file",
      () => spoiled("text", () => Buffer.from("hello, this is text\n".repeat(20))),
      /not an ELF|ELF/,
    ],
    [
      "a source file, not executable either",
      () => {
        const file = path.join(folder, "source.c");
        writeFileSync(file, "int main(void) { return 0; }\n", { mode: 0o644 });
        return file;
      },
      /source\.c is not an ELF file; set "program" to a compiled program\.$/,
    ],
    [
      "an object file",
      () => {
        const file = spoiled("unit.o", (bytes) => (bytes.writeUInt16LE(1, E_TYPE), bytes));
        chmodSync(file, 0o644);
        return file;
      },
      /unit\.o is an object file; set "program" to the program that it is linked into\.$/,
    ],
    ["an empty file", () => spoiled("empty", () => Buffer.alloc(0)), /ELF|empty/],
    [
      "another architecture",
      () => spoiled("arm", (bytes) => (bytes.writeUInt16LE(EM_AARCH64, E_MACHINE), bytes)),
      /x86-64/,
    ],
    [
      "the x32 ABI",
      () => spoiled("class32", (bytes) => (bytes.writeUInt8(1, 4), bytes)),
      /class32 is a 32-bit program; Forkpoint debugs 64-bit x86-64 programs: build it without -mx32\.$/,
    ],
    [
      "the i386",
      () => spoiled("i386", (bytes) => (bytes.writeUInt8(1, 4), bytes.writeUInt16LE(3, E_MACHINE), bytes)),
      /i386 is a 32-bit program; .* build it without -m32\.$/,
    ],
    ["cut off in its header", () => spoiled("cut40", (bytes) => bytes.subarray(0, 40)), CUT_OFF],
    ["cut off in its program headers", () => spoiled("cut100", (bytes) => bytes.subarray(0, 100)), CUT_OFF],
    ["cut off in its segments", () => spoiled("cut3000", (bytes) => bytes.subarray(0, 3000)), CUT_OFF],
    [
      "a pipe",
      () => {
        const file = path.join(folder, "pipe");
        spawnSync("mkfifo", ["-m", "755", file]);
        return file;
      },
      /pipe is no regular file; set "program" to an executable file\.$/,
    ],
    [
      "a path below a file",
      () => path.join(compile("loop"), "main"),
      /^There is no program .*main: a part of its path is a file and no folder; correct "program"\.$/,
    ],
    [
      "symbolic links in a circle",
      () => {
        const file = path.join(folder, "circle");
        symlinkSync(file, file);
        return file;
      },
      /circle cannot be found: symbolic links on its path lead in a circle; mend them, or correct "program"\.$/,
    ],
    [
      "a name that is too long",
      () => path.join(folder, "x".repeat(300)),
      /too long for a file .*; correct "program"\.$/,
    ],
    [
      "no right to execute",
      () => {
        const file = spoiled("plain", (bytes) => bytes);
        chmodSync(file, 0o644);
        return file;
      },
      /execut|chmod/,
    ],
    [
      "a dynamic linker that is not there",
      () =>
        spoiled("interpreter", (bytes) => {
          bytes.write("/nowhere", bytes.indexOf("/lib64/ld-linux"));
          return bytes;
        }),
      /nowhere|dynamic linker|interpreter/,
    ],
  ];
  for (const [what, program, pattern] of cases)
    it(what, async () => {
      const file = program();
      const sentence = await refusedLaunch(file);
      assert.match(sentence, pattern);
      assert.match(sentence, /^[A-Z"/].*[.)]$/s, "a sentence");
      assert.doesNotMatch(sentence, /failed inside|errno|undefined/i);
    });

  it("a folder on its path that may not be entered", async () => {
    const locked = mkdtempSync(path.join(folder, "locked-"));
    chmodSync(locked, 0o700);
    const file = path.join(locked, "loop");
    copyFileSync(compile("loop"), file);
    const NOBODY = 65534;
    const isRoot = process.getuid?.() === 0;
    if (!isRoot) chmodSync(locked, 0o600);
    await withAdapter(
      async (client) => {
        await client.initializeRequest();
        assert.equal(
          await client.refusal("launch", { program: file }),
          `${file} cannot be reached: a folder on its path may not be entered; allow that with 'chmod +x', or correct "program".`,
        );
      },
      isRoot ? { userId: NOBODY } : {},
    );
    chmodSync(locked, 0o700);
  });

  it("a key that comes later", async () => {
    assert.match(
      await refusedLaunch(compile("loop"), { pid: 7 }),
      /^"pid" is for attaching, which is not supported yet/,
    );
  });

  it("attach", () =>
    withAdapter(async (client) => {
      await client.initializeRequest();
      assert.match(
        await client.refusal("attach", { pid: 1 }),
        /^Attaching to a process is not supported yet/,
      );
    }));

  it("stdio that cannot be opened", async () => {
    const sentence = await refusedLaunch(compile("loop"), { stdio: ["/no/such/input", null, null] });
    assert.match(sentence, /\/no\/such\/input/);
  });
});

describe("ptrace forbidden", () => {
  it("gets a sentence that names ptrace", async () => {
    const wrapper = [compile("forbidptrace")];
    await withAdapter(
      async (client) => {
        await client.initializeRequest();
        const sentence = await client.refusal("launch", { program: compile("loop") });
        assert.match(sentence, /ptrace/);
        assert.doesNotMatch(sentence, /failed inside/);
        assert.deepEqual(await client.request("threads"), { threads: [] });
      },
      { wrapper },
    );
  });
});

describe("a program in a folder of an unusual name", () => {
  it("is debugged like any other", async () => {
    const odd = path.join(folder, 'a b\u00fc "quoted" {brace}');
    mkdirSync(odd);
    const program = path.join(odd, "p r\u00f6g");
    copyFileSync(compile("loop"), program);
    await withAdapter(async (client, mark) => {
      const session = new DebuggeeSession(client, mark, program, "loop");
      await session.launchToStop({ functions: ["add"] });
      await client.request("setFunctionBreakpoints", { breakpoints: [] });
      assert.equal(await session.runToEnd(), 0);
    });
  });
});
