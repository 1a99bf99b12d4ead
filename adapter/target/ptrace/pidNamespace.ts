/** Ids of processes and threads inside a pid namespace (pid_namespaces(7)). */
import { readFileSync } from "node:fs";

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
