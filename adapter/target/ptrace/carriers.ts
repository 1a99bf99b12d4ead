/** The kinds of state that checkpoints carry, in the order in which they are put back. */
import type { Carrier } from "./carried";
import { carryIntervalTimers } from "./intervalTimers";
import { carryKernelObjects } from "./kernelObjects";
import { carryLockedMemory } from "./lockedMemory";
import { carryPendingSignals } from "./pendingSignals";
import { carryPosixTimers } from "./posixTimers";
import { carryRecordLocks } from "./recordLocks";
import { carrySharedMemory } from "./sharedMemory";

/** Each with the name that a person reads when it cannot be carried. */
export const carriers: readonly (readonly [resource: string, carrier: Carrier])[] = [
  ["shared memory", (subject) => carrySharedMemory(subject)],
  // Behind it: what is locked cannot be freed.
  ["locked memory", carryLockedMemory],
  ["kernel objects", carryKernelObjects],
  ["record locks", carryRecordLocks],
  ["pending signals", carryPendingSignals],
  // Last: their time runs from then on.
  ["POSIX timers", carryPosixTimers],
  ["interval timers", carryIntervalTimers],
];
