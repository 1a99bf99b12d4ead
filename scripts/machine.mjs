// What the machine must have beside Node: named when it is missing, installed where that is possible.
import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { run } from "./run.mjs";

/** What `/etc/os-release` says of this system (os-release(5)), or nothing. */
function osRelease() {
  return existsSync("/etc/os-release") ? readFileSync("/etc/os-release", "utf8") : "";
}

/** Whether this is Ubuntu itself, which has its browsers as snaps alone. */
export function isUbuntu(release = osRelease()) {
  return /^ID="?ubuntu"?$/m.test(release);
}

/** A thing that is needed: what proves that it is there, and the Debian packages that bring it. */
const building = [
  { tool: "gcc", packages: ["gcc", "libc6-dev"] },
  { tool: "make", packages: ["make"] },
  { file: "/usr/include/elfutils/libdwfl.h", packages: ["libdw-dev"] },
];
const codeServer = [
  { tool: "g++", packages: ["g++"] },
  { tool: "python3", packages: ["python3"] },
];
const testing = [
  { tool: "clang", packages: ["clang"] },
  { file: "/usr/include/c++/v1", packages: ["libc++-dev", "libc++abi-dev"] },
  { tool: "clang-format", packages: ["clang-format"] },
  { tool: "gdb", packages: ["gdb"] },
  ...(isUbuntu() ? [] : [{ tool: "chromium", packages: ["chromium"] }]),
  { tool: "sqlite3", packages: ["sqlite3"] },
  { tool: "redis-server", packages: ["redis-server"] },
  { tool: "redis-benchmark", packages: ["redis-tools"] },
  { tool: "go", packages: ["golang-go"] },
  { tool: "musl-gcc", packages: ["musl-tools"] },
  { tool: "rustc", packages: ["rustc"] },
  { tool: "cargo", packages: ["cargo"] },
  { file: "/usr/share/doc/librust-rayon-dev", packages: ["librust-rayon-dev"] },
];

/** What each command needs. */
export const needs = {
  build: building,
  start: [...building, ...codeServer],
  test: [...building, ...codeServer, ...testing],
};

/** Whether a program of this name is on PATH. */
export function onPath(tool) {
  return (process.env.PATH ?? "").split(path.delimiter).some((folder) => existsSync(path.join(folder, tool)));
}

/** Those of `wanted` that this machine lacks. */
export function missing(wanted) {
  return wanted.filter((need) => (need.tool ? !onPath(need.tool) : !existsSync(need.file)));
}

/** Whether `/etc/os-release` tells of Debian or of a system made from it. */
export function isDebian(release) {
  return /^ID(_LIKE)?=.*\b(debian|ubuntu)\b/m.test(release);
}

/**
 * The sentence for a person when something is missing that this process cannot install.
 * @param lacking what `missing` gave
 * @param debian whether apt can be named
 */
export function sentence(lacking, debian) {
  if (!debian)
    return `Please install what is missing here: ${lacking.map((need) => need.tool ?? need.file).join(", ")}.`;
  const packages = lacking.flatMap((need) => need.packages).join(" ");
  return `These packages are missing; please install them: sudo apt-get install --no-install-recommends ${packages}`;
}

/** Makes sure of everything in `wanted`: installs as root, throws a sentence otherwise. */
export function provide(wanted) {
  const lacking = missing(wanted);
  if (lacking.length === 0) return;
  const debian = isDebian(osRelease());
  if (!debian || process.getuid() !== 0) throw new Error(sentence(lacking, debian));
  const packages = lacking.flatMap((need) => need.packages);
  console.log(`Installing ${packages.join(" ")}.`);
  const quietly = {
    env: { ...process.env, DEBIAN_FRONTEND: "noninteractive" },
    stdio: ["ignore", "ignore", "inherit"],
  };
  const patience = ["-o", "DPkg::Lock::Timeout=300"];
  run("apt-get", ["update", "-qq", ...patience], quietly);
  run("apt-get", ["install", "-y", "-qq", "--no-install-recommends", ...patience, ...packages], quietly);
}
