/** Checkpoints of the ptrace target: frozen siblings of the program, made by a clone that the program itself runs. */
import type {
  ChangedPages,
  Checkpointer,
  CheckpointToken,
  Detached,
  Fidelity,
  FileChange,
  FrozenState,
  Restored,
} from "../../checkpointer";
import { TargetError, type ExitStatus, type LaunchOptions, type Target } from "../../target";
import { parentFidelity, whileParentStands } from "../forks/parentWait";
import { SuspendedProcesses } from "../forks/suspendedProcesses";
import { whyClosed } from "../refusals";
import { reveal } from "../remote/dumpability";
import { exitStatusOf } from "../running/events";
import type { PtraceExecution } from "../running/execution";
import type { LiveProcess } from "../running/liveProcess";
import type { WaitEvent } from "../shim";
import { Waker } from "../waker";
import { changedPages } from "./changedPages";
import { Exchange, NOTHING_LEFT } from "./exchange";
import { releaseCopy } from "./freeCopy";
import { FrozenCopies } from "./frozenCopies";
import { fidelityOf, frozenOf, tokenOf, type Frozen } from "./frozenCopy";
import { privateBytesOf } from "./privateBytes";

export class ForkCheckpointer implements Checkpointer {
  onLost: (token: CheckpointToken, status: ExitStatus) => void = () => undefined;
  private readonly copies: FrozenCopies;
  private readonly exchange: Exchange;
  private readonly suspended: SuspendedProcesses;
  private readonly look = (): void => this.lookForLost();

  constructor(
    private readonly process: LiveProcess,
    private readonly execution: PtraceExecution,
    private readonly options: Pick<LaunchOptions, "sameProcessId" | "files">,
  ) {
    this.copies = new FrozenCopies(process);
    this.exchange = new Exchange(process, execution, options, this.copies);
    execution.onForeignEvent = (event) => this.foreignEvent(event);
    execution.ownsCopy = (tid) => this.copies.has(tid) || this.suspended.owns(tid);
    this.suspended = new SuspendedProcesses(process, execution);
    this.suspended.onLost = (token, status) => this.onLost(token, status);
    Waker.get().outputListeners.add(this.look);
  }

  create(): Promise<FrozenState> {
    return this.attempt(() => this.stateOf(this.exchange.copy()));
  }

  restore(
    token: CheckpointToken,
    keepCurrent: boolean,
    files: readonly FileChange[] = [],
  ): Promise<Restored> {
    return this.attemptUnseen(() => {
      const other = this.suspended.find(token);
      if (other) return this.suspended.switchTo(other, keepCurrent);
      reveal(this.process);
      const frozen = this.alive(token);
      const exchanged = this.exchange.exchange(frozen, files);
      const { keeper } = exchanged;
      const { why, missed } = exchanged.fresh;
      const keep = keeper !== undefined && keepCurrent;
      if (keeper && !keep) this.copies.free(keeper);
      const [thread] = frozen.threads;
      return {
        stop: { kind: "restored", threadId: thread?.id ?? 1 },
        missed,
        ...(keep ? { left: this.stateOf(keeper) } : {}),
        ...(exchanged.keeper ? {} : { whyNotKept: exchanged.whyNone }),
        ...(why === undefined ? {} : { idsChanged: why }),
      };
    });
  }

  fileChanges(token: CheckpointToken): FileChange[] {
    if (this.suspended.find(token)) return [];
    reveal(this.process);
    const liveId = this.process.ended ? 0 : this.process.procId;
    const changes = frozenOf(token).carried.flatMap((carried) => carried.fileChanges?.(liveId) ?? []);
    return [...new Map(changes.map((change) => [`${change.action} ${change.path}`, change])).values()];
  }

  discard(token: CheckpointToken): void {
    const suspended = this.suspended.find(token);
    if (suspended) this.suspended.kill(suspended);
    else this.copies.free(frozenOf(token));
  }

  viewOf(token: CheckpointToken): Target {
    return this.copies.viewOf(this.alive(token));
  }

  changedPages(token: CheckpointToken, other?: CheckpointToken): Promise<ChangedPages> {
    return this.attempt(() => {
      const first = this.alive(token).pid;
      if (other !== undefined) return changedPages(first, this.alive(other).pid, (compare) => compare());
      const { procId, sites, ended, threads } = this.process;
      if (ended) throw new TargetError("The program has ended; there is nothing to compare with.");
      if (!reveal(this.process)) throw whyClosed();
      // While a child of vfork runs in this memory the traps are out anyway.
      if (threads.some(({ inVfork }) => inVfork)) return changedPages(first, procId, (compare) => compare());
      return changedPages(first, procId, (compare) => {
        sites.lift();
        compare();
      });
    });
  }

  detach(token: CheckpointToken): Promise<Detached> {
    reveal(this.process);
    return this.attemptUnseen(() => releaseCopy(this.alive(token), this.liveId));
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
    this.copies.freeAll();
  }

  /** 0: it has ended. */
  private get liveId(): number {
    return this.process.ended ? 0 : this.process.processId;
  }

  private alive(token: CheckpointToken): Frozen {
    if (this.suspended.find(token))
      throw new TargetError("That is a process of the program itself and no copy of it; switch to it first.");
    return this.copies.get(token);
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

  /** An operation that ends processes: the parent of a forked one stands meanwhile. */
  private attemptUnseen<T>(operation: () => T): Promise<T> {
    if (!this.process.mayHaveParent) return this.attempt(operation);
    return this.attempt(() => whileParentStands(this.process.processId, operation));
  }

  private fidelityOf(frozen: Frozen): readonly Fidelity[] {
    if (!this.process.mayHaveParent) return fidelityOf(frozen);
    const sameIds = this.options.sameProcessId !== "never";
    return [...fidelityOf(frozen), ...parentFidelity(this.process.processId, sameIds)];
  }

  private stateOf(frozen: Frozen): FrozenState {
    const { processId, threads, pid, records } = frozen;
    return {
      token: tokenOf(frozen),
      processId,
      copyProcessId: pid,
      threads: threads.map(({ id, name }, index) => ({ id, tid: records.knownTid(index), name })),
      fidelity: this.fidelityOf(frozen),
    };
  }

  private foreignEvent(event: WaitEvent): void {
    if (this.suspended.takes(event)) return;
    const frozen = this.copies.takeLost(event);
    if (frozen) this.onLost(tokenOf(frozen), exitStatusOf(event.status));
  }

  private lookForLost(): void {
    this.execution.takeForeign([...this.copies.processIds, ...this.suspended.threadIds]);
  }
}
