/** What a copy of a process needs of its threads: records of the shim (native-shim/shim_copies.h). */
import { idInside } from "../pidNamespace";
import { Register, REGISTERS_SIZE, shim } from "../shim";
import { EINTR, ERESTART_RESTARTBLOCK, ERESTARTNOHAND } from "./blockedX64";
import type { BlockedCall } from "./interruptedWaits";

const HEAD = 352;
const NEW_TID = 4;
const REGISTERS = 8;
const ROBUST_LIST = 256;
const TID_ADDRESS = 264;
/** Flags of its alternate stack that say that it is there already. */
const STACK_FLAGS = 240;
const STACK_IS_THERE = -1;
const NAME = 272;
const NAME_SIZE = 16;
const RSEQ = 288;
const FORMER_RSEQ = 304;
const RSEQ_SIZE = 16;
const XSTATE_SIZE = 336;
const FLAGS = 340;
const LOCK_HELD = 1;
const SIGNAL_PENDING = 2;
const SHARED_SIGNAL_PENDING = 4;
const SCHEDULE_RESET = 8;
const KNOWN_TID = 344;
const HELD = 348;

/** What a record's flags say. */
export const ThreadFlag = {
  signalsPending: SIGNAL_PENDING | SHARED_SIGNAL_PENDING,
  scheduleReset: SCHEDULE_RESET,
} as const;

/** struct user_regs_struct (sys/user.h). */
const RAX = REGISTERS + Register.rax;
const ORIG_RAX = REGISTERS + Register.origRax;
/** Where a call has its first five arguments: rdi, rsi, rdx, r10, r8 (syscall(2)). */
const ARGUMENTS = [14, 13, 12, 7, 9].map((register) => REGISTERS + register * 8);

const WORD = 4;

/** What is made of records for a copy, which is done with before the next one is made. */
let spare = Buffer.alloc(0);

let xstateSize = 0;

/** Bytes of NT_X86_XSTATE on this processor. */
function sizeOfXstate(tid: number): number {
  if (xstateSize === 0) xstateSize = Math.max(shim.getXstate(tid, Buffer.alloc(1 << 14), 1 << 14), 0);
  return xstateSize;
}

/** A system call that a thread was in. */
export interface InterruptedCall {
  /** asm/unistd_64.h */
  readonly number: number;
  /** The first five. */
  readonly args: readonly bigint[];
}

export class ThreadRecords {
  private constructor(
    readonly bytes: Buffer,
    readonly count: number,
    readonly stride: number,
  ) {}

  /**
   * Room for records of these threads; `known`: their ids as the program knows them; `looks`: how closely it is looked at
   * what each has for itself (holdings.ts).
   */
  static of(tids: readonly number[], known: readonly number[], looks?: readonly number[]): ThreadRecords {
    const stride = HEAD + (((sizeOfXstate(tids[0] ?? 0) || 4096) + 7) & ~7);
    const words = new Int32Array((stride * tids.length) / WORD);
    tids.forEach((tid, index) => {
      words[(index * stride) / WORD] = tid;
      words[(index * stride + KNOWN_TID) / WORD] = known[index] ?? tid;
      words[(index * stride + HELD) / WORD] = looks?.[index] ?? 0;
    });
    const bytes = Buffer.from(words.buffer);
    return new ThreadRecords(bytes, tids.length, stride);
  }

  /** The record of a thread at its PTRACE_EVENT_VFORK; `memory`: /proc/PID/mem. Undefined when it was killed. */
  static atVfork(tid: number, memory: number, name: string): Buffer | undefined {
    const { bytes, stride } = ThreadRecords.of([tid], [idInside(tid)]);
    if (shim.noteVfork(tid, memory, bytes, stride) < 0) return undefined;
    bytes.write(name.slice(0, NAME_SIZE - 1), NAME, "latin1");
    return bytes;
  }

  /** These and more, those of `first`, by its thread id, at the front. */
  joined(more: readonly Buffer[], first: number): ThreadRecords {
    if (more.length === 0) return this;
    const bytes = Buffer.concat([this.bytes, ...more]);
    const all = Array.from({ length: bytes.length / this.stride }, (_, index) =>
      bytes.subarray(index * this.stride, (index + 1) * this.stride),
    ).sort((a, b) => Number(b.readInt32LE(0) === first) - Number(a.readInt32LE(0) === first));
    return new ThreadRecords(Buffer.concat(all), all.length, this.stride);
  }

  /** The place of a thread's record; -1: there is none. */
  indexOf(tid: number): number {
    for (let index = 0; index < this.count; index++) if (this.tid(index) === tid) return index;
    return -1;
  }

  tid(index: number): number {
    return this.bytes.readInt32LE(index * this.stride);
  }

  /** What it was found to have for itself (holdings.ts). */
  held(index: number): number {
    return this.bytes.readInt32LE(index * this.stride + HELD);
  }

  /** Its id as the program knows it. */
  knownTid(index: number): number {
    return this.bytes.readInt32LE(index * this.stride + KNOWN_TID);
  }

  /** Its id in the copy that is being built; zero or -errno: none. */
  newTid(index: number): number {
    return this.bytes.readInt32LE(index * this.stride + NEW_TID);
  }

  setNewTid(index: number, tid: number): void {
    this.bytes.writeInt32LE(tid, index * this.stride + NEW_TID);
  }

