/** Whether a stop has interrupted a thread in a system call, told by its registers (user_regs_struct). */
import { Register } from "./shim";

/** asm/unistd_64.h */
const FUTEX = 202n;
/** What rax has in a call that a stop interrupted: ERESTARTSYS to ERESTART_RESTARTBLOCK (linux/errno.h). */
const FIRST_RESTART = -516n;
const LAST_RESTART = -512n;

/** Whether a stop has interrupted a system call that the thread was waiting in. */
export function isBlocked(registers: Buffer): boolean {
  const result = registers.readBigInt64LE(Register.rax);
  return (
    registers.readBigInt64LE(Register.origRax) >= 0n && result >= FIRST_RESTART && result <= LAST_RESTART
  );
}

/** Whether the thread is in futex(2), or comes back from there. */
export function isFutex(registers: Buffer): boolean {
  return registers.readBigInt64LE(Register.origRax) === FUTEX;
}
