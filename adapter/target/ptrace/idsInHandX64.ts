/**
 * Threads that have ids in hand: the C library has read one, has it in a register or in the frames on top of the stack, and is
 * about to use it: to write its own into a lock that it takes (lockOwners.ts), which it may have to wait for, or to send a
 * signal to another thread (pthread_kill(3)).
 */
import { memoryAddress, type MemoryAddress } from "../addresses";
import { ID_MASK, type Library, type NewIdOf } from "./lockOwners";
import type { ProcessMemory } from "./processMemory";
import { GENERAL_REGISTERS, Register } from "./shim";

/** asm/unistd_64.h */
const FUTEX = 202n;
/** What rax has in a call that a stop interrupted: ERESTARTSYS to ERESTART_RESTARTBLOCK (linux/errno.h). */
const FIRST_RESTART = -516n;
const LAST_RESTART = -512n;

/** The frame of one of the C library's functions that have ids in hand; of one that waits, and of what it waits in. */
const FRAME = 96;
const FRAMES = 256;
/** Those functions are no longer, each way. */
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

  /** Writes new ids over former ones, on a thread's stack and in its `registers` (user_regs_struct). Gives whether those have changed. */
  renew(registers: Buffer): boolean {
    const isFutex = registers.readBigInt64LE(Register.origRax) === FUTEX;
    if (isFutex && this.isLock(registers.readBigUInt64LE(Register.rdi)))
      return this.replace(registers, FRAMES);
    if (isFutex || isBlocked(registers)) return false;
    const hasOne = GENERAL_REGISTERS.some((at) => this.renewedIn(registers, at) !== undefined);
    if (!hasOne && this.onStack(registers, FRAME).length === 0) return false;
    return this.isInLibrary(registers) && this.replace(registers, FRAME);
  }

  private replace(registers: Buffer, frames: number): boolean {
    const renewed = Buffer.alloc(4);
    for (const { address, word } of this.onStack(registers, frames)) {
      renewed.writeUInt32LE(word);
      this.memory.write(address, renewed);
    }
    let isChanged = false;
    for (const at of GENERAL_REGISTERS) {
      const word = this.renewedIn(registers, at);
      if (word === undefined) continue;
      registers.writeUInt32LE(word, at);
      isChanged = true;
    }
    return isChanged;
  }

  /** The words with ids on top of a stack, as they are to be. */
  private onStack(registers: Buffer, size: number): { address: MemoryAddress; word: number }[] {
    const top = registers.readBigUInt64LE(Register.rsp);
    const stack = this.memory.read(memoryAddress(top), size);
    return Array.from({ length: stack.length >> 2 }, (_, index) => index * 4).flatMap((at) => {
      const word = this.renewed(stack.readUInt32LE(at));
      const address = memoryAddress(top + BigInt(at));
      return word === undefined || this.isInPointer(stack, at, address) ? [] : [{ address, word }];
    });
  }

  /** Whether a word is the upper half of a pointer: those to the stack have 0x7fff there, which may be an id. */
  private isInPointer(stack: Buffer, at: number, address: bigint): boolean {
    if (at < 4 || address % 8n !== 4n) return false;
    return this.memory.read(memoryAddress(stack.readBigUInt64LE(at - 4)), 1).length > 0;
  }

  /** A register's lower half as it is to be, where it has an id, as the compiler leaves a 32-bit value there, with or without its sign. */
  private renewedIn(registers: Buffer, at: number): number | undefined {
    const word = registers.readUInt32LE(at);
    const above = registers.readInt32LE(at + 4);
    return above === 0 || (above === -1 && (word | 0) < 0) ? this.renewed(word) : undefined;
  }

  /** A word with its new id; the bits above are of a lock (linux/futex.h). Undefined: it has none. */
  private renewed(word: number): number | undefined {
    const now = this.newIdOf(word & ID_MASK);
    return now === undefined ? undefined : ((word & ~ID_MASK) | now) >>> 0;
  }

  /** Whether what a thread waits for is a lock that has, or gets, the id of its owner. */
  private isLock(address: bigint): boolean {
    const lock = this.locks.get(address) ?? this.memory.read(memoryAddress(address), MUTEX_SIZE);
    this.locks.set(address, lock);
    if (this.library === "glibc") return knowsItsOwner(lock);
    return lock.length >= 4 && this.renewed(lock.readUInt32LE(0)) !== undefined;
  }

  /**
   * Whether the code around a thread's pc, or around the place that it returns to next (from a system call's own function),
   * reads threads' ids from where the C library has them.
   */
  private isInLibrary(registers: Buffer): boolean {
    const top = this.memory.read(memoryAddress(registers.readBigUInt64LE(Register.rsp)), 8);
    const places = [
      registers.readBigUInt64LE(Register.rip),
      ...(top.length < 8 ? [] : [top.readBigUInt64LE(0)]),
    ];
    return places.some((place) => {
      const code = this.memory.read(memoryAddress(place - BigInt(CODE_AROUND)), 2 * CODE_AROUND);
      return this.library === "glibc" ? readsAt(code, this.idOffset) : readsBehindSelf(code, this.idOffset);
    });
  }
}

