/** Checkpoints of the ptrace target: frozen siblings of the program, made by a clone that the program itself runs. */
import { readFileSync } from "node:fs";
import {
  TargetError,
  type Checkpointer,
  type CheckpointToken,
  type ExitStatus,
  type FrozenState,
  type Memory,
  type Restored,
} from "../target";
import { exitStatusOf } from "./events";
import type { PtraceExecution } from "./execution";
import {
  capture,
  fidelityOf,
  frozenOf,
  raiseOomScore,
  tokenOf,
  writeOomScore,
  type Frozen,
} from "./frozenCopy";
import type { LiveProcess } from "./liveProcess";
import { ProcessMemory } from "./processMemory";
import { whyNewId, whyNoCopy } from "./refusals";
import { clearRobustList, readRobustList } from "./robustList";
import { decodeStatus, errorName, shim, type WaitEvent } from "./shim";
import { killedBy, Signal } from "./signals";
import type { Tracee } from "./tracee";
import { Waker } from "./waker";

/** clone(2). */
const CLONE_VM = 0x00000100n;
const CLONE_PARENT = 0x00008000n;
const CLONE_CHILD_CLEARTID = 0x00200000n;
const CLONE_CHILD_SETTID = 0x01000000n;

/** Runs in a turn of the event loop of its own, when answers have gone out. */
function later(work: () => void): void {
  setTimeout(work, 1).unref();
}

export class ForkCheckpointer implements Checkpointer {
  onLost: (token: CheckpointToken, status: ExitStatus) => void = () => undefined;
  private readonly copies = new Map<number, Frozen>();
  private readonly look = (): void => this.lookForLost();

  constructor(
    private readonly process: LiveProcess,
    private readonly execution: PtraceExecution,
    private readonly sameProcessId: "auto" | "never",
  ) {
    execution.onForeignEvent = (event) => this.foreignEvent(event);
    Waker.get().outputListeners.add(this.look);
  }

  create(): Promise<FrozenState> {
    return this.attempt(() => {
      const tracee = this.copyable();
      this.process.sites.lift();
      try {
        return this.stateOf(this.freeze(tracee, CLONE_PARENT, "The checkpoint could not be made"));
      } finally {
        this.process.sites.lower();
      }
    });
  }

  restore(token: CheckpointToken, keepCurrent: boolean): Promise<Restored> {
    return this.attempt(() => {
      const frozen = frozenOf(token);
      if (this.copies.get(frozen.pid) !== frozen) throw new TargetError("That checkpoint's copy is gone.");
      // Before the live process is touched: a copy that has just been killed is met here.
      const memory = ProcessMemory.open(frozen.pid);
      const keeper = this.setAsideOr(() => memory.close());
      const { pid, why } = this.revive(frozen, memory, keeper);
      this.execution.adopt();
      this.putInPlace(frozen, pid);
      const keep = keeper !== undefined && keepCurrent;
      if (keeper && !keep) this.free(keeper);
      const [thread] = frozen.threads;
      return {
        stop: { kind: "restored", threadId: thread?.id ?? 1 },
        ...(keep ? { left: this.stateOf(keeper) } : {}),
        ...(why === undefined ? {} : { processIdChanged: why }),
      };
    });
  }

  discard(token: CheckpointToken): void {
    this.free(frozenOf(token));
  }

  memoryOf(token: CheckpointToken): Memory {
    const { pid } = frozenOf(token);
    return {
      read: (address, length) => {
        const memory = ProcessMemory.open(pid);
        const bytes = memory.read(address, length);
        memory.close();
        return bytes;
      },
      write: () => {
        throw new TargetError("A checkpoint cannot be changed; restart it first.");
      },
    };
  }

  privateBytes(token: CheckpointToken): number | undefined {
    try {
      const text = readFileSync(`/proc/${frozenOf(token).pid}/smaps_rollup`, "latin1");
      const kibibytes = [...text.matchAll(/^Private_(?:Clean|Dirty|Hugetlb):\s+(\d+)/gm)];
      return kibibytes.reduce((sum, [, size]) => sum + Number(size) * 1024, 0);
    } catch {
      return undefined;
    }
  }

