/** Things in the kernel that belong to one process or one address space, and that no copy can have. */
import type { Fidelity } from "../../../checkpointer";
import { mappingsOf } from "../../mappings";
import { anonymousFilesOf } from "../anonymous/sharedAnonymous";
import { NOTHING, type Carried, type Subject } from "../carried";
import { isKernelObject } from "../memory/sharedMappings";

const kinds: readonly (readonly [RegExp, resource: string, why: string])[] = [
  [/^anon_inode:\[userfaultfd\]/, "userfaultfd", "it watches the memory of the first process only"],
  [/^anon_inode:\[io_uring\]/, "io_uring", "the rings and what is under way belong to the first process"],
  [/^anon_inode:\[?perf_event\]?/, "performance counters", "they count the first process only"],
  [/^\/secretmem/, "secret memory", "nobody but the program can read it, so it stays as it is now"],
  [/^\/\[aio\]/, "asynchronous I/O", "contexts of io_setup(2) end with the process that made them"],
  [/hugepages?/, "shared huge pages", "what is in them is shared with the live program"],
  [/^socket:/, "packet rings", "they are shared with the live program"],
  [/^\/dev\//, "device memory", "what a device does is not wound back"],
];

/** What such a thing is, and why it cannot be had; undefined when it is none. */
function lineOf(name: string): Fidelity | undefined {
  const [, resource, why] = kinds.find(([pattern]) => pattern.test(name)) ?? [];
  if (resource === undefined || why === undefined) return undefined;
  return { resource, state: "notRestored", detail: `${name.replace(/ \(deleted\)$/, "")}: ${why}` };
}

/** Whether something with such a name is said to be lost here. */
export function isLost(name: string): boolean {
  return lineOf(name) !== undefined;
}

/** Names what the program has of them. */
export function carryKernelObjects(subject: Subject): Carried {
  const { memory } = subject;
  const names = new Set(anonymousFilesOf(subject).map(({ link }) => link));
  if (memory.shared > 0)
    for (const mapping of mappingsOf(subject))
      if (mapping.permissions.endsWith("s") && isKernelObject(mapping)) names.add(mapping.path);
  const lines = [...names].flatMap((name) => lineOf(name) ?? []);
  return lines.length === 0 ? NOTHING : { reach: "process", restore: () => undefined, fidelity: () => lines };
}
