/** Letting the live process run, and stopping it: the Execution of the ptrace target. */
import type { MemoryAddress } from "../../addresses";
import type { FrozenState } from "../../checkpointer";
import {
  TargetError,
  type BreakpointToken,
  type ConditionProgram,
  type Execution,
  type ExitStatus,
  type FollowFork,
  type ForkedTarget,
  type ResumeRequest,
  type StopEvent,
  type TargetThread,
  type TrapRequest,
} from "../../target";
import { ForkFollower } from "../forks/forkFollower";
import { ProgramAsParent } from "../forks/programAsParent";
import { detachThreads, type Suspended } from "../forks/suspended";
import type { ProgramOutput } from "../launch/terminalOutput";
import { statusOf } from "../procStatus";
import { decodeEvent, eventBuffer, shim, type WaitEvent } from "../shim";
import {
  dropKept,
  endUnmet,
  forgetDeadStrangers,
  joinTracing,
  leaveTracing,
  waitForThread,
  type Claimant,
} from "../threads/traceeEvents";
import { Waker } from "../waker";
import { ConditionLoop } from "./conditionLoop";
import { EventInterpreter, type EventPolicy } from "./events";
import { IdleWatch } from "./idleWatch";
import { Interludes } from "./interludes";
import type { LiveProcess } from "./liveProcess";
import { Resumption, type ResumptionGround } from "./resumption";
import { stopReturned } from "./stopper";

export class PtraceExecution implements Execution, EventPolicy, Claimant {
  passSignals: ReadonlySet<number> = new Set();
  pauseAtExit = false;
  onForeignEvent: (event: WaitEvent) => void = () => undefined;
  onKilled: (status: ExitStatus) => void = () => undefined;
  onNote: (sentence: string) => void = () => undefined;
  /** A child of the program's stands still from now on. */
  onSuspended: ((child: Suspended) => FrozenState) | undefined;
  /** A child of the program's is to be debugged by itself. */
  onBorn: (child: Suspended) => void = detachThreads;
  onForked: (child: ForkedTarget) => void = (child) => child.release();
  /** Whether a thread is that of a frozen copy or of a suspended process. */
  ownsCopy: (tid: number) => boolean = () => false;
  readonly follower: ForkFollower;
  readonly asParent: ProgramAsParent;
  private readonly event = eventBuffer();
  private endTold = false;
  /** Output may have been written since it was last read. */
  private mayHaveWritten = true;
  /** The resume that is pending. */
  private current: Resumption | undefined;
  private readonly ground: ResumptionGround;
  private readonly interludes = new Interludes();
  private readonly idleWatch: IdleWatch;

  constructor(
    private readonly process: LiveProcess,
    private readonly output: ProgramOutput,
    followFork: FollowFork,
  ) {
    this.follower = new ForkFollower(
      process,
      followFork,
      (sentence) => this.onNote(sentence),
      (child) => this.onBorn(child),
    );
    this.ground = {
      process,
      interpreter: new EventInterpreter(process, this, this.follower),
      follower: this.follower,
      conditions: new ConditionLoop(process),
      interludes: this.interludes,
      note: (sentence) => this.onNote(sentence),
      claimant: this,
      suspended: (child) => this.onSuspended?.(child),
    };
    this.idleWatch = new IdleWatch(process, () => this.look(), this);
    joinTracing(this);
    this.asParent = new ProgramAsParent(process, this.interludes, () => this.running);
  }

  owns(tid: number): boolean {
    const { tracees, leaving, processId } = this.process;
    if (tracees.has(tid) || tid === processId || leaving.has(tid)) return true;
    return this.follower.owns(tid) || this.ownsCopy(tid);
  }

  get running(): boolean {
    return this.current !== undefined;
  }

  isAsleep(threadId: number): boolean {
    const tracee = this.process.threads.find(({ id }) => id === threadId);
    return tracee?.state === "running" && /^State:\s*[SD]/m.test(statusOf(tracee.tid));
  }

  stands(threadId: number): boolean {
    return this.process.threads.some(({ id, state }) => id === threadId && state !== "running");
  }

  get revision(): number {
    return this.process.revision;
  }

