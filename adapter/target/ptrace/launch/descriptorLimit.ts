/** How many files the program may have open: what the adapter was started with, which is not what it has. */
import { readFileSync } from "node:fs";

/** select(2) and old programs expect a shell's. */
const OF_A_SHELL = 1024;
/** What 32 bits hold; the kernel allows less. */
const MOST = 0xffff_ffff;

/**
 * The soft limit of open files for the program (getrlimit(2), RLIMIT_NOFILE). Node raises its own to the hard limit as it starts;
 * whoever started the adapter has the former one still, unless that is raised as well, or gone.
 */
export function descriptorLimit(): number {
  const [soft, hard] = limitsOf(process.ppid);
  return soft !== undefined && hard !== undefined && soft < hard ? Math.min(soft, MOST) : OF_A_SHELL;
}

/** The soft and the hard limit in proc_pid_limits(5). */
function limitsOf(processId: number): number[] {
  try {
    const found = /^Max open files +(\d+) +(\d+)/m.exec(readFileSync(`/proc/${processId}/limits`, "latin1"));
    return found === null ? [] : [Number(found[1]), Number(found[2])];
  } catch {
    return [];
  }
}
