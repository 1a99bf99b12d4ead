/**
 * A program may refuse itself memory that is written and executed, for itself alone: PR_SET_MDWE with PR_MDWE_NO_INHERIT (prctl(2)),
 * which no child gets.
 */
import { TargetError } from "../../../target";
import { NOTHING, type Carried, type Subject } from "../carried";

/** asm/unistd_64.h, prctl(2). */
const PRCTL = 157;
const PR_SET_MDWE = 65;
const PR_MDWE_NO_INHERIT = 2n;

/** Notes it. */
export function carryExecutionRefused({ intervals: { executionRefused } }: Subject): Carried {
  if (executionRefused < 0n || (executionRefused & PR_MDWE_NO_INHERIT) === 0n) return NOTHING;
  const detail = "memory that was written is not made executable (PR_SET_MDWE)";
  return {
    reach: "process",
    restore: (fresh) => {
      if (fresh.call(PRCTL, PR_SET_MDWE, executionRefused) < 0n)
        throw new TargetError(
          "The program could not be kept again from executing what it writes (PR_SET_MDWE).",
        );
    },
    fidelity: () => [{ resource: "executable memory", state: "restored", detail }],
  };
}
