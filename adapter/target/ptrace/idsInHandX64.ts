/**
 * Threads that have an id in hand: one that takes a lock of the C library which knows its owner (lockOwners.ts) has read its own
 * id already, keeps it in a register or in the frames on top of its stack while it waits, and writes it into the lock when it has got it.
 */
import { memoryAddress, type MemoryAddress } from "../addresses";
import { hasId, ID_MASK, LEAST_ID, replaceId, type RenewedId } from "./idResults";
import type { Library, NewIdOf } from "./lockOwners";
import type { ProcessMemory } from "./processMemory";

/** struct user_regs_struct (sys/user.h). */
const ORIG_RAX = 15 * 8;
const RDI = 14 * 8;
const RIP = 16 * 8;
const RSP = 19 * 8;
const FS_BASE = 21 * 8;
/** All general registers but rsp. */
const GENERAL = Array.from({ length: 15 }, (_, index) => index * 8);
/** asm/unistd_64.h */
const FUTEX = 202n;
/** The frame of one of the C library's functions that take or release a lock; of one that waits, and of what it waits in. */
const FRAME = 96;
const FRAMES = 256;
/** Its functions that read the id are no longer. */
const CODE_AROUND = 1024;

/** pthread_mutex_t of glibc, and its kinds (nptl/pthreadP.h): of those that know their owner, and all others. */
const MUTEX_SIZE = 40;
const KIND = 16;
const TYPE = 3;
const RECURSIVE = 1;
const ERROR_CHECKING = 2;
const KERNEL_KINDS = 16 | 32;
const OTHER_KINDS = 64 | 128 | 256 | 512;

/** The threads of one copy; to be asked before its locks have new ids. */
export class IdsInHand {
  /** The locks that threads wait for, by their address: many may wait for one. */
  private readonly locks = new Map<bigint, Buffer>();

  constructor(
    private readonly memory: ProcessMemory,
    private readonly library: Library,
    private readonly newIdOf: NewIdOf,
    /** Where in a thread's own structure (fs_base) its id is. */
    private readonly idOffset: number,
  ) {}

  /** Writes a thread's new id over its former one, on its stack and in `registers` (user_regs_struct). Gives whether those have changed. */
  renew(registers: Buffer, own: RenewedId): boolean {
    if (own.former < LEAST_ID) return false;
    if (registers.readBigInt64LE(ORIG_RAX) === FUTEX) return this.renewWaiter(registers, own);
    if (registers.readBigInt64LE(ORIG_RAX) >= 0n) return false;
    const top = registers.readBigUInt64LE(RSP);
    const isThere = GENERAL.some((at) => hasId(registers, at, own.former));
    if (!isThere && this.onStack(top, FRAME, own.former).length === 0) return false;
    if (!this.isInLibrary(registers)) return false;
    this.renewStack(top, FRAME, own);
    return replaceId(registers, GENERAL, own);
  }

  private renewWaiter(registers: Buffer, own: RenewedId): boolean {
    const lock = this.lockAt(registers.readBigUInt64LE(RDI));
    const holder = this.holderOf(lock);
    if (this.library === "glibc" ? !knowsItsOwner(lock) : holder === undefined) return false;
    const top = registers.readBigUInt64LE(RSP);
    let isChanged = false;
    // Who waits compares the lock with what it has seen there.
    for (const renewed of holder === undefined ? [own] : [own, holder]) {
      this.renewStack(top, FRAMES, renewed);
      isChanged = replaceId(registers, GENERAL, renewed) || isChanged;
    }
    return isChanged;
  }

  /** Where the word that a thread waits for has the id of its owner. */
  private holderOf(lock: Buffer): RenewedId | undefined {
    const former = lock.length < 4 ? 0 : lock.readUInt32LE(0) & ID_MASK;
    const now = former < LEAST_ID ? undefined : this.newIdOf(former);
    return now === undefined ? undefined : { former, now };
  }

  private lockAt(address: bigint): Buffer {
    const lock = this.locks.get(address) ?? this.memory.read(memoryAddress(address), MUTEX_SIZE);
    this.locks.set(address, lock);
    return lock;
  }

  private renewStack(top: bigint, size: number, { former, now }: RenewedId): void {
    const renewed = Buffer.alloc(4);
    for (const { address, word } of this.onStack(top, size, former)) {
      renewed.writeUInt32LE(((word & ~ID_MASK) | now) >>> 0);
      this.memory.write(address, renewed);
    }
  }

  /** The words with an id on top of a stack. */
  private onStack(top: bigint, size: number, id: number): { address: MemoryAddress; word: number }[] {
    const stack = this.memory.read(memoryAddress(top), size);
    return Array.from({ length: stack.length >> 2 }, (_, index) => ({
      address: memoryAddress(top + BigInt(index * 4)),
      word: stack.readUInt32LE(index * 4),
    })).filter(({ word }) => (word & ID_MASK) === id);
  }

  /** Whether the code around a thread's pc reads the thread's id from where the C library has it. */
  private isInLibrary(registers: Buffer): boolean {
    const pc = registers.readBigUInt64LE(RIP);
    const code = this.memory.read(memoryAddress(pc - BigInt(CODE_AROUND)), 2 * CODE_AROUND);
    return this.library === "glibc" ? readsAt(code, this.idOffset) : readsBehindSelf(code, this.idOffset);
  }
}

/** The offset in a thread's own structure of the address that the kernel clears at its end, which is glibc's id. */
export function glibcIdOffset(registers: Buffer, tidAddress: bigint): number {
  return Number(tidAddress - registers.readBigUInt64LE(FS_BASE));
}

/** mov or cmp of %fs:offset, or of offset(register), with a 32-bit register (Intel SDM volume 2). */
function readsAt(code: Buffer, offset: number): boolean {
  const displacement = Buffer.alloc(4);
  displacement.writeInt32LE(offset);
  for (let at = code.indexOf(displacement); at >= 0; at = code.indexOf(displacement, at + 1)) {
    const absolute = at >= 3 && code[at - 1] === 0x25 && ((code[at - 2] ?? 0) & 0xc7) === 0x04;
    const relative = at >= 2 && ((code[at - 1] ?? 0) & 0xc0) === 0x80;
    const operation = absolute ? code[at - 3] : relative ? code[at - 2] : undefined;
    if (operation === 0x8b || operation === 0x3b) return true;
  }
  return false;
}

/** mov of %fs:0 to a register, which is the thread's own structure, and a mov of offset(register) to a 32-bit register. */
function readsBehindSelf(code: Buffer, offset: number): boolean {
  const self = Buffer.from([0x25, 0, 0, 0, 0]);
  if (code.indexOf(self) < 0) return false;
  for (let at = code.indexOf(offset); at >= 2; at = code.indexOf(offset, at + 1))
    if (((code[at - 1] ?? 0) & 0xc0) === 0x40 && code[at - 2] === 0x8b) return true;
  return false;
}

/** A mutex of glibc, where a thread waits at its beginning. */
function knowsItsOwner(mutex: Buffer): boolean {
  if (mutex.length < MUTEX_SIZE) return false;
  const kind = mutex.readUInt32LE(KIND);
  const type = kind & TYPE;
  if ((kind & ~(TYPE | KERNEL_KINDS | OTHER_KINDS)) !== 0) return false;
  return type === RECURSIVE || type === ERROR_CHECKING || (kind & KERNEL_KINDS) !== 0;
}