  /** Frees every copy. */
  dispose(): void {
    Waker.get().outputListeners.delete(this.look);
    for (const frozen of [...this.copies.values()]) this.free(frozen);
  }

  /** Runs an operation; what it throws rejects. The program may have been killed in the midst of it. */
  private async attempt<T>(operation: () => T): Promise<T> {
    try {
      return await Promise.resolve(operation());
    } catch (error) {
      this.execution.wasKilled();
      throw error;
    }
  }

  /** The one thread of a program that can be copied now. Throws TargetError saying why not. */
  private copyable(): Tracee {
    if (this.process.ended || this.execution.wasKilled())
      throw new TargetError("The program has ended; there is nothing to make a checkpoint of.");
    const [tracee, ...others] = this.process.threads;
    if (tracee?.state === "exiting")
      throw new TargetError(
        "The program is at its exit; nothing can be copied any more. Restart a checkpoint instead.",
      );
    if (tracee?.state !== "stopped") throw new TargetError("The program must be stopped for a checkpoint.");
    if (others.length > 0)
      throw new TargetError(
        `The program has ${others.length + 1} threads; checkpoints of more than one thread are not supported yet.`,
      );
    return tracee;
  }

  /** Makes a frozen copy of the live thread; traps must be lifted. */
  private freeze(tracee: Tracee, flags: bigint, what: string): Frozen {
    const captured = capture(this.process, tracee);
    const { instruction, scratch } = captured.site;
    const { descriptor } = this.process.memory;
    const pid = shim.clone(tracee.tid, descriptor, instruction, scratch, flags, 0n, 0, 0n);
    tracee.injected();
    if (pid < 0) throw whyNoCopy(pid, what);
    shim.setOptions(pid, 0);
    const frozen: Frozen = { ...captured, pid, pidfd: undefined, oomScore: undefined };
    this.copies.set(pid, frozen);
    later(() => this.lookAfter(frozen));
    return frozen;
  }

  /** What a new copy needs, but not before the one who asked for it is answered. */
  private lookAfter(frozen: Frozen): void {
    if (this.copies.get(frozen.pid) !== frozen) return;
    raiseOomScore(frozen);
    const pidfd = shim.pidfdOpen(frozen.pid);
    if (pidfd < 0) return;
    frozen.pidfd = pidfd;
    Waker.get().watch(pidfd);
  }

  private setAsideOr(undo: () => void): Frozen | undefined {
    try {
      return this.setAside();
    } catch (error) {
      undo();
      throw error;
    }
  }

  /**
   * Takes the live process away, keeping its memory in a copy that shares it, so that nothing is copied and the
   * kill is cheap. Undefined when nothing could be kept: of several threads, at the exit, or when it is gone.
   */
  private setAside(): Frozen | undefined {
    if (this.process.ended || this.execution.wasKilled()) return undefined;
    const [only, ...others] = this.process.threads;
    if (others.length > 0 || only?.state === "exiting") {
      this.process.kill();
      return undefined;
    }
    const tracee = this.copyable();
    this.process.sites.lift();
    let keeper: Frozen;
    try {
      keeper = this.freeze(tracee, CLONE_PARENT | CLONE_VM, "The checkpoint could not be restarted");
    } catch (error) {
      this.process.sites.lower();
      throw error;
    }
    this.killSharing(tracee, keeper);
    return keeper;
  }

  /** Kills the live process without letting its death write into the memory that the keeper has now. */
  private killSharing(tracee: Tracee, keeper: Frozen): void {
    if (readRobustList(this.process, tracee).held) clearRobustList(this.process, tracee, keeper.site);
    shim.killSharing(this.process.processId, keeper.pid, keeper.tidAddress);
  }

