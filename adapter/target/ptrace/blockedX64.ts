/** Whether a stop has interrupted a thread in a system call, told by its registers (user_regs_struct). */
import { Register } from "./shim";

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

/** What the kernel changes when it takes a thread back to a call, beside rip; the flags are left out. */
const changing = [Register.rax, Register.origRax, Register.rip, Register.flags];

function withoutChanging(registers: Buffer): Buffer {
  const copy = Buffer.from(registers);
  for (const register of changing) copy.fill(0, register, register + 8);
  return copy;
}

/**
 * The registers of a thread that was let go in an interrupted call and has stopped before it is in there again, as if it had never
 * left: `before` is what it was let go with, `now` where it has stopped. A handler that is run here would have the call made
 * again, where it ends with EINTR (signal(7)): pause(2) would miss its signal. Undefined: it stands elsewhere.
 */
export function backInCall(before: Buffer, now: Buffer): Buffer | undefined {
  const pc = before.readBigUInt64LE(Register.rip);
  if (now.readBigUInt64LE(Register.rip) !== pc - SYSCALL_SIZE) return undefined;
  const goesOn = before.readBigInt64LE(Register.rax) === ERESTART_RESTARTBLOCK;
  const number = goesOn ? RESTART_SYSCALL : before.readBigInt64LE(Register.origRax);
  if (now.readBigInt64LE(Register.rax) !== number) return undefined;
  return withoutChanging(before).equals(withoutChanging(now)) ? before : undefined;
}
