/**
 * State of a program that a clone does not carry, or shares with the live program: read when a checkpoint is made, put
 * into a fresh copy when it is restarted. One file for each kind.
 */
import type { Fidelity, FileChange } from "../../checkpointer";
import type { RemoteThread } from "../remote/remoteThread";
import type { ThreadRecords } from "../threads/threadRecords";
import type { RescuedEnds, WantedEnd } from "./connections/rescuedEnds";
import type { Descriptors } from "./files/descriptors";
import type { Holdings } from "./holdings";
import type { MemorySurvey } from "./memory/memorySurvey";
import type { Intervals } from "./process/intervalTimers";

/** A thread of a process by its place in the records: of the fresh copy when there is one, else of the program. */
export type ThreadAt = (index: number) => RemoteThread;

/** What was read of one kind of state. */
export interface Carried {
  /** shared: others see it too, the live program among them, so a copy that runs beside it must leave it as it is. */
  readonly reach: "process" | "shared";
  /**
   * Puts the state into a fresh copy: all its threads are there and stopped. `fresh` is its leader, in which calls are
   * made; `threadAt` gives each thread; `rescued` has what there is still of `wanted`.
   */
  restore(fresh: RemoteThread, threadAt: ThreadAt, rescued: RescuedEnds): void;
  /** The same for a copy that runs beside the live program, where it is not the same. */
  restoreBeside?(fresh: RemoteThread, threadAt: ThreadAt, rescued: RescuedEnds): void;
  /** Pipes and sockets that a restart takes from the live program, before that is killed. */
  readonly wanted?: readonly WantedEnd[];
  /** What a restart brings back of it, and what not. Nothing to say where the program has none of it. */
  fidelity(): readonly Fidelity[];
  /** What a restart would do to files as they are now; `liveId`: the live program, 0 when it is gone. */
  fileChanges?(liveId: number): readonly FileChange[];
  /** Does what was told of before: some of what `fileChanges` gave. Called behind every `restore`. */
  writeFiles?(fresh: RemoteThread, changes: readonly FileChange[]): void;
  /** Frees what the adapter holds for it; called once. */
  release?(): void;
  /** Bytes that the adapter holds for it. */
  readonly bytes?: number;
}

/** Of a kind of state that the program has none of. */
export const NOTHING: Carried = { reach: "process", restore: () => undefined, fidelity: () => [] };

/** The stopped program, of which a frozen copy has just been made. */
export interface Subject {
  /** The thread in which calls are made. */
  readonly live: RemoteThread;
  /** The frozen copy's process id: it has the program's descriptors, and its own table of them. */
  readonly copy: number;
  readonly descriptors: Descriptors;
  readonly memory: MemorySurvey;
  readonly records: ThreadRecords;
  /** What the program answered to the calls that were made together with the copy (survey.ts). */
  readonly intervals: Intervals;
  /** Some of its traits (traits.ts): those that were found out together with the copy. */
  readonly traits: number;
  /** /proc/PID/timers (proc(5)); undefined: it is long, and has to be read. */
  readonly timers: string | undefined;
  /** /proc/locks (proc(5)), empty also when no descriptor can have a lock; undefined: it is long, and has to be read. */
  readonly locks: string | undefined;
  /** What it may hold that hardly any program does. */
  readonly holdings: Holdings;
  /** Whether the program may have children. */
  readonly hasForked: boolean;
  /** A restart leaves it: it is killed as soon as all is read. */
  readonly isLeft: boolean;
  /** Whether the contents of files are to be kept. */
  readonly keepsContents: boolean;
}

/**
 * Reads one kind of state of the program. Throws TargetError when it cannot be read: the checkpoint is made all the
 * same.
 */
export type Carrier = (subject: Subject) => Carried;
