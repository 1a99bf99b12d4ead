/** The dynamic linker's list of loaded objects, as debuggers find it (SVR4 `struct r_debug`, link.h). */
import { memoryAddress } from "../../target/addresses";
import type { MemoryAddress } from "../../target/addresses";
import type { Memory } from "../../target/target";

export interface LinkMapEntry {
  /** Of its `struct link_map`. */
  readonly address: MemoryAddress;
  readonly bias: bigint;
  /** Reads its name; empty for the program itself. */
  name(): string;
  readonly dynamicSection: MemoryAddress;
}

/** The start of `struct r_debug`. */
export interface Rendezvous {
  readonly version: number;
  readonly firstMap: MemoryAddress;
  /** The function that the dynamic linker calls around each change (r_brk). */
  readonly breakAddress: MemoryAddress;
  readonly consistent: boolean;
  /** The next namespace (dlmopen), from version 2 on. */
  readonly next: MemoryAddress;
}

const DT_NULL = 0n;
const DT_DEBUG = 21n;
const RT_CONSISTENT = 0;
const LONGEST_LIST = 10_000;

/** The value of DT_DEBUG in a dynamic section in memory; undefined before the dynamic linker has set it. */
export function debugEntry(memory: Memory, dynamicSection: MemoryAddress): MemoryAddress | undefined {
  const bytes = memory.read(dynamicSection, 16 * 256);
  for (let at = 0; at + 16 <= bytes.length; at += 16) {
    const tag = bytes.readBigUInt64LE(at);
    if (tag === DT_NULL) return undefined;
    if (tag === DT_DEBUG) {
      const value = bytes.readBigUInt64LE(at + 8);
      return value === 0n ? undefined : memoryAddress(value);
    }
  }
  return undefined;
}

/** Reads `struct r_debug`; undefined while it is not set up. */
export function readRendezvous(memory: Memory, address: MemoryAddress): Rendezvous | undefined {
  const bytes = memory.read(address, 48);
  if (bytes.length < 40) return undefined;
  const version = bytes.readInt32LE(0);
  if (version < 1 || version > 100) return undefined;
  return {
    version,
    firstMap: memoryAddress(bytes.readBigUInt64LE(8)),
    breakAddress: memoryAddress(bytes.readBigUInt64LE(16)),
    consistent: bytes.readInt32LE(24) === RT_CONSISTENT,
    next: memoryAddress(version >= 2 && bytes.length >= 48 ? bytes.readBigUInt64LE(40) : 0n),
  };
}

/** All objects of all namespaces; undefined while the list is not set up or in the middle of a change. */
export function readLinkMaps(memory: Memory, rendezvous: MemoryAddress): LinkMapEntry[] | undefined {
  const entries: LinkMapEntry[] = [];
  const seen = new Set<bigint>();
  for (let space: MemoryAddress = rendezvous; space !== 0n && !seen.has(space);) {
    seen.add(space);
    const start = readRendezvous(memory, space);
    if (start === undefined || !start.consistent) return space === rendezvous ? undefined : entries;
    readNamespace(memory, start.firstMap, entries, seen);
    space = start.next;
  }
  return entries.length === 0 ? undefined : entries;
}

function readNamespace(
  memory: Memory,
  first: MemoryAddress,
  entries: LinkMapEntry[],
  seen: Set<bigint>,
): void {
  for (let address = first; address !== 0n && !seen.has(address) && entries.length < LONGEST_LIST;) {
    seen.add(address);
    const bytes = memory.read(address, 32);
    if (bytes.length < 32) return;
    const name = memoryAddress(bytes.readBigUInt64LE(8));
    entries.push({
      address,
      bias: bytes.readBigUInt64LE(0),
      name: () => readText(memory, name),
      dynamicSection: memoryAddress(bytes.readBigUInt64LE(16)),
    });
    address = memoryAddress(bytes.readBigUInt64LE(24));
  }
}

function readText(memory: Memory, address: MemoryAddress): string {
  let bytes = memory.read(address, 256);
  if (!bytes.includes(0)) bytes = memory.read(address, 4096);
  const end = bytes.indexOf(0);
  return bytes.toString("utf8", 0, end < 0 ? bytes.length : end);
}
