/**
 * Locks of the C library that know who holds them: recursive, error-checking, robust and priority-inheriting mutexes (ld.so's
 * own among them), read-write locks that are held to write; musl's streams, too. They have the id of a thread, which in
 * a copy with other ids is nobody's. Whoever holds one would wait for itself, or may not give it back. So a copy gets its own ids there.
 *
 * They are found in the frozen copy, which never changes, so that once is enough: glibc's robust ones in their lists, the others by how
 * they look (native-shim/copies/lock_shapes_x64.c), and those that a thread is just at by its having their address.
 */
import { memoryAddress } from "../../addresses";
import { TargetError, type Mapping } from "../../target";
import { isKernelObject } from "../carried/memory/sharedMappings";
import type { Frozen } from "../copies/frozenCopy";
import { readMappings } from "../mappings";
import { ProcessMemory } from "../processMemory";
import { errorName, Register, shim } from "../shim";
import type { ThreadRecords } from "../threads/threadRecords";
import { muslTargetThread } from "./muslSynccallX64";

/** FP_OWNER_SIZE and what a record has (native-shim/shim_memory.h). */
const RECORD_SIZE = 16;
const ID = 8;
const NEW_ID = 12;
const EXPECTED = 256;

/** An id at an address. */
export type Owner = readonly [address: bigint, id: number];

/** Bytes that are read of one copy at most: about 0.1 s. */
const LIMIT = 256 << 20;

/** Smaller numbers stand everywhere; only the first processes of a pid namespace have them for ids. */
export const LEAST_ID = 16;

/** FUTEX_TID_MASK (linux/futex.h): the other bits of a word with an id are the kernel's and the C library's. */
export const ID_MASK = 0x3fffffff;

/** musl's struct pthread (src/internal/pthread_impl.h): itself, and its thread id. */
const MUSL_SIZE = 56;
export const MUSL_TID = 48;
/** glibc's struct pthread is longer than that nowhere (nptl/descr.h). */
const GLIBC_SIZE = 8192n;

/** Threads that are asked which C library they have. */
const ASKED = 8;

/** Which C library a program has; undefined: none that has the ids of threads in its locks. */
export type Library = "glibc" | "musl" | undefined;

/** What a frozen copy's memory has of its threads' ids. */
export interface LockOwners {
  readonly library: Library;
  /** Owner records, without new ids. */
  readonly places: Buffer;
  /** What threads have in hand of shared memory, which is everyone's: what is there is known when it has been put back. */
  readonly sharedInHand: readonly bigint[];
  readonly shared: readonly Mapping[];
  /** Bytes that were not looked through. */
  readonly unseen: number;
}

const NONE = Buffer.alloc(0);

interface Found {
  readonly places: Buffer;
  readonly unseen: number;
}

/** What a copy's threads are called now; `undefined` for what is no thread's id, or too small a number. */
export type NewIdOf = (formerId: number) => number | undefined;

/** What threads have in hand that may be addresses of locks (locksInHandX64.ts). */
export type AddressesInHand = (memory: ProcessMemory, library: Library) => bigint[];

/** Looks for what has the ids of a frozen copy's threads. Throws TargetError when its memory cannot be read. */
export function findLockOwners({ pid, records, robustLocks }: Frozen, inHand: AddressesInHand): LockOwners {
  const memory = ProcessMemory.open(pid);
  try {
    const library = libraryOf(records, memory);
    if (library === undefined) return { library, places: NONE, sharedInHand: [], shared: [], unseen: 0 };
    const mappings = readMappings(pid).filter(({ permissions }) => permissions.startsWith("rw"));
    const isShared = ({ permissions }: Mapping): boolean => permissions.endsWith("s");
    const own = mappings.filter((mapping) => !isShared(mapping)).sort(likelyFirst);
    const { places, unseen } = search(pid, records, library, own);
    const ownIds = library === "musl" ? ownIdsOfMusl(records, memory) : NONE;
    const lists = Buffer.concat([ownIds, encodeOwners(robustLocks)]);
    const isIn = (address: bigint): boolean =>
      mappings.some((mapping) => isShared(mapping) && mapping.low <= address && address < mapping.high);
    const hands = inHand(memory, library);
    const atThem = searchAt(
      pid,
      records,
      library,
      hands.filter((address) => !isIn(address)),
    );
    return {
      library,
      places: Buffer.concat([places, lists, atThem]),
      sharedInHand: hands.filter(isIn),
      shared: mappings.filter((mapping) => isShared(mapping) && !isKernelObject(mapping)),
      unseen,
    };
  } finally {
    memory.close();
  }
}

