/** The program's own children: processes by themselves, which no restart brings back. */
import { NOTHING, type Carried, type Subject } from "./carried";
import { counted } from "./descriptors";
import { childrenOf } from "./holders";

/** Says how many there are. */
export function carryChildren({ live }: Subject): Carried {
  const count = childrenOf(live.processId).length;
  if (count === 0) return NOTHING;
  const who = counted(count, "child", "children");
  const detail = `${who} of the live program: a fresh copy is not its parent and cannot wait for it`;
  return {
    reach: "process",
    restore: () => undefined,
    fidelity: () => [{ resource: "children", state: "notRestored", detail }],
  };
}
