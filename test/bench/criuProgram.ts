/**
 * A CRIU that runs on this kernel. Debian 12's does not start on kernels whose vDSO has more than one area of data; a
 * later Debian's does, and can be run beside the system's own libraries by its own dynamic linker (ld.so(8)).
 */
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { repository } from "../helpers/compile";

/** How CRIU is run: what goes before its arguments. */
export interface CriuProgram {
  readonly command: readonly string[];
  readonly version: string;
}

const LATER_SUITE = "trixie";
const KEYS = "/usr/share/keyrings/debian-archive-keyring.gpg";
const LIBRARIES = "usr/lib/x86_64-linux-gnu";
const folder = path.join(repository, "dist/bench/criu");

/** Its output, or undefined when it fails. */
function output(command: readonly string[]): string | undefined {
  const [program = "", ...args] = command;
  const { status, stdout } = spawnSync(program, args, { encoding: "utf8" });
  return status === 0 ? stdout : undefined;
}

function tried(command: readonly string[]): CriuProgram | undefined {
  if (output([...command, "check"]) === undefined) return undefined;
  const version = /^Version: (.*)$/m.exec(output([...command, "--version"]) ?? "")?.[1] ?? "";
  return { command, version };
}

/** The address that this machine has Debian's packages from, if it has. */
function mirror(): string | undefined {
  const sites = output(["apt-get", "indextargets", "--format", "$(REPO_URI)"])?.split("\n") ?? [];
  return sites.find((site) => /\/debian\/?$/.test(site));
}

/** Downloads CRIU and all that it needs from a later Debian into folders of its own; installs nothing. */
function download(site: string): boolean {
  rmSync(folder, { recursive: true, force: true });
  for (const name of ["state/lists/partial", "cache/archives/partial", "unfinished"])
    mkdirSync(path.join(folder, name), { recursive: true });
  writeFileSync(path.join(folder, "status"), "");
  writeFileSync(path.join(folder, "sources.list"), `deb [signed-by=${KEYS}] ${site} ${LATER_SUITE} main\n`);
  const settings = {
    "Dir::State": path.join(folder, "state"),
    "Dir::State::status": path.join(folder, "status"),
    "Dir::Cache": path.join(folder, "cache"),
    "Dir::Etc::sourcelist": path.join(folder, "sources.list"),
    "Dir::Etc::sourceparts": "-",
    "APT::Sandbox::User": "root",
    "APT::Install-Recommends": "false",
  };
  const apt = ["apt-get", ...Object.entries(settings).flatMap(([name, value]) => ["-o", `${name}=${value}`])];
  if (output([...apt, "update"]) === undefined) return false;
  if (output([...apt, "install", "--yes", "--download-only", "criu"]) === undefined) return false;
  const archives = path.join(folder, "cache/archives");
  const isUnpacked = (name: string): boolean =>
    output(["dpkg", "-x", path.join(archives, name), path.join(folder, "unfinished")]) !== undefined;
  const packages = readdirSync(archives).filter((name) => name.endsWith(".deb"));
  if (!packages.every(isUnpacked)) return false;
  renameSync(path.join(folder, "unfinished"), path.join(folder, "root"));
  return true;
}

function later(): CriuProgram | undefined {
  const root = path.join(folder, "root");
  const program = path.join(root, "usr/sbin/criu");
  const site = existsSync(KEYS) ? mirror() : undefined;
  if (!existsSync(root) && (site === undefined || !download(site))) return undefined;
  const libraries = path.join(root, LIBRARIES);
  return tried([path.join(libraries, "ld-linux-x86-64.so.2"), "--library-path", libraries, program]);
}

/** A CRIU that passes its own check, or why there is none. */
export function findCriu(): CriuProgram | string {
  if (process.getuid?.() !== 0) return "CRIU needs root";
  return (
    tried(["criu"]) ??
    later() ??
    "CRIU does not run here: neither the installed one (package criu) nor a later Debian's passes `criu check`"
  );
}
