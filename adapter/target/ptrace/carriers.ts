/** The kinds of state that checkpoints carry, in the order in which they are put back. */
import { carryAnonymousFiles, carryOwnAnonymousFiles } from "./anonymousFiles";
import type { Carrier } from "./carried";
import { carryTimeNamespace } from "./childNamespaces";
import { carryChildren } from "./children";
import { carryConnections, carryHeldQueues } from "./connections";
import { carryDescriptorOwners } from "./descriptorOwners";
import { carryEpolls } from "./epoll";
import { carryFileContents } from "./fileContents";
import { carryFiles } from "./files";
import { carryHugePages } from "./hugePages";
import { carryIntervalTimers } from "./intervalTimers";
import { carryKernelObjects } from "./kernelObjects";
import { carryKeyrings } from "./keyrings";
import { carryLeases } from "./leases";
import { carryLockedMemory } from "./lockedMemory";
import { carryMappedFiles } from "./mappedFiles";
import { carryMemoryFiles } from "./memoryFiles";
import { carryOpenFileLocks } from "./openFileLocks";
import { carryPendingSignals } from "./pendingSignals";
import { carryPosixTimers } from "./posixTimers";
import { carryProcessGroup } from "./processGroup";
import { carryProcFiles } from "./procFiles";
import { carryRecordLocks } from "./recordLocks";
import { carryScheduling } from "./scheduling";
import { carrySharedMemory } from "./sharedMemory";
import { carrySubreaper } from "./subreaper";
import { carryVacancies } from "./vacancies";
import { carrySyscallDispatch } from "./syscallDispatch";
import { carrySystemV } from "./systemV";
import { carryUnsharedState } from "./unsharedState";

/** Each with the name that a person reads when it cannot be carried. */
export const carriers: readonly (readonly [resource: string, carrier: Carrier])[] = [
  ["process group", carryProcessGroup],
  ["subreaper", carrySubreaper],
  ["scheduling", carryScheduling],
  ["clocks", carryTimeNamespace],
  ["threads", carryUnsharedState],
  ["system call dispatch", carrySyscallDispatch],
  ["shared memory", (subject) => carrySharedMemory(subject)],
  ["huge pages", carryHugePages],
  // Behind it: what is locked cannot be freed.
  ["locked memory", carryLockedMemory],
  ["files", carryFiles],
  ["file contents", carryFileContents],
  ["memory files", carryMemoryFiles],
  ["files of /proc", carryProcFiles],
  ["pipes and sockets", carryConnections],
  ["pipes and sockets of others", carryHeldQueues],
  // Behind what is put into them, which would send signals.
  ["descriptor owners", carryDescriptorOwners],
  // Behind the contents: a file must have its size again.
  ["mapped files", (subject) => carryMappedFiles(subject)],
  // Behind pipes and sockets: epoll sets watch them, and note what is done to them.
  ["descriptors", carryOwnAnonymousFiles],
  ["descriptors of others", carryAnonymousFiles],
  // Behind all that they watch.
  ["epoll sets", carryEpolls],
  // Behind all that look at the copy's descriptors.
  ["descriptors of copies", carryVacancies],
  ["children", carryChildren],
  ["kernel objects", carryKernelObjects],
  ["System V objects", carrySystemV],
  ["keyrings", carryKeyrings],
  ["leases", carryLeases],
  // Before record locks: the two kinds exclude each other.
  ["locks of open files", carryOpenFileLocks],
  ["record locks", carryRecordLocks],
  ["pending signals", carryPendingSignals],
  // Last: their time runs from then on.
  ["POSIX timers", carryPosixTimers],
  ["interval timers", carryIntervalTimers],
];
