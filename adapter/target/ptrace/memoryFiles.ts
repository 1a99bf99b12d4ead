/**
 * Contents of files that are memory and have no name (memfd_create(2)), where the program has them open and not mapped:
 * nobody can find them but those that it gave them to, so they are kept as shared memory is.
 */
import { TargetError, type Fidelity } from "../target";
import { NOTHING, type Carried, type Subject } from "./carried";
import { counted, FileFormat, type Descriptor } from "./descriptors";
import { ofFileSystem } from "./fileSystems";
import { keyOf } from "./holders";
import { readMappings } from "./mappings";
import { linkOf } from "./openFiles";
import { errorName, shim } from "./shim";

/** open(2). */
const ACCESS = 3;
/** Bytes of one file, and of all of a session. */
const FILE_LIMIT = 64 << 20;
const TOTAL_LIMIT = 256 << 20;

let held = 0;

interface Kept {
  readonly number: number;
  /** Descriptor of the adapter's; -errno: it is not kept. */
  readonly store: number;
  readonly size: number;
}

/** Memory files that are open for writing, each once. */
interface MemoryFiles {
  readonly all: readonly Descriptor[];
  /** The others are shared memory (sharedMemory.ts). */
  readonly unmapped: readonly Descriptor[];
}

const found = new WeakMap<Subject, MemoryFiles>();

/** Those of the program, looked at once. */
export function memoryFilesOf(subject: Subject): MemoryFiles {
  const files = found.get(subject) ?? lookFor(subject);
  found.set(subject, files);
  return files;
}

function lookFor({ copy, descriptors, live, memory: { shared } }: Subject): MemoryFiles {
  const writable = ofFileSystem(copy, descriptors.ofFormat(FileFormat.regular), "memory")
    .filter(({ flags }) => (flags & ACCESS) !== 0)
    .filter(({ number }) => linkOf(copy, number).startsWith("/memfd:"));
  const all = [...new Map(writable.map((file) => [keyOf(file), file])).values()];
  const isMapped = all.length > 0 && shared > 0;
  const mapped = new Set(isMapped ? readMappings(live.tid).flatMap(inodeOfMemory) : []);
  return { all, unmapped: all.filter(({ inode }) => !mapped.has(Number(inode))) };
}

function inodeOfMemory({ permissions, path, inode }: ReturnType<typeof readMappings>[number]): number[] {
  return permissions.endsWith("s") && path.startsWith("/memfd:") ? [inode] : [];
}

/** Copies what is in them. */
export function carryMemoryFiles(subject: Subject): Carried {
  const { unmapped } = memoryFilesOf(subject);
  if (unmapped.length === 0) return NOTHING;
  const kept = unmapped.map((file) => keep(subject.copy, file));
  const stored = kept.filter(({ store }) => store >= 0);
  const bytes = stored.reduce((sum, { size }) => sum + size, 0);
  held += bytes;
  return {
    reach: "shared",
    bytes,
    restore: ({ processId }) => restore(processId, stored),
    fidelity: () => fidelity(kept, bytes),
    release: () => {
      held -= bytes;
      for (const { store } of stored) shim.close(store);
    },
  };
}

function keep(copy: number, { number }: Descriptor): Kept {
  const size = Buffer.alloc(8);
  const room = Math.min(FILE_LIMIT, TOTAL_LIMIT - held);
  // The folder: there is none in which blocks could be shared.
  const store = shim.copyFile(`/proc/${copy}/fd/${number}`, "/proc", BigInt(room), size);
  return { number, store, size: Number(size.readBigInt64LE(0)) };
}

function restore(processId: number, kept: readonly Kept[]): void {
  const failed = kept.flatMap(({ number, store }) => {
    const result = shim.writeFile(`/proc/${processId}/fd/${number}`, store);
    return result < 0 ? [`${number} (${errorName(result)})`] : [];
  });
  if (failed.length > 0)
    throw new TargetError(`What was in the memory files that are descriptors ${failed.join(", ")}.`);
}

function fidelity(kept: readonly Kept[], bytes: number): Fidelity[] {
  const lost = kept.filter(({ store }) => store < 0);
  const [first] = lost;
  const restored = kept.length - lost.length;
  const lines: Fidelity[] = [];
  if (restored > 0) {
    const detail = `what is in ${counted(restored, "memfd")} that is not mapped, ${Math.ceil(bytes / 1024)} KiB`;
    lines.push({ resource: "shared memory", state: "restored", detail });
  }
  if (first) {
    const detail = `what is in ${counted(lost.length, "memfd")} that is not mapped: ${whyLost(first.store)}`;
    lines.push({ resource: "shared memory", state: "notRestored", detail });
  }
  return lines;
}

function whyLost(result: number): string {
  return errorName(result) === "EFBIG"
    ? `more than the ${FILE_LIMIT >> 20} MiB each, ${TOTAL_LIMIT >> 20} MiB in all, that are kept`
    : `it cannot be read (${errorName(result)})`;
}
