/** Keyrings of the process and of the thread that makes the copy (keyrings(7)): no child gets them. */
import type { Carried, Subject } from "./carried";

/** Says whether the program has any. */
export function carryKeyrings({ intervals: { hasKeyring } }: Subject): Carried {
  const detail = "the program's own (process and thread keyring): a copy has none";
  return {
    reach: "process",
    restore: () => undefined,
    fidelity: () => (hasKeyring ? [{ resource: "keyrings", state: "notRestored", detail }] : []),
  };
}
