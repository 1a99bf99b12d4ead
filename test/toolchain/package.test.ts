import assert from "node:assert/strict";
import { spawn, spawnSync, type ChildProcessWithoutNullStreams } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { after, before, test } from "node:test";
import { DebugClient } from "@vscode/debugadapter-testsupport";
import { compile, repository } from "../helpers/compile";

const vsix = path.join(repository, "dist/forkpoint-linux-x64.vsix");
let unpacked: string;

before(() => {
  unpacked = mkdtempSync(path.join(os.tmpdir(), "forkpoint-package-"));
  const { status, stderr } = spawnSync("python3", ["-m", "zipfile", "-e", vsix, unpacked], {
    encoding: "utf8",
  });
  assert.equal(status, 0, `${stderr} (npm run package makes the VSIX)`);
});

after(() => rmSync(unpacked, { recursive: true, force: true }));

function inPackage(file: string): string {
  return path.join(unpacked, "extension", file);
}

test("the package holds what runs and nothing of what builds it", () => {
  const files = readdirSync(inPackage("."), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.relative(inPackage("."), path.join(entry.parentPath, entry.name)))
    .filter((file) => !file.startsWith("media/"));
  assert.deepEqual(files.sort(), [
    "LICENSE.txt",
    "changelog.md",
    "dist/NOTICES.txt",
    "dist/adapter.js",
    "dist/capstone.wasm",
    "dist/demangle.wasm",
    "dist/extension.js",
    "dist/ffi-rs.linux-x64-gnu.node",
    "dist/native/libbz2.so.1.0",
    "dist/native/libdw.so.1",
    "dist/native/libelf.so.1",
    "dist/native/libforkpoint.so",
    "dist/native/liblzma.so.5",
    "dist/native/libz.so.1",
    "package.json",
    "readme.md",
  ]);
});

test("packing asks nothing, also where somebody could answer", () => {
  const file = path.join(unpacked, "in-a-terminal.vsix");
  const code = `import("./scripts/vsix.mjs").then(({ packVsix }) => packVsix("${file}"))`;
  const terminal = ["-q", "-e", "-c", `'${process.execPath}' -e '${code}'`, "/dev/null"];
  const { status, stdout } = spawnSync("script", terminal, {
    cwd: repository,
    encoding: "utf8",
    stdio: ["ignore", "pipe", "pipe"],
    timeout: 60_000,
  });
  assert.equal(status, 0, stdout);
  assert.ok(existsSync(file), stdout);
});

/** Every string in a value that was read from JSON. */
function strings(value: unknown): string[] {
  if (typeof value === "string") return [value];
  return typeof value === "object" && value !== null ? Object.values(value).flatMap(strings) : [];
}

test("the package holds every file that its manifest and its README name", () => {
  const manifest: unknown = JSON.parse(readFileSync(inPackage("package.json"), "utf8"));
  const named = strings(manifest).filter((text) => /^(\.\/)?(media|dist)\/[^\s*]+$/.test(text));
  const readme = readFileSync(inPackage("readme.md"), "utf8");
  const images = [...readme.matchAll(/!\[[^\]]*\]\((?!https?:)([^)\s]+)\)/g)].map(([, file = ""]) => file);
  assert.ok(named.includes("./dist/extension.js"));
  for (const file of [...named, ...images])
    assert.ok(existsSync(inPackage(file)), `${file} is not in the package.`);
});

test("every library that the package carries has its notice", () => {
  const notices = readFileSync(inPackage("dist/NOTICES.txt"), "utf8");
  const libraries = readdirSync(inPackage("dist/native")).filter((file) => file !== "libforkpoint.so");
  for (const name of [...libraries, "ffi-rs", "@vscode/debugadapter", "@alexaltea/capstone-js"]) {
    const [, text = ""] = notices.split(`\n${name} `);
    assert.match(text.slice(0, 4000), /Copyright|LGPL|MIT/i, `${name} has no notice.`);
  }
});

/** The shared objects that a process has mapped. */
function mappedLibraries(pid: number): string[] {
  const maps = readFileSync(`/proc/${pid}/maps`, "utf8");
  return [...new Set(maps.match(/\/\S+\.(so[.\d]*|node)$/gm) ?? [])];
}

class PackagedAdapter extends DebugClient {
  constructor(adapter: ChildProcessWithoutNullStreams) {
    super("node", "", "forkpoint");
    this.connect(adapter.stdout, adapter.stdin);
  }
}

test("the unpacked adapter debugs a program with its own libraries, with no node_modules around", async () => {
  const program = compile("loop");
  const adapter = spawn(process.execPath, [inPackage("dist/adapter.js")], { cwd: "/", stdio: "pipe" });
  const client = new PackagedAdapter(adapter);
  const exited = new Promise((resolve) => adapter.once("exit", resolve));
  try {
    await client.initializeRequest();
    const stopped = client.waitForEvent("stopped");
    const launched = client.customRequest("launch", { program, stopOnEntry: true });
    await client.waitForEvent("initialized");
    await client.configurationDoneRequest();
    await Promise.all([launched, stopped]);
    assert.ok(adapter.pid !== undefined);
    const mapped = mappedLibraries(adapter.pid);
    for (const name of readdirSync(inPackage("dist/native")))
      assert.ok(
        mapped.includes(inPackage(`dist/native/${name}`)),
        `${name} came from elsewhere:\n${mapped.join("\n")}`,
      );
    assert.ok(mapped.includes(inPackage("dist/ffi-rs.linux-x64-gnu.node")));
    await client.disconnectRequest();
  } finally {
    adapter.stdin.end();
    const timer = setTimeout(() => adapter.kill("SIGKILL"), 5000);
    await exited;
    clearTimeout(timer);
  }
});
