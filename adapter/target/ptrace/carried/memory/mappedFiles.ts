/**
 * Regular files that are mapped shared, to be written (mmap(2), MAP_SHARED). What is in such a mapping is the file's contents: all copies
 * see the same. It is kept beside the checkpoint. Into a file with a name it is written back only after that was told.
 */
import type { Fidelity, FileChange } from "../../../checkpointer";
import { TargetError, type Mapping } from "../../../target";
import { mappingsOf, type FileMapping } from "../../mappings";
import type { RemoteThread } from "../../remote/remoteThread";
import { errorName, shim } from "../../shim";
import { NOTHING, type Carried, type Subject } from "../carried";
import { counted } from "../files/descriptors";
import { namelessFileOf } from "./namelessFiles";
import { distinct, isKernelObject, isMemoryOnly } from "./sharedMappings";

/** FP_AREA_SIZE and what a record has (native-shim/shim_memory.h). */
const RECORD_SIZE = 40;
const SAVED = 24;
const DIFFERING = 32;

/** Bytes for one checkpoint, and for all of a session. */
const LIMIT = 64 << 20;
const TOTAL_LIMIT = 512 << 20;

const RESOURCE = "mapped files";
const DELETED = / \(deleted\)$/;

let held = 0;

/** An area with its record. */
interface Area {
  readonly path: string;
  /** Others can find the file. */
  readonly named: boolean;
  readonly record: Buffer;
}

function savedOf({ record }: Area): number {
  return Number(record.readBigInt64LE(SAVED));
}

function areaOf({ path, low, high }: Mapping): Area {
  const record = Buffer.alloc(RECORD_SIZE);
  record.writeBigUInt64LE(low, 0);
  record.writeBigUInt64LE(high, 8);
  return { path, named: !DELETED.test(path), record };
}

class MappedFiles implements Carried {
  readonly reach = "shared";
  readonly bytes: number;

  private constructor(
    private readonly copy: number,
    private readonly store: number,
    private readonly areas: readonly Area[],
  ) {
    this.bytes = areas.reduce((sum, area) => sum + Math.max(savedOf(area), 0), 0);
    held += this.bytes;
  }

  static of(subject: Subject): Carried {
    const { live, copy } = subject;
    const isOf = (mapping: FileMapping): boolean =>
      isMappedFile(mapping) && namelessFileOf(subject, mapping)?.place === undefined;
    const mappings = distinct(mappingsOf(subject).filter(isOf));
    if (mappings.length === 0) return NOTHING;
    const areas = mappings.map(areaOf);
    const records = Buffer.concat(areas.map(({ record }) => record));
    const room = Math.min(LIMIT, TOTAL_LIMIT - held);
    const store = shim.saveMapped(live.tid, records, areas.length, BigInt(room));
    if (store < 0) throw new TargetError(whyNotKept(store));
    areas.forEach(({ record }, index) => records.copy(record, 0, index * RECORD_SIZE));
    return new MappedFiles(copy, store, areas);
  }

  /** Of files that nobody else can find. */
  restore(fresh: RemoteThread): void {
    const nameless = this.kept.filter(({ named }) => !named);
    this.putBack(fresh.processId, nameless);
  }

  /** The copy has the same mappings as the program had. */
  fileChanges(): FileChange[] {
    const named = this.kept.filter((area) => area.named);
    const differing = this.goThrough(this.copy, named, false).areas.filter(
      ({ record }) => record.readBigUInt64LE(DIFFERING) > 0n,
    );
    return [...new Set(differing.map(({ path }) => path))].map((path) => ({ path, action: "write" }));
  }

  writeFiles(fresh: RemoteThread, changes: readonly FileChange[]): void {
    const told = new Set(changes.filter(({ action }) => action === "write").map(({ path }) => path));
    const areas = this.kept.filter(({ named, path }) => named && told.has(path));
    this.putBack(fresh.processId, areas);
  }

  fidelity(): Fidelity[] {
    const named = new Set(this.kept.filter((area) => area.named).map(({ path }) => path));
    const nameless = this.kept.filter((area) => !area.named).length;
    const left = this.areas.filter((area) => savedOf(area) < 0);
    const lines: Fidelity[] = [];
    if (named.size > 0) {
      const detail = `written back at a restart, if you let it: ${[...named].join(", ")}`;
      lines.push({ resource: RESOURCE, state: "restored", detail });
    }
    if (nameless > 0) {
      const detail = `${counted(nameless, "area")} of files without a name; others that have them mapped see them go back`;
      lines.push({ resource: RESOURCE, state: "restored", detail });
    }
    for (const area of left) {
      const detail = `${area.path}: ${whyNotKept(savedOf(area))}`;
      lines.push({ resource: RESOURCE, state: "notRestored", detail });
    }
    return lines;
  }

  release(): void {
    held -= this.bytes;
    shim.close(this.store);
  }

  private get kept(): readonly Area[] {
    return this.areas.filter((area) => savedOf(area) >= 0);
  }

  private putBack(processId: number, areas: readonly Area[]): void {
    const { result } = this.goThrough(processId, areas, true);
    if (result >= 0) return;
    const names = [...new Set(areas.map(({ path }) => path))].join(", ");
    const why = /^(EIO|EFAULT)$/.test(errorName(result)) ? "it has become shorter since" : errorName(result);
    throw new TargetError(`Not all of ${names} could be put back (${why}).`);
  }

  /** Compares areas of a process with what is kept of them, and with `write` puts that back. Gives their records. */
  private goThrough(
    processId: number,
    areas: readonly Area[],
    write: boolean,
  ): { readonly result: number; readonly areas: readonly Area[] } {
    if (areas.length === 0) return { result: 0, areas };
    const records = Buffer.concat(areas.map(({ record }) => record));
    const result = shim.restoreMapped(processId, this.store, records, areas.length, write ? 1 : 0);
    const looked = areas.map(({ path, named }, index) => {
      return { path, named, record: records.subarray(index * RECORD_SIZE, (index + 1) * RECORD_SIZE) };
    });
    return { result, areas: looked };
  }
}

function isMappedFile(mapping: Mapping): boolean {
  return /^.w.s/.test(mapping.permissions) && !isKernelObject(mapping) && !isMemoryOnly(mapping);
}

function whyNotKept(result: number): string {
  const error = errorName(result);
  if (error === "EFBIG")
    return `larger than what is kept of mapped files (${LIMIT >> 20} MiB a checkpoint, ${TOTAL_LIMIT >> 20} MiB in all); what is written into it stays`;
  return `it cannot be read (${error}); what is written into it stays`;
}

/** Reads the files that the program has mapped. Throws TargetError when nothing could be kept. */
export function carryMappedFiles(subject: Subject): Carried {
  return MappedFiles.of(subject);
}
