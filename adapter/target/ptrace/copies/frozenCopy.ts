/** A frozen copy: a process that never runs, and what a clone does not carry, kept beside it. */
import type { MemoryAddress } from "../../addresses";
import type { CheckpointToken, Fidelity } from "../../checkpointer";
import { TargetError, type TargetThread } from "../../target";
import { NOTHING, type Carried, type Subject } from "../carried/carried";
import { carriers } from "../carried/carriers";
import type { WantedEnd } from "../carried/connections/rescuedEnds";
import type { Descriptors } from "../carried/files/descriptors";
import type { ForkAdvice } from "../carried/memory/forkAdvice";
import { Trait, traitsOf } from "../carried/traits";
import type { LockOwners, Owner } from "../ids/lockOwners";
import { robustLocksOf } from "../ids/robustLocks";
import { idInside } from "../pidNamespace";
import type { AgentSite, ImagePlaces } from "../remote/agentSite";
import type { WaitEvent } from "../shim";
import { threadFidelity } from "../threads/threadFidelity";
import type { ThreadRecords } from "../threads/threadRecords";
import { Timeouts } from "../threads/timeouts";
import type { HeldSignal, ResentSignal } from "../threads/tracee";
import { COPY_SCORE, swapOomScore } from "./oomScores";
import { CLONE_VM, wholeCloneOf, type Quarry } from "./wholeClone";

/** A thread of a frozen copy. */
export interface FrozenThread extends TargetThread {
  readonly signal: HeldSignal | undefined;
  readonly resent: readonly ResentSignal[];
  readonly toldAt: MemoryAddress | undefined;
  readonly deferred: WaitEvent | undefined;
}

/** A frozen copy with all that is needed to make a live process of it. */
export interface Frozen {
  readonly pid: number;
  /** Readable once the copy is dead; undefined until it is watched. */
  pidfd: number | undefined;
  /** The program's process id, as it was, and as the program knows it. */
  readonly processId: number;
  /** The program is in a pid namespace of its own (LiveProcess). */
  readonly ownNamespace: boolean;
  /** The program does not let its user look into it, its copy does (dumpability.ts). */
  readonly isRevealed: boolean;
  /** The leader first, where it is still there; in the order of `records`. */
  readonly threads: readonly FrozenThread[];
  readonly records: ThreadRecords;
  readonly timeouts: Timeouts;
  /** Which of the threads made the copy: its place. */
  readonly cloner: number;
  /**
   * Made with CLONE_VM: the kernel gave it neither the cloner's alternate signal stack nor its rseq registration
   * (kernel/fork.c, sas_ss_reset and rseq_fork).
   */
  readonly bare: boolean;
  /** The ids of threads that were waiting in vfork(2). */
  readonly waiting: readonly number[];
  readonly descriptors: Descriptors;
  readonly advice: ForkAdvice;
  /** Stopped by job control (SIGSTOP and its like): goes on only by SIGCONT. */
  readonly groupStopped: boolean;
  /** The leader had exited, and other threads went on. */
  readonly leaderGone: boolean;
  readonly site: AgentSite;
  readonly places: ImagePlaces;
  readonly carried: readonly Carried[];
  /** Kinds of state that could not be read, with why. */
  readonly missed: readonly Fidelity[];
  /** The program's own; undefined until the copy is given another. */
  oomScore: number | undefined;
  /** Undefined until a restart takes new ids. */
  lockOwners: LockOwners | undefined;
  readonly robustLocks: readonly Owner[];
}

export function tokenOf(frozen: Frozen): CheckpointToken {
  return frozen as unknown as CheckpointToken;
}

export function frozenOf(token: CheckpointToken): Frozen {
  return token as unknown as Frozen;
}

/**
 * Makes a frozen copy: reads what a clone does not carry of the live threads, and clones. `flags`: clone(2). Throws
 * TargetError, `what` being what was to be done: then there is none. `keepsContents`: of files.
 */
export function freeze(quarry: Quarry, flags: bigint, what: string, keepsContents: boolean): Frozen {
  const { threads, waiting, places, remote: live, ownNamespace } = quarry;
  const { processId } = live;
  const { pid, records, survey, holdings, memory, advice } = wholeCloneOf(quarry, flags, what);
  const { descriptors, intervals, traits, timers, locks } = survey;
  const { carried, missed } = readState({
    live,
    copy: pid,
    descriptors,
    memory,
    records,
    intervals,
    traits: records.count > 1 ? traits | Trait.schedules : traits,
    timers,
    locks,
    hasForked: quarry.hasForked,
    isLeft: (flags & CLONE_VM) !== 0n,
    holdings,
    keepsContents,
  });
  // As ThreadRecords.joined has them.
  const inOrder = [...threads, ...waiting].sort(
    (a, b) => Number(b.tid === processId) - Number(a.tid === processId),
  );
  return {
    pid,
    pidfd: undefined,
    oomScore: undefined,
    lockOwners: undefined,
    robustLocks: robustLocksOf(records, live.memory),
    processId: ownNamespace ? idInside(live.tid, "Tgid") : processId,
    ownNamespace,
    isRevealed: quarry.isRevealed,
    threads: inOrder.map(({ id, tid, signal, resent, toldAt, deferred }, index) => {
      return { id, tid, name: records.name(index), signal, resent, toldAt, deferred };
    }),
    waiting: waiting.map(({ tid }) => tid),
    bare: (flags & CLONE_VM) !== 0n,
    cloner: inOrder.findIndex(({ tid }) => tid === live.tid),
    records,
    timeouts: Timeouts.of(records, inOrder, live.memory),
    descriptors,
    advice,
    groupStopped: threads.some(({ groupStopped }) => groupStopped),
    leaderGone: inOrder[0]?.tid !== processId,
    site: live.site,
    places,
    carried,
    missed,
  };
}

/** Every kind of state by itself: what cannot be read of one is said, and the copy is there all the same. */
function readState(subject: Subject): Pick<Frozen, "carried" | "missed"> {
  const carried: Carried[] = [];
  const missed: Fidelity[] = [];
  const attempt = (resource: string, work: () => void): void => {
    try {
      work();
    } catch (error) {
      if (!(error instanceof TargetError)) throw error;
      missed.push({ resource, state: "notRestored", detail: error.message });
    }
  };
  attempt("descriptors", () => subject.descriptors.complete(subject.live));
  const traits = traitsOf(subject);
  for (const [resource, concerns, carrier] of carriers) {
    if ((traits & concerns) === 0) continue;
    attempt(resource, () => {
      const one = carrier(subject);
      if (one !== NOTHING) carried.push(one);
    });
  }
  return { carried, missed };
}

/** The pipes and sockets that a restart of a copy takes from the live program. */
export function wantedOf({ carried }: Frozen): WantedEnd[] {
  return carried.flatMap(({ wanted }) => wanted ?? []);
}

/** What a restart of a copy brings back of the program, and what not. */
export function fidelityOf(frozen: Frozen): Fidelity[] {
  return [
    { resource: "memory", state: "restored", detail: "all private memory" },
    { resource: "registers", state: "restored", detail: "general, floating-point and vector registers" },
    ...threadFidelity(frozen.records, frozen.waiting),
    ...frozen.timeouts.fidelity(),
    ...frozen.advice.fidelity(),
    ...frozen.carried.flatMap((carried) => carried.fidelity()),
    ...frozen.missed,
  ];
}

/** Has the out-of-memory killer take the copy before the program, and remembers what the program's own score was. */
export function raiseOomScore(frozen: Frozen): void {
  const before = swapOomScore(frozen.pid, COPY_SCORE);
  frozen.oomScore ??= before;
}
