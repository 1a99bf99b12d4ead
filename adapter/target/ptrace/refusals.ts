/** What a person is told when the kernel refuses a copy. */
import { TargetError } from "../target";
import { errorName } from "./shim";
import type { Tracee } from "./threads/tracee";

/** Why a program cannot be copied as it is now; it can be left all the same. */
export class Uncopyable extends TargetError {}

/** A frozen copy has been killed from outside. */
export class CopyGone extends TargetError {
  constructor() {
    super("That checkpoint's copy is gone.");
  }
}

/** Why a process could not be cloned; `what` says in half a sentence what was to be done, `result` is -errno. */
export function whyNoCopy(result: number, what: string): TargetError {
  const error = errorName(result);
  if (error === "EAGAIN")
    return new TargetError(
      `${what}: the limit of processes is reached. Delete checkpoints, or raise the limit (ulimit -u).`,
    );
  if (error === "ENOMEM") return new TargetError(`${what}: there is not enough memory. Delete checkpoints.`);
  if (error === "EMFILE" || error === "ENFILE")
    return new TargetError(
      `${what}: the debugger has as many open files as it may. Delete checkpoints, or raise the limit (ulimit -n).`,
    );
  if (error === "ESRCH") return new TargetError(`${what}: the program was killed meanwhile.`);
  return new TargetError(`${what} (${error}).`);
}

/** Why a copy is not even tried: the kernel would kill a process of the group for it. */
export function whyNoRoom(what: string): TargetError {
  return new TargetError(
    `${what}: the memory limit of the program's control group is reached. Delete checkpoints, or raise the limit.`,
  );
}

/** Why nothing can be done with a thread in vfork(2); `advice`: half a sentence. */
export function whyInVfork({ id }: Tracee, advice: string): TargetError {
  return new TargetError(`Thread ${id} waits in vfork for its child to run a program or to exit; ${advice}.`);
}

/** Why a program with a thread that does not stand still cannot be copied. */
export function whyNotStopped(tracee: Tracee): TargetError {
  const { id, state, inVfork } = tracee;
  if (inVfork) return whyInVfork(tracee, "take the checkpoint after that");
  if (state === "exiting") return new TargetError(`Thread ${id} is about to exit; step on and try again.`);
  return new TargetError(
    `Thread ${id} cannot be stopped: it waits in the kernel, mostly for a disk or a device.`,
  );
}

/** Why a state that a restart leaves could not be kept. */
export const WAS_ENDING = "The program was about to end.";

/** The same, of a program with a thread that did not stand still; `threads`: all of them. */
export function whyNotKept({ id, state, inVfork }: Tracee, threads: readonly Tracee[]): string {
  if (threads.every((tracee) => tracee.state === "exiting")) return WAS_ENDING;
  if (state === "exiting") return `Thread ${id} was about to exit.`;
  if (inVfork) return `Thread ${id} waited in vfork for its child to run a program or to exit.`;
  return `Thread ${id} could not be stopped: it waited in the kernel, mostly for a disk or a device.`;
}

/** Why a program that cannot be looked into cannot be copied. */
export function whyClosed(): TargetError {
  return new TargetError(
    "The program does not let its user look into it (PR_SET_DUMPABLE), and cannot be made to where it stands.",
  );
}

/** Why a child that its parent waits for in vfork cannot be copied. */
export function whyBorrowed(): TargetError {
  return new TargetError(
    "The child runs in its parent's memory until it runs a program or exits (vfork); take the checkpoint after that.",
  );
}

/** Why a fresh copy has another process id; `error` is the name of the errno of set_tid, or empty. */
export function whyNewId(error: string, processId: number): string {
  if (error === "") return "new process ids were asked for";
  if (error === "EEXIST") return `process id ${processId} is taken`;
  return `the system does not permit choosing process id ${processId} (CAP_CHECKPOINT_RESTORE is missing)`;
}

/** Why threads of a fresh copy have other ids than they had. */
export function whyNewThreadIds(count: number): string {
  return count === 1 ? "the id of a thread is taken" : `the ids of ${count} threads are taken`;
}
