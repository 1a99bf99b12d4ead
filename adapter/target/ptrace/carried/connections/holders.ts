/** Who holds the program's pipes and sockets beside the program: its children, and its frozen copies. */
import { readFileSync, readdirSync, readlinkSync, statSync } from "node:fs";
import { isOfTarget } from "../../forks/parentWait";
import { numberIn } from "../../procStatus";
import type { Subject } from "../carried";
import { FileFormat, type Descriptor } from "../files/descriptors";

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
  for (const child of relatives(processId)) for (const key of heldBy(child)) held.set(key, child);
  return held;
}

const ofParents = new WeakMap<Subject, ReadonlyMap<string, number>>();

/**
 * The pipes and sockets that the process has that started the program: key to that process; none where it was this one.
 */
export function heldByParent(subject: Subject): ReadonlyMap<string, number> {
  const known = ofParents.get(subject) ?? lookAtParent(subject.live.processId);
  ofParents.set(subject, known);
  return known;
}

function lookAtParent(processId: number): Map<string, number> {
  return new Map(parentsOf(processId).flatMap((parent) => heldBy(parent).map((key) => [key, parent])));
}

/** The process that started another one, unless that was this process, or it is gone. */
export function parentsOf(processId: number): number[] {
  const parent = Number(/\) \S+ (\d+)/.exec(statOf(processId))?.[1] ?? "0");
  return parent === process.pid || parent <= 1 ? [] : [parent];
}

/** /proc/PID/stat (proc(5)). */
function statOf(processId: number): string {
  try {
    const text = readFileSync(`/proc/${processId}/stat`, "latin1");
    // The name may have parentheses in it.
    return text.slice(text.lastIndexOf(")"));
  } catch {
    return "";
  }
}

function heldBy(processId: number): string[] {
  return listed(`/proc/${processId}/fd`).flatMap((number) => keyOfOpen(processId, number) ?? []);
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

/** What were descendants when a checkpoint was made: a restart leaves them without their parent. */
const former = new Set<number>();

/** The processes that have something from a program by fork(2): its descendants, and those of what it was before a restart. */
export function relatives(processId: number): number[] {
  const now = descendants(processId);
  const orphans = [...former].filter((one) => one !== processId && !now.includes(one) && isForeign(one));
  for (const one of now) former.add(one);
  return [...now, ...orphans];
}

/** Whether a process is there, and no copy of one. */
function isForeign(processId: number): boolean {
  const tracer = numberIn(processId, "TracerPid");
  if (tracer === undefined) former.delete(processId);
  return (tracer ?? process.pid) !== process.pid || isOfTarget(processId);
}

function descendants(processId: number): number[] {
  return childrenOf(processId).flatMap((child) => [child, ...descendants(child)]);
}

/** The descriptors of a process whose links in /proc/PID/fd (proc(5)) are some; none when it is gone. */
export function descriptorsLinkedTo(processId: number, links: ReadonlySet<string>): number[] {
  const folder = `/proc/${processId}/fd`;
  return listed(folder)
    .filter((number) => links.has(linkOf(`${folder}/${number}`)))
    .map(Number);
}

function linkOf(path: string): string {
  try {
    return readlinkSync(path);
  } catch {
    return "";
  }
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