  set onThreadStarted(listener: (thread: TargetThread) => void) {
    this.process.onThreadStarted = listener;
  }
  get onThreadStarted(): (thread: TargetThread) => void {
    return this.process.onThreadStarted;
  }
  set onThreadExited(listener: (thread: TargetThread) => void) {
    this.process.onThreadExited = listener;
  }
  get onThreadExited(): (thread: TargetThread) => void {
    return this.process.onThreadExited;
  }
  set onWaitsForContinue(listener: () => void) {
    this.process.onWaitsForContinue = listener;
  }
  get onWaitsForContinue(): () => void {
    return this.process.onWaitsForContinue;
  }
  set onOutput(listener: (stream: "stdout" | "stderr", bytes: Buffer) => void) {
    this.output.listener = listener;
  }
  get onOutput(): (stream: "stdout" | "stderr", bytes: Buffer) => void {
    return this.output.listener;
  }

  drainOutput(): void {
    if (!this.mayHaveWritten) return;
    this.output.drain();
    const { hasForked, hasFamily } = this.process;
    this.mayHaveWritten = this.running || hasForked || hasFamily;
  }

  insertBreakpoint(address: MemoryAddress, condition?: ConditionProgram): BreakpointToken {
    if (this.process.ended) throw new TargetError("The program has ended.");
    return this.process.sites.insert(address, condition);
  }

  removeBreakpoint(token: BreakpointToken): void {
    this.process.sites.remove(token);
  }

  insertBreakpoints(requests: readonly TrapRequest[]): (BreakpointToken | undefined)[] {
    return this.process.ended ? requests.map(() => undefined) : this.process.sites.insertAll(requests);
  }

  removeBreakpoints(tokens: readonly BreakpointToken[]): void {
    this.process.sites.removeAll(tokens);
  }

  interrupt(): void {
    this.current?.interrupt();
  }

  kill(): void {
    if (this.process.ended) return;
    this.follower.releaseAll();
    if (this.running) shim.kill(this.process.processId, 0);
    else {
      this.process.kill();
      this.endTold = true;
    }
  }

  /** Ends the program at once and leaves nothing to wait for, so that no other session's events are taken here. */
  dispose(): void {
    this.idleWatch.stop();
    this.follower.dispose();
    if (!this.process.ended) {
      this.process.kill();
      endUnmet();
    }
    this.interludes.serve();
    Waker.get().cancelWait();
    leaveTracing(this);
    this.asParent.dispose();
  }

  /** The program, which stands still, goes on by itself, without traps. */
  release(): void {
    this.idleWatch.stop();
    this.process.settle();
    this.follower.releaseAll();
    if (!this.process.ended) detachThreads(this.process.abandon());
    leaveTracing(this);
    this.asParent.dispose();
  }

  async resume(request: ResumeRequest): Promise<StopEvent> {
    if (this.running) throw new TargetError("The program is running already.");
    if (this.process.ended) return this.endOf(this.process.ended);
    const current = new Resumption(this.ground, request);
    this.mayHaveWritten = true;
    this.process.settle();
    this.idleWatch.stop();
    this.current = current;
    try {
      const stop = await current.toStop();
      this.endTold = stop.kind === "exited";
      return stop;
    } finally {
      this.current = undefined;
      this.interludes.serve();
      this.idleWatch.start();
    }
  }

  /** Takes what threads in vfork, and their children, have come to while the program stands still. */
  private look(): void {
    this.follower.look();
    stopReturned(this.process, this.ground.interpreter, 0);
  }

  /** An end that was met on the way of something else is told once. */
  private endOf(status: ExitStatus): StopEvent {
    if (this.endTold) throw new TargetError("The program has ended; there is nothing to go on with.");
    this.endTold = true;
    return { kind: "exited", status, unexpected: true };
  }

  /** Another process stands in the live one's place: forgets what is left of the one before. */
  adopt(): void {
    this.follower.releaseAll();
    this.endTold = false;
    const { tracees, processId } = this.process;
    dropKept([...tracees.keys(), processId]);
    forgetDeadStrangers();
  }

  /** Whether the program, which should stand still, was killed from outside; then nothing is left of it. */
  wasKilled(): boolean {
    return this.idleWatch.wasKilled();
  }

  /** Another process stands still in the live one's place: its death is looked out for. */
  watchWhileIdle(): void {
    this.idleWatch.start();
  }

  /** Takes events of processes other than the live one, if there are any. */
  takeForeign(processIds: readonly number[]): void {
    for (const processId of processIds)
      if (waitForThread(processId, 0, this.event) === 1) this.onForeignEvent(decodeEvent(this.event));
  }
}
