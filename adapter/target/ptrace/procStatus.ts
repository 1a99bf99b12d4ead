/** /proc/PID/status (proc(5)). */
import { readFileSync } from "node:fs";

/** The text; empty where the process is gone, or may not be looked at. */
export function statusOf(processId: number | "self" | `${number}/task/${number}`): string {
  try {
    return readFileSync(`/proc/${processId}/status`, "latin1");
  } catch {
    return "";
  }
}

/** A number of a line of it; undefined where the process is gone. */
export function numberIn(processId: number, name: "PPid" | "TracerPid"): number | undefined {
  const found = new RegExp(`^${name}:\\s*(\\d+)`, "m").exec(statusOf(processId))?.[1];
  return found === undefined ? undefined : Number(found);
}

/** The effective capabilities (capabilities(7)) as bits; none of a process that is gone. */
export function capabilitiesOf(processId: number | "self"): bigint {
  const [, effective = "0"] = /^CapEff:\s*([0-9a-f]+)/m.exec(statusOf(processId)) ?? [];
  return BigInt(`0x${effective}`);
}

/** Whether a signal waits for one thread alone, which takes it as soon as it goes on (SigPnd, SigBlk). */
export function isComing(processId: number, tid: number, signal: number): boolean {
  const status = statusOf(`${processId}/task/${tid}`);
  const has = (name: "SigPnd" | "SigBlk"): boolean => {
    const [, mask = "0"] = new RegExp(`^${name}:\\s*([0-9a-f]+)`, "m").exec(status) ?? [];
    return ((BigInt(`0x${mask}`) >> BigInt(signal - 1)) & 1n) === 1n;
  };
  return has("SigPnd") && !has("SigBlk");
}
