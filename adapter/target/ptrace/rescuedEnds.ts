/** Pipes and sockets that others have as well: taken from who has them before the live process is killed. */
import { shim } from "./shim";
import { hasPort, isLike, takeLike, type SocketImage } from "./socketImages";

const RECORD = 16;

/** An end of a pipe or a socket that is to be had as it is. */
export interface WantedEnd {
  readonly inode: bigint;
  /** Status flags (fcntl(2), F_GETFL): which end of a pipe. */
  readonly flags: number;
  /** A child of the program that had it, or its other end; 0: none. */
  readonly child: number;
  /** Of a socket without a connection: it is to be as it was, unless a child has it, too. */
  readonly image?: SocketImage | undefined;
  /** Only for a copy that runs beside the live program, which has it. */
  readonly besideOnly?: boolean;
}

/** open(2). */
const ACCESS = 3;

function keyOf({ inode, flags }: WantedEnd): string {
  return `${inode}:${flags & ACCESS}`;
}

/** Open files of this process; closed by `close`. */
export class RescuedEnds {
  private readonly files = new Map<string, number>();
  /** Sockets without a connection. */
  private readonly unconnected = new Set<string>();
  /** What SO_REUSEADDR was, by file. */
  private readonly reuse = new Map<number, number>();

  /** Takes from the live program, 0 when it is gone, and from its children, what is not there yet. */
  take(processId: number, wanted: readonly WantedEnd[]): void {
    if (processId !== 0) this.takeFrom(processId, wanted);
    if (processId !== 0) this.takeAlike(processId, wanted);
    for (const child of new Set(wanted.map((end) => end.child)))
      if (child !== 0)
        this.takeFrom(
          child,
          wanted.filter((end) => end.child === child),
        );
  }

  /** Undefined: nobody has it any more, or it is no more as it was. */
  find(wanted: WantedEnd): number | undefined {
    const { image, child } = wanted;
    const file = this.files.get(keyOf(wanted));
    if (file === undefined || image === undefined || child !== 0) return file;
    if (!isLike(file, image)) {
      this.drop(keyOf(wanted));
      return undefined;
    }
    // It gets the image's own.
    this.reuse.delete(file);
    return file;
  }

  /**
   * Before the live program is killed: what is left of its connections lets ports be opened again that are wanted (bind(2)). What
   * is here has its own setting again when this is closed.
   */
  reuseAddresses(processId: number, wanted: readonly WantedEnd[]): void {
    if (processId === 0 || !wanted.some(({ image }) => image && hasPort(image))) return;
    for (const file of this.files.values()) {
      const was = shim.swapReuse(file, 1);
      if (was >= 0) this.reuse.set(file, was);
    }
    shim.reuseAddresses(processId);
  }

  /** Before sockets are opened at addresses: none without a connection that is not among `wanted` has one of them. */
  dropOthers(wanted: readonly WantedEnd[]): void {
    const keys = new Set(wanted.map(keyOf));
    for (const key of this.unconnected) if (!keys.has(key)) this.drop(key);
  }

  close(): void {
    for (const key of [...this.files.keys()]) this.drop(key);
  }

  private drop(key: string): void {
    const file = this.files.get(key);
    this.files.delete(key);
    this.unconnected.delete(key);
    if (file === undefined) return;
    const reuse = this.reuse.get(file);
    if (reuse !== undefined) shim.swapReuse(file, reuse);
    this.reuse.delete(file);
    shim.close(file);
  }

  /** Sockets that were opened anew have other inodes. */
  private takeAlike(processId: number, wanted: readonly WantedEnd[]): void {
    for (const end of wanted) {
      if (end.image === undefined || end.child !== 0 || this.files.has(keyOf(end))) continue;
      const file = takeLike(processId, end.image, [...this.files.values()]);
      if (file === undefined) continue;
      this.files.set(keyOf(end), file);
      this.unconnected.add(keyOf(end));
    }
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
      if (end.image) this.unconnected.add(keyOf(end));
    });
  }
}
