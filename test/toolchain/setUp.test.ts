import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { after, before, test } from "node:test";
import { repository } from "../helpers/compile";

const nobody = 65534;
let clone: string;

before(() => {
  clone = mkdtempSync(path.join(os.tmpdir(), "forkpoint-set-up-"));
  cpSync(path.join(repository, "scripts"), path.join(clone, "scripts"), { recursive: true });
  spawnSync("chmod", ["-R", "a+rX", clone]);
});

after(() => rmSync(clone, { recursive: true, force: true }));

/** Runs a script of the clone as an ordinary user on a PATH where no program is. */
function runWithoutTools(script: string) {
  const file = path.join(clone, "scripts", script);
  const body = `if (process.getuid() === 0) process.setuid(${nobody}); process.argv[1] = "${file}"; import("${file}");`;
  const env = { PATH: "/nonexistent" };
  return spawnSync(process.execPath, ["--input-type=module", "-e", body], {
    env,
    encoding: "utf8",
    timeout: 20_000,
  });
}

for (const script of ["test.mjs", "start.mjs"]) {
  test(`${script} without root names the missing packages in one sentence`, () => {
    const { status, stdout, stderr } = runWithoutTools(script);
    assert.equal(status, 1);
    assert.equal(stdout, "");
    assert.match(
      stderr,
      /^These packages are missing; please install them: sudo apt-get install .*\bgcc\b.*\bmake\b.*\bg\+\+.*\n$/,
    );
    assert.equal(/ gdb\b/.test(stderr), script === "test.mjs");
  });
}

test("a system that is not Debian is asked for tools, not for packages", async () => {
  const { isDebian, missing, sentence } = (await import("../../scripts/machine.mjs")) as Machine;
  assert.equal(isDebian('PRETTY_NAME="Fedora"\nID=fedora\n'), false);
  assert.equal(isDebian("ID=ubuntu\nID_LIKE=debian\n"), true);
  assert.equal(isDebian('ID=linuxmint\nID_LIKE="ubuntu debian"\n'), true);
  const lacking = missing([
    { tool: "no-such-tool", packages: ["no-such-package"] },
    { file: "/no/such/header.h", packages: ["no-such-dev"] },
    { tool: "sh", packages: ["dash"] },
  ]);
  assert.equal(
    sentence(lacking, false),
    "Please install what is missing here: no-such-tool, /no/such/header.h.",
  );
});

test("Ubuntu, which has no package of a browser, is told apart from what is made from it", async () => {
  const { isUbuntu } = (await import("../../scripts/machine.mjs")) as Machine;
  assert.equal(isUbuntu('NAME="Ubuntu"\nVERSION_ID="24.04"\nID=ubuntu\nID_LIKE=debian\n'), true);
  assert.equal(isUbuntu('ID=linuxmint\nID_LIKE="ubuntu debian"\n'), false);
  assert.equal(isUbuntu("ID=debian\n"), false);
});

test(
  "a clone that ordinary users may not enter is tested where they may",
  { skip: process.getuid?.() !== 0 && "only root's are closed to others" },
  async () => {
    const { closedFolder, runWhereAllMayEnter } = await import("../../scripts/ordinaryUsers.mjs");
    const closed = mkdtempSync(path.join(os.tmpdir(), "forkpoint-closed-"));
    try {
      const inner = path.join(closed, "clone");
      mkdirSync(inner);
      assert.equal(closedFolder(inner), closed);
      assert.equal(closedFolder(os.tmpdir()), undefined);
      const reads = `process.setuid(${nobody}); process.exit(require("fs").readdirSync(".").includes("probe.cjs") ? 7 : 8);`;
      writeFileSync(path.join(inner, "probe.cjs"), reads);
      const before = mountFolders();
      assert.equal(runWhereAllMayEnter(inner, "probe.cjs", []), 7);
      assert.deepEqual(mountFolders(), before, "nothing is left behind");
    } finally {
      rmSync(closed, { recursive: true, force: true });
    }
  },
);

function mountFolders(): string[] {
  return readdirSync("/run").filter((name) => name.startsWith("forkpoint-"));
}

interface Need {
  tool?: string;
  file?: string;
  packages: string[];
}

interface Machine {
  isDebian: (release: string) => boolean;
  isUbuntu: (release: string) => boolean;
  missing: (wanted: Need[]) => Need[];
  sentence: (lacking: Need[], debian: boolean) => string;
}
