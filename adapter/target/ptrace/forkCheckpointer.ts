/** Checkpoints of the ptrace target: frozen siblings of the program, made by a clone that the program itself runs. */
import {
  TargetError,
  type ChangedPages,
  type Checkpointer,
  type CheckpointToken,
  type Detached,
  type ExitStatus,
  type FileChange,
  type FrozenState,
  type LaunchOptions,
  type Restored,
  type Target,
} from "../target";
import { checkFilter } from "./callFilter";
import { changedPages } from "./changedPages";
import { exitStatusOf } from "./events";
import type { PtraceExecution } from "./execution";
import { releaseCopy } from "./freeCopy";
import {
  CLONE_VM,
  fidelityOf,
  freeze,
  frozenOf,
  quarryOf,
  raiseOomScore,
  SPARE_DESCRIPTORS,
  tokenOf,
  wantedOf,
  type Frozen,
  type Quarry,
} from "./frozenCopy";
import { FrozenView } from "./frozenView";
import { whenIdle } from "./idleWork";
import type { LiveProcess } from "./liveProcess";
import { fitsIntoMemory } from "./memoryLimit";
import { swapOomScore } from "./oomScores";
import { idInside } from "./pidNamespace";
import { privateBytesOf } from "./privateBytes";
import { whyBorrowed, whyNoCopy, whyNoRoom, whyNotStopped } from "./refusals";
import { RemoteThread } from "./remoteThread";
import { RescuedEnds } from "./rescuedEnds";
import { revive, wake, type Fresh } from "./revival";
import { SuspendedProcesses } from "./suspendedProcesses";
import { decodeStatus, REGISTERS_SIZE, shim, type WaitEvent } from "./shim";
import { fromItself, killedBy, Signal } from "./signals";
import { Waker } from "./waker";

/** clone(2). */
const CLONE_PARENT = 0x00008000n;
/** set_robust_list(2): no other length is taken than that of struct robust_list_head. */
const SYS_SET_ROBUST_LIST = 273;
const ROBUST_LIST_HEAD_SIZE = 24;

const NOT_MADE = "The checkpoint could not be made";
const NOT_RESTARTED = "The checkpoint could not be restarted";
const NOTHING_LEFT = "The program has ended; there is nothing to make a checkpoint of.";

/** Whether a stopped process is still there, and no zombie. */
function isThere(pid: number): boolean {
  return shim.getRegisters(pid, Buffer.alloc(REGISTERS_SIZE)) >= 0;
}

/** Throws TargetError when the adapter may soon open no more: nothing may end for want of it half-way. */
function assureDescriptors(): void {
  const result = shim.haveDescriptors(SPARE_DESCRIPTORS);
  if (result < 0) throw whyNoCopy(result, NOT_RESTARTED);
}

export class ForkCheckpointer implements Checkpointer {
  onLost: (token: CheckpointToken, status: ExitStatus) => void = () => undefined;
  private readonly copies = new Map<number, Frozen>();
  private readonly views = new Map<Frozen, FrozenView>();
  private readonly suspended: SuspendedProcesses;
  private readonly look = (): void => this.lookForLost();

  constructor(
    private readonly process: LiveProcess,
    private readonly execution: PtraceExecution,
    private readonly options: Pick<LaunchOptions, "sameProcessId" | "files">,
  ) {
    execution.onForeignEvent = (event) => this.foreignEvent(event);
    this.suspended = new SuspendedProcesses(process, execution);
    this.suspended.onLost = (token, status) => this.onLost(token, status);
    Waker.get().outputListeners.add(this.look);
  }

  create(): Promise<FrozenState> {
    return this.attempt(() => {
      const quarry = this.quarry();
      if (!fitsIntoMemory(this.process.procId)) throw whyNoRoom(NOT_MADE);
      try {
        return this.stateOf(this.freeze(quarry, CLONE_PARENT, NOT_MADE));
      } finally {
        // They may have been in the way.
        if (this.process.sites.areLifted) this.process.lowerTraps();
      }
    });
  }

