/** Checkpoints of the ptrace target: frozen siblings of the program, made by a clone that the program itself runs. */
import { readFileSync, writeFileSync } from "node:fs";
import { memoryAddress, type MemoryAddress } from "../addresses";
import {
  TargetError,
  type Checkpointer,
  type CheckpointToken,
  type ExitStatus,
  type Fidelity,
  type FrozenState,
  type Memory,
  type Restored,
  type TargetThread,
} from "../target";
import { exitStatusOf } from "./events";
import type { PtraceExecution } from "./execution";
import { FileOffsets } from "./fileOffsets";
import type { LiveProcess } from "./liveProcess";
import { ProcessMemory } from "./processMemory";
import { findScratch, findSyscallInstruction } from "./remoteCalls";
import { decodeStatus, errorName, shim, type WaitEvent } from "./shim";
import { killedBy, Signal } from "./signals";
import type { HeldSignal, Tracee } from "./tracee";
import { Waker } from "./waker";

/** clone(2). */
const CLONE_VM = 0x00000100n;
const CLONE_PARENT = 0x00008000n;
const CLONE_CHILD_CLEARTID = 0x00200000n;
const CLONE_CHILD_SETTID = 0x01000000n;
const SYS_SET_ROBUST_LIST = 273n;
/** The out-of-memory killer takes frozen copies before the program, and the program before others. */
const OOM_SCORE = "500";

/** Where calls are injected in a process image; the same in every copy of it. */
interface Site {
  readonly instruction: MemoryAddress;
  readonly scratch: MemoryAddress;
}

interface RobustList {
  readonly head: bigint;
  readonly length: bigint;
}

/** A frozen copy with all that is needed to make a live process of it. */
interface Frozen {
  readonly pid: number;
  readonly pidfd: number;
  readonly processId: number;
  readonly threads: readonly TargetThread[];
  readonly site: Site;
  readonly tidAddress: bigint;
  readonly robustList: RobustList;
  readonly offsets: FileOffsets;
  readonly signal: HeldSignal | undefined;
  readonly toldAt: MemoryAddress | undefined;
  readonly oomScore: string;
}

/** What is asked of the live thread before it is copied. */
type Captured = Omit<Frozen, "pid" | "pidfd">;

function tokenOf(frozen: Frozen): CheckpointToken {
  return frozen as unknown as CheckpointToken;
}

function frozenOf(token: CheckpointToken): Frozen {
  return token as unknown as Frozen;
}

