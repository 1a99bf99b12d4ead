/**
 * Children that run in the memory of their parent, which waits for them in vfork(2) (posix_spawn and system too). They
 * are traced until they run a program of their own; before that no trap may stand in that memory, and nothing stops them.
 */
import { TargetError } from "../../target";
import { ProcessMemory } from "../processMemory";
import { settle } from "../running/events";
import { killProcess } from "../running/liveProcess";
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
import { Tracee } from "../threads/tracee";
import { waitForThread } from "../threads/traceeEvents";
import type { Suspended } from "./suspended";

/** Microseconds until the first stop of a child that one of them makes. */
const CHILD_WAIT = 1_000_000;
/** PTRACE_EVENT_* that tell of a new process or thread. */
const births: ReadonlySet<number> = new Set([PtraceEvent.fork, PtraceEvent.vfork, PtraceEvent.clone]);

export class VforkShadow {
  /** One of them runs a program of its own now, and stands at its first instruction. */
  onExec: (child: Suspended) => void = () => undefined;
  private readonly children = new Set<number>();

  has(tid: number): boolean {
    return this.children.has(tid);
  }

  /** Lets a child go that is in its first stop. */
  enter(pid: number): void {
    this.children.add(pid);
    shim.resume(pid, ResumeHow.continue, 0);
  }

  /** Deals with an event of one of them. Gives whether it was one's. */
  takes(event: WaitEvent): boolean {
    const { tid } = event;
    if (!this.children.has(tid)) return false;
    const status = decodeStatus(event.status);
    if (status.kind !== "stopped") this.children.delete(tid);
    else if (status.event === PtraceEvent.exec) this.leave(tid);
    else this.pass(tid, status, Number(event.message));
    return true;
  }

  /** Takes what has come of them while their parent stands still. */
  look(): void {
    const event = eventBuffer();
    for (const pid of [...this.children])
      while (this.children.has(pid) && waitForThread(pid, 0, event) === 1) this.takes(decodeEvent(event));
  }

  /** Ends them all. */
  dispose(): void {
    for (const pid of this.children) killProcess(pid, []);
    this.children.clear();
  }

  private leave(pid: number): void {
    this.children.delete(pid);
    const tracee = new Tracee(1, pid, pid);
    if (settle(tracee) !== undefined) return;
    try {
      const memory = ProcessMemory.open(pid);
      this.onExec({ processId: pid, memory, tracees: [tracee], leaving: [], places: undefined, threadId: 1 });
    } catch (error) {
      // Killed in between: nobody is left to be debugged.
      if (!(error instanceof TargetError)) throw error;
    }
  }

  private pass(tid: number, { signal, event }: { signal: number; event: number }, message: number): void {
    // What it makes itself runs free.
    if (births.has(event) && waitForThread(message, CHILD_WAIT, eventBuffer()) === 1) shim.detach(message, 0);
    const isGroupStop = event === PtraceEvent.stop && signal !== Signal.TRAP;
    const number = event === 0 && signal !== Signal.TRAP ? signal : 0;
    shim.resume(tid, isGroupStop ? ResumeHow.listen : ResumeHow.continue, number);
  }
}
