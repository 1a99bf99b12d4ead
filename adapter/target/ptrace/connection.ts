/** Pipes and sockets of which copies have nothing (connections.ts). */
import type { Fidelity } from "../target";
import type { Descriptor } from "./descriptors";
import type { Making } from "./madeEnds";

/** The child of an object that only the program has; one that somebody has who is no child of it. */
export const NOBODY = -1;
export const STRANGER = 0;

/** A pipe or a connection that copies do not have. */
export interface Connection {
  /** The program's descriptors of each end. */
  readonly ends: readonly [readonly Descriptor[], readonly Descriptor[]];
  /** How it is made when it is not to be had otherwise. */
  readonly making: Making;
  /** Who else has it: the process id of a child, STRANGER, or NOBODY. */
  readonly other: number;
}

/** What is known of pipes or of sockets. */
export interface Judged {
  readonly connections: readonly Connection[];
  readonly fidelity: readonly Fidelity[];
  /** Puts what copies have too back into it; gives what failed, for a person. */
  refill(processId: number): string[];
}