function whyNoCopy(result: number, what: string): TargetError {
  const error = errorName(result);
  if (error === "EAGAIN")
    return new TargetError(
      `${what}: the limit of processes is reached. Delete checkpoints, or raise the limit (ulimit -u).`,
    );
  if (error === "ENOMEM") return new TargetError(`${what}: there is not enough memory. Delete checkpoints.`);
  if (error === "ESRCH") return new TargetError(`${what}: the program was killed meanwhile.`);
  return new TargetError(`${what} (${error}).`);
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
      const keeper = this.setAside();
      const { pid, why } = this.revive(frozen, keeper);
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

  /** Runs an operation; what it throws rejects. */
  private attempt<T>(operation: () => T): Promise<T> {
    return new Promise((resolve) => resolve(operation()));
  }

  /** The one thread of a program that can be copied now. Throws TargetError saying why not. */
  private copyable(): Tracee {
    if (this.process.ended)
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

  private capture(tracee: Tracee): Captured {
    const { processId, memory } = this.process;
    const site = {
      instruction: findSyscallInstruction(this.process),
      scratch: findScratch(this.process, tracee),
    };
    const address = Buffer.alloc(8);
    const { instruction, scratch } = site;
    const result = shim.getTidAddress(tracee.tid, memory.descriptor, instruction, scratch, address);
    tracee.injected();
    if (result < 0) throw whyNoCopy(result, "The program could not be asked for its state");
    return {
      processId,
      threads: [{ id: tracee.id, tid: tracee.tid, name: tracee.name }],
      site,
      tidAddress: address.readBigUInt64LE(0),
      robustList: this.robustList(tracee).list,
      offsets: FileOffsets.read(processId),
      signal: tracee.signal,
      toldAt: tracee.toldAt,
      oomScore: readFileSync(`/proc/${processId}/oom_score_adj`, "latin1").trim(),
    };
  }

  private robustList(tracee: Tracee): { list: RobustList; held: boolean } {
    const bytes = Buffer.alloc(16);
    const held = Buffer.alloc(1);
    shim.getRobustList(tracee.tid, this.process.memory.descriptor, bytes, held);
    return {
      list: { head: bytes.readBigUInt64LE(0), length: bytes.readBigUInt64LE(8) },
      held: held[0] === 1,
    };
  }

  /** Makes a frozen copy of the live thread; traps must be lifted. */
  private freeze(tracee: Tracee, flags: bigint, what: string): Frozen {
    const captured = this.capture(tracee);
    const { instruction, scratch } = captured.site;
    const { descriptor } = this.process.memory;
    const pid = shim.clone(tracee.tid, descriptor, instruction, scratch, flags, 0n, 0);
    tracee.injected();
    if (pid < 0) throw whyNoCopy(pid, what);
    shim.setOptions(pid, 0);
    const pidfd = shim.pidfdOpen(pid);
    if (pidfd < 0) {
      shim.kill(pid, 1);
      throw whyNoCopy(pidfd, what);
    }
    writeOomScore(pid, OOM_SCORE);
    const frozen: Frozen = { ...captured, pid, pidfd };
    this.copies.set(pid, frozen);
    Waker.get().watch(pidfd);
    return frozen;
  }

  /**
   * Takes the live process away, keeping its memory in a copy that shares it, so that nothing is copied and the
   * kill is cheap. Undefined when nothing could be kept: at its exit, or when it is gone.
   */
  private setAside(): Frozen | undefined {
    if (this.process.ended) return undefined;
    const { processId } = this.process;
    if (this.process.threads.some((tracee) => tracee.state === "exiting")) {
      shim.kill(processId, 1);
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
    const { memory, processId } = this.process;
    if (this.robustList(tracee).held) {
      const call = Buffer.alloc(64);
      [SYS_SET_ROBUST_LIST, 0n, 24n].forEach((word, index) => call.writeBigUInt64LE(word, index * 8));
      const { instruction, scratch } = keeper.site;
      const area = Buffer.alloc(16);
      area.writeBigUInt64LE(scratch, 0);
      shim.inject(tracee.tid, memory.descriptor, instruction, call, 1, area);
    }
    const address = memoryAddress(keeper.tidAddress);
    const before = keeper.tidAddress === 0n ? undefined : memory.read(address, 4);
    shim.setOptions(processId, 0);
    shim.kill(processId, 1);
    // The kernel has written 0 to clear_child_tid (set_tid_address(2)).
    if (before?.length !== 4) return;
    const own = ProcessMemory.open(keeper.pid);
    own.write(address, before);
    own.close();
  }

  /** A live process from a frozen one. When that fails, one from the keeper, and TargetError says so. */
  private revive(frozen: Frozen, keeper: Frozen | undefined): { pid: number; why?: string } {
    const first = this.copyOf(frozen);
    if (first.pid > 0) return first;
    const error = whyNoCopy(first.pid, "The checkpoint could not be restarted");
    const second = keeper ? this.copyOf(keeper) : undefined;
    if (keeper && second && second.pid > 0) {
      this.execution.adopt();
      this.putInPlace(keeper, second.pid);
      this.free(keeper);
      throw error;
    }
    if (!this.process.ended) this.process.end(killedBy(Signal.KILL));
    throw new TargetError(`${error.message} The program is gone; restart another checkpoint.`);
  }

  private copyOf(frozen: Frozen): { pid: number; why?: string } {
    const memory = ProcessMemory.open(frozen.pid);
    try {
      const { instruction, scratch } = frozen.site;
      const clone = (flags: bigint, id: number): number =>
        shim.clone(frozen.pid, memory.descriptor, instruction, scratch, flags, frozen.tidAddress, id);
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
    writeOomScore(pid, frozen.oomScore);
    const threads = frozen.threads.map(({ id }) => ({ id, tid: pid }));
    this.process.become(pid, ProcessMemory.open(pid), threads);
    const tracee = this.process.leader;
    if (tracee) {
      tracee.signal = frozen.signal;
      tracee.toldAt = frozen.toldAt;
    }
    frozen.offsets.restore(pid);
    if (tracee && frozen.robustList.head !== 0n) this.setRobustList(tracee, frozen);
  }

  private setRobustList(tracee: Tracee, { robustList, site }: Frozen): void {
    const call = Buffer.alloc(64);
    [SYS_SET_ROBUST_LIST, robustList.head, robustList.length].forEach((word, index) =>
      call.writeBigUInt64LE(word, index * 8),
    );
    const area = Buffer.alloc(16);
    area.writeBigUInt64LE(site.scratch, 0);
    shim.inject(tracee.tid, this.process.memory.descriptor, site.instruction, call, 1, area);
    tracee.injected();
  }

  private stateOf(frozen: Frozen): FrozenState {
    const { processId, threads, pid } = frozen;
    return {
      token: tokenOf(frozen),
      processId,
      copyProcessId: pid,
      threads,
      fidelity: this.fidelity(frozen),
    };
  }

  private fidelity(frozen: Frozen): Fidelity[] {
    return [
      { resource: "memory", state: "restored", detail: "all private memory" },
      { resource: "registers", state: "restored", detail: "general, floating-point and vector registers" },
      ...frozen.offsets.fidelity(),
    ];
  }

  private free(frozen: Frozen): void {
    if (!this.forget(frozen)) return;
    shim.kill(frozen.pid, 1);
  }

  private forget(frozen: Frozen): boolean {
    if (!this.copies.delete(frozen.pid)) return false;
    Waker.get().unwatch(frozen.pidfd);
    shim.close(frozen.pidfd);
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

function whyNewId(error: string, processId: number): string {
  if (error === "") return "new process ids were asked for";
  if (error === "EEXIST") return `process id ${processId} is taken`;
  return `the system does not permit choosing process id ${processId} (CAP_CHECKPOINT_RESTORE is missing)`;
}

function writeOomScore(pid: number, score: string): void {
  try {
    writeFileSync(`/proc/${pid}/oom_score_adj`, score);
  } catch {
    // Lowering it takes a privilege; a score that is too high does no harm.
  }
}
