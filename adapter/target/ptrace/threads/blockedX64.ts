/** Whether a stop has interrupted a thread in a system call, told by its registers (user_regs_struct). */
import { Register } from "../shim";

/** asm/unistd_64.h */
const FUTEX = 202n;
export const RESTART_SYSCALL = 219n;
/** Bytes of the instruction. */
const SYSCALL_SIZE = 2n;
/** What rax has in a call that a stop interrupted (errno(3), linux/errno.h). */
export const EINTR = -4n;
const ERESTARTSYS = -512n;
export const ERESTARTNOHAND = -514n;
export const ERESTART_RESTARTBLOCK = -516n;

/** Whether a stop has interrupted a system call that the thread was waiting in. */
export function isBlocked(registers: Buffer): boolean {
  const result = registers.readBigInt64LE(Register.rax);
  return (
    registers.readBigInt64LE(Register.origRax) >= 0n &&
    result >= ERESTART_RESTARTBLOCK &&
    result <= ERESTARTSYS
  );
}

/** Whether the thread is in futex(2), or comes back from there. */
export function isFutex(registers: Buffer): boolean {
  return registers.readBigInt64LE(Register.origRax) === FUTEX;
}

/** Whether a stop has interrupted a system call, or ended it with EINTR (signal(7)). */
export function isInterrupted(registers: Buffer): boolean {
  if (isBlocked(registers)) return true;
  return registers.readBigInt64LE(Register.origRax) >= 0n && registers.readBigInt64LE(Register.rax) === EINTR;
}

/** What rcx has of a thread that was let go in an interrupted call and has not run since (fp_resume). */
const NOT_LEFT = 0x6e6f74206c656674n;

/** What the kernel or this side changes when a thread is taken back to a call, beside rip; the flags are left out. */
const changing = [Register.rax, Register.origRax, Register.rip, Register.rcx, Register.flags];

function withoutChanging(registers: Buffer): Buffer {
  const copy = Buffer.from(registers);
  for (const register of changing) copy.fill(0, register, register + 8);
  return copy;
}

/** Whether a thread that was let go with some registers stands as it was. */
function hasNotLeft(before: Buffer, now: Buffer): boolean {
  const result = before.readBigInt64LE(Register.rax);
  const goesOn = result === ERESTART_RESTARTBLOCK;
  if (goesOn && now.readBigInt64LE(Register.rcx) !== NOT_LEFT) return false;
  // A call that the stop has ended is made again as those are that say so.
  const left = result === EINTR ? ERESTARTNOHAND : result;
  return (
    (goesOn || result === EINTR) &&
    now.readBigInt64LE(Register.rax) === left &&
    now.readBigInt64LE(Register.origRax) === before.readBigInt64LE(Register.origRax) &&
    now.readBigUInt64LE(Register.rip) === before.readBigUInt64LE(Register.rip)
  );
}

/** Whether it stands in front of the call, to make it again. */
function isInFront(before: Buffer, now: Buffer): boolean {
  const goesOn = before.readBigInt64LE(Register.rax) === ERESTART_RESTARTBLOCK;
  const number = goesOn ? RESTART_SYSCALL : before.readBigInt64LE(Register.origRax);
  return (
    now.readBigUInt64LE(Register.rip) === before.readBigUInt64LE(Register.rip) - SYSCALL_SIZE &&
    now.readBigInt64LE(Register.rax) === number
  );
}

/**
 * The registers of a thread that was let go in an interrupted call and has stopped before it is in there again, as if it had never
 * left: `before` is what it was let go with, `now` where it has stopped. A handler that is run here would have the call made
 * again, where it ends with EINTR (signal(7)): pause(2) would miss its signal. Undefined: it stands elsewhere, or has been there.
 */
export function backInCall(before: Buffer, now: Buffer): Buffer | undefined {
  if (!hasNotLeft(before, now) && !isInFront(before, now)) return undefined;
  return withoutChanging(before).equals(withoutChanging(now)) ? before : undefined;
}
