/** The open descriptors of a program. Copies share open files, so their offsets must be put back at a restart. */
import { readdirSync, statSync } from "node:fs";
import { TargetError } from "../target";
import type { RemoteThread } from "./remoteThread";
import { errorName, shim } from "./shim";

/** FP_DESCRIPTOR_SIZE and what a record has (native-shim/shim_ptrace.h). */
const RECORD_SIZE = 40;
const FORMAT = 0o170000;
/**
 * A program's descriptors mostly have the lowest numbers there are. How many there are is the size of /proc/PID/fd
 * since Linux 6.2 (proc(5)); asking for one number after the other until all are found is faster than listing it.
 */
const DENSE = 1024;
/** What else the scratch memory holds while they are listed. */
const BESIDE = 1024;

/** The format bits of st_mode (inode(7)). What has no inode of its own (eventfd(2), epoll(7)) has none. */
export const FileFormat = {
  anonymous: 0,
  pipe: 0o010000,
  character: 0o020000,
  directory: 0o040000,
  block: 0o060000,
  regular: 0o100000,
  socket: 0o140000,
} as const;

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
  /** st_rdev: of a device (makedev(3)). */
  readonly rdev: number;
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

  /** All of one format; costs next to nothing where there are none. */
  ofFormat(format: number): Descriptor[] {
    const found: Descriptor[] = [];
    for (let at = RECORD_SIZE; at <= this.count * RECORD_SIZE; at += RECORD_SIZE)
      if ((this.bytes.readUInt32LE(at + 4) & FORMAT) === format) found.push(this.decode(at));
    return found;
  }

  /** All of other formats than these. */
  withoutFormats(formats: ReadonlySet<number>): Descriptor[] {
    const found: Descriptor[] = [];
    for (let at = RECORD_SIZE; at <= this.count * RECORD_SIZE; at += RECORD_SIZE)
      if (!formats.has(this.bytes.readUInt32LE(at + 4) & FORMAT)) found.push(this.decode(at));
    return found;
  }

  /** Undefined: it is not open. */
  find(number: number): Descriptor | undefined {
    for (let at = RECORD_SIZE; at <= this.count * RECORD_SIZE; at += RECORD_SIZE)
      if (this.bytes.readUInt32LE(at) === number) return this.decode(at);
    return undefined;
  }

  /** How many there are of one format. */
  countOf(format: number): number {
    let count = 0;
    for (let at = RECORD_SIZE; at <= this.count * RECORD_SIZE; at += RECORD_SIZE)
      if ((this.bytes.readUInt32LE(at + 4) & FORMAT) === format) count++;
    return count;
  }

  private decode(at: number): Descriptor {
    return {
      number: this.bytes.readUInt32LE(at),
      mode: this.bytes.readUInt32LE(at + 4),
      offset: this.bytes.readBigInt64LE(at + 8),
      device: this.bytes.readBigUInt64LE(at + 16),
      inode: this.bytes.readBigUInt64LE(at + 24),
      flags: this.bytes.readInt32LE(at + 32),
      rdev: this.bytes.readUInt32LE(at + 36),
    };
  }
}

/** `2 files`, `1 file`. */
export function counted(count: number, one: string, many = `${one}s`): string {
  return `${count} ${count === 1 ? one : many}`;
}
