/** The shim's ptrace functions (native-shim/shim_ptrace.h, _copies, _files, _memory), bound and with their records decoded. */
import { getSystemErrorName } from "node:util";
import { shimFunction } from "../../native";
import { memoryAddress, type MemoryAddress } from "../addresses";

/** Bytes of struct user_regs_struct (sys/user.h), and offsets in it. */
export const REGISTERS_SIZE = 27 * 8;
export const Register = {
  r15: 0,
  r14: 1 * 8,
  r13: 2 * 8,
  r12: 3 * 8,
  rbp: 4 * 8,
  rbx: 5 * 8,
  r11: 6 * 8,
  r10: 7 * 8,
  r9: 8 * 8,
  r8: 9 * 8,
  rax: 10 * 8,
  rcx: 11 * 8,
  rdx: 12 * 8,
  rsi: 13 * 8,
  rdi: 14 * 8,
  origRax: 15 * 8,
  rip: 16 * 8,
  cs: 17 * 8,
  flags: 18 * 8,
  rsp: 19 * 8,
  fsBase: 21 * 8,
} as const;
/** The offsets of all general registers but rsp. */
export const GENERAL_REGISTERS: readonly number[] = Array.from({ length: 15 }, (_, index) => index * 8);

const EVENT_HEAD = 16;
const SIGINFO_SIZE = 128;
const EVENT_SIZE = EVENT_HEAD + REGISTERS_SIZE + SIGINFO_SIZE;

/** Bytes of a patch as fp_patch_memory takes it. */
export const PATCH_SIZE = 16;

