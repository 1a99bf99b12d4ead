/** The kinds of state that checkpoints carry, in the order in which they are put back. */
import { carryAnonymousFiles } from "./anonymousFiles";
import type { Carrier } from "./carried";
import { carryChildren } from "./children";
import { carryFileContents } from "./fileContents";
import { carryFiles } from "./files";
import { carryIntervalTimers } from "./intervalTimers";
import { carryKernelObjects } from "./kernelObjects";
import { carryLockedMemory } from "./lockedMemory";
import { carryPendingSignals } from "./pendingSignals";
import { carryPipes } from "./pipes";
import { carryPosixTimers } from "./posixTimers";
import { carryProcessGroup } from "./processGroup";
import { carryRecordLocks } from "./recordLocks";
import { carrySharedMemory } from "./sharedMemory";
import { carrySockets } from "./sockets";

/** Each with the name that a person reads when it cannot be carried. */
export const carriers: readonly (readonly [resource: string, carrier: Carrier])[] = [
  ["process group", carryProcessGroup],
  ["shared memory", (subject) => carrySharedMemory(subject)],
  // Behind it: what is locked cannot be freed.
  ["locked memory", carryLockedMemory],
  ["files", carryFiles],
  ["file contents", carryFileContents],
  ["pipes", carryPipes],
  ["sockets", carrySockets],
  // Behind pipes and sockets: epoll sets watch them, and note what is done to them.
  ["descriptors", carryAnonymousFiles],
  ["children", carryChildren],
  ["kernel objects", carryKernelObjects],
  ["record locks", carryRecordLocks],
  ["pending signals", carryPendingSignals],
  // Last: their time runs from then on.
  ["POSIX timers", carryPosixTimers],
  ["interval timers", carryIntervalTimers],
];
