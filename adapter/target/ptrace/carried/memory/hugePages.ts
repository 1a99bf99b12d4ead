/** Pages of a pool that is kept for them (mmap(2), MAP_HUGETLB): a copy that writes needs one more, and there may be none. */
import type { Fidelity } from "../../../checkpointer";
import { statusOf } from "../../procStatus";
import { NOTHING, type Carried, type Subject } from "../carried";

/** Says how much of them the program has. */
export function carryHugePages({ live, holdings }: Subject): Carried {
  if (!holdings.has("hugePages")) return NOTHING;
  const lines = describe(live.tid);
  return { reach: "process", restore: () => undefined, fidelity: () => lines };
}

function describe(tid: number): Fidelity[] {
  const [, size = "0"] = /^HugetlbPages:\s*(\d+) kB$/m.exec(statusOf(tid)) ?? [];
  if (size === "0") return [];
  const detail = `${size} KiB: a copy shares them until one of the two writes, which takes another from the pool (vm.nr_hugepages); where there is none the copy loses the page, and the program gets SIGBUS`;
  return [{ resource: "huge pages", state: "approximate", detail }];
}