  /** A live process from a frozen one. When that fails, one from the keeper, and TargetError says so. */
  private revive(
    frozen: Frozen,
    memory: ProcessMemory,
    keeper: Frozen | undefined,
  ): { pid: number; why?: string } {
    const first = this.copyOf(frozen, memory);
    if (first.pid > 0) return first;
    const error = whyNoCopy(first.pid, "The checkpoint could not be restarted");
    const second = keeper ? this.copyOf(keeper, ProcessMemory.open(keeper.pid)) : undefined;
    if (keeper && second && second.pid > 0) {
      this.execution.adopt();
      this.putInPlace(keeper, second.pid);
      this.free(keeper);
      throw error;
    }
    if (!this.process.ended) this.process.end(killedBy(Signal.KILL));
    throw new TargetError(`${error.message} The program is gone, and its session ends.`);
  }

  /** Closes `memory`, which is the frozen copy's. */
  private copyOf(frozen: Frozen, memory: ProcessMemory): { pid: number; why?: string } {
    try {
      const { instruction, scratch } = frozen.site;
      const clone = (flags: bigint, id: number): number =>
        shim.clone(
          frozen.pid,
          memory.descriptor,
          instruction,
          scratch,
          flags,
          frozen.tidAddress,
          id,
          frozen.robustList,
        );
      const flags = CLONE_PARENT | (frozen.tidAddress === 0n ? 0n : CLONE_CHILD_CLEARTID);
      const same = this.sameProcessId === "never" ? 0 : clone(flags, frozen.processId);
      if (same > 0) return { pid: same };
      const error = same < 0 ? errorName(same) : "";
      if (same < 0 && !["EPERM", "EEXIST", "EINVAL", "ENOSYS"].includes(error)) return { pid: same };
      // glibc keeps the id of a thread where the kernel clears it at the end: joins and locks go by it.
      return {
        pid: clone(flags | (frozen.tidAddress === 0n ? 0n : CLONE_CHILD_SETTID), 0),
        why: whyNewId(error, frozen.processId),
      };
    } finally {
      memory.close();
    }
  }

  /** Makes a fresh copy the live process. */
  private putInPlace(frozen: Frozen, pid: number): void {
    shim.setOptions(pid, 1);
    later(() => this.giveScore(pid, frozen.oomScore));
    const threads = frozen.threads.map(({ id }) => ({ id, tid: pid }));
    this.process.become(pid, ProcessMemory.open(pid), threads);
    this.process.syscallInstruction = frozen.site.instruction;
    const tracee = this.process.leader;
    if (tracee) {
      tracee.signal = frozen.signal;
      tracee.toldAt = frozen.toldAt;
      tracee.tidAddress = frozen.tidAddress;
    }
    frozen.offsets.restore(pid);
  }

  private giveScore(pid: number, score: string | undefined): void {
    if (score !== undefined && this.process.processId === pid && !this.process.ended)
      writeOomScore(pid, score);
  }

  private stateOf(frozen: Frozen): FrozenState {
    const { processId, threads, pid } = frozen;
    return {
      token: tokenOf(frozen),
      processId,
      copyProcessId: pid,
      threads,
      fidelity: fidelityOf(frozen),
    };
  }

  private free(frozen: Frozen): void {
    if (!this.forget(frozen)) return;
    shim.kill(frozen.pid, 1);
  }

  private forget(frozen: Frozen): boolean {
    if (!this.copies.delete(frozen.pid)) return false;
    if (frozen.pidfd !== undefined) {
      Waker.get().unwatch(frozen.pidfd);
      shim.close(frozen.pidfd);
    }
    return true;
  }

  private foreignEvent(event: WaitEvent): void {
    const frozen = this.copies.get(event.tid);
    if (frozen === undefined || decodeStatus(event.status).kind === "stopped") return;
    this.forget(frozen);
    this.onLost(tokenOf(frozen), exitStatusOf(event.status));
  }

  private lookForLost(): void {
    this.execution.takeForeign([...this.copies.keys()]);
  }
}
