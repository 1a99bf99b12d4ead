/** The processes of the program that stand still, and changing places with one. */
import type { CheckpointToken, Restored } from "../../checkpointer";
import { TargetError, type ExitStatus } from "../../target";
import { whyNotStopped } from "../refusals";
import { findAgentSite, findImagePlaces } from "../remote/agentSite";
import { RemoteThread } from "../remote/remoteThread";
import { exitStatusOf } from "../running/events";
import type { PtraceExecution } from "../running/execution";
import type { LiveProcess } from "../running/liveProcess";
import { decodeStatus, PtraceEvent, ResumeHow, shim, type WaitEvent } from "../shim";
import { Waker } from "../waker";
import { detachThreads, killSuspended, stateOfSuspended, suspendedToken, type Suspended } from "./suspended";

export class SuspendedProcesses {
  onLost: (token: CheckpointToken, status: ExitStatus) => void = () => undefined;
  /** With the descriptor that is readable once the process is dead; negative: none could be had. */
  private readonly pidfds = new Map<Suspended, number>();

  constructor(
    private readonly process: LiveProcess,
    private readonly execution: PtraceExecution,
  ) {
    execution.asParent.suspendedCaller = (processId) => this.callerIn(processId);
    execution.onSuspended = (child) => {
      this.keep(child);
      return stateOfSuspended(child);
    };
  }

  get threadIds(): number[] {
    return [...this.pidfds.keys()].flatMap(({ tracees }) => tracees.map(({ tid }) => tid));
  }

  owns(tid: number): boolean {
    return this.ownerOf(tid) !== undefined;
  }

  find(token: CheckpointToken): Suspended | undefined {
    return [...this.pidfds.keys()].find((suspended) => suspendedToken(suspended) === token);
  }

  /** The live process and a suspended one change places. Throws TargetError: then nothing has changed. */
  switchTo(other: Suspended, keepCurrent: boolean): Restored {
    if (!other.tracees.some((tracee) => tracee.isThere()))
      throw new TargetError("That process is not there any more.");
    const left = this.leave(keepCurrent);
    this.forget(other);
    for (const { tid } of other.tracees) shim.setOptions(tid, 1);
    this.execution.adopt();
    this.process.occupy(other);
    this.execution.watchWhileIdle();
    return {
      stop: { kind: "restored", threadId: other.threadId },
      missed: [],
      ...(left === undefined ? {} : { left: stateOfSuspended(left) }),
    };
  }

  /** Ends one. */
  kill(suspended: Suspended): void {
    this.forget(suspended);
    killSuspended(suspended);
  }

  /** Whether an event is one of a suspended process: mostly its death. */
  takes({ tid, status }: WaitEvent): boolean {
    const suspended = this.ownerOf(tid);
    if (suspended === undefined) return false;
    const decoded = decodeStatus(status);
    if (decoded.kind === "stopped") {
      if (decoded.event === PtraceEvent.exit) shim.resume(tid, ResumeHow.continue, 0);
    } else if (tid === suspended.processId) {
      this.forget(suspended);
      suspended.memory.close();
      this.onLost(suspendedToken(suspended), exitStatusOf(status));
    }
    return true;
  }

  private ownerOf(tid: number): Suspended | undefined {
    for (const suspended of this.pidfds.keys()) {
      const { tracees, leaving } = suspended;
      if (tracees.some((tracee) => tracee.tid === tid) || leaving.includes(tid)) return suspended;
    }
    return undefined;
  }

  dispose(): void {
    for (const suspended of [...this.pidfds.keys()]) this.kill(suspended);
  }

  private callerIn(processId: number): RemoteThread | undefined {
    const suspended = [...this.pidfds.keys()].find((one) => one.processId === processId);
    const tracee = suspended?.tracees.find(({ state, inVfork }) => state === "stopped" && !inVfork);
    if (suspended === undefined || tracee === undefined) return undefined;
    const { memory } = suspended;
    const places = suspended.places ?? findImagePlaces(processId, memory);
    const site = findAgentSite(processId, memory, places, tracee.sp);
    return new RemoteThread(processId, tracee.tid, memory, site, () => tracee.injected());
  }

  /** Puts the live process aside. Undefined: it has ended, or ends now. */
  private leave(keepCurrent: boolean): Suspended | undefined {
    const { process } = this;
    if (process.ended) return undefined;
    const { threads } = process;
    if (threads.every(({ state }) => state === "exiting")) {
      // It goes on to its end by itself, so that its parent hears of the end that it had.
      detachThreads(process.setAside());
      return undefined;
    }
    const moving = threads.find(({ state, inVfork }) => state === "running" || inVfork);
    if (moving) throw whyNotStopped(moving);
    process.awaitLeaving();
    process.sites.lift();
    const left = process.setAside();
    if (keepCurrent) this.keep(left);
    else killSuspended(left);
    return keepCurrent ? left : undefined;
  }

  private keep(suspended: Suspended): void {
    // Killed from outside, it is to die at once, with no stop at its exit: only its death is looked out for.
    for (const { tid } of suspended.tracees) shim.setOptions(tid, 0);
    const pidfd = shim.pidfdOpen(suspended.processId);
    this.pidfds.set(suspended, pidfd);
    if (pidfd >= 0) Waker.get().watch(pidfd, true);
  }

  private forget(suspended: Suspended): void {
    const pidfd = this.pidfds.get(suspended);
    this.pidfds.delete(suspended);
    if (pidfd === undefined || pidfd < 0) return;
    Waker.get().unwatch(pidfd);
    shim.close(pidfd);
  }
}
