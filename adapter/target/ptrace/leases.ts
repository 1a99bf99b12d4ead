/** Leases of files (fcntl(2), F_SETLEASE): of the open file, which all copies have. */
import type { Carried, Subject } from "./carried";
import { counted } from "./descriptors";
import { locksAt } from "./fileLocks";

/** Says how many the program has. */
export function carryLeases(subject: Subject): Carried {
  const own = new RegExp(`^\\d+: LEASE +\\S+ +\\S+ +${subject.live.processId} `, "gm");
  const count = [...locksAt(subject).matchAll(own)].length;
  const detail = `${counted(count, "lease")}: as they are now, and the signal of a break goes to whom it went to`;
  return {
    reach: "shared",
    restore: () => undefined,
    fidelity: () => (count > 0 ? [{ resource: "leases", state: "approximate", detail }] : []),
  };
}
