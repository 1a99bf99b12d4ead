/**
 * Size and contents of files that are memory and have no name (namelessFiles.ts). What is mapped of them is shared memory
 * (sharedMemory.ts), which is put back behind them: a mapping may reach beyond the end that the file has now.
 */
import type { Fidelity } from "../../../checkpointer";
import { TargetError } from "../../../target";
import type { FileMapping } from "../../mappings";
import { errorName, shim } from "../../shim";
import { NOTHING, type Carried, type Subject } from "../carried";
import { counted } from "../files/descriptors";
import { namelessFilesOf, type NamelessFile } from "./namelessFiles";
import { isMemoryOnly } from "./sharedMappings";

/** FP_MEMORY_FILE_SIZE and what a record has (native-shim/shim_files.h). */
const RECORD_SIZE = 24;
const BYTES = 8;
const SEALS = 16;
/** fcntl(2), F_SEAL_SEAL: no more seals can be set. F_SEAL_SHRINK, F_SEAL_GROW and F_SEAL_WRITE: nothing can change. */
const SEALED = 1;
const UNCHANGING = 14;

const RANGE_SIZE = 16;

/** Bytes of one file, and of all of a session. */
const FILE_LIMIT = 64 << 20;
const TOTAL_LIMIT = 256 << 20;

const RESOURCE = "memory files";
const KIND = "file without a name (memfd, unlinked)";
const KINDS = "files without a name (memfd, unlinked)";

let held = 0;

interface Kept {
  readonly place: string;
  readonly name: string;
  /** Descriptor of the adapter's; negative: there is nothing in it, or the -errno with which nothing is kept. */
  readonly store: number;
  readonly record: Buffer;
  /** What is kept as shared memory. */
  readonly ranges: Buffer;
}

/** -errno: only the size is kept. */
function bytesOf({ record }: Kept): number {
  return Number(record.readBigInt64LE(BYTES));
}

function sealsOf({ record }: Kept): number {
  return Number(record.readBigInt64LE(SEALS));
}

function canBeSealed(file: Kept): boolean {
  const seals = sealsOf(file);
  return (seals & SEALED) === 0 && (seals & UNCHANGING) !== UNCHANGING;
}

/** Neither size nor contents. */
function isLost({ store }: Kept): boolean {
  return store < 0 && errorName(store) !== "ENODATA";
}

/** Reads them. */
export function carryMemoryFiles(subject: Subject): Carried {
  const files = namelessFilesOf(subject);
  if (files.length === 0) return NOTHING;
  const kept = files.flatMap((file) => keep(subject, file));
  const bytes = kept.reduce((sum, file) => sum + Math.max(bytesOf(file), 0), 0);
  return {
    reach: "shared",
    bytes,
    restore: ({ processId }) => restore(processId, kept),
    fidelity: () => fidelity(kept, files.length - kept.length),
    release: () => {
      held -= bytes;
      for (const { store } of kept) if (store >= 0) shim.close(store);
    },
  };
}

function keep({ live }: Subject, { place, mappings }: NamelessFile): Kept[] {
  if (place === undefined) return [];
  const record = Buffer.alloc(RECORD_SIZE);
  const ranges = keptElsewhere(mappings);
  const limit = BigInt(Math.min(FILE_LIMIT, TOTAL_LIMIT - held));
  const path = `/proc/${live.processId}/${place}`;
  const store = shim.keepMemoryFile(path, ranges, ranges.length / RANGE_SIZE, limit, record);
  const file = { place, name: nameOf(place, mappings), store, record, ranges };
  held += Math.max(bytesOf(file), 0);
  return [file];
}

function nameOf(place: string, [mapping]: readonly FileMapping[]): string {
  return place.startsWith("fd/")
    ? `descriptor ${place.slice("fd/".length)}`
    : (mapping?.path.replace(/ \(deleted\)$/, "") ?? place);
}

/** Places in a file that sharedMemory.ts keeps, in order, none of them twice. */
function keptElsewhere(mappings: readonly FileMapping[]): Buffer {
  const parts = mappings
    .filter(isMemoryOnly)
    .map(({ low, high, offset }) => ({ low: offset, high: offset + (high - low) }))
    .sort((a, b) => Number(a.low - b.low));
  const merged: { low: bigint; high: bigint }[] = [];
  for (const part of parts) {
    const last = merged.at(-1);
    if (last && part.low <= last.high) last.high = part.high > last.high ? part.high : last.high;
    else merged.push({ ...part });
  }
  const ranges = Buffer.alloc(merged.length * RANGE_SIZE);
  merged.forEach(({ low, high }, index) => {
    ranges.writeBigUInt64LE(low, index * RANGE_SIZE);
    ranges.writeBigUInt64LE(high, index * RANGE_SIZE + 8);
  });
  return ranges;
}

function restore(processId: number, kept: readonly Kept[]): void {
  const failed = kept.filter((file) => !isLost(file)).flatMap((file) => putBack(processId, file));
  if (failed.length > 0)
    throw new TargetError(
      `Not all of the program's files without a name are as they were: ${failed.join("; ")}.`,
    );
}

/** Gives what is not as it was. */
function putBack(processId: number, file: Kept): string[] {
  const { place, name, store, record, ranges } = file;
  const path = `/proc/${processId}/${place}`;
  const result = shim.putBackMemoryFile(path, store, ranges, ranges.length / RANGE_SIZE, record);
  if (result < 0) return [`${name} (${whyNot(result)})`];
  return result === sealsOf(file) ? [] : [`${name} (it has been sealed since, which stays)`];
}

function whyNot(result: number): string {
  const error = errorName(result);
  if (error === "EPERM") return "EPERM: it has been sealed since";
  return error === "EEXIST" ? "it has been given a name since" : error;
}

function fidelity(kept: readonly Kept[], unreachable: number): Fidelity[] {
  const whole = kept.filter((file) => !isLost(file) && bytesOf(file) >= 0);
  const lines: Fidelity[] = [];
  if (whole.length > 0) {
    const sealable = whole.some(canBeSealed);
    const bytes = whole.reduce((sum, file) => sum + bytesOf(file), 0);
    lines.push({
      resource: RESOURCE,
      state: sealable ? "approximate" : "restored",
      detail:
        `size of ${counted(whole.length, KIND, KINDS)}, and ${Math.ceil(bytes / 1024)} KiB that are not mapped` +
        (sealable ? "; seals that are added (F_ADD_SEALS) stay" : ""),
    });
  }
  for (const file of kept.filter((each) => isLost(each) || bytesOf(each) < 0))
    lines.push({ resource: RESOURCE, state: "notRestored", detail: `${file.name}: ${whyLost(file)}` });
  if (unreachable > 0) {
    const detail = `${counted(unreachable, KIND, KINDS)} that cannot be opened: only what is mapped; the size, and what others write into the rest, stay as they are now`;
    lines.push({ resource: RESOURCE, state: "approximate", detail });
  }
  return lines;
}

function whyLost(file: Kept): string {
  if (isLost(file))
    return `it cannot be opened (${errorName(file.store)}); its size and what is not mapped stay as they are now`;
  const error = errorName(bytesOf(file));
  const why =
    error === "EFBIG"
      ? `more than the ${FILE_LIMIT >> 20} MiB each, ${TOTAL_LIMIT >> 20} MiB in all, that are kept`
      : `it cannot be read (${error})`;
  return `what is in it and not mapped is ${why}; its size comes back`;
}
