/** The open descriptors of a program. Copies share open files, so their offsets must be put back at a restart. */
import { readdirSync } from "node:fs";
import { TargetError } from "../../../target";
import type { RemoteThread } from "../../remote/remoteThread";
import { errorName, shim } from "../../shim";

/** FP_DESCRIPTOR_SIZE and what a record has (native-shim/shim_copies.h). */
export const DESCRIPTOR_SIZE = 40;
const FORMAT = 0o170000;

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
  private readonly known = new Map<number, readonly Descriptor[]>();

  /** `open`: how many there are in all (survey.ts); the records are of those with the lowest numbers. */
  constructor(
    private bytes: Buffer,
    private readonly open: number,
  ) {}

  get count(): number {
    return this.bytes.length / DESCRIPTOR_SIZE;
  }

  /** As the shim takes them. */
  get records(): Buffer {
    return this.bytes;
  }

  /** Lists those that the survey had no room for, or that have higher numbers than most programs'. */
  complete(live: RemoteThread): void {
    if (this.count >= this.open) return;
    const numbers = readdirSync(`/proc/${live.tid}/fd`).map(Number);
    const last = this.highest();
    const missing = numbers.filter((number) => number > last);
    if (missing.length === 0) return;
    const more = Buffer.alloc(missing.length * DESCRIPTOR_SIZE);
    const limit = Math.max(...missing) + 1;
    const first = Math.min(...missing);
    const found = shim.listDescriptors(live.tid, live.siteRecord, first, limit, more, missing.length);
    if (found < 0) throw new TargetError(`The descriptors cannot be listed (${errorName(found)}).`);
    this.bytes = Buffer.concat([this.bytes, more.subarray(0, found * DESCRIPTOR_SIZE)]);
    this.known.clear();
  }

  /** All of one format; costs next to nothing where there are none, or when it is asked again. */
  ofFormat(format: number): readonly Descriptor[] {
    const known = this.known.get(format);
    if (known !== undefined) return known;
    const found: Descriptor[] = [];
    for (let at = 0; at < this.bytes.length; at += DESCRIPTOR_SIZE)
      if ((this.bytes.readUInt32LE(at + 4) & FORMAT) === format) found.push(this.decode(at));
    this.known.set(format, found);
    return found;
  }

  /** All that have one of some formats, or one of some flags (fcntl(2), F_GETFL). */
  ofFormatsOrFlags(formats: ReadonlySet<number>, flags: number): Descriptor[] {
    const found: Descriptor[] = [];
    for (let at = 0; at < this.bytes.length; at += DESCRIPTOR_SIZE)
      if (
        (this.bytes.readInt32LE(at + 32) & flags) !== 0 ||
        formats.has(this.bytes.readUInt32LE(at + 4) & FORMAT)
      )
        found.push(this.decode(at));
    return found;
  }

  /** Whether there is one of another format than these. */
  hasOtherThan(formats: ReadonlySet<number>): boolean {
    for (let at = 0; at < this.bytes.length; at += DESCRIPTOR_SIZE)
      if (!formats.has(this.bytes.readUInt32LE(at + 4) & FORMAT)) return true;
    return false;
  }

  /** All of other formats than these. */
  withoutFormats(formats: ReadonlySet<number>): Descriptor[] {
    const found: Descriptor[] = [];
    for (let at = 0; at < this.bytes.length; at += DESCRIPTOR_SIZE)
      if (!formats.has(this.bytes.readUInt32LE(at + 4) & FORMAT)) found.push(this.decode(at));
    return found;
  }

  /** Undefined: it is not open. */
  find(number: number): Descriptor | undefined {
    for (let at = 0; at < this.bytes.length; at += DESCRIPTOR_SIZE)
      if (this.bytes.readUInt32LE(at) === number) return this.decode(at);
    return undefined;
  }

  /** The highest number that is open; -1: none is. */
  highest(): number {
    return this.count === 0 ? -1 : this.bytes.readUInt32LE(this.bytes.length - DESCRIPTOR_SIZE);
  }

  /** The lowest number that is not open. */
  lowestFree(): number {
    let free = 0;
    for (let at = 0; at < this.bytes.length; at += DESCRIPTOR_SIZE)
      if (this.bytes.readUInt32LE(at) === free) free++;
    return free;
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
