/** Contents, size and existence of regular files that the program has open for writing, as they were. */
import { readlinkSync, statSync, unlinkSync, type BigIntStats } from "node:fs";
import path from "node:path";
import type { Fidelity, FileChange } from "../../../checkpointer";
import { TargetError } from "../../../target";
import type { RemoteThread } from "../../remote/remoteThread";
import { reopenFile } from "../../remote/reopening";
import { errorName, shim } from "../../shim";
import type { Carried, Subject } from "../carried";
import { keyOf } from "../connections/holders";
import { namelessFilesOf } from "../memory/namelessFiles";
import { counted, FileFormat, type Descriptor } from "./descriptors";
import { withContents } from "./fileSystems";
import { filesOpenForWriting, type WritableFile } from "./filesOpenForWriting";

/** open(2). */
const ACCESS = 3;
/** Of copies in memory: of one, and of all of a session. */
const FILE_LIMIT = 64 << 20;
const TOTAL_LIMIT = 512 << 20;
/** Times of files go by a coarse clock: a change this soon after another may not show (nanoseconds). */
const COARSE = 20_000_000n;

const NAMES_SHOWN = 20;

let heldInMemory = 0;

/** Files that were made again after they had been removed, each with the first of its line. */
const lines = new Map<string, string>();

interface KeptFile {
  /** As /proc/PID/fd has it: with `(deleted)` behind it where that name was no longer the file's. */
  readonly path: string;
  readonly name: string;
  readonly named: boolean;
  readonly descriptors: readonly Descriptor[];
  /** When it had those contents, and when that was looked at (nanoseconds since the epoch). */
  status: BigIntStats;
  seenAt: bigint;
  /** Descriptor of the adapter's: what was in it; negative: that is another carrier's (memoryFiles.ts). */
  readonly copy: number;
  /** The adapter's memory that it takes. */
  readonly held: number;
}

/** Carrier of the contents of files, where they are to be kept. */
export function carryFileContents(subject: Subject): Carried {
  return FileContents.of(subject);
}

/** What is kept of files beside one frozen copy. */
class FileContents implements Carried {
  readonly reach = "shared";
  private constructor(
    private readonly copy: number,
    private readonly files: readonly KeptFile[],
    private readonly known: ReadonlySet<string>,
    private readonly leftOut: ReadonlyMap<string, readonly string[]>,
    private readonly madeAt: bigint,
  ) {}

  /** Of what a frozen copy has open. */
  static of(subject: Subject): FileContents {
    const { copy, descriptors } = subject;
    const nameless = new Set(namelessFilesOf(subject).map(({ key }) => key));
    const files: KeptFile[] = [];
    const leftOut = new Map<string, string[]>();
    const regular = withContents(copy, descriptors.ofFormat(FileFormat.regular));
    for (const group of groupByFile(regular.filter(({ flags }) => (flags & ACCESS) !== 0))) {
      const kept = keep(copy, group, nameless);
      if (kept === undefined) continue;
      if ("why" in kept) leftOut.set(kept.why, [...(leftOut.get(kept.why) ?? []), kept.path]);
      else files.push(kept);
    }
    return new FileContents(copy, files, new Set(regular.map(keyOf)), leftOut, currentTime());
  }

  /** Nothing is done to files but what was told of before. */
  restore(): void {
    return;
  }

  fileChanges(liveId: number): FileChange[] {
    const kept = this.files.flatMap((file): FileChange[] => {
      const named = statusOf(file.name);
      if (file.named && named === undefined) return [{ path: file.path, action: "create" }];
      const now = file.named ? named : statusOf(pathIn(this.copy, file));
      const reappeared = !file.named && named !== undefined && isSameLine(named, file.status);
      return [
        ...(reappeared ? [{ path: file.name, action: "remove" as const }] : []),
        ...(file.copy < 0 || isUnchanged(file, now) ? [] : [{ path: file.path, action: "write" as const }]),
      ];
    });
    const created = liveId === 0 ? [] : filesOpenForWriting(liveId).filter((file) => this.isNew(file));
    return [...kept, ...created.map(({ path: name }) => ({ path: name, action: "remove" as const }))];
  }

  writeFiles(fresh: RemoteThread, changes: readonly FileChange[]): void {
    const failed: string[] = [];
    for (const change of changes)
      try {
        this.apply(fresh, change);
      } catch (error) {
        if (!(error instanceof TargetError)) throw error;
        failed.push(error.message);
      }
    this.reopenSuccessors(fresh, failed);
    if (failed.length > 0) throw new TargetError(failed.join(" "));
  }

  fidelity(): Fidelity[] {
    const kept = this.files.filter(({ copy }) => copy >= 0);
    const detail = `written back at a restart, if you let it: ${listed(kept.map((file) => file.path))}`;
    return [
      ...(kept.length > 0 ? [{ resource: "file contents", state: "restored" as const, detail }] : []),
      ...[...this.leftOut].map(([why, paths]) => ({
        resource: "file contents",
        state: "notRestored" as const,
        detail: `${counted(paths.length, "file")} ${why}: ${listed(paths)}`,
      })),
    ];
  }

  release(): void {
    for (const { copy, held } of this.files) {
      if (copy >= 0) shim.close(copy);
      heldInMemory -= held;
    }
  }

  /** What was made again in the place of one of these is not. */
  private isNew({ path: name, key, createdAt }: WritableFile): boolean {
    const isKnown = this.known.has(key) || this.files.some((file) => file.name === name);
    return !isKnown && createdAt > this.madeAt;
  }

