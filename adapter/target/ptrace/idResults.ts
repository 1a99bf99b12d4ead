/**
 * Calls that give an id of the process or the thread, just about to return in a copy that has other ids: what they give is what
 * the copy's own calls would give. A C library asks right before it sends a signal to one of its threads (pthread_cancel(3)).
 */
/** asm/unistd_64.h */
const GETPID = 39n;
const GETTID = 186n;
const SET_TID_ADDRESS = 218n;
/** struct user_regs_struct (sys/user.h). */
const RAX = 10 * 8;
const ORIG_RAX = 15 * 8;

/** r15, r14, r13, r12, rbp, rbx: what a function keeps for its caller (System V ABI for x86-64, 3.2.1). */
const KEPT = [0, 8, 16, 24, 32, 40];
/** Smaller numbers stand everywhere; only the first processes of a pid namespace have them for ids. */
export const LEAST_ID = 16;

/** An id at the checkpoint, and in the copy. */
export interface RenewedId {
  readonly former: number;
  readonly now: number;
}

/**
 * Changes a thread's registers (user_regs_struct) where such a call has just given its id or that of its process. Gives whether
 * it did.
 */
export function renewIdResult(registers: Buffer, thread: RenewedId, process: RenewedId): boolean {
  const call = registers.readBigInt64LE(ORIG_RAX);
  const givesProcess = call === GETPID;
  if (!givesProcess && call !== GETTID && call !== SET_TID_ADDRESS) return false;
  const { former, now } = givesProcess ? process : thread;
  if (registers.readBigInt64LE(RAX) !== BigInt(former)) return false;
  registers.writeBigInt64LE(BigInt(now), RAX);
  // raise(3) asks for both, one after the other.
  replaceId(registers, KEPT, thread);
  return true;
}

/** FUTEX_TID_MASK (linux/futex.h): the other bits of a word with an id are the kernel's and the C library's. */
export const ID_MASK = 0x3fffffff;

/** Writes the new id over the former one in some of a thread's registers, by their offsets. Gives whether any had it. */
export function replaceId(registers: Buffer, places: readonly number[], { former, now }: RenewedId): boolean {
  if (former < LEAST_ID) return false;
  const having = places.filter((at) => hasId(registers, at, former));
  for (const at of having) {
    const flags = registers.readUInt32LE(at) & ~ID_MASK;
    registers.writeUInt32LE((flags | now) >>> 0, at);
  }
  return having.length > 0;
}

/** As the compiler leaves a 32-bit value in a register, with or without its sign. */
export function hasId(registers: Buffer, at: number, id: number): boolean {
  const word = registers.readUInt32LE(at);
  const above = registers.readInt32LE(at + 4);
  return (word & ID_MASK) === id && (above === 0 || (above === -1 && (word | 0) < 0));
}
