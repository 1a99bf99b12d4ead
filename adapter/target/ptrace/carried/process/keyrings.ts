/** Keyrings of the process and of the thread that makes the copy (keyrings(7)): no child gets them. */
import { NOTHING, type Carried, type Subject } from "../carried";

/** Says whether the program has any. */
export function carryKeyrings({ intervals: { hasKeyring } }: Subject): Carried {
  if (!hasKeyring) return NOTHING;
  const detail = "the program's own (process and thread keyring): a copy has none";
  return {
    reach: "process",
    restore: () => undefined,
    fidelity: () => [{ resource: "keyrings", state: "notRestored", detail }],
  };
}
