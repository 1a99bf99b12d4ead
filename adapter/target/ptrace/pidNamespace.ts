/** Ids of processes and threads inside a pid namespace (pid_namespaces(7)). */
import { readdirSync, readFileSync } from "node:fs";
import { numberIn, statusOf } from "./procStatus";

/**
 * The id that the program itself has for a thread of its own, or (Tgid) for the process of one; that of outside when it
 * is gone.
 */
export function idInside(tid: number, of: "Pid" | "Tgid" = "Pid"): number {
  const name = of === "Pid" ? "NSpid" : "NStgid";
  try {
    const status = readFileSync(`/proc/${tid}/status`, "latin1");
    const [, ids] = new RegExp(`^${name}:\\s+(.*)$`, "m").exec(status) ?? [];
    return Number(ids?.split(/\s+/).at(-1) ?? tid);
  } catch {
    return tid;
  }
}

/** Own children, zombies too, that are in a pid namespace below the own one: the only one that this process makes is a program's. */
export function childrenInNamespace(): number[] {
  return readdirSync("/proc")
    .map(Number)
    .filter((pid) => numberIn(pid, "PPid") === process.pid && /^NSpid:\s+\d+\s+\d/m.test(statusOf(pid)));
}
