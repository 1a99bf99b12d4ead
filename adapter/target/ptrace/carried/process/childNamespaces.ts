/** Programs whose next child would start, or join, other namespaces than their own (unshare(2), setns(2)): so would a copy. */
import { Uncopyable } from "../../refusals";
import { NOTHING, type Carried, type Subject } from "../carried";

/**
 * Why there is no copy when it would be in another pid namespace than the program: as the first process there, whose end
 * ends all others, or with ids that nobody gave it.
 */
export function whyOtherNamespace(): Uncopyable {
  return new Uncopyable(
    "The program's next child is to be in another pid namespace (unshare, setns), and a copy would be in its place. Take the checkpoint before the program asks for that, or in the child.",
  );
}

/** Says when a copy is in another time namespace (time_namespaces(7)). */
export function carryTimeNamespace({ holdings }: Subject): Carried {
  if (!holdings.has("timeNamespace")) return NOTHING;
  const detail =
    "the program's next child is to be in another time namespace (unshare, setns), and so is a copy: its clocks differ";
  return {
    reach: "process",
    restore: () => undefined,
    fidelity: () => [{ resource: "clocks", state: "notRestored", detail }],
  };
}
