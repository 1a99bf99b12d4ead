/** The kinds of state that checkpoints carry, in the order in which they are put back. */
import { carryAnonymousFiles, carryOwnAnonymousFiles } from "./anonymous/anonymousFiles";
import { carryEpolls } from "./anonymous/epoll";
import type { Carrier } from "./carried";
import { carryConnections, carryHeldQueues } from "./connections/connections";
import { carryDescriptorOwners } from "./connections/descriptorOwners";
import { carryFileContents } from "./files/fileContents";
import { carryFiles } from "./files/files";
import { carryLeases } from "./files/leases";
import { carryMappedLocks } from "./files/mappedLocks";
import { carryOpenFileLocks } from "./files/openFileLocks";
import { carryProcFiles } from "./files/procFiles";
import { carryRecordLocks } from "./files/recordLocks";
import { carryVacancies } from "./files/vacancies";
import { carryExecutionRefused } from "./memory/executionRefused";
import { carryHugePages } from "./memory/hugePages";
import { carryLockedMemory } from "./memory/lockedMemory";
import { carryMappedFiles } from "./memory/mappedFiles";
import { carryMemoryFiles } from "./memory/memoryFiles";
import { carrySharedMemory } from "./memory/sharedMemory";
import { carryTimeNamespace } from "./process/childNamespaces";
import { carryChildren } from "./process/children";
import { carryIntervalTimers } from "./process/intervalTimers";
import { carryKernelObjects } from "./process/kernelObjects";
import { carryKeyrings } from "./process/keyrings";
import { carryPendingSignals } from "./process/pendingSignals";
import { carryPosixTimers } from "./process/posixTimers";
import { carryProcessGroup } from "./process/processGroup";
import { carryScheduling } from "./process/scheduling";
import { carrySubreaper } from "./process/subreaper";
import { carrySyscallDispatch } from "./process/syscallDispatch";
import { carrySystemV } from "./process/systemV";
import { carryUnsharedState } from "./process/unsharedState";
import { Trait } from "./traits";

const { always, anonymous, directory, pipe, regular, socket, holdings, sharedMemory } = Trait;

/** Descriptors that copies may have to close. */
const closed = anonymous | pipe | socket;

/** Each with the name that a person reads when it cannot be carried, and the traits of programs that it concerns. */
export const carriers: readonly (readonly [resource: string, concerns: number, carrier: Carrier])[] = [
  ["process group", always, carryProcessGroup],
  ["subreaper", Trait.answers, carrySubreaper],
  ["scheduling", Trait.schedules, carryScheduling],
  ["clocks", holdings, carryTimeNamespace],
  ["threads", holdings, carryUnsharedState],
  ["system call dispatch", Trait.dispatch, carrySyscallDispatch],
  ["memory files", regular | sharedMemory, carryMemoryFiles],
  // Behind it: a mapping may reach beyond the end that its file has then.
  ["shared memory", sharedMemory, carrySharedMemory],
  // Before what is locked into memory: the mappings are made again.
  ["locks of mapped files", regular | sharedMemory, carryMappedLocks],
  ["huge pages", holdings, carryHugePages],
  // Behind it: what is locked cannot be freed.
  ["locked memory", Trait.lockedMemory, carryLockedMemory],
  ["files", regular | Trait.character | Trait.block, carryFiles],
  ["file contents", Trait.contents, carryFileContents],
  ["files of /proc", regular | directory, carryProcFiles],
  ["pipes and sockets", pipe | socket, carryConnections],
  ["pipes and sockets of others", pipe | socket, carryHeldQueues],
  // Behind what is put into them, which would send signals.
  ["descriptor owners", pipe | socket | Trait.sendsSignals, carryDescriptorOwners],
  // Behind the contents: a file must have its size again.
  ["mapped files", sharedMemory, carryMappedFiles],
  // Behind pipes and sockets: epoll sets watch them, and note what is done to them.
  ["descriptors", anonymous, carryOwnAnonymousFiles],
  ["descriptors of others", anonymous, carryAnonymousFiles],
  // Behind all that they watch.
  ["epoll sets", anonymous, carryEpolls],
  // Behind all that look at the copy's descriptors.
  ["descriptors of copies", closed, carryVacancies],
  ["children", Trait.children, carryChildren],
  ["kernel objects", anonymous | sharedMemory, carryKernelObjects],
  ["System V objects", holdings, carrySystemV],
  ["keyrings", always, carryKeyrings],
  ["executable memory", always, carryExecutionRefused],
  ["leases", regular | directory | anonymous | Trait.block, carryLeases],
  // Before record locks: the two kinds exclude each other. Also of a program without files: others may have to let locks go.
  ["locks of open files", always, carryOpenFileLocks],
  ["record locks", regular | directory | anonymous | Trait.block, carryRecordLocks],
  ["pending signals", Trait.pendingSignals | Trait.posixTimers | Trait.answers, carryPendingSignals],
  // Last: their time runs from then on.
  ["POSIX timers", Trait.posixTimers, carryPosixTimers],
  ["interval timers", Trait.answers, carryIntervalTimers],
];
