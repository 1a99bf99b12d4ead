/** The kinds of state that checkpoints carry, in the order in which they are put back. */
import { carryAnonymousFiles, carryOwnAnonymousFiles } from "./anonymousFiles";
import type { Carrier } from "./carried";
import { carryTimeNamespace } from "./childNamespaces";
import { carryChildren } from "./children";
import { carryConnections, carryHeldQueues } from "./connections";
import { carryDescriptorOwners } from "./descriptorOwners";
import { carryEpolls } from "./epoll";
import { carryExecutionRefused } from "./executionRefused";
import { carryFileContents } from "./fileContents";
import { carryFiles } from "./files";
import { carryHugePages } from "./hugePages";
import { carryIntervalTimers } from "./intervalTimers";
import { carryKernelObjects } from "./kernelObjects";
import { carryKeyrings } from "./keyrings";
import { carryLeases } from "./leases";
import { carryLockedMemory } from "./lockedMemory";
import { carryMappedFiles } from "./mappedFiles";
import { carryMappedLocks } from "./mappedLocks";
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
import { Trait } from "./traits";
import { carryUnsharedState } from "./unsharedState";

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
