/** Pipes and sockets that others have as well: taken from who has them before the live process is killed. */
import { shim } from "./shim";

const RECORD = 16;

/** An end of a pipe or a socket that is to be had as it is. */
export interface WantedEnd {
  readonly inode: bigint;
  /** Status flags (fcntl(2), F_GETFL): which end of a pipe. */
  readonly flags: number;
  /** A child of the program that had it, or its other end; 0: none. */
  readonly child: number;
}

/** open(2). */
const ACCESS = 3;

function keyOf({ inode, flags }: WantedEnd): string {
  return `${inode}:${flags & ACCESS}`;
}

/** Open files of this process; closed by `close`. */
export class RescuedEnds {
  private readonly files = new Map<string, number>();

  /** Takes from the live program, 0 when it is gone, and from its children, what is not there yet. */
  take(processId: number, wanted: readonly WantedEnd[]): void {
    if (processId !== 0) this.takeFrom(processId, wanted);
    for (const child of new Set(wanted.map((end) => end.child)))
      if (child !== 0)
        this.takeFrom(
          child,
          wanted.filter((end) => end.child === child),
        );
  }

  /** Undefined: nobody has it any more. */
  find(wanted: WantedEnd): number | undefined {
    return this.files.get(keyOf(wanted));
  }

  close(): void {
    for (const file of this.files.values()) shim.close(file);
    this.files.clear();
  }

  private takeFrom(processId: number, wanted: readonly WantedEnd[]): void {
    const missing = wanted.filter((end) => !this.files.has(keyOf(end)));
    if (missing.length === 0) return;
    const records = Buffer.alloc(missing.length * RECORD);
    missing.forEach(({ inode, flags }, index) => {
      records.writeBigUInt64LE(inode, index * RECORD);
      records.writeInt32LE(flags, index * RECORD + 8);
      records.writeInt32LE(-1, index * RECORD + 12);
    });
    shim.takeEnds(processId, records, missing.length);
    missing.forEach((end, index) => {
      const file = records.readInt32LE(index * RECORD + 12);
      if (file < 0) return;
      if (this.files.has(keyOf(end))) shim.close(file);
      else this.files.set(keyOf(end), file);
    });
  }
}
