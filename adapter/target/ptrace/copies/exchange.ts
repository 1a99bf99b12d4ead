/** The live process copied, and exchanged for a fresh copy of a frozen one. */
import type { FileChange } from "../../checkpointer";
import { TargetError, type LaunchOptions } from "../../target";
import { RescuedEnds } from "../carried/connections/rescuedEnds";
import { knowAsSharing } from "../carried/holdings";
import { canBeReplaced, endUnseen } from "../forks/parentWait";
import { whenIdle } from "../idleWork";
import { idInside } from "../pidNamespace";
import {
  CopyGone,
  Uncopyable,
  whyBorrowed,
  whyClosed,
  whyNoCopy,
  whyNoRoom,
  whyNotKept,
  whyNotStopped,
  WAS_ENDING,
} from "../refusals";
import { checkFilter } from "../remote/callFilter";
import { reveal } from "../remote/dumpability";
import { RemoteThread } from "../remote/remoteThread";
import type { PtraceExecution } from "../running/execution";
import type { LiveProcess } from "../running/liveProcess";
import { REGISTERS_SIZE, shim } from "../shim";
import { fromItself, killedBy, Signal } from "../signals";
import { release, type FrozenCopies } from "./frozenCopies";
import { freeze, wantedOf, type Frozen } from "./frozenCopy";
import { fitsIntoMemory } from "./memoryLimit";
import { swapOomScore } from "./oomScores";
import { revive, wake, type Fresh } from "./revival";
import { CLONE_VM, quarryOf, SPARE_DESCRIPTORS, type Quarry } from "./wholeClone";

/** clone(2). */
const CLONE_PARENT = 0x00008000n;
/** set_robust_list(2): no other length is taken than that of struct robust_list_head. */
const SYS_SET_ROBUST_LIST = 273;
const ROBUST_LIST_HEAD_SIZE = 24;

const NOT_MADE = "The checkpoint could not be made";
const NOT_RESTARTED = "The checkpoint could not be restarted";
export const NOTHING_LEFT = "The program has ended; there is nothing to make a checkpoint of.";

/**
 * Before the live process is ended without a copy. Throws TargetError when the frozen one has been killed, and is a zombie, or
 * when the adapter may soon open no more: nothing may end for want of it half-way.
 */
function assureSuccessor({ pid }: Frozen): void {
  if (shim.getRegisters(pid, Buffer.alloc(REGISTERS_SIZE)) < 0) throw new CopyGone();
  const result = shim.haveDescriptors(SPARE_DESCRIPTORS);
  if (result < 0) throw whyNoCopy(result, NOT_RESTARTED);
}

/** What was set aside, or why nothing could be kept, for a person. */
type Aside = { readonly keeper: Frozen } | { readonly keeper?: undefined; readonly whyNone: string };

/** What an exchange gives: what was set aside and the live copy. */
export type Exchanged = Aside & { readonly fresh: Fresh };

export class Exchange {
  constructor(
    private readonly process: LiveProcess,
    private readonly execution: PtraceExecution,
    private readonly options: Pick<LaunchOptions, "sameProcessId" | "files">,
    private readonly copies: FrozenCopies,
  ) {}

  /** A frozen copy of the live process. Throws TargetError: there is none then. */
  copy(): Frozen {
    const quarry = this.quarry();
    if (!fitsIntoMemory(this.process.procId)) throw whyNoRoom(NOT_MADE);
    return this.freeze(quarry, CLONE_PARENT, NOT_MADE);
  }

  /**
   * Sets the live process aside and makes one of a frozen copy. Throws TargetError: the live process is as it was then, or
   * another copy of it, or has ended.
   */
  exchange(frozen: Frozen, files: readonly FileChange[]): Exchanged {
    if (!fitsIntoMemory(frozen.pid)) throw whyNoRoom(NOT_RESTARTED);
    const rescued = new RescuedEnds();
    try {
      rescued.take(this.liveId, wantedOf(frozen), !this.process.hasForked);
      const aside = this.isUnseen
        ? endUnseen(this.process.processId, () => this.setAside(rescued, frozen))
        : this.setAside(rescued, frozen);
      return { ...aside, fresh: this.reviveOr(frozen, aside.keeper, rescued, files) };
    } finally {
      rescued.close();
    }
  }

  private get sameIds(): boolean {
    return this.options.sameProcessId !== "never";
  }

  /** Whether the parent of the live process is to see nothing of its end. */
  private get isUnseen(): boolean {
    return this.process.mayHaveParent && this.sameIds && canBeReplaced(this.process.processId);
  }

  /** The live threads, ready to be copied. Throws TargetError saying why they are not. */
  private quarry(): Quarry {
    if (this.process.ended) throw new TargetError(NOTHING_LEFT);
    if (this.execution.follower.borrowsMemory) throw whyBorrowed();
    this.process.settle();
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
    if (!reveal(this.process)) throw whyClosed();
    return quarryOf(this.process, [first, ...others], waiting);
  }

  /** A program that cannot be copied can be left all the same. */
  private withoutKeeper(error: unknown, successor: Frozen, rescued: RescuedEnds): Aside {
    if (!(error instanceof TargetError)) throw error;
    assureSuccessor(successor);
    if (!this.process.ended && !this.execution.wasKilled()) this.kill(successor, rescued);
    return { whyNone: error.message };
  }

