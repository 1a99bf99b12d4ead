/** What a restart brings back of a program's threads. */
import type { Fidelity } from "../../checkpointer";
import type { ThreadRecords } from "./threadRecords";

/** One line for all threads, and one for each that waits in vfork(2) (`waiting`). */
export function threadFidelity(records: ThreadRecords, waiting: readonly number[]): Fidelity[] {
  const all: Fidelity[] =
    records.count > 1
      ? [
          {
            resource: "threads",
            state: "restored",
            detail: `${records.count} threads, with what each was doing`,
          },
        ]
      : [];
  for (const tid of waiting) {
    const detail = `${records.name(records.indexOf(tid))} (${tid}) waits in vfork: it goes on as if its child had started its program; the child is not copied`;
    all.push({ resource: "vfork", state: "approximate", detail });
  }
  return all;
}
