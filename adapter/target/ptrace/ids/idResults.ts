/**
 * Calls that give an id of the process or the thread, just about to return in a copy that has other ids: what they give is what
 * the copy's own calls would give. A C library asks right before it sends a signal to one of its threads (pthread_cancel(3)).
 */
import { Register } from "../shim";

/** asm/unistd_64.h */
const GETPID = 39n;
const GETTID = 186n;
const SET_TID_ADDRESS = 218n;

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
  const call = registers.readBigInt64LE(Register.origRax);
  const givesProcess = call === GETPID;
  if (!givesProcess && call !== GETTID && call !== SET_TID_ADDRESS) return false;
  const { former, now } = givesProcess ? process : thread;
  if (registers.readBigInt64LE(Register.rax) !== BigInt(former)) return false;
  registers.writeBigInt64LE(BigInt(now), Register.rax);
  return true;
}
