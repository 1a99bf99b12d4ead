/** Programs that forbid themselves system calls (seccomp(2)): a filter may kill a program for the calls of a copy. */
import { readFileSync } from "node:fs";
import { Uncopyable, whyNoCopy } from "../refusals";
import { shim } from "../shim";

/** Filters of this process; the program has them too, and this process lives with them. */
let inherited: number | undefined;

/** How many filters a process has (proc(5), Seccomp_filters in /proc/PID/status); 0 where the kernel does not say. */
function filtersOf(processId: number | "self"): number {
  const [, count = "0"] = /^Seccomp_filters:\s*(\d+)/m.exec(statusOf(processId)) ?? [];
  return Number(count);
}

function statusOf(processId: number | "self"): string {
  try {
    return readFileSync(`/proc/${processId}/status`, "latin1");
  } catch (error) {
    throw whyNoCopy((error as NodeJS.ErrnoException).errno ?? 0, "The program cannot be looked at");
  }
}

/** Whether filters are suspended while calls are made in a stopped thread: that takes a privilege. */
function areSuspended(tid: number): boolean {
  const suspended = shim.setOptions(tid, 0) === 1;
  shim.setOptions(tid, 1);
  return suspended;
}

let mayBeSuspended: boolean | undefined;

/** Whether filters of a program are suspended while calls are made in it; `tid`: a stopped thread's. */
export function areFiltersSuspended(tid: number): boolean {
  return (mayBeSuspended ??= areSuspended(tid));
}

/** Throws TargetError when the program has filters of its own that could not be suspended. `tid`: a stopped thread's. */
export function checkFilter(tid: number): void {
  if (areFiltersSuspended(tid) || filtersOf(tid) <= (inherited ??= filtersOf("self"))) return;
  throw whyFiltered();
}

/** Why a program that filters its own calls cannot be copied. */
export function whyFiltered(): Uncopyable {
  return new Uncopyable(
    "The program filters its own system calls (seccomp), and the filter might kill it for copying itself. As root, or with CAP_SYS_ADMIN, a checkpoint can be taken all the same.",
  );
}
