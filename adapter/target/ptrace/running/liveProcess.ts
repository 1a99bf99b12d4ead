/** The process that the user debugs now. A restore puts a fresh copy in its place; this object stays. */
import { readdirSync, readFileSync } from "node:fs";
import type { MemoryAddress } from "../../addresses";
import { TargetError, type ExitStatus, type TargetThread } from "../../target";
import type { Suspended } from "../forks/suspended";
import { ProcessMemory } from "../processMemory";
import type { ImagePlaces } from "../remote/agentSite";
import { conceal } from "../remote/dumpability";
import { decodeEvent, decodeStatus, eventBuffer, ResumeHow, shim } from "../shim";
import { killedBy, Signal, stopsProgram } from "../signals";
import { Sleepers } from "../threads/sleepers";
import { letSignalsCome } from "../threads/signalsHeldOff";
import { Tracee } from "../threads/tracee";
import { waitForThread } from "../threads/traceeEvents";
import { BreakpointSites } from "./breakpointSites";

/** Microseconds; a killed thread needs far less, unless it is in the midst of a page fault. */
const REAP_WAIT = 2_000_000;

/** Waits for the end of a killed thread, past the stops that are on its way. */
export function reap(tid: number): void {
  const event = eventBuffer();
  while (waitForThread(tid, REAP_WAIT, event) === 1) {
    if (decodeStatus(decodeEvent(event).status).kind !== "stopped") return;
    shim.resume(tid, ResumeHow.continue, 0);
  }
}

/** The leader is only reported when the others are gone; until then it is a zombie (proc(5), stat). */
function awaitZombie(tid: number): void {
  const end = Date.now() + REAP_WAIT / 1000;
  while (Date.now() < end && !/\) [ZX]/.test(readFileSync(`/proc/${tid}/task/${tid}/stat`, "latin1")));
}

/** The threads that the kernel has, those that nobody has been told of yet among them. */
function tasksOf(processId: number): number[] {
  try {
    return readdirSync(`/proc/${processId}/task`).map(Number);
  } catch {
    return [];
  }
}

/** Kills a process that nobody knows yet, and reaps every one of its threads. */
export function killProcess(processId: number, tids: readonly number[]): void {
  shim.kill(processId, 0);
  // The kernel reports the leader's end only when every other traced thread has been waited for.
  for (const tid of tids) if (tid !== processId) reap(tid);
  reap(processId);
}

export class LiveProcess {
  readonly tracees = new Map<number, Tracee>();
  readonly sites: BreakpointSites;
  readonly sleepers = new Sleepers();
  /** How it ended; undefined while it lives. */
  ended: ExitStatus | undefined;
  onThreadStarted: (thread: TargetThread) => void = () => undefined;
  onThreadExited: (thread: TargetThread) => void = () => undefined;
  onWaitsForContinue: () => void = () => undefined;
  readonly leaving = new Set<number>();
  /** Counts the debugger's writes. */
  revision = 0;
  /** In a pid namespace of its own: the program has other ids for its threads than the tracer. */
  ownNamespace = false;
  /** It, or one that has stood in its place, is a child of the program's own. */
  hasFamily = false;
  /** It may have children. */
  hasForked = false;
  /** Of the image that the program runs, once they were looked for. */
  imagePlaces: ImagePlaces | undefined;
  /** What is still to be done to it, in an idle moment, and before it runs or is copied: `settle`. */
  due: (() => void) | undefined;
  /** It does not let its user look into it, but does so until it goes on (dumpability.ts). */
  isRevealed = false;
  /** Untraced processes that run in the program's memory. */
  private sharers: number[] = [];
  private nextThreadId = 1;

  constructor(
    public processId: number,
    public memory: ProcessMemory,
  ) {
    this.sites = new BreakpointSites(memory);
  }

  get threads(): Tracee[] {
    return [...this.tracees.values()].sort((a, b) => a.id - b.id);
  }

