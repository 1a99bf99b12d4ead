/** Leases of files (fcntl(2), F_SETLEASE): of the open file, which all copies have. */
import { NOTHING, type Carried, type Subject } from "../carried";
import { counted } from "./descriptors";
import { locksAt } from "./fileLocks";

/** Says how many the program has. */
export function carryLeases(subject: Subject): Carried {
  const locks = locksAt(subject);
  if (!locks.includes(" LEASE ")) return NOTHING;
  const own = new RegExp(`^\\d+: LEASE +\\S+ +\\S+ +${subject.live.processId} `, "gm");
  const count = [...locks.matchAll(own)].length;
  const detail = `${counted(count, "lease")}: as they are now, and the signal of a break goes to whom it went to`;
  return {
    reach: "shared",
    restore: () => undefined,
    fidelity: () => (count > 0 ? [{ resource: "leases", state: "approximate", detail }] : []),
  };
}
