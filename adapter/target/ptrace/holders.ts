/** Who holds the program's pipes and sockets beside the program: its children, and its frozen copies. */
import { readFileSync, readdirSync, statSync } from "node:fs";
import type { Subject } from "./carried";
import { FileFormat, type Descriptor } from "./descriptors";

const FORMAT = BigInt(0o170000);

/** Names a pipe or a socket. */
export function keyOf({ device, inode }: Pick<Descriptor, "device" | "inode">): string {
  return `${device}:${inode}`;
}

const known = new WeakMap<Subject, ReadonlyMap<string, number>>();

/** The pipes and sockets that live descendants of the program hold: key to the process that does. */
export function heldByDescendants(subject: Subject): ReadonlyMap<string, number> {
  const held = known.get(subject) ?? lookAtDescendants(subject.live.processId);
  known.set(subject, held);
  return held;
}

function lookAtDescendants(processId: number): Map<string, number> {
  const held = new Map<string, number>();
  for (const child of descendants(processId))
    for (const number of listed(`/proc/${child}/fd`)) {
      const key = keyOfOpen(child, number);
      if (key !== undefined) held.set(key, child);
    }
  return held;
}

/** The children of all threads of a process (proc(5), children). */
export function childrenOf(processId: number): number[] {
  const children = listed(`/proc/${processId}/task`).flatMap((task) => {
    try {
      return readFileSync(`/proc/${processId}/task/${task}/children`, "latin1").trim().split(" ");
    } catch {
      return [];
    }
  });
  return children.filter((child) => child !== "").map(Number);
}

function descendants(processId: number): number[] {
  return childrenOf(processId).flatMap((child) => [child, ...descendants(child)]);
}

function listed(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    // Ended meanwhile.
    return [];
  }
}

function keyOfOpen(processId: number, number: string): string | undefined {
  try {
    const { mode, dev, ino } = statSync(`/proc/${processId}/fd/${number}`, { bigint: true });
    const format = Number(mode & FORMAT);
    if (format !== FileFormat.pipe && format !== FileFormat.socket) return undefined;
    return keyOf({ device: dev, inode: ino });
  } catch {
    return undefined;
  }
}
