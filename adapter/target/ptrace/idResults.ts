/**
 * Calls that give an id of the process or the thread, just about to return in a copy that has other ids: what they give is what
 * the copy's own calls would give. A C library asks right before it sends a signal to one of its threads (pthread_cancel(3)).
 */
import type { ThreadAt } from "./carried";
import { REGISTERS_SIZE, shim } from "./shim";
import type { ThreadRecords } from "./threadRecords";

/** asm/unistd_64.h */
const GETPID = 39;
const GETTID = 186;
const SET_TID_ADDRESS = 218;
/** struct user_regs_struct (sys/user.h). */
const RAX = 10 * 8;
const ORIG_RAX = 15 * 8;

/** `processId`: the program's, as it knew it; `threadAt`: the threads of the copy, by their place in the records. */
export function renewIdResults(records: ThreadRecords, processId: number, threadAt: ThreadAt): void {
  for (let index = 0; index < records.count; index++) {
    const call = records.callNumber(index);
    const givesProcess = call === GETPID;
    if (!givesProcess && call !== GETTID && call !== SET_TID_ADDRESS) continue;
    const registers = records.registers(index);
    if (registers.readBigInt64LE(ORIG_RAX) !== BigInt(call)) continue;
    const former = givesProcess ? processId : records.knownTid(index);
    if (registers.readBigInt64LE(RAX) !== BigInt(former)) continue;
    const thread = threadAt(index);
    const now = Buffer.alloc(REGISTERS_SIZE);
    if (shim.getRegisters(thread.tid, now) < 0) continue;
    now.writeBigInt64LE(BigInt(givesProcess ? thread.knownProcessId : thread.knownTid), RAX);
    shim.setRegisters(thread.tid, now);
  }
}
