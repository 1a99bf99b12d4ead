/** Descriptors of processes (pidfd_open(2)). One of the program itself is of the process that ends at a restart. */
import { TargetError } from "../../../target";
import type { RemoteThread } from "../../remote/remoteThread";
import { replaceDescriptor } from "../../remote/reopening";
import type { Carried, Subject, ThreadAt } from "../carried";
import { counted } from "../files/descriptors";
import { field, type OpenFile } from "../files/openFiles";

/** asm/unistd_64.h */
const SYS_PIDFD_OPEN = 434;
/** pidfd_open(2): PIDFD_NONBLOCK and PIDFD_THREAD. */
const OPEN_FLAGS = 0o4000 | 0o200;

interface ProcessDescriptor {
  readonly number: number;
  readonly flags: number;
  /** Place in the records of the thread that it is of. */
  readonly thread: number;
}

/** Opens those of the program itself again; the others are of processes that are not wound back. */
export function carryProcessDescriptors(files: readonly OpenFile[], { records }: Subject): Carried {
  const own = files.flatMap((file): ProcessDescriptor[] => {
    const thread = records.indexOf(Number(field(file, "Pid") ?? -1));
    const flags = parseInt(field(file, "flags") ?? "0", 8) & OPEN_FLAGS;
    return thread < 0 ? [] : [{ number: file.number, flags, thread }];
  });
  const others = files.length - own.length;
  const ofOthers = `${counted(others, "descriptor")} of other processes, which are not wound back`;
  const ofItself = `${counted(own.length, "descriptor")} of the program itself: opened again, of the copy`;
  return {
    reach: "process",
    restore: (fresh, threadAt) => restore(own, fresh, threadAt),
    fidelity: () => [
      ...(own.length > 0 ? [{ resource: "pidfd", state: "restored" as const, detail: ofItself }] : []),
      ...(others > 0 ? [{ resource: "pidfd", state: "notRestored" as const, detail: ofOthers }] : []),
    ],
  };
}

function restore(own: readonly ProcessDescriptor[], fresh: RemoteThread, threadAt: ThreadAt): void {
  const failed = own.filter(
    ({ number, flags, thread }) =>
      !replaceDescriptor(fresh, [SYS_PIDFD_OPEN, threadAt(thread).knownTid, flags], number),
  );
  if (failed.length > 0)
    throw new TargetError(
      `Descriptors of the program itself (pidfd_open) could not be opened again: ${failed.map(({ number }) => number).join(", ")}.`,
    );
}
