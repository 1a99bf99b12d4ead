/** Descriptors that a program needs for a moment beside its own, and the limit that it has set itself (RLIMIT_NOFILE). */
import type { Subject } from "../carried/carried";
import { shim } from "../shim";
import type { RemoteThread } from "./remoteThread";

/** -EMFILE. */
export const NO_ROOM = -24n;
/** As many as are open at most beside what a program had: twice FP_AT_ONCE (native-shim/files/outside.h). */
const ROOM = 128;
/** A way into the program, and what comes through it. */
const LEAST_ROOM = 3;
/** struct rlimit. */
const LIMIT_SIZE = 16;

const roomy = new WeakMap<Subject, boolean>();

/** Whether a program may have enough descriptors for a moment to be given again what its copies do not have. */
export function hasRoom(subject: Subject): boolean {
  const known = roomy.get(subject) ?? lookForRoom(subject);
  roomy.set(subject, known);
  return known;
}

function lookForRoom({ copy, descriptors }: Subject): boolean {
  const before = Buffer.alloc(LIMIT_SIZE);
  const limit = shim.raiseDescriptorLimit(copy, ROOM, before);
  // It may not be asked.
  if (limit < 0) return true;
  shim.putBackDescriptorLimit(copy, before);
  return limit >= descriptors.count + LEAST_ROOM && limit > descriptors.highest();
}

/** Does it again when it failed for want of descriptors that the process may have: of them there are more then. */
export function unlessFull<T>({ processId }: RemoteThread, work: () => T, isFull: (result: T) => boolean): T {
  const result = work();
  if (!isFull(result)) return result;
  const before = Buffer.alloc(LIMIT_SIZE);
  if (shim.raiseDescriptorLimit(processId, ROOM, before) < 0) return result;
  try {
    return work();
  } finally {
    shim.putBackDescriptorLimit(processId, before);
  }
}
