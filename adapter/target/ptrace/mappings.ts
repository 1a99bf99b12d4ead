/** What a process has mapped where, from /proc/PID/maps (proc(5)). */
import { readFileSync } from "node:fs";
import { memoryAddress } from "../addresses";
import type { Mapping } from "../target";
import type { Subject } from "./carried/carried";

export interface FileMapping extends Mapping {
  /** `MAJOR:MINOR` in hexadecimal digits, of the file system (proc(5)). */
  readonly device: string;
}

const known = new WeakMap<Subject, readonly FileMapping[]>();

/** What a program has mapped when a checkpoint is made, read once. */
export function mappingsOf(subject: Subject): readonly FileMapping[] {
  const mappings = known.get(subject) ?? readMappings(subject.live.tid);
  known.set(subject, mappings);
  return mappings;
}

/** As fstat(2) gives it (makedev(3)). */
export function deviceOf({ device }: FileMapping): bigint {
  const [major = 0, minor = 0] = device.split(":").map((part) => parseInt(part, 16));
  return BigInt(major * 256 + (minor & 255)) + (BigInt(minor >> 8) << 20n);
}

/** As mmap(2) and mprotect(2) take it. */
export function protectionOf({ permissions }: Mapping): number {
  return [..."rwx"].reduce((bits, letter, at) => bits | (permissions[at] === letter ? 1 << at : 0), 0);
}

/** /proc/PID/maps (proc(5)). Empty when the process is gone. */
export function readMappings(processId: number): FileMapping[] {
  let text: string;
  try {
    text = readFileSync(`/proc/${processId}/maps`, "latin1");
  } catch {
    return [];
  }
  return text.split("\n").flatMap((line) => {
    const parts = /^([0-9a-f]+)-([0-9a-f]+) (\S+) ([0-9a-f]+) (\S+) (\d+)\s*(.*)$/.exec(line);
    if (!parts) return [];
    const [, low = "0", high = "0", permissions = "", offset = "0", device = "", inode = "0", path = ""] =
      parts;
    return [
      {
        low: memoryAddress(BigInt(`0x${low}`)),
        high: memoryAddress(BigInt(`0x${high}`)),
        permissions,
        offset: BigInt(`0x${offset}`),
        device,
        inode: Number(inode),
        path: Buffer.from(path, "latin1").toString("utf8"),
      },
    ];
  });
}
