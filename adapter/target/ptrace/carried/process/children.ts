/** The program's own children: processes by themselves, which no restart brings back. */
import { shim } from "../../shim";
import { NOTHING, type Carried, type Subject } from "../carried";
import { childrenOf } from "../connections/holders";
import { counted } from "../files/descriptors";

/** Says how many there are, and how many of them run in the program's memory (clone(2), CLONE_VM). */
export function carryChildren({ live }: Subject): Carried {
  const all = childrenOf(live.processId);
  if (all.length === 0) return NOTHING;
  const who = counted(all.length, "child", "children");
  const sharing = all.filter((child) => shim.sharesMemory(child, live.processId) === 1).length;
  const apart = sharing === 0 ? "" : `; ${sharing} of them in its memory: a fresh copy has memory of its own`;
  const detail = `${who} of the live program: a fresh copy is not its parent and cannot wait for it${apart}`;
  return {
    reach: "process",
    restore: () => undefined,
    fidelity: () => [{ resource: "children", state: "notRestored", detail }],
  };
}
