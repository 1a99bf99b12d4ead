/**
 * Threads that have ids in hand: the C library has read one, has it in a register or in the frames on top of the stack, and is
 * about to use it: to write its own into a lock that it takes (lockOwners.ts), which it may have to wait for, or to send a
 * signal to another thread (pthread_kill(3)).
 */
import { memoryAddress, type MemoryAddress } from "../../addresses";
import type { ProcessMemory } from "../processMemory";
import { GENERAL_REGISTERS, Register } from "../shim";
import { isBlocked, isFutex } from "../threads/blockedX64";
import { PRESERVED } from "./frameLayoutsX64";
import type { LibraryFrames, LibraryFramesFinder } from "./libraryFramesX64";
import { ID_MASK, type Library, type NewIdOf } from "./lockOwners";

/** How much of a stack is looked at: the frames of those functions, and of one that waits, and of what it waits in. */
const STACK_TOP = 512;

/** What a function may change, and so does not have from its caller. */
const SCRATCH = GENERAL_REGISTERS.filter((at) => !PRESERVED.includes(at));

/** Registers of a system call's arguments that FUTEX_WAIT does not have (futex(2)). */
const UNUSED_IN_WAIT = [Register.r8, Register.r9];

/** pthread_mutex_t of glibc, and its kinds (nptl/pthreadP.h): of those that know their owner, and all others. */
const MUTEX_SIZE = 40;
const KIND = 16;
const TYPE = 3;
const RECURSIVE = 1;
const ERROR_CHECKING = 2;
const KERNEL_KINDS = 16 | 32;
const OTHER_KINDS = 64 | 128 | 256 | 512;

/** A word of a stack that has an id, with the new one. */
interface RenewedWord {
  readonly address: MemoryAddress;
  readonly word: number;
}

/** The threads of one copy; to be asked before its locks have new ids. */
export class IdsInHand {
  /** The locks that threads wait for, by their address: many may wait for one. */
  private readonly locks = new Map<bigint, Buffer>();

  constructor(
    private readonly memory: ProcessMemory,
    private readonly library: Library,
    private readonly newIdOf: NewIdOf,
    /** Those of the copy's threads. */
    private readonly newIds: ReadonlySet<number>,
    private readonly finder: LibraryFramesFinder,
  ) {}

  /** Writes new ids over former ones, on a thread's stack and in its `registers` (user_regs_struct). Gives whether those have changed. */
  renew(registers: Buffer): boolean {
    const isInFutex = isFutex(registers);
    const waits = isInFutex && this.isLock(registers.readBigUInt64LE(Register.rdi));
    if (!waits && (isInFutex || isBlocked(registers))) return false;
    const top = this.onStack(registers);
    const having = GENERAL_REGISTERS.filter((at) => this.renewedIn(registers, at) !== undefined);
    if (having.length + top.length === 0) return false;
    const frames = this.finder.find(registers);
    if (frames) this.renewStack(top, frames);
    const scratch = waits ? this.compared(registers) : frames ? SCRATCH : [];
    const own = having.filter((at) => scratch.includes(at) || frames?.preserved.has(at));
    for (const at of own) registers.writeUInt32LE(this.renewedIn(registers, at) ?? 0, at);
    return own.length > 0;
  }

  /**
   * Of a system call's own arguments only what the lock's word is compared with has an id. musl compares once more when it comes
   * back, with another register: who joins a thread must not go on before that has given back the list of threads.
   */
  private compared(registers: Buffer): readonly number[] {
    const id = registers.readBigUInt64LE(Register.rdx);
    const others = this.library === "musl" ? UNUSED_IN_WAIT : [];
    return [Register.rdx, ...others.filter((at) => registers.readBigUInt64LE(at) === id)];
  }

  private renewStack(found: readonly RenewedWord[], { bottom, callers }: LibraryFrames): void {
    const renewed = Buffer.alloc(4);
    for (const { address, word } of found) {
      if (address >= bottom || callers.has(address - (address % 8n))) continue;
      renewed.writeUInt32LE(word);
      this.memory.write(address, renewed);
    }
  }

  /** The words with ids on top of a stack, as they are to be. */
  private onStack(registers: Buffer): RenewedWord[] {
    const top = registers.readBigUInt64LE(Register.rsp);
    const stack = this.memory.read(memoryAddress(top), STACK_TOP);
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
    if (lock.length < 4) return false;
    const word = lock.readUInt32LE(0);
    // Who holds musl's list of threads has it at the place that the kernel writes a new thread's id to (fp_build_threads).
    return this.renewed(word) !== undefined || this.newIds.has(word & ID_MASK);
  }
}

/** The offset in a thread's own structure of the address that the kernel clears at its end, which is glibc's id. */
export function glibcIdOffset(registers: Buffer, tidAddress: bigint): number {
  return Number(tidAddress - registers.readBigUInt64LE(Register.fsBase));
}

/** A mutex of glibc, where a thread waits at its beginning. */
function knowsItsOwner(mutex: Buffer): boolean {
  if (mutex.length < MUTEX_SIZE) return false;
  const kind = mutex.readUInt32LE(KIND);
  const type = kind & TYPE;
  if ((kind & ~(TYPE | KERNEL_KINDS | OTHER_KINDS)) !== 0) return false;
  return type === RECURSIVE || type === ERROR_CHECKING || (kind & KERNEL_KINDS) !== 0;
}