  /** The address that the kernel clears at the thread's end (set_tid_address(2)); 0: none. */
  tidAddress(index: number): bigint {
    return this.bytes.readBigUInt64LE(index * this.stride + TID_ADDRESS);
  }

  name(index: number): string {
    const at = index * this.stride + NAME;
    const bytes = this.bytes.subarray(at, at + NAME_SIZE);
    const end = bytes.indexOf(0);
    return bytes.toString("utf8", 0, end < 0 ? NAME_SIZE : end);
  }

  /** struct user_regs_struct (sys/user.h). */
  registers(index: number): Buffer {
    const at = index * this.stride + REGISTERS;
    return this.bytes.subarray(at, at + REGISTERS_SIZE);
  }

  /** The same of a copy's thread: `goesOn`: it has been put into the call with a time-out that it was in. */
  registersInCopy(index: number, goesOn: boolean): Buffer {
    const registers = this.registers(index);
    if (goesOn || !this.callToRepeat(index)) return registers;
    const made = Buffer.from(registers);
    made.writeBigInt64LE(ERESTARTNOHAND, Register.rax);
    return made;
  }

  /** NT_X86_XSTATE. */
  xstate(index: number): Buffer {
    const at = index * this.stride;
    return this.bytes.subarray(at + HEAD, at + HEAD + this.bytes.readUInt32LE(at + XSTATE_SIZE));
  }

  /** The address of the head of its list of robust locks (get_robust_list(2)). */
  robustList(index: number): bigint {
    return this.bytes.readBigUInt64LE(index * this.stride + ROBUST_LIST);
  }

  /** Whether it holds a robust lock (get_robust_list(2)). */
  holdsLock(index: number): boolean {
    return (this.bytes.readUInt32LE(index * this.stride + FLAGS) & LOCK_HELD) !== 0;
  }

  /** Whether signals were pending for a thread alone (signal(7)). */
  hasSignalPending(index: number): boolean {
    return (this.bytes.readUInt32LE(index * this.stride + FLAGS) & SIGNAL_PENDING) !== 0;
  }

  /** Whether its clones do not have its policy or nice value (sched_setattr(2), SCHED_FLAG_RESET_ON_FORK). */
  isScheduleReset(index: number): boolean {
    return (this.bytes.readUInt32LE(index * this.stride + FLAGS) & SCHEDULE_RESET) !== 0;
  }

  /** Whether signals were pending for the whole process. */
  get hasSharedSignalPending(): boolean {
    for (let index = 0; index < this.count; index++)
      if ((this.bytes.readUInt32LE(index * this.stride + FLAGS) & SHARED_SIGNAL_PENDING) !== 0) return true;
    return false;
  }

  /**
   * The call that a thread was in and that only the kernel knows how to go on with (restart_block): a copy makes it
   * again instead. Undefined: there is none.
   */
  callToRepeat(index: number): InterruptedCall | undefined {
    return this.callWith(index, ERESTART_RESTARTBLOCK);
  }

  /** The call that a thread was in and that the stop ended with EINTR: it is made again (fp_resume). */
  callCutShort(index: number): InterruptedCall | undefined {
    return this.callWith(index, EINTR);
  }

  private callWith(index: number, result: bigint): InterruptedCall | undefined {
    const at = index * this.stride;
    if (this.bytes.readBigInt64LE(at + RAX) !== result) return undefined;
    const number = this.bytes.readBigInt64LE(at + ORIG_RAX);
    if (number < 0n) return undefined;
    return {
      number: Number(number),
      args: ARGUMENTS.map((offset) => this.bytes.readBigUInt64LE(at + offset)),
    };
  }

  /** The call that a thread was in, where the record has only restart_syscall(2). */
  nameCall(index: number, { number }: BlockedCall): void {
    if (this.callToRepeat(index)) this.bytes.writeBigInt64LE(number, index * this.stride + ORIG_RAX);
  }

  /**
   * Records to build a copy from. `cloner`: the index of the thread that the copy was cloned by, whose rseq registration
   * and alternate stack the copy's leader (record 0) has; undefined: no record is the leader's. They hold until the next are
   * made.
   */
  forCopy(cloner: number | undefined): ThreadRecords {
    if (spare.length < this.bytes.length) spare = Buffer.allocUnsafeSlow(this.bytes.length);
    const copy = new ThreadRecords(spare.subarray(0, this.bytes.length), this.count, this.stride);
    this.bytes.copy(copy.bytes);
    for (let index = 0; index < this.count; index++)
      if (this.callToRepeat(index))
        // As -516, but the call is made again as it was: a copy's threads have no restart_block.
        copy.bytes.writeBigInt64LE(ERESTARTNOHAND, index * this.stride + RAX);
    if (cloner === 0) {
      copy.bytes.fill(0, RSEQ, RSEQ + RSEQ_SIZE);
      copy.bytes.writeInt32LE(STACK_IS_THERE, STACK_FLAGS);
    } else if (cloner !== undefined)
      this.bytes.copy(
        copy.bytes,
        FORMER_RSEQ,
        cloner * this.stride + RSEQ,
        cloner * this.stride + RSEQ + RSEQ_SIZE,
      );
    return copy;
  }

  /** A part of the records, sharing their bytes. */
  from(index: number): ThreadRecords {
    return new ThreadRecords(this.bytes.subarray(index * this.stride), this.count - index, this.stride);
  }
}
