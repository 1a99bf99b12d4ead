/** Which signals stop the session, and how a signal and an exit read (signal(7), x86-64 numbers). */
import { formatAddress } from "../target/addresses";
import type { ExitStatus, SignalInfo } from "../target/target";

const SIGTRAP = 5;
const LAST_SIGNAL = 64;
const [SIGALRM, SIGCHLD, SIGCONT, SIGURG, SIGVTALRM, SIGPROF, SIGWINCH, SIGIO] = [
  14, 17, 18, 23, 26, 27, 28, 29,
];
/** glibc's SIGCANCEL and SIGSETXID; musl's timer, cancel and synccall. */
const libcSignals = [32, 33, 34];
const faults = new Set([4, 7, 8, 11]);

/**
 * Signals that the program gets without a stop: those of ordinary work, as GDB has it. Of the real-time ones
 * those that the C library keeps for itself; `SIGRTMIN` as programs see it is 34 under glibc, and stops.
 */
export function passedSignals(muslLibc: boolean, stopOnSignals = true): ReadonlySet<number> {
  if (!stopOnSignals) return new Set(Array.from({ length: LAST_SIGNAL }, (_, index) => index + 1));
  const own = muslLibc ? libcSignals : libcSignals.slice(0, 2);
  return new Set([SIGALRM, SIGCHLD, SIGCONT, SIGURG, SIGVTALRM, SIGPROF, SIGWINCH, SIGIO, ...own]);
}

/** `SIGSEGV: Segmentation fault`. */
export function describeSignal(signal: SignalInfo): string {
  return `${signal.name}: ${signal.description}`;
}

/** The same with what more is known: the fault's address, the sender. */
export function explainSignal(signal: SignalInfo): string {
  const text = describeSignal(signal);
  if (faults.has(signal.number) && signal.faultAddress !== undefined)
    return `${text} at address ${formatAddress(signal.faultAddress)}`;
  if (signal.senderProcessId !== undefined && signal.senderProcessId !== 0)
    return `${text}, sent by process ${signal.senderProcessId}`;
  return text;
}

/** What a trap instruction of the program's own amounts to. */
export function trapSignal(): SignalInfo {
  return { number: SIGTRAP, name: "SIGTRAP", description: "Trace/breakpoint trap", code: 0 };
}

/** `Exiting with code 3`, `Exiting with signal SIGSEGV`. */
export function describeExit(status: ExitStatus): string {
  return "exitCode" in status
    ? `Exiting with code ${status.exitCode}`
    : `Exiting with signal ${status.signalName}`;
}

/** `The program has exited with code 3.`, `The program was ended by SIGSEGV.` */
export function describeEnd(status: ExitStatus): string {
  return "exitCode" in status
    ? `The program has exited with code ${status.exitCode}.`
    : `The program was ended by ${status.signalName}.`;
}

/** `Killed by SIGKILL`, `Exited with code 3`. */
export function describeDeath(status: ExitStatus): string {
  return "exitCode" in status ? `Exited with code ${status.exitCode}` : `Killed by ${status.signalName}`;
}