  restore(
    token: CheckpointToken,
    keepCurrent: boolean,
    files: readonly FileChange[] = [],
  ): Promise<Restored> {
    return this.attempt(() => {
      const other = this.suspended.find(token);
      if (other) return this.suspended.switchTo(other, keepCurrent);
      const frozen = this.alive(token);
      // Before the live process is touched: a copy that has just been killed is met here.
      if (!isThere(frozen.pid)) throw new TargetError("That checkpoint's copy is gone.");
      if (!fitsIntoMemory(frozen.pid)) throw whyNoRoom(NOT_RESTARTED);
      const { keeper, fresh } = this.exchange(frozen, files);
      const { why, missed } = fresh;
      const keep = keeper !== undefined && keepCurrent;
      if (keeper && !keep) this.free(keeper);
      const [thread] = frozen.threads;
      return {
        stop: { kind: "restored", threadId: thread?.id ?? 1 },
        missed,
        ...(keep ? { left: this.stateOf(keeper) } : {}),
        ...(why === undefined ? {} : { idsChanged: why }),
      };
    });
  }

  fileChanges(token: CheckpointToken): FileChange[] {
    if (this.suspended.find(token)) return [];
    const liveId = this.process.ended ? 0 : this.process.procId;
    const changes = frozenOf(token).carried.flatMap((carried) => carried.fileChanges?.(liveId) ?? []);
    return [...new Map(changes.map((change) => [`${change.action} ${change.path}`, change])).values()];
  }

  discard(token: CheckpointToken): void {
    const suspended = this.suspended.find(token);
    if (suspended) this.suspended.kill(suspended);
    else this.free(frozenOf(token));
  }

  viewOf(token: CheckpointToken): Target {
    const frozen = this.alive(token);
    const view = this.views.get(frozen) ?? new FrozenView(frozen);
    this.views.set(frozen, view);
    return view;
  }

  changedPages(token: CheckpointToken, other?: CheckpointToken): Promise<ChangedPages> {
    return this.attempt(() => {
      const first = this.alive(token).pid;
      if (other !== undefined) return changedPages(first, this.alive(other).pid, (compare) => compare());
      const { procId, sites, ended, threads } = this.process;
      if (ended) throw new TargetError("The program has ended; there is nothing to compare with.");
      // While a child of vfork runs in this memory the traps are out anyway.
      if (threads.some(({ inVfork }) => inVfork)) return changedPages(first, procId, (compare) => compare());
      return changedPages(first, procId, (compare) => {
        sites.lift();
        try {
          compare();
        } finally {
          this.process.lowerTraps();
        }
      });
    });
  }

  detach(token: CheckpointToken): Promise<Detached> {
    return this.attempt(() => releaseCopy(this.alive(token), this.liveId));
  }

  async privateBytes(token: CheckpointToken): Promise<number | undefined> {
    const suspended = this.suspended.find(token);
    if (suspended) return privateBytesOf(suspended.processId);
    const { pid, carried } = frozenOf(token);
    const pages = await privateBytesOf(pid);
    return pages && carried.reduce((sum, { bytes }) => sum + (bytes ?? 0), pages);
  }

  /** Frees every copy. */
  dispose(): void {
    Waker.get().outputListeners.delete(this.look);
    this.suspended.dispose();
    for (const frozen of [...this.copies.values()]) this.free(frozen);
  }

  /** 0: it has ended. */
  private get liveId(): number {
    return this.process.ended ? 0 : this.process.processId;
  }

  /** Sets the live process aside and makes one of a frozen copy. */
  private exchange(
    frozen: Frozen,
    files: readonly FileChange[],
  ): { keeper: Frozen | undefined; fresh: Fresh } {
    const rescued = new RescuedEnds();
    try {
      rescued.take(this.liveId, wantedOf(frozen));
      const keeper = this.setAside(rescued);
      return { keeper, fresh: this.reviveOr(frozen, keeper, rescued, files) };
    } finally {
      rescued.close();
    }
  }

  private alive(token: CheckpointToken): Frozen {
    if (this.suspended.find(token))
      throw new TargetError("That is a process of the program itself and no copy of it; switch to it first.");
    const frozen = frozenOf(token);
    if (this.copies.get(frozen.pid) !== frozen) throw new TargetError("That checkpoint's copy is gone.");
    return frozen;
  }

  /** Runs an operation; what it throws rejects. The program may have been killed in the midst of it. */
  private async attempt<T>(operation: () => T | Promise<T>): Promise<T> {
    try {
      return await operation();
    } catch (error) {
      if (this.execution.wasKilled()) throw new TargetError(NOTHING_LEFT);
      throw error;
    }
  }

