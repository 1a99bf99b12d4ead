/** The open descriptors of a program. Copies share open files, so their offsets must be put back at a restart. */
import { readdirSync, statSync } from "node:fs";
import { TargetError, type Fidelity } from "../target";
import type { RemoteThread } from "./remoteThread";
import { errorName, shim } from "./shim";

/** FP_DESCRIPTOR_SIZE and what a record has (native-shim/shim_ptrace.h). */
const RECORD_SIZE = 40;
const FORMAT = 0o170000;
const SOCKET = 0o140000;
const PIPE = 0o010000;
const REGULAR = 0o100000;
/**
 * A program's descriptors mostly have the lowest numbers there are. How many there are is the size of /proc/PID/fd
 * since Linux 6.2 (proc(5)); asking for one number after the other until all are found is faster than listing it.
 */
const DENSE = 1024;
/** What else the scratch memory holds while they are listed. */
const BESIDE = 1024;

/** An open descriptor (fstat(2), lseek(2)). */
export interface Descriptor {
  readonly number: number;
  readonly mode: number;
  /** Negative: it has no offset. */
  readonly offset: bigint;
  readonly device: bigint;
  readonly inode: bigint;
  /** Access mode and status flags (fcntl(2), F_GETFL). */
  readonly flags: number;
}

export class Descriptors {
  /** The first record has no descriptor: it says how many follow (fp_freeze). */
  private constructor(
    private bytes: Buffer,
    private readonly expected: number,
    private readonly limit: number,
  ) {}

  /** Room for the descriptors of a process, by one of its threads. Throws TargetError when it is gone. */
  static of(tid: number): Descriptors {
    const count = statSync(`/proc/${tid}/fd`, { throwIfNoEntry: false })?.size;
    if (count === undefined) throw new TargetError("The program was killed meanwhile.");
    if (count > 0 && count < DENSE / 2) return Descriptors.sized(count, DENSE);
    const numbers = readdirSync(`/proc/${tid}/fd`).map(Number);
    return Descriptors.sized(numbers.length, Math.max(-1, ...numbers) + 1);
  }

  private static sized(expected: number, limit: number): Descriptors {
    return new Descriptors(Buffer.alloc((expected + 1) * RECORD_SIZE), expected, limit);
  }

  /** What fp_freeze takes and fills, as far as there is room in the scratch memory. */
  survey(scratchSize: number): { bytes: Buffer; capacity: number; limit: number } {
    const room = Math.floor((scratchSize - BESIDE) / RECORD_SIZE);
    return { bytes: this.bytes, capacity: Math.min(this.expected, room), limit: this.limit };
  }

  get count(): number {
    return this.bytes.readInt32LE(0);
  }

  /** The records behind the first. */
  get records(): Buffer {
    return this.bytes.subarray(RECORD_SIZE);
  }

  /** Lists those that the survey had no room for, or that have higher numbers than most programs'. */
  complete(live: RemoteThread): void {
    if (this.count >= this.expected) return;
    const numbers = readdirSync(`/proc/${live.tid}/fd`).map(Number);
    const last = this.count === 0 ? -1 : this.bytes.readUInt32LE(this.count * RECORD_SIZE);
    const missing = numbers.filter((number) => number > last);
    if (missing.length === 0) return;
    const more = Buffer.alloc(missing.length * RECORD_SIZE);
    const limit = Math.max(...missing) + 1;
    const first = Math.min(...missing);
    const found = shim.listDescriptors(live.tid, live.siteRecord, first, limit, more, missing.length);
    if (found < 0) throw new TargetError(`The descriptors cannot be listed (${errorName(found)}).`);
    const known = this.count;
    this.bytes = Buffer.concat([
      this.bytes.subarray(0, (known + 1) * RECORD_SIZE),
      more.subarray(0, found * RECORD_SIZE),
    ]);
    this.bytes.writeInt32LE(known + found, 0);
  }

  /** st_mode of each. */
  formats(): number[] {
    return Array.from({ length: this.count }, (_, index) =>
      this.bytes.readUInt32LE((index + 1) * RECORD_SIZE + 4),
    );
  }

  list(): Descriptor[] {
    return Array.from({ length: this.count }, (_, index) => {
      const at = (index + 1) * RECORD_SIZE;
      return {
        number: this.bytes.readUInt32LE(at),
        mode: this.bytes.readUInt32LE(at + 4),
        offset: this.bytes.readBigInt64LE(at + 8),
        device: this.bytes.readBigUInt64LE(at + 16),
        inode: this.bytes.readBigUInt64LE(at + 24),
        flags: this.bytes.readInt32LE(at + 32),
      };
    });
  }

  /** What a restart brings back of them, and what not. */
  fidelity(): Fidelity[] {
    const numbers = new Map<number, number>();
    for (let at = RECORD_SIZE; at <= this.count * RECORD_SIZE; at += RECORD_SIZE) {
      const format = this.bytes.readUInt32LE(at + 4) & FORMAT;
      numbers.set(format, (numbers.get(format) ?? 0) + 1);
    }
    const files = numbers.get(REGULAR) ?? 0;
    return [
      ...(files > 0 ? [restoredOffsets(files)] : []),
      ...lost("pipes", numbers.get(PIPE) ?? 0, "what is in them is shared with the live program"),
      ...lost("sockets", numbers.get(SOCKET) ?? 0, "the connections are shared with the live program"),
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
