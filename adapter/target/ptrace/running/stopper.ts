/** Stopping every thread of the live process. */
import { offsetBy } from "../../addresses";
import type { ResumeRequest, StopEvent } from "../../target";
import { isComing } from "../procStatus";
import {
  decodeEvent,
  decodeStatus,
  eventBuffer,
  PtraceEvent,
  ResumeHow,
  shim,
  type WaitEvent,
} from "../shim";
import { Signal } from "../signals";
import type { Tracee } from "../threads/tracee";
import { waitForThread } from "../threads/traceeEvents";
import { settle, type EventInterpreter } from "./events";
import type { LiveProcess } from "./liveProcess";

/** Microseconds; a thread that takes longer is in a state that no signal ends, and stays as it is. */
const STOP_WAIT = 2_000_000;
/** Microseconds; starting a program takes less, unless the machine is busy. */
const VFORK_WAIT = 10_000;

/** Stops every thread. What others stopped with by themselves is kept for the next resume. Gives those taken back to a trap. */
export function stopAll(process: LiveProcess, interpreter: EventInterpreter): readonly Tracee[] {
  const stuck = new Set<Tracee>();
  const running = process.threads.filter(({ state }) => state === "running");
  process.sleepers.find(process);
  stopRunning(process, interpreter, stuck);
  stopReturned(process, interpreter, VFORK_WAIT);
  stopRunning(process, interpreter, stuck);
  const takenBack = takeBackToTraps(process, interpreter, running);
  process.sleepers.confirm(process);
  return takenBack;
}

/**
 * A stop that was asked for comes before a signal (kernel/signal.c, get_signal): a thread may have met a trap and stand behind it, with
 * the SIGTRAP still to come. It takes that one, which takes it back, and runs nothing in between.
 */
function takeBackToTraps(
  process: LiveProcess,
  interpreter: EventInterpreter,
  stopped: readonly Tracee[],
): readonly Tracee[] {
  const behind = stopped.filter((tracee) => standsBehindTrap(process, tracee));
  const event = eventBuffer();
  for (const tracee of behind) {
    shim.resume(tracee.tid, ResumeHow.continue, 0);
    tracee.started();
    if (waitForThread(tracee.tid, STOP_WAIT, event) === 1)
      takeStopping(process, interpreter, decodeEvent(event));
  }
  return behind;
}

function standsBehindTrap(process: LiveProcess, tracee: Tracee): boolean {
  if (tracee.state !== "stopped" || tracee.inVfork || tracee.groupStopped) return false;
  const pc = tracee.readPc();
  if (pc === undefined || process.sites.originalAt(offsetBy(pc, -1)) === undefined) return false;
  return isComing(process.processId, tracee.tid, Signal.TRAP);
}

/** Stops every thread but one, of which an event has come that is not dealt with yet. */
export function stopOthers(process: LiveProcess, interpreter: EventInterpreter, tid: number): void {
  const one = process.tracees.get(tid);
  process.sleepers.find(process);
  stopRunning(process, interpreter, new Set(one === undefined ? [] : [one]));
  process.sleepers.confirm(process);
}

/** Whether an event tells of a child that is in the program's memory until it runs a program of its own. */
export function isVfork({ status }: WaitEvent): boolean {
  const decoded = decodeStatus(status);
  return decoded.kind === "stopped" && decoded.event === PtraceEvent.vfork;
}

/** Stops what runs, but for `stuck`, to which it adds what cannot be stopped. */
function stopRunning(process: LiveProcess, interpreter: EventInterpreter, stuck: Set<Tracee>): void {
  const event = eventBuffer();
  // The traps are taken out for these, when nobody can run past them any more.
  const vforks: WaitEvent[] = [];
  const toStop = (): Tracee[] =>
    process.threads.filter((tracee) => tracee.state === "running" && !tracee.inVfork && !stuck.has(tracee));
  // Again and again: threads are born meanwhile.
  for (let running = toStop(); running.length > 0; running = toStop()) {
    for (const tracee of running) shim.interrupt(tracee.tid);
    for (const tracee of running)
      if (waitForThread(tracee.tid, STOP_WAIT, event) === 1) {
        const taken = decodeEvent(event);
        if (isVfork(taken)) {
          vforks.push(taken);
          stuck.add(tracee);
        } else takeStopping(process, interpreter, taken);
      } else if (tracee.state === "running") stuck.add(tracee);
  }
  for (const vfork of vforks) {
    const tracee = process.tracees.get(vfork.tid);
    if (tracee !== undefined) stuck.delete(tracee);
    takeStopping(process, interpreter, vfork);
  }
}

/**
 * Stops the threads that come back from vfork: one that is still in there can be neither stopped nor read. Each is waited for
 * once, for at most `microseconds`, since most children have started their program in far less; later it is only looked at.
 */
export function stopReturned(
  process: LiveProcess,
  interpreter: EventInterpreter,
  microseconds: number,
): void {
  const event = eventBuffer();
  for (const tracee of process.threads) {
    if (tracee.state !== "running" || !tracee.inVfork) continue;
    const wait = tracee.vforkAwaited ? 0 : microseconds;
    tracee.vforkAwaited ||= wait > 0;
    if (waitForThread(tracee.tid, wait, event) === 1) takeStopping(process, interpreter, decodeEvent(event));
  }
}

/** Takes an event of a thread that is being stopped: it ends up stopped, or has gone, or waits in vfork. */
export function takeStopping(process: LiveProcess, interpreter: EventInterpreter, event: WaitEvent): void {
  const outcome = interpreter.interpret(event);
  const tracee = process.tracees.get(event.tid);
  if (tracee === undefined) return;
  // The parent of a child that is followed waits; it cannot be stopped again once it is in vfork.
  if (outcome.kind === "inCall" && tracee.inVfork) {
    if (!interpreter.holdsChild) process.go(tracee);
  } else if (outcome.kind === "inCall") {
    const next = settle(tracee);
    if (next) takeStopping(process, interpreter, next);
  }
  // A trap will simply be met again. Its registers may be others by the time when it is told.
  else if (outcome.kind === "stop" && outcome.stop.kind !== "breakpoint")
    tracee.deferred = { ...event, registers: undefined };
}

/** Something that a thread stopped with while another's stop was told; those of threads that are held stay. */
export function deferredStop(
  process: LiveProcess,
  interpreter: EventInterpreter,
  { threadId, others }: ResumeRequest,
): StopEvent | undefined {
  for (const tracee of process.threads) {
    const event = tracee.deferred;
    const held = others === "hold" && threadId !== undefined && tracee.id !== threadId;
    if (event === undefined || held) continue;
    tracee.deferred = undefined;
    const { inSignalStop } = tracee;
    const outcome = interpreter.interpret(event, true);
    // Calls may have been made in it since.
    tracee.inSignalStop &&= inSignalStop;
    if (outcome.kind === "stop") return outcome.stop;
  }
  return undefined;
}

/**
 * Sets a thread going by `go`; where `isAsked`, it is to stop again at once: every stop takes back what was asked before it, and in
 * vfork none is to be had. Asked while it stands, it runs nothing in between; one that waits for SIGCONT (PTRACE_LISTEN) only hears
 * it afterwards.
 */
export function goAsked<T>(tracee: Tracee, isAsked: boolean, go: () => T): T {
  const { tid, groupStopped: waits } = tracee;
  const asks = isAsked && !tracee.inVfork;
  if (asks && !waits) shim.interrupt(tid);
  const result = go();
  if (asks && waits) shim.interrupt(tid);
  return result;
}
