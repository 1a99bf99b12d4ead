/** Where a program stands in its files. Copies share open files, so the place must be put back at a restart. */
import { readdirSync, statSync } from "node:fs";
import { TargetError, type Fidelity } from "../target";
import { shim } from "./shim";

const RECORD_SIZE = 16;
const FORMAT = 0o170000;
const SOCKET = 0o140000;
const PIPE = 0o010000;
/**
 * A program's descriptors mostly have the lowest numbers there are. How many there are is the size of /proc/PID/fd
 * since Linux 6.2 (proc(5)); asking for one number after the other until all are found is faster than listing it.
 */
const DENSE = 1024;

export class FileOffsets {
  /** `records` as fp_list_descriptors gives them (native-shim/shim_ptrace.h). */
  constructor(
    private readonly records: Buffer,
    readonly count: number,
  ) {}

  /** Reads the offsets of a stopped process's descriptors, from outside. Throws TargetError when the process is gone. */
  static read(processId: number): FileOffsets {
    const open = statSync(`/proc/${processId}/fd`, { throwIfNoEntry: false })?.size;
    if (open === undefined) throw new TargetError("The program was killed meanwhile.");
    const dense = open > 0 ? list(processId, DENSE, open) : undefined;
    if (dense?.count === open) return dense;
    const limit = Math.max(-1, ...readdirSync(`/proc/${processId}/fd`).map(Number)) + 1;
    return list(processId, limit, limit);
  }

  /** Puts every file of a copy back to where it was. */
  restore(processId: number): void {
    if (this.count > 0) shim.setOffsets(processId, this.records, this.count);
  }

  /** What of the open descriptors a restart brings back. */
  fidelity(): Fidelity[] {
    const formats = Array.from(
      { length: this.count },
      (_, index) => this.records.readUInt32LE(index * RECORD_SIZE + 4) & FORMAT,
    );
    const files = Array.from({ length: this.count }, (_, index) =>
      this.records.readBigInt64LE(index * RECORD_SIZE + 8),
    ).filter((offset) => offset >= 0n).length;
    const number = (format: number): number => formats.filter((other) => other === format).length;
    return [
      ...(files > 0 ? [restoredOffsets(files)] : []),
      ...lost("pipes", number(PIPE), "what is in them is shared with the live program"),
      ...lost("sockets", number(SOCKET), "the connections are shared with the live program"),
    ];
  }
}

function restoredOffsets(files: number): Fidelity {
  const detail = `${files} ${files === 1 ? "file" : "files"}; the contents of files are not wound back`;
  return { resource: "file offsets", state: "restored", detail };
}

function lost(resource: string, count: number, why: string): Fidelity[] {
  return count > 0 ? [{ resource, state: "notRestored", detail: `${count}: ${why}` }] : [];
}

/** The descriptors below `limit`, until `expected` are found. */
function list(processId: number, limit: number, expected: number): FileOffsets {
  const records = Buffer.alloc(expected * RECORD_SIZE);
  const count = shim.listDescriptors(processId, limit, expected, records, expected);
  return new FileOffsets(records, Math.max(count, 0));
}
