/** What a process has mapped where, from /proc/PID/maps (proc(5)). */
import { readFileSync } from "node:fs";
import { memoryAddress } from "../addresses";
import type { Mapping } from "../target";

/** /proc/PID/maps (proc(5)). Empty when the process is gone. */
export function readMappings(processId: number): Mapping[] {
  let text: string;
  try {
    text = readFileSync(`/proc/${processId}/maps`, "latin1");
  } catch {
    return [];
  }
  return text.split("\n").flatMap((line) => {
    const parts = /^([0-9a-f]+)-([0-9a-f]+) (\S+) ([0-9a-f]+) \S+ (\d+)\s*(.*)$/.exec(line);
    if (!parts) return [];
    const [, low = "0", high = "0", permissions = "", offset = "0", inode = "0", path = ""] = parts;
    return [
      {
        low: memoryAddress(BigInt(`0x${low}`)),
        high: memoryAddress(BigInt(`0x${high}`)),
        permissions,
        offset: BigInt(`0x${offset}`),
        inode: Number(inode),
        path: Buffer.from(path, "latin1").toString("utf8"),
      },
    ];
  });
}
