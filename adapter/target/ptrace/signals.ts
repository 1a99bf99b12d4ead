/** Signals of Linux on x86-64 (signal(7)) by number, as people call them. */
import { readFileSync } from "node:fs";
import { memoryAddress } from "../addresses";
import type { ExitStatus, SignalInfo } from "../target";

const names: readonly (readonly [string, string])[] = [
  ["SIG0", "No signal"],
  ["SIGHUP", "Hangup"],
  ["SIGINT", "Interrupt"],
  ["SIGQUIT", "Quit"],
  ["SIGILL", "Illegal instruction"],
  ["SIGTRAP", "Trace/breakpoint trap"],
  ["SIGABRT", "Aborted"],
  ["SIGBUS", "Bus error"],
  ["SIGFPE", "Arithmetic exception"],
  ["SIGKILL", "Killed"],
  ["SIGUSR1", "User defined signal 1"],
  ["SIGSEGV", "Segmentation fault"],
  ["SIGUSR2", "User defined signal 2"],
  ["SIGPIPE", "Broken pipe"],
  ["SIGALRM", "Alarm clock"],
  ["SIGTERM", "Terminated"],
  ["SIGSTKFLT", "Stack fault"],
  ["SIGCHLD", "Child status changed"],
  ["SIGCONT", "Continued"],
  ["SIGSTOP", "Stopped (signal)"],
  ["SIGTSTP", "Stopped (user)"],
  ["SIGTTIN", "Stopped (tty input)"],
  ["SIGTTOU", "Stopped (tty output)"],
  ["SIGURG", "Urgent I/O condition"],
  ["SIGXCPU", "CPU time limit exceeded"],
  ["SIGXFSZ", "File size limit exceeded"],
  ["SIGVTALRM", "Virtual timer expired"],
  ["SIGPROF", "Profiling timer expired"],
  ["SIGWINCH", "Window size changed"],
  ["SIGIO", "I/O possible"],
  ["SIGPWR", "Power failure"],
  ["SIGSYS", "Bad system call"],
];

/** glibc keeps 32 and 33 for itself; its SIGRTMIN is 34. */
const FIRST_REAL_TIME = 34;

/** Numbers that the ptrace code itself treats in a way of their own. */
export const Signal = {
  ILL: 4,
  TRAP: 5,
  ABRT: 6,
  BUS: 7,
  FPE: 8,
  KILL: 9,
  SEGV: 11,
  CHLD: 17,
  CONT: 18,
  STOP: 19,
  TTOU: 22,
  SYS: 31,
} as const;

/** `SIGSEGV`, `SIGRTMIN+2`, `SIG33`. */
export function signalName(number: number): string {
  const known = names[number];
  if (known !== undefined) return known[0];
  if (number < FIRST_REAL_TIME) return `SIG${number}`;
  return number === FIRST_REAL_TIME ? "SIGRTMIN" : `SIGRTMIN+${number - FIRST_REAL_TIME}`;
}

/** `Segmentation fault`. */
export function signalDescription(number: number): string {
  return names[number]?.[1] ?? "Real-time signal";
}

/** How a process that a signal ended is told of. */
export function killedBy(signal: number): ExitStatus {
  return { signal, signalName: signalName(signal) };
}

const faults: ReadonlySet<number> = new Set([Signal.ILL, Signal.BUS, Signal.FPE, Signal.SEGV, Signal.TRAP]);

/** Reads a siginfo_t (sigaction(2)): 128 bytes, si_code at 8, si_addr or si_pid at 16. */
export function decodeSignalInfo(number: number, info: Buffer): SignalInfo {
  const code = info.readInt32LE(8);
  const fromKernel = code > 0 && code !== 0x80;
  return {
    number,
    name: signalName(number),
    description: signalDescription(number),
    code,
    ...(faults.has(number) && fromKernel ? { faultAddress: memoryAddress(info.readBigUInt64LE(16)) } : {}),
    ...(code <= 0 && code !== -2 ? { senderProcessId: info.readInt32LE(16) } : {}),
  };
}

/** Whether a signal stops a process that does not handle it (signal(7)): one that ignores it does not notice. */
export function stopsProgram(processId: number, signal: number): boolean {
  if (signal === Signal.STOP) return true;
  if (signal <= Signal.STOP || signal > Signal.TTOU) return false;
  const ignored = /^SigIgn:\s+([0-9a-f]+)/m.exec(readFileSync(`/proc/${processId}/status`, "latin1"))?.[1];
  return ((BigInt(`0x${ignored ?? "0"}`) >> BigInt(signal - 1)) & 1n) === 0n;
}

/** siginfo_t (sigaction(2)). */
const CODE = 8;
const SENDER = 16;
const SI_USER = 0;
const SI_QUEUE = -1;
const SI_TKILL = -6;

/**
 * A siginfo_t in a process that had the id `former` and has the id `now`: what it sent to itself comes from itself. C libraries
 * look (pthread_cancel(3)).
 */
export function fromItself(info: Buffer, former: number, now: number): Buffer {
  const code = info.readInt32LE(CODE);
  const own = code === SI_USER || code === SI_QUEUE || code === SI_TKILL;
  const copy = Buffer.from(info);
  if (own && info.readInt32LE(SENDER) === former) copy.writeInt32LE(now, SENDER);
  return copy;
}