export const shim = {
  launch: shimFunction("fp_launch", ["buffer", "buffer"]),
  startWaiter: shimFunction("fp_start_waiter", []),
  armWaiter: shimFunction("fp_arm_waiter", []),
  watch: shimFunction("fp_watch", ["i32", "i32"]),
  unwatch: shimFunction("fp_unwatch", ["i32"]),
  armOutput: shimFunction("fp_arm_output", []),
  readAvailable: shimFunction("fp_read_available", ["i32", "buffer", "i32"]),
  close: shimFunction("fp_close", ["i32"]),
  waitAny: shimFunction("fp_wait_any", ["i32", "buffer"]),
  waitThread: shimFunction("fp_wait_thread", ["i32", "i32", "buffer"]),
  resume: shimFunction("fp_resume", ["i32", "i32", "i32"]),
  shortenWait: shimFunction("fp_shorten_wait", ["i32", "i32"]),
  interrupt: shimFunction("fp_interrupt", ["i32"]),
  stopGroup: shimFunction("fp_stop_group", ["i32", "buffer", "i32"]),
  detach: shimFunction("fp_detach", ["i32", "i32"]),
  setOptions: shimFunction("fp_set_options", ["i32", "i32"]),
  blockSignals: shimFunction("fp_block_signals", ["i32", "i32", "buffer"]),
  signalThread: shimFunction("fp_signal_thread", ["i32", "i32", "i32"]),
  kill: shimFunction("fp_kill", ["i32", "i32"]),
  endThread: shimFunction("fp_end_thread", ["i32", "buffer"]),
  killSharing: shimFunction("fp_kill_sharing", ["i32", "i32", "i32", "buffer", "i32", "i32"]),
  getRegisters: shimFunction("fp_get_registers", ["i32", "buffer"]),
  setRegisters: shimFunction("fp_set_registers", ["i32", "buffer"]),
  getXstate: shimFunction("fp_get_xstate", ["i32", "buffer", "i32"]),
  setXstate: shimFunction("fp_set_xstate", ["i32", "buffer", "i32"]),
  setSignalInfo: shimFunction("fp_set_signal_info", ["i32", "buffer"]),
  openMemory: shimFunction("fp_open_memory", ["i32"]),
  readMemory: shimFunction("fp_read_memory", ["i32", "i64", "buffer", "i32"]),
  writeMemory: shimFunction("fp_write_memory", ["i32", "i64", "buffer", "i32"]),
  patchMemory: shimFunction("fp_patch_memory", ["i32", "buffer", "i32"]),
  stepRange: shimFunction("fp_step_range", ["i32", "buffer", "i32", "buffer", "i32", "i32", "buffer"]),
  stepOver: shimFunction("fp_step_over", ["i32", "i32", "i64", "i32", "buffer"]),
  runConditional: shimFunction("fp_run_conditional", [
    "i32",
    "i32",
    "i32",
    "buffer",
    "i32",
    "buffer",
    "i32",
    "i32",
    "buffer",
  ]),
  remoteCalls: shimFunction("fp_remote_calls", ["i32", "buffer", "buffer", "i32", "buffer", "i32"]),
  freeze: shimFunction("fp_freeze", ["buffer", "buffer", "i32", "i32", "i64"]),
  thaw: shimFunction("fp_thaw", [
    "i32",
    "buffer",
    "i32",
    "buffer",
    "i32",
    "i32",
    "i32",
    "buffer",
    "i32",
    "buffer",
  ]),
  haveDescriptors: shimFunction("fp_have_descriptors", ["i32"]),
  surveyMemory: shimFunction("fp_survey_memory", ["i32", "i32", "i32", "buffer", "i32"]),
  copyMemory: shimFunction("fp_copy_memory", ["i32", "i32", "buffer", "i32"]),
  findLockOwners: shimFunction("fp_find_lock_owners", [
    "i32",
    "i32",
    "buffer",
    "i32",
    "buffer",
    "i32",
    "buffer",
    "buffer",
    "i32",
  ]),
  findOwnersInHand: shimFunction("fp_find_owners_in_hand", [
    "i32",
    "i32",
    "buffer",
    "i32",
    "buffer",
    "i32",
    "buffer",
    "i32",
  ]),
  frameLayout: shimFunction("fp_frame_layout", ["i32", "i64", "buffer"]),
  functionExtent: shimFunction("fp_function_extent", ["i32", "i64", "buffer"]),
  renewLockOwners: shimFunction("fp_renew_lock_owners", ["i32", "buffer", "i32"]),
  saveShared: shimFunction("fp_save_shared", ["i32", "buffer", "buffer", "i32", "i64"]),
  restoreShared: shimFunction("fp_restore_shared", ["i32", "buffer", "i32", "buffer", "i32"]),
  saveMapped: shimFunction("fp_save_mapped", ["i32", "buffer", "i32", "i64"]),
  restoreMapped: shimFunction("fp_restore_mapped", ["i32", "i32", "buffer", "i32", "i32"]),
  noteVfork: shimFunction("fp_note_vfork", ["i32", "i32", "buffer", "i32"]),
  peekSignals: shimFunction("fp_peek_signals", ["i32", "i32", "i32", "buffer", "i32"]),
  readSchedules: shimFunction("fp_read_schedules", ["buffer", "i32", "i32"]),
  setSchedules: shimFunction("fp_set_schedules", ["buffer", "i32"]),
  readDispatch: shimFunction("fp_read_dispatch", ["buffer", "i32"]),
  setDispatch: shimFunction("fp_set_dispatch", ["buffer", "i32"]),
  findSleepers: shimFunction("fp_find_sleepers", ["i32", "buffer", "i32"]),
  confirmSleepers: shimFunction("fp_confirm_sleepers", ["i32", "buffer", "i32"]),
  continueTimeouts: shimFunction("fp_continue_timeouts", ["buffer", "buffer", "i32"]),
  pidfdOpen: shimFunction("fp_pidfd_open", ["i32"]),
  readFdinfo: shimFunction("fp_read_fdinfo", ["i32", "buffer", "i32", "buffer", "i32"]),
  readQueues: shimFunction("fp_read_queues", ["i32", "buffer", "i32", "buffer", "i32"]),
  fillQueue: shimFunction("fp_fill_queue", ["i32", "i32", "i32", "buffer"]),
  putBackFiles: shimFunction("fp_put_back_files", ["buffer", "i32"]),
  readSocketImages: shimFunction("fp_read_socket_images", ["i32", "buffer", "i32", "buffer"]),
  takeLike: shimFunction("fp_take_like", ["i32", "buffer", "buffer", "i32"]),
  reuseAddresses: shimFunction("fp_reuse_addresses", ["i32"]),
  swapReuse: shimFunction("fp_swap_reuse", ["i32", "i32"]),
  putBackSocket: shimFunction("fp_put_back_socket", ["i32", "buffer", "i64"]),
  isLike: shimFunction("fp_is_like", ["i32", "buffer"]),
  readConnections: shimFunction("fp_read_connections", ["i32", "buffer", "i32", "buffer"]),
  readConnection: shimFunction("fp_read_connection", ["i32", "i32", "i32", "buffer", "i32"]),
  resetConnection: shimFunction("fp_reset_connection", ["i32"]),
  renewConnection: shimFunction("fp_renew_connection", ["i32", "i32", "buffer", "i64"]),
  describeSockets: shimFunction("fp_describe_sockets", ["i32", "buffer", "i32", "buffer"]),
  raiseDescriptorLimit: shimFunction("fp_raise_descriptor_limit", ["i32", "i32", "buffer"]),
  putBackDescriptorLimit: shimFunction("fp_put_back_descriptor_limit", ["i32", "buffer"]),
  groupFiles: shimFunction("fp_group_files", ["i32", "buffer", "i32", "buffer"]),
  takeEnds: shimFunction("fp_take_ends", ["i32", "buffer", "i32"]),
  readEnds: shimFunction("fp_read_ends", ["i32", "buffer", "i32", "buffer"]),
  readOwners: shimFunction("fp_read_owners", ["i32", "buffer", "i32", "buffer"]),
  makeEnds: shimFunction("fp_make_ends", ["i32", "buffer", "i64"]),
  handOver: shimFunction("fp_hand_over", ["i32", "i32", "buffer", "i32"]),
  copyFile: shimFunction("fp_copy_file", ["string", "string", "i64", "buffer"]),
  writeFile: shimFunction("fp_write_file", ["string", "i32"]),
  keepMemoryFile: shimFunction("fp_keep_memory_file", ["string", "buffer", "i32", "i64", "buffer"]),
  putBackMemoryFile: shimFunction("fp_put_back_memory_file", ["string", "i32", "buffer", "i32", "buffer"]),
  createFile: shimFunction("fp_create_file", ["string", "i32", "i32", "i32", "i32"]),
  swapOomScore: shimFunction("fp_swap_oom_score", ["i32", "i32"]),
  releaseLocks: shimFunction("fp_release_locks", ["i32", "buffer", "i32"]),
  sharesMemory: shimFunction("fp_shares_memory", ["i32", "i32"]),
  matchFiles: shimFunction("fp_match_files", ["i32", "buffer", "i32", "i32", "buffer", "i32", "buffer"]),
  epollCompare: shimFunction("fp_epoll_compare", ["i32", "i32", "i32", "buffer", "i32"]),
  listDescriptors: shimFunction("fp_list_descriptors", ["i32", "buffer", "i32", "i32", "buffer", "i32"]),
  comparePages: shimFunction("fp_compare_pages", [
    "i32",
    "i32",
    "i32",
    "buffer",
    "i32",
    "buffer",
    "buffer",
    "i32",
  ]),
};