  private apply(fresh: RemoteThread, { path: name, action }: FileChange): void {
    if (action === "remove") {
      removeFile(name);
      return;
    }
    const file = this.files.find((kept) => kept.path === name);
    if (file === undefined) return;
    if (action === "create") createAgain(file);
    const now = file.named ? statusOf(name) : undefined;
    if (now !== undefined && !isSameLine(now, file.status))
      throw new TargetError(`${name}: another file has that name now; it is left as it is.`);
    const target = now === undefined ? pathIn(fresh.processId, file) : name;
    const result = shim.writeFile(target, file.copy);
    if (result < 0) throw new TargetError(`${name} could not be written back (${errorName(result)}).`);
    file.status = statusOf(target) ?? file.status;
    file.seenAt = currentTime();
  }

  /** The program's descriptors are of the file that was removed. */
  private reopenSuccessors(fresh: RemoteThread, failed: string[]): void {
    for (const file of this.files) {
      const now = file.named ? statusOf(file.name) : undefined;
      const own = statusOf(pathIn(fresh.processId, file));
      if (now === undefined || own === undefined || identityOf(now) === identityOf(own)) continue;
      if (isSameLine(now, own) && !reopenFile(fresh, file.name, file.descriptors))
        failed.push(`${file.name} could not be opened again by the program.`);
    }
  }
}

/** Some by name, the others by their number. */
function listed(paths: readonly string[]): string {
  const more = paths.length - NAMES_SHOWN;
  return paths.slice(0, NAMES_SHOWN).join(", ") + (more > 0 ? ` and ${more} more` : "");
}

function groupByFile(descriptors: readonly Descriptor[]): Descriptor[][] {
  const groups = new Map<string, Descriptor[]>();
  for (const descriptor of descriptors) {
    const key = keyOf(descriptor);
    groups.set(key, [...(groups.get(key) ?? []), descriptor]);
  }
  return [...groups.values()];
}

/** Undefined: it is no file of a file system (memfd_create(2), pidfd_open(2)). */
function keep(
  copy: number,
  descriptors: readonly Descriptor[],
  nameless: ReadonlySet<string>,
): KeptFile | { readonly path: string; readonly why: string } | undefined {
  const [first] = descriptors;
  if (first === undefined) return undefined;
  const open = `/proc/${copy}/fd/${first.number}`;
  const link = readlinkSync(open);
  const isNameless = nameless.has(keyOf(first));
  if (!link.startsWith("/") || (link.startsWith("/memfd:") && isNameless)) return undefined;
  if (link.startsWith("/memfd:")) return { path: link, why: "in huge pages (MFD_HUGETLB)" };
  const status = statusOf(open);
  if (status === undefined) return undefined;
  const name = link.replace(/ \(deleted\)$/, "");
  const now = statusOf(name);
  const named = now !== undefined && identityOf(now) === identityOf(status);
  const room = Math.min(FILE_LIMIT, TOTAL_LIMIT - heldInMemory);
  const held = Buffer.alloc(8);
  const kept = isNameless ? -1 : shim.copyFile(open, path.dirname(name), BigInt(room), held);
  if (kept < 0 && !isNameless) return { path: name, why: whyLeftOut(kept) };
  heldInMemory += Number(held.readBigInt64LE(0));
  const size = Number(held.readBigInt64LE(0));
  return {
    path: named ? name : link,
    name,
    named,
    descriptors,
    status,
    seenAt: currentTime(),
    copy: kept,
    held: size,
  };
}

function whyLeftOut(result: number): string {
  const tooLarge = `too large to be kept (${FILE_LIMIT >> 20} MiB each, ${TOTAL_LIMIT >> 20} MiB in all)`;
  return errorName(result) === "EFBIG" ? tooLarge : `that cannot be read (${errorName(result)})`;
}

/** Nanoseconds since the epoch. */
function currentTime(): bigint {
  return BigInt(Date.now()) * 1_000_000n;
}

function statusOf(name: string): BigIntStats | undefined {
  try {
    return statSync(name, { bigint: true, throwIfNoEntry: false });
  } catch {
    return undefined;
  }
}

/** Numbers of inodes are used again. */
function identityOf({ dev, ino, birthtimeNs }: BigIntStats): string {
  return `${dev}:${ino}:${birthtimeNs}`;
}

/** Whether one was made again in the place of the other, or both in that of a third. */
function isSameLine(one: BigIntStats, other: BigIntStats): boolean {
  const [first, second] = [one, other].map(identityOf).map((identity) => lines.get(identity) ?? identity);
  return first === second;
}

/** The file as a process has it. */
function pathIn(processId: number, { descriptors: [first] }: KeptFile): string {
  return `/proc/${processId}/fd/${first?.number ?? -1}`;
}

function isUnchanged({ status, seenAt }: KeptFile, now: BigIntStats | undefined): boolean {
  return (
    now !== undefined &&
    identityOf(now) === identityOf(status) &&
    now.size === status.size &&
    now.mtimeNs === status.mtimeNs &&
    now.ctimeNs === status.ctimeNs &&
    status.ctimeNs + COARSE < seenAt
  );
}

function removeFile(name: string): void {
  try {
    unlinkSync(name);
  } catch (error) {
    throw new TargetError(`${name} could not be removed (${error instanceof Error ? error.message : ""}).`);
  }
}

/** A file without a name cannot be given one again (linkat(2)): another one takes its place. */
function createAgain({ name, copy, status }: KeptFile): void {
  const { mode, uid, gid } = status;
  const result = shim.createFile(name, copy, Number(mode) & 0o7777, Number(uid), Number(gid));
  if (result < 0) throw new TargetError(`${name} could not be made again (${errorName(result)}).`);
  const made = statusOf(name);
  const identity = identityOf(status);
  if (made !== undefined) lines.set(identityOf(made), lines.get(identity) ?? identity);
}
