/**
 * The part of the seam that is for checkpoints: what a target that can freeze copies of the program does with them, and
 * what it says of them.
 */
import type { MemoryAddress } from "./addresses";
import type { ExitStatus, StopEvent, Target, TargetThread } from "./target";

/**
 * Freezing and going back. The program must be stopped (the debugger interrupts it first). Operations are served one
 * after another. Ids, labels, lineage and retention belong to the debugger.
 */
export interface Checkpointer {
  /** Makes a frozen copy. The live program is untouched, also on failure. Throws TargetError with a sentence. */
  create(): Promise<FrozenState>;
  /**
   * Replaces the live process by a fresh copy of a frozen one, which stays. Breakpoints hold as they are now. Works
   * at the exit stop and after an unexpected death too. On failure the session is in a live copy of where it was
   * and TargetError says why. The token of a suspended process is used up: the live one and it change places, and
   * `left` is the one that was live (killed without `keepCurrent`; at its exit, it ends). `files`: what is to be done
   * to files, of what `fileChanges` gave; none without it.
   */
  restore(token: CheckpointToken, keepCurrent: boolean, files?: readonly FileChange[]): Promise<Restored>;
  /** What a restore could do to files, as they and the live program are now; to be told before it is done. */
  fileChanges(token: CheckpointToken): readonly FileChange[];
  /** Frees a frozen copy and its memory at once. */
  discard(token: CheckpointToken): void;
  /**
   * A frozen copy as a target that can only be looked at; its threads have the ids that they had. Valid until the copy is
   * freed; then nothing can be read any more.
   */
  viewOf(token: CheckpointToken): Target;
  /**
   * The pages that differ between a frozen copy and another, or the live program, which must be stopped. Memory that only
   * one of them has mapped counts with the pages it has there. Throws TargetError when one is gone.
   */
  changedPages(token: CheckpointToken, other?: CheckpointToken): Promise<ChangedPages>;
  /** Lets a fresh copy of a frozen one run free, without a debugger; the frozen one stays. Throws TargetError. */
  detach(token: CheckpointToken): Promise<Detached>;
  /** Bytes that are free again once this copy alone is discarded. Slow, but holds nothing up. Undefined: it is gone. */
  privateBytes(token: CheckpointToken): Promise<number | undefined>;
  /** A frozen copy died (killed from outside). */
  onLost: (token: CheckpointToken, status: ExitStatus) => void;
}

declare const checkpointToken: unique symbol;
/** A frozen copy, as its target names it. */
export interface CheckpointToken {
  readonly [checkpointToken]: true;
}

export interface Fidelity {
  readonly resource: string;
  readonly state: "restored" | "approximate" | "notRestored";
  readonly detail: string;
}

/** A frozen copy, or a suspended process of the program itself; then the two ids are one. */
export interface FrozenState {
  readonly token: CheckpointToken;
  /** The program's process id, as it was. */
  readonly processId: number;
  /** The frozen copy's. */
  readonly copyProcessId: number;
  readonly threads: readonly TargetThread[];
  readonly fidelity: readonly Fidelity[];
}

export interface Restored {
  readonly stop: StopEvent;
  /** The state that was left, when it was to be kept and could be. */
  readonly left?: FrozenState;
  /** Why it could not be kept, in a sentence for a person. */
  readonly whyNotKept?: string;
  /** The process or some threads have other ids than at the checkpoint; why, for a person. */
  readonly idsChanged?: string;
  /** What could not be put back although the checkpoint has it, for a person. */
  readonly missed: readonly string[];
}

/** What a restore would do to a file that is not the program's alone. */
export interface FileChange {
  readonly path: string;
  /** `write`: the contents and size that it had; `create`: it was removed since; `remove`: it was created since. */
  readonly action: "write" | "create" | "remove";
}

/** A page whose contents differ between two states. */
export interface ChangedPage {
  readonly address: MemoryAddress;
  readonly bytesChanged: number;
}

export interface ChangedPages {
  /** Ascending. */
  readonly pages: readonly ChangedPage[];
  /** Bytes in a page; all are of this size, large pages too. */
  readonly pageSize: number;
  /** What had to be read of both states to tell; pages that they still share are not among it where that can be seen. */
  readonly bytesRead: number;
}

export interface Detached {
  readonly processId: number;
  /** What of its surroundings the free process has in common with the session, for a person. */
  readonly note: string;
}
