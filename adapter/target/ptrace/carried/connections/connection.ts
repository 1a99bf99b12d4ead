/** Pipes and sockets of which copies have nothing (connections.ts). */
import type { Fidelity } from "../../../checkpointer";
import type { Descriptor } from "../files/descriptors";
import type { Making } from "./madeEnds";
import type { Queue } from "./queues";

/** The child of an object that only the program has; one that somebody has who is no child of it. */
export const NOBODY = -1;
export const STRANGER = 0;

/** A pipe or a connection that copies do not have. */
export interface Connection {
  /** The program's descriptors of each end. */
  readonly ends: readonly [readonly Descriptor[], readonly Descriptor[]];
  /** How it is made when it is not to be had otherwise. */
  readonly making: Making;
  /** Who else has it: the process id of a child or, of a pipe, of the parent, STRANGER, or NOBODY. */
  readonly other: number;
  /** Something comes with messages in its queues: they are not among what is made. */
  readonly accompanied?: AccompaniedQueues;
}

/** Queues of a connection that the program itself must fill, and what can only be done behind that. */
export interface AccompaniedQueues {
  /** What each end reads; undefined: nothing comes with that. */
  readonly queues: readonly [Queue | undefined, Queue | undefined];
  /** Which ends ask for the credentials of senders (SO_PASSCRED). */
  readonly credentials: readonly [boolean, boolean];
  /** Which ends write no more. */
  readonly shut: readonly [boolean, boolean];
}

/** What is known of pipes or of sockets. */
export interface Judged {
  readonly connections: readonly Connection[];
  readonly fidelity: readonly Fidelity[];
  /** Puts what copies have too back into it; gives what failed, for a person. */
  refill(processId: number): string[];
}
