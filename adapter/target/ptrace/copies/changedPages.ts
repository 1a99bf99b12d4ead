/**
 * Which pages differ between two processes that came from one another, without reading what they still share.
 * A clone shares every page until one side writes to it, and the page map tells what is shared still
 * (Documentation/admin-guide/mm/pagemap.rst; fp_compare_pages has the rules). With CAP_SYS_ADMIN it gives frame numbers,
 * and sharing is known exactly, whoever else has the page. Without, it only tells whether a page is mapped once: between
 * two processes that share with nobody else that is exact as well. Of more, one that is mapped once is not shared; one that
 * is mapped more often may be shared with a third, and both sides of it are read.
 */
import { closeSync, openSync, readdirSync, readlinkSync, readSync } from "node:fs";
import { memoryAddress } from "../../addresses";
import type { ChangedPage, ChangedPages } from "../../checkpointer";
import { TargetError, type Mapping } from "../../target";
import { readMappings } from "../mappings";
import { errorName, shim } from "../shim";

const PAGE = 4096;
const RECORDS = 4096;
const RECORD_SIZE = 16;
const RANGE_SIZE = 24;
/** Entries of a page map read at a time. */
const WINDOW = 65536;
/** Bits 63 and 62 of an entry, present and swapped, in its upper half. */
const HAS_PAGE = 0xc0000000;

interface Range {
  readonly low: bigint;
  readonly high: bigint;
  readonly anonymous: boolean;
}

/** `bracket` is called around each bounded call, so that traps are out of the way meanwhile. */
export async function changedPages(
  first: number,
  second: number,
  bracket: (compare: () => void) => void,
): Promise<ChangedPages> {
  const [left, right] = [copiedMappings(first), copiedMappings(second)];
  const { common, lone } = split(left, right);
  const table = encode(common);
  const alone = haveMemoryAlone(first, second) ? 1 : 0;
  const records = Buffer.alloc(RECORDS * RECORD_SIZE);
  const progress = Buffer.alloc(16);
  const end = common.at(-1)?.high ?? 0n;
  const pages: ChangedPage[] = [];
  while (progress.readBigUInt64LE(0) < end) {
    bracket(() => {
      const count = shim.comparePages(first, second, alone, table, common.length, progress, records, RECORDS);
      if (count < 0) throw new TargetError(`The memory cannot be compared (${errorName(count)}).`);
      pages.push(...decode(records, count));
    });
    // The event loop gets its turn between two calls.
    await new Promise((resolve) => setImmediate(resolve));
  }
  pages.push(...lone.left.flatMap((range) => residentPages(first, range)));
  pages.push(...lone.right.flatMap((range) => residentPages(second, range)));
  pages.sort((a, b) => (a.address < b.address ? -1 : 1));
  return { pages, pageSize: PAGE, bytesRead: Number(progress.readBigUInt64LE(8)) };
}

/** What a clone copies: private memory, without what the kernel alone writes. Throws TargetError for a dead process. */
function copiedMappings(processId: number): Mapping[] {
  const all = readMappings(processId);
  if (all.length === 0) throw new TargetError(`Process ${processId} is gone; there is nothing to compare.`);
  return all.filter(({ permissions, path }) => permissions.endsWith("p") && !/^\[v(?!dso)/.test(path));
}

/** What both have mapped alike, and what only one of them has so. Both lists ascend. */
function split(
  left: readonly Mapping[],
  right: readonly Mapping[],
): { common: Range[]; lone: { left: Range[]; right: Range[] } } {
  const common: Range[] = [];
  const ofRight: Range[] = [];
  for (const mapping of right) {
    let low: bigint = mapping.low;
    for (const other of left) {
      const from = other.low > low ? other.low : low;
      const to = other.high < mapping.high ? other.high : mapping.high;
      if (from >= to || !areAlike(mapping, other)) continue;
      ofRight.push({ low, high: from, anonymous: true });
      common.push({ low: from, high: to, anonymous: isAnonymous(mapping) });
      low = to;
    }
    ofRight.push({ low, high: mapping.high, anonymous: true });
  }
  const ofLeft = left.flatMap((mapping) => without(mapping, right));
  const filled = (range: Range): boolean => range.low < range.high;
  return { common, lone: { left: ofLeft.filter(filled), right: ofRight.filter(filled) } };
}

/** Not the vDSO: without a file as well, but a page of it that is not mapped yet is no page of zeros. */
function isAnonymous({ inode, path }: Mapping): boolean {
  return inode === 0 && path !== "[vdso]";
}

function areAlike(one: Mapping, other: Mapping): boolean {
  if (one.inode !== other.inode) return false;
  return one.inode === 0 || (one.path === other.path && one.offset - one.low === other.offset - other.low);
}

/** The parts of a mapping where the others have none at all. */
function without(mapping: Mapping, others: readonly Mapping[]): Range[] {
  const parts: Range[] = [];
  let low: bigint = mapping.low;
  for (const other of others) {
    if (other.high <= low || other.low >= mapping.high) continue;
    parts.push({ low, high: other.low, anonymous: true });
    low = other.high;
  }
  parts.push({ low, high: mapping.high, anonymous: true });
  return parts;
}

/** The pages that a process has in a range. */
function residentPages(processId: number, { low, high }: Range): ChangedPage[] {
  const pages: ChangedPage[] = [];
  const descriptor = openSync(`/proc/${processId}/pagemap`, "r");
  try {
    const entries = Buffer.alloc(WINDOW * 8);
    for (let at = low; at < high; at += BigInt(WINDOW * PAGE)) {
      const wanted = Math.min(WINDOW, Number((high - at) / BigInt(PAGE)));
      const got = readSync(descriptor, entries, 0, wanted * 8, (at / BigInt(PAGE)) * 8n);
      for (let index = 0; index < got / 8; index++)
        if ((entries.readUInt32LE(index * 8 + 4) & HAS_PAGE) !== 0)
          pages.push({ address: memoryAddress(at + BigInt(index * PAGE)), bytesChanged: PAGE });
    }
  } finally {
    closeSync(descriptor);
  }
  return pages;
}

/**
 * Whether no third process can share pages with the two: whatever was forked from them and has run no other file since
 * has the same executable, and so have all frozen copies.
 */
function haveMemoryAlone(first: number, second: number): boolean {
  const executable = executableOf(`${first}`);
  if (executable === undefined) return false;
  const sharers = readdirSync("/proc").filter(
    (name) => /^\d+$/.test(name) && executableOf(name) === executable,
  );
  return sharers.every((name) => Number(name) === first || Number(name) === second);
}

function executableOf(processId: string): string | undefined {
  try {
    return readlinkSync(`/proc/${processId}/exe`);
  } catch {
    return undefined;
  }
}

function encode(ranges: readonly Range[]): Buffer {
  const table = Buffer.alloc(Math.max(ranges.length, 1) * RANGE_SIZE);
  ranges.forEach(({ low, high, anonymous }, index) => {
    table.writeBigUInt64LE(low, index * RANGE_SIZE);
    table.writeBigUInt64LE(high, index * RANGE_SIZE + 8);
    table.writeBigUInt64LE(anonymous ? 1n : 0n, index * RANGE_SIZE + 16);
  });
  return table;
}

function decode(records: Buffer, count: number): ChangedPage[] {
  return Array.from({ length: count }, (_, index) => ({
    address: memoryAddress(records.readBigUInt64LE(index * RECORD_SIZE)),
    bytesChanged: Number(records.readBigUInt64LE(index * RECORD_SIZE + 8)),
  }));
}