/** The offset in a thread's own structure of the address that the kernel clears at its end, which is glibc's id. */
export function glibcIdOffset(registers: Buffer, tidAddress: bigint): number {
  return Number(tidAddress - registers.readBigUInt64LE(Register.fsBase));
}

/** Whether a stop has interrupted a system call that the thread was waiting in. */
export function isBlocked(registers: Buffer): boolean {
  const result = registers.readBigInt64LE(Register.rax);
  return (
    registers.readBigInt64LE(Register.origRax) >= 0n && result >= FIRST_RESTART && result <= LAST_RESTART
  );
}

/** ModRM: a register and a displacement of 8 or 32 bits, and (Intel SDM volume 2, table 2-2) whether a SIB byte follows. */
const BYTE_DISPLACED = 0x40;
const FAR_DISPLACED = 0x80;
const WITH_SIB = 4;
/** mov and cmp to a 32-bit register. */
const READS: readonly (number | undefined)[] = [0x8b, 0x3b];

/** Whether code has a mov or cmp of %fs:offset, or of offset(register). */
function readsAt(code: Buffer, offset: number): boolean {
  const displacement = Buffer.alloc(4);
  displacement.writeInt32LE(offset);
  return occurrences(code, displacement).some((at) => {
    const isAbsolute = code[at - 1] === 0x25 && ((code[at - 2] ?? 0) & 0xc7) === WITH_SIB;
    return (isAbsolute && READS.includes(code[at - 3])) || readsDisplaced(code, at, FAR_DISPLACED);
  });
}

/** Whether code has a mov of offset(register), a short one. */
function readsBehindSelf(code: Buffer, offset: number): boolean {
  return occurrences(code, Buffer.from([offset])).some((at) => readsDisplaced(code, at, BYTE_DISPLACED));
}

/** Whether what stands before a displacement is such an instruction's beginning. */
function readsDisplaced(code: Buffer, at: number, displaced: number): boolean {
  const near = code[at - 1] ?? 0;
  const far = code[at - 2] ?? 0;
  if ((near & 0xc0) === displaced && (near & 7) !== WITH_SIB && READS.includes(far)) return true;
  return (far & 0xc7) === (displaced | WITH_SIB) && READS.includes(code[at - 3]);
}

function occurrences(code: Buffer, bytes: Buffer): number[] {
  const all: number[] = [];
  for (let at = code.indexOf(bytes); at >= 0; at = code.indexOf(bytes, at + 1)) all.push(at);
  return all;
}

/** A mutex of glibc, where a thread waits at its beginning. */
function knowsItsOwner(mutex: Buffer): boolean {
  if (mutex.length < MUTEX_SIZE) return false;
  const kind = mutex.readUInt32LE(KIND);
  const type = kind & TYPE;
  if ((kind & ~(TYPE | KERNEL_KINDS | OTHER_KINDS)) !== 0) return false;
  return type === RECURSIVE || type === ERROR_CHECKING || (kind & KERNEL_KINDS) !== 0;
}