/** The data of modules first, then the smaller areas: what is left over is in the largest ones. */
function likelyFirst(a: Mapping, b: Mapping): number {
  const rank = ({ inode }: Mapping): number => (inode === 0 ? 1 : 0);
  return rank(a) - rank(b) || Number(a.high - a.low - (b.high - b.low));
}

/** Writes a copy's own ids into its locks; `shared`: into those in shared memory, too. Gives what could not be done, in sentences. */
export function renewLockOwners(
  owners: LockOwners,
  copy: { readonly pid: number; readonly memory: ProcessMemory },
  records: ThreadRecords,
  newIdOf: NewIdOf,
  shared: boolean,
): string[] {
  const { library } = owners;
  if (library === undefined) return [];
  write(owners.places, copy.memory, newIdOf);
  if (shared) write(searchAt(copy.pid, records, library, owners.sharedInHand), copy.memory, newIdOf);
  let { unseen } = owners;
  if (shared && owners.shared.length > 0) {
    const found = search(copy.pid, records, library, owners.shared);
    write(found.places, copy.memory, newIdOf);
    unseen += found.unseen;
  }
  const small = knownTids(records).filter((id) => id < LEAST_ID);
  return [...small.map(whyTooSmall), ...(unseen === 0 ? [] : [whyUnseen(unseen)])];
}

function whyTooSmall(id: number): string {
  return (
    `Locks that know who holds them were not looked for by the id ${id}, which is too small a number to be told from others: if that ` +
    `thread holds one, it may wait for ever.`
  );
}

function whyUnseen(bytes: number): string {
  return (
    `Locks that know who holds them were not looked for in ${Math.ceil(bytes / (1 << 20))} MiB of its memory (beyond the first ` +
    `${LIMIT >> 20} MiB): whoever holds one there may wait for ever.`
  );
}

function write(places: Buffer, memory: ProcessMemory, newIdOf: NewIdOf): void {
  const renewed = Buffer.from(places);
  for (let at = 0; at < renewed.length; at += RECORD_SIZE) {
    const former = renewed.readInt32LE(at + ID);
    renewed.writeInt32LE(newIdOf(former) ?? former, at + NEW_ID);
  }
  if (renewed.length > 0) shim.renewLockOwners(memory.descriptor, renewed, renewed.length / RECORD_SIZE);
}

function search(
  pid: number,
  records: ThreadRecords,
  library: Library,
  mappings: readonly Mapping[],
  capacity = EXPECTED,
): Found {
  const ids = Int32Array.from(knownTids(records).filter((id) => id >= LEAST_ID));
  if (ids.length === 0 || mappings.length === 0) return { places: NONE, unseen: 0 };
  const ranges = Buffer.from(BigUint64Array.from(mappings.flatMap(({ low, high }) => [low, high])).buffer);
  const amounts = Buffer.alloc(16);
  amounts.writeBigInt64LE(BigInt(LIMIT));
  const found = Buffer.alloc(capacity * RECORD_SIZE);
  const count = shim.findLockOwners(
    pid,
    library === "musl" ? 1 : 0,
    Buffer.from(ids.buffer),
    ids.length,
    ranges,
    mappings.length,
    amounts,
    found,
    capacity,
  );
  if (count < 0)
    throw new TargetError(
      `Locks that know who holds them could not be looked for (${errorName(count)}): whoever holds one may wait for ever.`,
    );
  if (count > capacity) return search(pid, records, library, mappings, count);
  return { places: found.subarray(0, count * RECORD_SIZE), unseen: Number(amounts.readBigInt64LE(8)) };
}