  /** Does what is still due. */
  settle(): void {
    const { due } = this;
    this.due = undefined;
    if (this.ended === undefined) due?.();
    conceal(this);
  }

  /** Whether it may be a child of the program's, whose parent waits for it. */
  get mayHaveParent(): boolean {
    return this.hasFamily && this.ended === undefined;
  }

  /** A thread by its DAP id. Throws TargetError when there is none. */
  thread(id: number): Tracee {
    for (const tracee of this.tracees.values()) if (tracee.id === id) return tracee;
    throw new TargetError(`There is no thread ${id}.`);
  }

  /** The thread that acts for the whole process: the leader, or, when it has gone, the oldest. */
  get leader(): Tracee | undefined {
    return this.tracees.get(this.processId) ?? this.threads[0];
  }

  /** Whose /proc/ID tells of the process: of a leader that has exited hardly anything is there. */
  get procId(): number {
    return this.leader?.tid ?? this.processId;
  }

  /** All threads, the leader first where it is still there. */
  get leaderFirst(): Tracee[] {
    return this.threads.sort((a, b) => Number(b.tid === this.processId) - Number(a.tid === this.processId));
  }

  /**
   * Waits until threads that are past their exit stop are gone: only then the kernel has written into memory what
   * others who join them wait for (set_tid_address(2)).
   */
  awaitLeaving(): void {
    const event = eventBuffer();
    for (const tid of this.leaving) {
      if (tid === this.processId) awaitZombie(tid);
      else if (waitForThread(tid, REAP_WAIT, event) !== 0) this.leaving.delete(tid);
    }
  }

  addThread(tid: number, id?: number): Tracee {
    const tracee = new Tracee(id ?? this.nextThreadId++, tid, this.processId);
    this.nextThreadId = Math.max(this.nextThreadId, tracee.id + 1);
    this.tracees.set(tid, tracee);
    return tracee;
  }

  /** A thread is past its exit stop: to the debugger it is gone, to the kernel once it has been waited for. */
  letThreadLeave(tid: number): void {
    this.leaving.add(tid);
    this.removeThread(tid);
  }

  /** A thread is gone, or has been reaped after it left. */
  removeThread(tid: number): void {
    const tracee = this.tracees.get(tid);
    if (tracee === undefined) return;
    this.tracees.delete(tid);
    this.onThreadExited(tracee);
  }

  /** Kills the process and reaps every one of its threads. */
  kill(): void {
    const known = [...this.leaving, ...this.tracees.keys(), ...tasksOf(this.processId)];
    const tids = [...new Set(known)].filter((tid) => tid !== this.processId);
    for (const tid of [...tids, this.processId]) shim.setOptions(tid, 0);
    shim.kill(this.processId, 0);
    // One in its exit stop is past being killed: it waits for its tracer alone.
    for (const tid of tids) shim.resume(tid, ResumeHow.continue, 0);
    // The kernel reports the leader's end only when every other traced thread has been waited for.
    for (const tid of [...tids, this.processId]) reap(tid);
    this.end(killedBy(Signal.KILL));
  }

  /** The process is gone and has been reaped. */
  end(status: ExitStatus): void {
    this.ended = status;
    this.leaving.clear();
    for (const tid of [...this.tracees.keys()]) this.removeThread(tid);
    this.sites.noteLifted();
    this.memory.close();
  }

  /** Runs another file now: only the leader is left, in new memory without traps. */
  replaceImage(leader: Tracee): void {
    for (const tid of [...this.tracees.keys()]) if (tid !== leader.tid) this.removeThread(tid);
    letSignalsCome(leader);
    this.memory.close();
    this.memory = ProcessMemory.open(this.processId);
    this.imagePlaces = undefined;
    this.isRevealed = false;
    this.sharers = [];
    this.sites.clear(this.memory);
  }

