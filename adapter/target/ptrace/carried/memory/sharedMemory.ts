/**
 * Shared memory (mmap(2), MAP_SHARED; shmat(2)). A clone has the same memory and not a copy, so what is in it is kept
 * beside the checkpoint and written back. Also what the program may not write just now (mprotect(2)): it may have
 * another mapping of it, a descriptor, or give itself the access again.
 */
import { memoryAddress } from "../../../addresses";
import type { Fidelity } from "../../../checkpointer";
import { TargetError, type Mapping } from "../../../target";
import { mappingsOf, protectionOf, type FileMapping } from "../../mappings";
import type { RemoteThread } from "../../remote/remoteThread";
import { errorName, shim } from "../../shim";
import { NOTHING, type Carried, type Subject } from "../carried";
import { namelessFileOf } from "./namelessFiles";
import { distinct, isKernelObject, isMemoryOnly } from "./sharedMappings";

/** FP_AREA_SIZE and what a record has (native-shim/shim_memory.h). */
const RECORD_SIZE = 40;
const SAVED = 24;
const OTHERS = 32;

/** Bytes for one checkpoint. */
const LIMIT = 256 << 20;

const PAGE = 4096n;

const RESOURCE = "shared memory";

/** asm/unistd_64.h, mprotect(2). */
const SYS_MPROTECT = 10;
const READ_WRITE = 3;

function encode(mappings: readonly Mapping[]): Buffer {
  const records = Buffer.alloc(mappings.length * RECORD_SIZE);
  mappings.forEach(({ low, high, offset }, index) => {
    records.writeBigUInt64LE(low, index * RECORD_SIZE);
    records.writeBigUInt64LE(high, index * RECORD_SIZE + 8);
    records.writeBigUInt64LE(offset, index * RECORD_SIZE + 16);
  });
  return records;
}

class SharedMemory implements Carried {
  readonly reach = "shared";

  private constructor(
    private readonly store: number,
    private readonly areas: readonly Mapping[],
    private readonly records: Buffer,
  ) {}

  static of(subject: Subject): Carried {
    const { live } = subject;
    const areas = distinct(
      mappingsOf(subject).filter(
        (mapping) => mapping.permissions.endsWith("s") && !isKernelObject(mapping) && isMemoryOnly(mapping),
      ),
    ).flatMap((mapping) => withinFile(subject, mapping));
    if (areas.length === 0) return NOTHING;
    const records = encode(areas);
    const store = shim.saveShared(live.tid, live.siteRecord, records, areas.length, BigInt(LIMIT));
    live.wasCalled();
    if (store < 0) throw new TargetError(whyNotKept(store));
    return new SharedMemory(store, areas, records);
  }

  /** Bytes that are held. */
  get bytes(): number {
    return this.areas.reduce((sum, _, index) => sum + Math.max(this.saved(index), 0), 0);
  }

  restore(fresh: RemoteThread): void {
    const { siteRecord, tid } = fresh;
    const closed = this.areas.filter(({ permissions }) => !permissions.startsWith("rw"));
    // What cannot be made writable (mprotect(2), EACCES) is compared with what it should be.
    if (closed.length > 0) protect(fresh, closed, () => READ_WRITE);
    const result = shim.restoreShared(tid, siteRecord, this.store, this.records, this.areas.length);
    fresh.wasCalled();
    if (closed.length > 0) protect(fresh, closed, protectionOf);
    if (result < 0)
      throw new TargetError(`Shared memory could not be put back as it was (${errorName(result)}).`);
  }

  fidelity(): Fidelity[] {
    const kept = this.areas.filter((_, index) => this.saved(index) >= 0);
    const others = this.areas.reduce((sum, _, index) => sum + this.others(index), 0);
    const lines: Fidelity[] = [];
    if (kept.length > 0)
      lines.push({
        resource: RESOURCE,
        state: others > 0 ? "approximate" : "restored",
        detail:
          `${countOf(kept.length)}, ${kibibytes(this.bytes)}` +
          (others > 0 ? `; other processes that have it mapped go on, and see it go back` : ""),
      });
    this.areas.forEach((area, index) => {
      const saved = this.saved(index);
      if (saved < 0)
        lines.push({
          resource: RESOURCE,
          state: "notRestored",
          detail: `${area.path}: ${whyNotKept(saved)}`,
        });
    });
    return lines;
  }

  release(): void {
    shim.close(this.store);
  }

  private saved(index: number): number {
    return Number(this.records.readBigInt64LE(index * RECORD_SIZE + SAVED));
  }

  private others(index: number): number {
    return Number(this.records.readBigUInt64LE(index * RECORD_SIZE + OTHERS));
  }
}

/** What is mapped behind a file's end (SIGBUS, mmap(2)) is nothing. */
function withinFile(subject: Subject, mapping: FileMapping): Mapping[] {
  const { low, high, offset } = mapping;
  const size = namelessFileOf(subject, mapping)?.size;
  if (size === undefined) return [mapping];
  const end = low + (((size + PAGE - 1n) / PAGE) * PAGE - offset);
  if (end <= low) return [];
  return [end < high ? { ...mapping, high: memoryAddress(end) } : mapping];
}

function protect(
  fresh: RemoteThread,
  areas: readonly Mapping[],
  protection: (area: Mapping) => number,
): void {
  for (const area of areas) fresh.call(SYS_MPROTECT, area.low, area.high - area.low, protection(area));
}

function countOf(areas: number): string {
  return `${areas} ${areas === 1 ? "area" : "areas"}`;
}

function kibibytes(bytes: number): string {
  return `${Math.ceil(bytes / 1024)} KiB`;
}

function whyNotKept(result: number): string {
  const error = errorName(result);
  if (error === "EFBIG") return `more than the ${LIMIT >> 20} MiB of shared memory that a checkpoint keeps`;
  if (error === "EMFILE" || error === "ENFILE")
    return "the debugger has as many open files as it may (ulimit -n); delete checkpoints";
  if (error === "ENOMEM") return "there is not enough memory for a copy";
  return `it cannot be read (${error})`;
}

/** Reads the shared memory of the program. Throws TargetError when nothing could be kept. */
export function carrySharedMemory(subject: Subject): Carried {
  return SharedMemory.of(subject);
}