  /** The live threads, ready to be copied. Throws TargetError saying why they are not. */
  private quarry(): Quarry {
    if (this.process.ended) throw new TargetError(NOTHING_LEFT);
    if (this.execution.follower.borrowsMemory) throw whyBorrowed();
    this.process.awaitLeaving();
    const threads = this.process.leaderFirst;
    const waiting = threads.filter(({ state, vforkRecord }) => state === "running" && vforkRecord);
    const [first = waiting[0], ...others] = threads.filter((tracee) => !waiting.includes(tracee));
    if (first === undefined || threads.every(({ state }) => state === "exiting"))
      throw new TargetError(
        "The program is at its exit; nothing can be copied any more. Restart a checkpoint instead.",
      );
    const running = [first, ...others].find(({ state, inVfork }) => state !== "stopped" || inVfork);
    if (running !== undefined) throw whyNotStopped(running);
    checkFilter(first.tid);
    return quarryOf(this.process, [first, ...others], waiting);
  }

  /** A program that cannot be copied can be left all the same. */
  private withoutKeeper(error: unknown): undefined {
    if (!(error instanceof TargetError)) throw error;
    assureDescriptors();
    if (!this.process.ended && !this.execution.wasKilled()) this.process.kill();
    return undefined;
  }

  /** Makes a frozen copy of the live process and keeps it; with CLONE_VM traps must be lifted. */
  private freeze(quarry: Quarry, flags: bigint, what: string): Frozen {
    const frozen = freeze(quarry, flags, what, this.options.files === "contents");
    this.copies.set(frozen.pid, frozen);
    whenIdle(() => this.lookAfter(frozen));
    return frozen;
  }

  /** What a new copy needs, but not before the one who asked for it is answered. */
  private lookAfter(frozen: Frozen): void {
    if (this.copies.get(frozen.pid) !== frozen) return;
    raiseOomScore(frozen);
    const pidfd = shim.pidfdOpen(frozen.pid);
    if (pidfd < 0) return;
    frozen.pidfd = pidfd;
    Waker.get().watch(pidfd, true);
  }

  /**
   * Takes the live process away, keeping its memory in a copy that shares it, so that nothing is copied and the
   * kill is cheap. Undefined when nothing could be kept: at the exit, when a thread cannot be stopped, or when it is gone.
   */
  private setAside(rescued: RescuedEnds): Frozen | undefined {
    if (this.process.ended) {
      assureDescriptors();
      return undefined;
    }
    if (this.process.threads.some(({ state }) => state !== "stopped")) {
      assureDescriptors();
      this.process.kill();
      return undefined;
    }
    let keeper: Frozen;
    let quarry: Quarry;
    try {
      quarry = this.quarry();
    } catch (error) {
      return this.withoutKeeper(error);
    }
    try {
      this.process.sites.lift();
      keeper = this.freeze(quarry, CLONE_PARENT | CLONE_VM, NOT_RESTARTED);
    } catch (error) {
      if (this.process.ended || this.execution.wasKilled()) return undefined;
      this.process.lowerTraps();
      throw error;
    }
    rescued.take(this.liveId, wantedOf(keeper));
    this.killSharing(quarry, keeper);
    return keeper;
  }

  /** Kills the live process without letting its death write into the memory that the keeper has now. */
  private killSharing({ threads, remote }: Quarry, { pid, records, site }: Frozen): void {
    threads.forEach((tracee, index) => {
      if (!records.holdsLock(index)) return;
      const thread = new RemoteThread(remote.processId, tracee.tid, remote.memory, site);
      thread.call(SYS_SET_ROBUST_LIST, 0, ROBUST_LIST_HEAD_SIZE);
    });
    shim.killSharing(remote.processId, pid, records.bytes, records.count, records.stride);
  }

  /** A live process from a frozen one. When that fails, one from the keeper, and TargetError says so. */
  private reviveOr(
    frozen: Frozen,
    keeper: Frozen | undefined,
    rescued: RescuedEnds,
    files: readonly FileChange[],
  ): Fresh {
    const sameIds = this.options.sameProcessId !== "never";
    try {
      return this.putInPlace(frozen, revive(frozen, sameIds, rescued, files));
    } catch (error) {
      if (!(error instanceof TargetError)) throw error;
      if (keeper !== undefined) this.fallBack(keeper, sameIds, rescued, error);
      if (!this.process.ended) this.process.end(killedBy(Signal.KILL));
      throw new TargetError(`${error.message} The program is gone, and its session ends.`);
    }
  }