  /**
   * Another process stands in the place of the one before: its traps are put in, its threads are `threads`, and are given
   * in that order.
   */
  become(
    processId: number,
    memory: ProcessMemory,
    threads: readonly { id: number; tid: number }[],
  ): readonly Tracee[] {
    if (this.ended === undefined) this.memory.close();
    const tracees = threads.map(({ id, tid }) => new Tracee(id, tid, processId));
    this.occupy({ processId, memory, tracees, leaving: [], places: this.imagePlaces });
    return tracees;
  }

  /** The live process as it stands; call `occupy` next. The traps must be lifted. */
  setAside(threadId = this.leader?.id ?? 1): Suspended {
    conceal(this);
    const { processId, memory, threads: tracees, imagePlaces: places } = this;
    const leaving = [...this.leaving];
    this.leaving.clear();
    return { processId, memory, tracees, leaving, places, threadId };
  }

  /** The same for good: to the debugger the process is not there any more. */
  abandon(): Suspended {
    this.sites.lift();
    const aside = this.setAside();
    this.tracees.clear();
    this.ended = { exitCode: 0 };
    return aside;
  }

  /** A process that stood aside is the live one now, without traps until it goes on. The one before is not touched. */
  occupy({ processId, memory, tracees, leaving, places }: Omit<Suspended, "threadId">): void {
    const before = new Map([...this.tracees.values()].map((tracee) => [tracee.id, tracee]));
    this.ended = undefined;
    this.processId = processId;
    this.memory = memory;
    this.imagePlaces = places;
    this.isRevealed = false;
    this.sharers = [];
    this.tracees.clear();
    for (const tid of leaving) this.leaving.add(tid);
    for (const tracee of tracees) {
      this.tracees.set(tracee.tid, tracee);
      this.nextThreadId = Math.max(this.nextThreadId, tracee.id + 1);
      if (!before.delete(tracee.id)) this.onThreadStarted(tracee);
    }
    for (const tracee of before.values()) this.onThreadExited(tracee);
    this.sites.moveTo(memory);
  }

  /** An untraced process runs in the program's memory from now on. */
  shareWith(processId: number): void {
    this.sites.lift();
    this.sharers.push(processId);
  }

  /** Puts the traps in, unless somebody runs in the program's memory whom they would kill: a child in vfork's shadow. */
  lowerTraps(): void {
    this.sharers = this.sharers.filter((other) => shim.sharesMemory(other, this.procId) === 1);
    if (this.sharers.length > 0 || this.threads.some(({ inVfork }) => inVfork)) return;
    this.sites.lower();
  }

  /** Puts back the trap that a system call was stepped over under, once the thread has stopped. */
  closeSite(tracee: Tracee): void {
    const address: MemoryAddress | undefined = tracee.openSite;
    tracee.openSite = undefined;
    if (address !== undefined) this.sites.rearm(address);
  }

  /** Sets a stopped thread going, with its signal when it has one to be given. */
  go(tracee: Tracee, policy: "deliver" | "discard" | "keep" = "deliver", step = false): void {
    let number = 0;
    const signal = tracee.signal;
    if (signal !== undefined && policy !== "keep") {
      tracee.signal = undefined;
      if (policy === "deliver" && tracee.inSignalStop) number = signal.number;
      // Injected calls or steps have passed since: the stop the signal came with is over. Send it once more.
      else if (policy === "deliver") {
        tracee.resent = [...tracee.resent, { ...signal, told: true }];
        shim.signalThread(this.processId, tracee.tid, signal.number);
      }
    }
    // A function that is called runs also in a program that job control has stopped.
    const waits = tracee.groupStopped && policy !== "keep";
    const how = waits ? ResumeHow.listen : step ? ResumeHow.singleStep : ResumeHow.continue;
    const endsCall = tracee.isInJobStop || stopsProgram(this.processId, number);
    if (!endsCall) tracee.shortenWait();
    shim.resume(tracee.tid, endsCall ? how | ResumeHow.endsCall : how, number);
    tracee.started();
    if (waits) this.onWaitsForContinue();
  }
}
