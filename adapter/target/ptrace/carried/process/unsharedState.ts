/**
 * What a thread has for itself though threads mostly share it: descriptors, working directory and umask (unshare(2)), the
 * user that it acts as and what it may (credentials(7), capabilities(7), by the raw system calls), namespaces (setns(2)), system
 * call filters. A copy's threads are made by its first.
 */
import type { Fidelity } from "../../../checkpointer";
import { NOTHING, type Carried, type Subject } from "../carried";
import { counted } from "../files/descriptors";

/** Bits of the shim's answers (native-shim/shim_copies.h). */
const kinds: readonly (readonly [bit: number, what: string])[] = [
  [1, "descriptors of its own (unshare)"],
  [2, "a working directory and umask of its own (unshare)"],
  [4, "another user or group"],
  [8, "other system call filters (seccomp)"],
  [16, "other capabilities"],
  [32, "namespaces of its own (setns)"],
];

/** Says how many threads have something of their own. */
export function carryUnsharedState({ holdings }: Subject): Carried {
  if (!holdings.has("unshared")) return NOTHING;
  return {
    reach: "process",
    restore: () => undefined,
    fidelity: () => kinds.flatMap(([bit, what]) => describe(holdings.threadsWith(bit), what)),
  };
}

function describe(count: number, what: string): Fidelity[] {
  if (count === 0) return [];
  const detail = `${counted(count, "thread")} with ${what}: in a copy every thread has what the first has`;
  return [{ resource: "threads", state: "notRestored", detail }];
}