/** Of locks at some of these addresses. */
function searchAt(
  pid: number,
  records: ThreadRecords,
  library: Library,
  addresses: readonly bigint[],
): Buffer {
  const ids = Int32Array.from(knownTids(records).filter((id) => id >= LEAST_ID));
  if (ids.length === 0 || addresses.length === 0) return NONE;
  // Each can be that of two locks that have two ids.
  const capacity = addresses.length * 4;
  const found = Buffer.alloc(capacity * RECORD_SIZE);
  const count = shim.findOwnersInHand(
    pid,
    library === "musl" ? 1 : 0,
    Buffer.from(ids.buffer),
    ids.length,
    Buffer.from(BigUint64Array.from(addresses).buffer),
    addresses.length,
    found,
    capacity,
  );
  return found.subarray(0, Math.max(0, Math.min(count, capacity)) * RECORD_SIZE);
}

function encodeOwners(owners: readonly Owner[]): Buffer {
  const known = owners.filter(([, id]) => id >= LEAST_ID);
  const bytes = Buffer.alloc(known.length * RECORD_SIZE);
  known.forEach(([address, id], index) => {
    bytes.writeBigUInt64LE(address, index * RECORD_SIZE);
    bytes.writeInt32LE(id, index * RECORD_SIZE + ID);
  });
  return bytes;
}

function knownTids(records: ThreadRecords): number[] {
  return Array.from({ length: records.count }, (_, index) => records.knownTid(index));
}

function threadPointer(records: ThreadRecords, index: number): bigint {
  return records.registers(index).readBigUInt64LE(Register.fsBase);
}

/** By where one of its threads has its id; one that is about to end may have none any more. */
function libraryOf(records: ThreadRecords, memory: ProcessMemory): Library {
  for (let index = 0; index < Math.min(records.count, ASKED); index++) {
    const library = libraryOfThread(records, index, memory);
    if (library !== undefined) return library;
  }
  return undefined;
}

function libraryOfThread(records: ThreadRecords, index: number, memory: ProcessMemory): Library {
  const pointer = threadPointer(records, index);
  const tid = records.knownTid(index);
  const head = memory.read(memoryAddress(pointer), MUSL_SIZE);
  // Both have their own address at the beginning.
  if (head.length < MUSL_SIZE || head.readBigUInt64LE(0) !== pointer) return undefined;
  // There glibc has the guard of its pointers, which is random.
  if (head.readInt32LE(MUSL_TID) === tid) return "musl";
  // glibc's id is where the kernel clears it at the thread's end.
  const address = records.tidAddress(index);
  const word = memory.read(memoryAddress(address), 4);
  const isThere = address > pointer && address < pointer + GLIBC_SIZE;
  return isThere && word.length === 4 && word.readInt32LE(0) === tid ? "glibc" : undefined;
}

/**
 * Where musl has its threads' own ids, which the kernel does not write for it, that of who holds the list of them, and that of whom
 * he has make a call.
 */
function ownIdsOfMusl(records: ThreadRecords, memory: ProcessMemory): Buffer {
  const tids = knownTids(records);
  const places = tids.map((tid, index): [bigint, number] => [
    threadPointer(records, index) + BigInt(MUSL_TID),
    tid,
  ]);
  const list = records.tidAddress(0);
  const word = memory.read(memoryAddress(list), 4);
  const holder = word.length === 4 ? word.readUInt32LE(0) & ID_MASK : 0;
  if (tids.includes(holder)) {
    places.push([list, holder]);
    const asked = muslTargetThread(records.registers(tids.indexOf(holder)), memory);
    const id = asked === undefined ? 0 : memory.read(asked, 4).readInt32LE(0);
    if (asked !== undefined && tids.includes(id)) places.push([asked, id]);
  }
  return encodeOwners(places);
}
