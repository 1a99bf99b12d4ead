/**
 * The program's files that are memory and have no name (memfd_create(2); shm_open(3) and shm_unlink(3); O_TMPFILE): those that it has
 * open for writing, and those that it has mapped shared. Nobody finds them but those that it gave them to.
 */
import { accessSync, constants, statSync } from "node:fs";
import { deviceOf, mappingsOf, type FileMapping } from "../../mappings";
import type { Subject } from "../carried";
import { keyOf } from "../connections/holders";
import { FileFormat, type Descriptor } from "../files/descriptors";
import { fileSystemOf, ofFileSystem } from "../files/fileSystems";
import { looksNameless } from "./sharedMappings";

/** open(2). */
const ACCESS = 3;

export interface NamelessFile {
  /** As keyOf gives it. */
  readonly key: string;
  /** Where it is below /proc/PID, in the program and in all copies; undefined: it cannot be opened. */
  readonly place: string | undefined;
  /** The program has it open for writing. */
  readonly isOpen: boolean;
  /** Bytes; undefined: that cannot be told. */
  readonly size: bigint | undefined;
  readonly mappings: readonly FileMapping[];
}

/** A file that may be one of them. */
interface Candidate {
  readonly mappings: FileMapping[];
  descriptor: Descriptor | undefined;
}

type ByKey = ReadonlyMap<string, NamelessFile>;

const none: ByKey = new Map();
const found = new WeakMap<Subject, ByKey>();

/** Those of the program, looked at once, each once. */
export function namelessFilesOf(subject: Subject): readonly NamelessFile[] {
  return [...byKey(subject).values()];
}

function byKey(subject: Subject): ByKey {
  const files = found.get(subject) ?? lookFor(subject);
  found.set(subject, files);
  return files;
}

/** The one that a mapping is of. */
export function namelessFileOf(subject: Subject, mapping: FileMapping): NamelessFile | undefined {
  const files = byKey(subject);
  return files.size === 0 ? undefined : files.get(keyOfMapping(mapping));
}

function lookFor(subject: Subject): ByKey {
  const { copy, descriptors, live, memory } = subject;
  const inMemory = ofFileSystem(copy, descriptors.ofFormat(FileFormat.regular), "memory");
  const mapped = memory.shared === 0 ? [] : mappingsOf(subject).filter(looksNameless);
  if (inMemory.length === 0 && mapped.length === 0) return none;
  const candidates = candidatesOf(inMemory, mapped);
  const files = [...candidates].flatMap(([key, { descriptor, mappings }]) =>
    descriptor ? openFile(copy, key, descriptor, mappings) : onlyMapped(live.processId, key, mappings),
  );
  return new Map(files.map((file) => [file.key, file]));
}

function candidatesOf(
  inMemory: readonly Descriptor[],
  mapped: readonly FileMapping[],
): Map<string, Candidate> {
  const candidates = new Map<string, Candidate>();
  for (const mapping of mapped) {
    const key = keyOfMapping(mapping);
    const known = candidates.get(key);
    if (known) known.mappings.push(mapping);
    else candidates.set(key, { mappings: [mapping], descriptor: undefined });
  }
  for (const descriptor of inMemory) {
    const key = keyOf(descriptor);
    const known = candidates.get(key);
    if (known === undefined && isWritable(descriptor)) candidates.set(key, { mappings: [], descriptor });
    // One that is open for writing goes before others.
    if (known && (known.descriptor === undefined || !isWritable(known.descriptor)))
      known.descriptor = isWritable(descriptor) ? descriptor : (known.descriptor ?? descriptor);
  }
  return candidates;
}

function openFile(
  copy: number,
  key: string,
  descriptor: Descriptor,
  mappings: readonly FileMapping[],
): NamelessFile[] {
  const place = `fd/${descriptor.number}`;
  const path = `/proc/${copy}/${place}`;
  const size = sizeOf(path);
  if (size === undefined) return [];
  const isOpen = isWritable(descriptor);
  return [{ key, place: canBeOpened(path) ? place : undefined, isOpen, size, mappings }];
}

/** Takes CAP_CHECKPOINT_RESTORE to be reached (proc(5), map_files). */
function onlyMapped(processId: number, key: string, mappings: readonly FileMapping[]): NamelessFile[] {
  const [first] = mappings;
  if (first === undefined) return [];
  const place = `map_files/${first.low.toString(16)}-${first.high.toString(16)}`;
  const path = `/proc/${processId}/${place}`;
  const fileSystem = fileSystemOf(deviceOf(first), path);
  const size = fileSystem === "memory" ? sizeOf(path) : undefined;
  if (size !== undefined && canBeOpened(path)) return [{ key, place, isOpen: false, size, mappings }];
  const isMemory = fileSystem !== "disk" && /^\/(memfd:|dev\/shm\/)/.test(first.path);
  return isMemory ? [{ key, place: undefined, isOpen: false, size, mappings }] : [];
}

/** Undefined: it has a name, or cannot be looked at. */
function sizeOf(path: string): bigint | undefined {
  try {
    const { nlink, size } = statSync(path, { bigint: true });
    return nlink === 0n ? size : undefined;
  } catch {
    return undefined;
  }
}

function canBeOpened(path: string): boolean {
  try {
    accessSync(path, constants.R_OK | constants.W_OK);
    return true;
  } catch {
    return false;
  }
}

function isWritable({ flags }: Descriptor): boolean {
  return (flags & ACCESS) !== 0;
}

function keyOfMapping(mapping: FileMapping): string {
  return keyOf({ device: deviceOf(mapping), inode: BigInt(mapping.inode) });
}