  /** Goes on in what was set aside, a copy if possible, and throws what made that necessary; returns when even that fails. */
  private fallBack(keeper: Frozen, sameIds: boolean, rescued: RescuedEnds, because: TargetError): void {
    try {
      this.putInPlace(keeper, revive(keeper, sameIds, rescued));
    } catch (error) {
      if (!(error instanceof TargetError)) throw error;
      this.wakeUp(keeper, rescued, because);
      return;
    }
    this.free(keeper);
    throw because;
  }

  /** Goes on in the process that was set aside: it is not a copy, and so needs no memory. Like `fallBack`. */
  private wakeUp(keeper: Frozen, rescued: RescuedEnds, because: TargetError): void {
    this.forget(keeper);
    try {
      this.putInPlace(keeper, wake(keeper, rescued));
    } catch (error) {
      if (!(error instanceof TargetError)) throw error;
      return;
    } finally {
      for (const carried of keeper.carried) carried.release?.();
    }
    throw new TargetError(`${because.message} The program goes on where it was, as process ${keeper.pid}.`);
  }

  /** Makes a fresh copy the live process. */
  private putInPlace(frozen: Frozen, fresh: Fresh): Fresh {
    const { pid, memory, tids } = fresh;
    this.execution.adopt();
    const { oomScore } = frozen;
    if (oomScore !== undefined) whenIdle(() => this.giveScore(pid, oomScore));
    const threads = frozen.threads.map((thread, index) => ({ ...thread, tid: tids[index] ?? 0 }));
    this.process.become(pid, memory, threads);
    this.process.imagePlaces = frozen.places;
    this.execution.watchWhileIdle();
    const own = frozen.ownNamespace ? idInside(pid) : pid;
    const renew = (info: Buffer): Buffer => fromItself(info, frozen.processId, own);
    for (const { id, tid, signal, resent, toldAt, deferred } of threads) {
      const tracee = this.process.thread(id);
      tracee.signal = signal && { ...signal, info: renew(signal.info) };
      tracee.resent = resent.map((each) => ({ ...each, info: renew(each.info) }));
      tracee.groupStopped = frozen.groupStopped;
      tracee.toldAt = toldAt;
      tracee.deferred = deferred && { ...deferred, tid, signalInfo: renew(deferred.signalInfo) };
    }
    return fresh;
  }

  private giveScore(pid: number, score: number): void {
    if (this.process.processId === pid && !this.process.ended) swapOomScore(pid, score);
  }

  private stateOf(frozen: Frozen): FrozenState {
    const { processId, threads, pid, records } = frozen;
    return {
      token: tokenOf(frozen),
      processId,
      copyProcessId: pid,
      threads: threads.map(({ id, name }, index) => ({ id, tid: records.knownTid(index), name })),
      fidelity: fidelityOf(frozen),
    };
  }

  private free(frozen: Frozen): void {
    if (!this.forget(frozen)) return;
    shim.kill(frozen.pid, 1);
    for (const carried of frozen.carried) carried.release?.();
  }

  private forget(frozen: Frozen): boolean {
    if (!this.copies.delete(frozen.pid)) return false;
    this.views.get(frozen)?.dispose();
    this.views.delete(frozen);
    if (frozen.pidfd !== undefined) {
      Waker.get().unwatch(frozen.pidfd);
      shim.close(frozen.pidfd);
    }
    return true;
  }

  private foreignEvent(event: WaitEvent): void {
    if (this.suspended.takes(event)) return;
    const frozen = this.copies.get(event.tid);
    if (frozen === undefined || decodeStatus(event.status).kind === "stopped") return;
    this.forget(frozen);
    for (const carried of frozen.carried) carried.release?.();
    this.onLost(tokenOf(frozen), exitStatusOf(event.status));
  }

  private lookForLost(): void {
    this.execution.takeForeign([...this.copies.keys(), ...this.suspended.threadIds]);
  }
}
