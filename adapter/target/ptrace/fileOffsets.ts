/** Where a program stands in its files. Copies share open files, so the place must be put back at a restart. */
import { readdirSync, readFileSync } from "node:fs";
import type { Fidelity } from "../target";
import { shim } from "./shim";

const RECORD_SIZE = 16;
const FORMAT = 0o170000;
const SOCKET = 0o140000;
const PIPE = 0o010000;
/** Looking at every possible number up to here is faster than listing /proc/PID/fd. */
const DENSE = 1024;

export class FileOffsets {
  private constructor(
    private readonly records: Buffer,
    private readonly count: number,
  ) {}

  /** Reads the offsets of a stopped process's descriptors, from outside. Empty when the process is gone. */
  static read(processId: number): FileOffsets {
    const pidfd = shim.pidfdOpen(processId);
    if (pidfd < 0) return new FileOffsets(Buffer.alloc(0), 0);
    try {
      const limit = descriptorLimit(processId);
      let records = Buffer.alloc(Math.min(limit, DENSE) * RECORD_SIZE);
      let count = shim.listDescriptors(pidfd, limit, records, records.length / RECORD_SIZE);
      if (count * RECORD_SIZE > records.length) {
        records = Buffer.alloc(count * RECORD_SIZE);
        count = shim.listDescriptors(pidfd, limit, records, count);
      }
      return new FileOffsets(records, Math.max(count, 0));
    } finally {
      shim.close(pidfd);
    }
  }

  /** Puts every file of a copy back to where it was. */
  restore(processId: number): void {
    if (this.count === 0) return;
    const pidfd = shim.pidfdOpen(processId);
    if (pidfd < 0) return;
    shim.setOffsets(pidfd, this.records, this.count);
    shim.close(pidfd);
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

/** One more than the largest descriptor that can be open (FDSize in /proc/PID/status, proc(5)). */
function descriptorLimit(processId: number): number {
  const [, size = "0"] = /^FDSize:\s+(\d+)/m.exec(readFileSync(`/proc/${processId}/status`, "latin1")) ?? [];
  if (Number(size) <= DENSE) return Number(size);
  return Math.max(-1, ...readdirSync(`/proc/${processId}/fd`).map(Number)) + 1;
}
