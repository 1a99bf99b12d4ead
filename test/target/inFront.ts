import assert from "node:assert/strict";
import { Register, REGISTERS_SIZE, shim } from "../../adapter/target/ptrace/shim";

/** asm/unistd_64.h, linux/errno.h */
const RESTART_SYSCALL = 219n;
const ERESTART_RESTARTBLOCK = -516n;
const SYSCALL_SIZE = 2n;

/** Puts a stopped thread where the kernel takes it back to, in front of the call that it is in, behind the debugger's back. */
export function putInFront(tid: number): void {
  const registers = Buffer.alloc(REGISTERS_SIZE);
  assert.equal(shim.getRegisters(tid, registers), 0);
  const number = registers.readBigInt64LE(Register.origRax);
  assert.ok(number >= 0n, "it is in no call");
  const goesOn = registers.readBigInt64LE(Register.rax) === ERESTART_RESTARTBLOCK;
  registers.writeBigInt64LE(goesOn ? RESTART_SYSCALL : number, Register.rax);
  registers.writeBigInt64LE(-1n, Register.origRax);
  registers.writeBigUInt64LE(registers.readBigUInt64LE(Register.rip) - SYSCALL_SIZE, Register.rip);
  assert.equal(shim.setRegisters(tid, registers), 0);
}
