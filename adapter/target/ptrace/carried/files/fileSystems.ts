/** What kind of file system a descriptor's file is of (statfs(2)): of some, files are the face of something in the kernel. */
import { statfsSync } from "node:fs";
import type { Descriptor } from "./descriptors";

/**
 * disk: files with contents; memory: the same, some of them without a name (memfd_create(2)); proc: of processes
 * (proc(5)); queue: message queues (mq_overview(7)); secret: memfd_secret(2); kernel: settings and the like.
 */
export type FileSystem = "disk" | "memory" | "proc" | "queue" | "secret" | "kernel";

/** linux/magic.h: tmpfs; proc; mqueue; secretmem; sysfs, cgroup, cgroup2, tracefs, debugfs, securityfs, bpf, configfs, selinux, efivarfs. */
const magic: ReadonlyMap<number, FileSystem> = new Map([
  [0x01021994, "memory"],
  [0x9fa0, "proc"],
  [0x19800202, "queue"],
  [0x5345434d, "secret"],
  [0x62656572, "kernel"],
  [0x27e0eb, "kernel"],
  [0x63677270, "kernel"],
  [0x74726163, "kernel"],
  [0x64626720, "kernel"],
  [0x73636673, "kernel"],
  [0xcafe4a11, "kernel"],
  [0x62656570, "kernel"],
  [0xf97cff8c, "kernel"],
  [0xde5e81e4, "kernel"],
]);

/** By device: programs have many files of few file systems. */
const known = new Map<bigint, FileSystem>();

const none: readonly Descriptor[] = [];
const grouped = new WeakMap<readonly Descriptor[], ReadonlyMap<FileSystem, readonly Descriptor[]>>();

/**
 * Those of a process's descriptors whose file is of a kind of file system, each group made once; what cannot be found out
 * counts as `disk`. `descriptors`: as Descriptors.ofFormat gives them.
 */
export function ofFileSystem(
  processId: number,
  descriptors: readonly Descriptor[],
  fileSystem: FileSystem,
): readonly Descriptor[] {
  const groups = grouped.get(descriptors) ?? group(processId, descriptors);
  grouped.set(descriptors, groups);
  return groups.get(fileSystem) ?? none;
}

function group(processId: number, descriptors: readonly Descriptor[]): Map<FileSystem, Descriptor[]> {
  const groups = new Map<FileSystem, Descriptor[]>();
  let device: bigint | undefined;
  let members: Descriptor[] = [];
  for (const descriptor of descriptors) {
    if (descriptor.device !== device) {
      device = descriptor.device;
      const fileSystem = known.get(device) ?? lookAt(device, `/proc/${processId}/fd/${descriptor.number}`);
      members = groups.get(fileSystem) ?? [];
      groups.set(fileSystem, members);
    }
    members.push(descriptor);
  }
  return groups;
}

/** Of a file by its path; undefined: that cannot be found out. */
export function fileSystemOf(device: bigint, path: string): FileSystem | undefined {
  const before = known.get(device);
  if (before) return before;
  const fileSystem = lookAt(device, path);
  return known.has(device) ? fileSystem : undefined;
}

/** Is remembered, unless it cannot be found out. */
function lookAt(device: bigint, path: string): FileSystem {
  try {
    const fileSystem = magic.get(statfsSync(path).type) ?? "disk";
    known.set(device, fileSystem);
    return fileSystem;
  } catch {
    return "disk";
  }
}

/** Those whose files have contents that could be kept, and are not a view into the kernel. */
export function withContents(processId: number, descriptors: readonly Descriptor[]): readonly Descriptor[] {
  const onDisk = ofFileSystem(processId, descriptors, "disk");
  const inMemory = ofFileSystem(processId, descriptors, "memory");
  return inMemory.length === 0 ? onDisk : [...onDisk, ...inMemory];
}
