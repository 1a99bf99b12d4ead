/** Threads that have their system calls sent to themselves as SIGSYS (prctl(2), PR_SET_SYSCALL_USER_DISPATCH), as Wine's do. */
import { TargetError } from "../../../target";
import { errorName, shim } from "../../shim";
import type { Carried, Subject, ThreadAt } from "../carried";
import { counted } from "../files/descriptors";

/** FP_DISPATCH_SIZE (native-shim/shim_copies.h). */
const RECORD_SIZE = 40;

/** Notes it of each thread; no clone has it. */
export function carrySyscallDispatch({ records }: Subject): Carried {
  const dispatch = Buffer.alloc(records.count * RECORD_SIZE);
  for (let index = 0; index < records.count; index++)
    dispatch.writeInt32LE(records.tid(index), index * RECORD_SIZE);
  const count = shim.readDispatch(dispatch, records.count);
  const detail = `${counted(count, "thread")} with calls sent to itself (PR_SET_SYSCALL_USER_DISPATCH)`;
  return {
    reach: "process",
    restore: (_, threadAt) => restore(dispatch, records.count, threadAt),
    fidelity: () => [{ resource: "system call dispatch", state: "restored", detail }],
  };
}

function restore(dispatch: Buffer, threads: number, threadAt: ThreadAt): void {
  for (let index = 0; index < threads; index++)
    dispatch.writeInt32LE(threadAt(index).tid, index * RECORD_SIZE);
  const result = shim.setDispatch(dispatch, threads);
  if (result < 0)
    throw new TargetError(
      `The dispatch of system calls could not be put back as it was (${errorName(result)}).`,
    );
}