  /** Ends the live process without a copy of it. */
  private kill(successor: Frozen, rescued: RescuedEnds): void {
    rescued.reuseAddresses(this.liveId, wantedOf(successor));
    this.process.kill();
  }

  /** Makes a frozen copy of the live process and keeps it; with CLONE_VM the traps are out afterwards. */
  private freeze(quarry: Quarry, flags: bigint, what: string): Frozen {
    const frozen = freeze(quarry, flags, what, this.options.files === "contents");
    this.copies.add(frozen);
    return frozen;
  }

  /**
   * Takes the live process away, keeping its memory, without traps, in a copy that shares it, so that nothing is copied and the
   * kill is cheap. Nothing can be kept at the exit, when a thread cannot be stopped, or when it is gone.
   * Throws TargetError, with the live process as it was, when the frozen one that is to take its place is gone.
   */
  private setAside(rescued: RescuedEnds, successor: Frozen): Aside {
    if (this.process.ended) {
      assureSuccessor(successor);
      return { whyNone: WAS_ENDING };
    }
    const unfit = this.process.threads.find(({ state }) => state !== "stopped");
    if (unfit) {
      assureSuccessor(successor);
      const whyNone = whyNotKept(unfit, this.process.threads);
      this.kill(successor, rescued);
      return { whyNone };
    }
    let keeper: Frozen;
    let quarry: Quarry;
    try {
      quarry = { needed: successor.pid, ...this.quarry() };
    } catch (error) {
      return this.withoutKeeper(error, successor, rescued);
    }
    try {
      keeper = this.freeze(quarry, CLONE_PARENT | CLONE_VM, NOT_RESTARTED);
    } catch (error) {
      if (error instanceof Uncopyable) return this.withoutKeeper(error, successor, rescued);
      if (this.process.ended || this.execution.wasKilled()) return { whyNone: WAS_ENDING };
      this.process.sites.lift();
      throw error;
    }
    rescued.take(this.liveId, wantedOf(keeper), !this.process.hasForked);
    rescued.reuseAddresses(this.liveId, wantedOf(successor));
    this.killSharing(quarry, keeper);
    return { keeper };
  }

  /** Kills the live process without letting its death write into the memory that the keeper has now. */
  private killSharing({ threads, remote }: Quarry, { pid, records, site }: Frozen): void {
    threads.forEach((tracee, index) => {
      if (!records.holdsLock(index)) return;
      const thread = new RemoteThread(remote.processId, tracee.tid, remote.memory, site);
      thread.call(SYS_SET_ROBUST_LIST, 0, ROBUST_LIST_HEAD_SIZE);
    });
    const memory = this.process.memory.takeDescriptor();
    shim.killSharing(remote.processId, memory, pid, records.bytes, records.count, records.stride);
  }

  /** A live process from a frozen one. When that fails, one from the keeper, and TargetError says so. */
  private reviveOr(
    frozen: Frozen,
    keeper: Frozen | undefined,
    rescued: RescuedEnds,
    files: readonly FileChange[],
  ): Fresh {
    const { sameIds } = this;
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
    this.copies.free(keeper);
    throw because;
  }

  /** Goes on in the process that was set aside: it is not a copy, and so needs no memory. Like `fallBack`. */
  private wakeUp(keeper: Frozen, rescued: RescuedEnds, because: TargetError): void {
    this.copies.forget(keeper);
    try {
      this.putInPlace(keeper, wake(keeper, rescued));
    } catch (error) {
      if (!(error instanceof TargetError)) throw error;
      return;
    } finally {
      release(keeper);
    }
    throw new TargetError(`${because.message} The program goes on where it was, as process ${keeper.pid}.`);
  }

  /** Makes a fresh copy the live process. */
  private putInPlace(frozen: Frozen, fresh: Fresh): Fresh {
    const { pid, memory, tids } = fresh;
    this.execution.adopt();
    const { oomScore } = frozen;
    const tracees = this.process.become(
      pid,
      memory,
      frozen.threads.map(({ id }, index) => ({ id, tid: tids[index] ?? 0 })),
    );
    this.process.due = oomScore === undefined ? undefined : () => swapOomScore(pid, oomScore);
    if (oomScore !== undefined) whenIdle(() => this.process.settle());
    knowAsSharing(tracees);
    this.process.imagePlaces = frozen.places;
    this.process.isRevealed = frozen.isRevealed;
    this.execution.watchWhileIdle();
    const own = frozen.ownNamespace ? idInside(pid) : pid;
    const renew = (info: Buffer): Buffer => fromItself(info, frozen.processId, own);
    for (const [index, tracee] of tracees.entries()) {
      const thread = frozen.threads[index];
      if (thread === undefined) continue;
      const { signal, resent, toldAt, deferred } = thread;
      const { tid } = tracee;
      tracee.signal = signal && { ...signal, info: renew(signal.info) };
      tracee.resent = resent.map((each) => ({ ...each, info: renew(each.info) }));
      tracee.groupStopped = frozen.groupStopped;
      tracee.toldAt = toldAt;
      tracee.blocked = fresh.blocked.get(index);
      tracee.standsWith(frozen.records.registersInCopy(index, fresh.blocked.has(index)));
      tracee.deferred = deferred && { ...deferred, tid, signalInfo: renew(deferred.signalInfo) };
    }
    return fresh;
  }

  /** 0: it has ended. */
  private get liveId(): number {
    return this.process.ended ? 0 : this.process.processId;
  }
}
