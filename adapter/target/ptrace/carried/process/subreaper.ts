/** Whether a program becomes the parent of its descendants' orphans (prctl(2), PR_SET_CHILD_SUBREAPER): no child inherits that. */
import { TargetError } from "../../../target";
import { NOTHING, type Carried, type Subject } from "../carried";

/** asm/unistd_64.h, prctl(2) */
const PRCTL = 157;
const PR_SET_CHILD_SUBREAPER = 36;

/** Notes it. */
export function carrySubreaper({ intervals: { isSubreaper } }: Subject): Carried {
  if (!isSubreaper) return NOTHING;
  const detail = "the program takes the orphans of its descendants, but not those that it has taken already";
  return {
    reach: "process",
    restore: (fresh) => {
      if (fresh.call(PRCTL, PR_SET_CHILD_SUBREAPER, 1) < 0n)
        throw new TargetError("The program could not be made a subreaper again.");
    },
    fidelity: () => [{ resource: "subreaper", state: "restored", detail }],
  };
}
