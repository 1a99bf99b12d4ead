/**
 * Whether a copy of a program fits under the memory limits of the control groups that it is in (cgroups(7)). Where one is reached, the kernel
 * does not refuse to clone: it kills a process of the group, mostly the program.
 */
import { readFileSync } from "node:fs";
import path from "node:path";

const MOUNT = "/sys/fs/cgroup";
/** How long an answer that there is no limit holds (milliseconds): to ask takes longer than half of a copy. */
const NO_LIMIT_HOLDS = 60_000;
/** Of a copy, beside its page tables: kernel stacks, descriptions of areas and of open files. */
const FIXED = 256 << 10;

/** The files of one version of control groups. */
interface Version {
  /** Below where groups are mounted. */
  readonly base: string;
  readonly limit: string;
  readonly usage: string;
  /** Fields of memory.stat: what can be had back. */
  readonly cache: RegExp;
}

const versions: Readonly<Record<string, Version>> = {
  memory: {
    base: "memory",
    limit: "memory.limit_in_bytes",
    usage: "memory.usage_in_bytes",
    cache: /^total_(?:in)?active_file (\d+)$/gm,
  },
  "": {
    base: "",
    limit: "memory.max",
    usage: "memory.current",
    cache: /^(?:in)?active_file (\d+)$/gm,
  },
};
/** What the first version says where there is no limit: about LONG_MAX. */
const NO_LIMIT = 2 ** 62;

let noLimitUntil = 0;

function read(file: string): string {
  try {
    return readFileSync(file, "latin1");
  } catch {
    return "";
  }
}

/** A group and those that it is in, the outermost last. */
function ancestry(group: string): string[] {
  return group === "/" ? ["/"] : [group, ...ancestry(path.dirname(group))];
}

function roomIn(folder: string, { limit, usage, cache }: Version): number | undefined {
  const most = Number(read(path.join(folder, limit)).trim() || NaN);
  if (Number.isNaN(most) || most > NO_LIMIT) return undefined;
  const used = Number(read(path.join(folder, usage)));
  const stat = read(path.join(folder, "memory.stat"));
  return [...stat.matchAll(cache)].reduce((room, [, bytes]) => room + Number(bytes), most - used);
}

/**
 * The bytes that a process's groups leave; undefined: they have no limit. `groups`: its /proc/PID/cgroup (cgroups(7)); `mount`: where
 * they are mounted.
 */
export function roomLeftBy(groups: string, mount = MOUNT): number | undefined {
  const rooms = groups
    .split("\n")
    .flatMap((line) => {
      const [, controllers = "-", group = "/"] = /^\d+:([^:]*):(\/.*)$/.exec(line) ?? [];
      const name = controllers.split(",").includes("memory") ? "memory" : controllers;
      const version = versions[name];
      if (version === undefined) return [];
      return ancestry(group).map((each) => roomIn(path.join(mount, version.base, each), version));
    })
    .filter((each) => each !== undefined);
  return rooms.length === 0 ? undefined : Math.min(...rooms);
}

/** Page tables, of which a clone gets its own. */
function bytesToCopy(processId: number): number {
  const [, kibibytes = "0"] = /^VmPTE:\s+(\d+)/m.exec(read(`/proc/${processId}/status`)) ?? [];
  return FIXED + 1024 * Number(kibibytes);
}

/** Whether there is room for a clone of a process, as far as that can be told. */
export function fitsIntoMemory(processId: number): boolean {
  if (Date.now() < noLimitUntil) return true;
  const left = roomLeftBy(read(`/proc/${processId}/cgroup`));
  if (left !== undefined) return left >= bytesToCopy(processId);
  noLimitUntil = Date.now() + NO_LIMIT_HOLDS;
  return true;
}