/** How a tracee is set going (fp_resume); with `endsCall` a call that the stop has ended stays ended. */
export const ResumeHow = { continue: 0, singleStep: 1, listen: 2, endsCall: 4 } as const;

/** PTRACE_EVENT_* (ptrace(2)). */
export const PtraceEvent = {
  fork: 1,
  vfork: 2,
  clone: 3,
  exec: 4,
  vforkDone: 5,
  exit: 6,
  stop: 128,
} as const;

/** One result of waitpid(2). */
export interface WaitEvent {
  readonly tid: number;
  readonly status: number;
  readonly message: bigint;
  readonly pc: MemoryAddress;
  readonly sp: MemoryAddress;
  readonly signalInfo: Buffer;
  /** General registers; undefined when they could not be read. */
  readonly registers: Buffer | undefined;
  /** The system call that the thread is in, or negative (orig_rax), and what rax has. */
  readonly call: bigint;
  readonly result: bigint;
}

/** A buffer that `decodeEvent` can read after a call that fills one. */
export function eventBuffer(): Buffer {
  return Buffer.alloc(EVENT_SIZE);
}

/** The event in a buffer; copies what it needs, so the buffer may be used again. */
export function decodeEvent(bytes: Buffer): WaitEvent {
  const kept = Buffer.from(bytes.subarray(EVENT_HEAD));
  return {
    tid: bytes.readInt32LE(0),
    status: bytes.readInt32LE(4),
    message: bytes.readBigUInt64LE(8),
    pc: memoryAddress(kept.readBigUInt64LE(Register.rip)),
    sp: memoryAddress(kept.readBigUInt64LE(Register.rsp)),
    signalInfo: kept.subarray(REGISTERS_SIZE),
    // No thread of a program has the code segment 0.
    registers: kept.readUInt32LE(Register.cs) === 0 ? undefined : kept.subarray(0, REGISTERS_SIZE),
    call: kept.readBigInt64LE(Register.origRax),
    result: kept.readBigInt64LE(Register.rax),
  };
}

/** What a wait status says (waitpid(2), ptrace(2)). */
export type WaitStatus =
  | { readonly kind: "exited"; readonly exitCode: number }
  | { readonly kind: "killed"; readonly signal: number }
  | { readonly kind: "stopped"; readonly signal: number; readonly event: number };

/** Takes a wait status apart. */
export function decodeStatus(status: number): WaitStatus {
  if ((status & 0x7f) === 0) return { kind: "exited", exitCode: (status >> 8) & 0xff };
  if ((status & 0xff) !== 0x7f) return { kind: "killed", signal: status & 0x7f };
  return { kind: "stopped", signal: (status >> 8) & 0xff, event: (status >> 16) & 0xff };
}

/** The name of an errno, from a negative result of the shim. */
export function errorName(result: number): string {
  return getSystemErrorName(result);
}
