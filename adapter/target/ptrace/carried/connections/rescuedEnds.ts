/** Pipes and sockets that others have as well: taken from who has them before the live process is killed. */
import { fstatSync } from "node:fs";
import { shim } from "../../shim";
import { hasPort, isLike, takeLike, type SocketImage } from "./socketImages";

const RECORD = 16;

/** An end of a pipe or a socket that is to be had as it is. */
export interface WantedEnd {
  readonly inode: bigint;
  /** Status flags (fcntl(2), F_GETFL): which end of a pipe. */
  readonly flags: number;
  /** A child of the program, or its parent, that had it, or its other end; 0: none. */
  readonly child: number;
  /** Of a socket without a connection: it is to be as it was, unless a child has it, too. */
  readonly image?: SocketImage | undefined;
  /** Of a connection of the program with itself: one with the same addresses will do, but none that others have, too. */
  readonly names?: Pick<SocketImage, "record"> | undefined;
  /** Only for a copy that runs beside the live program, which has it. */
  readonly besideOnly?: boolean;
}

/** open(2). */
const ACCESS = 3;
/** Each time all of the program's sockets are looked at. Of more connections, the others are made anew. */
const MOST_NAMED = 32;

function inodeOf(file: number): bigint {
  return fstatSync(file, { bigint: true }).ino;
}

function keyOf({ inode, flags }: WantedEnd): string {
  return `${inode}:${flags & ACCESS}`;
}

/** Open files of this process; closed by `close`. */
export class RescuedEnds {
  private readonly files = new Map<string, number>();
  /** Sockets without a connection. */
  private readonly unconnected = new Set<string>();
  /** Of connections that the program has with itself, and nobody else. */
  private readonly own = new Set<string>();
  /** Those of them that were asked for, by inode. */
  private readonly found = new Set<bigint>();
  /** The live program is gone. */
  private isLast = false;
  /** What SO_REUSEADDR was, by inode. */
  private readonly reuse = new Map<bigint, number>();

  /**
   * Takes from the live program, 0 when it is gone, and from its children, what is not there yet. `isAlone`: nobody goes on
   * with any of it but who gets it from here.
   */
  take(processId: number, wanted: readonly WantedEnd[], isAlone: boolean): void {
    if (processId !== 0) this.takeFrom(processId, wanted);
    if (processId !== 0) this.takeAlike(processId, wanted);
    if (processId !== 0) this.takeOwn(wanted, isAlone);
    for (const child of new Set(wanted.map((end) => end.child)))
      if (child !== 0)
        this.takeFrom(
          child,
          wanted.filter((end) => end.child === child),
        );
  }

  /** Undefined: nobody has it any more, or it is no more as it was. */
  find(wanted: WantedEnd): number | undefined {
    const { image, child, names } = wanted;
    const key = keyOf(wanted);
    const file = names && !this.own.has(key) ? undefined : this.files.get(key);
    // One that another checkpoint knows as the program's own may be wanted as it is.
    if (file !== undefined) this.found.add(inodeOf(file));
    // It gets its own with its options.
    if (file !== undefined && names) this.reuse.delete(inodeOf(file));
    if (file === undefined || image === undefined || child !== 0) return file;
    if (!isLike(file, image)) {
      this.drop(key);
      return undefined;
    }
    // It gets the image's own.
    this.reuse.delete(inodeOf(file));
    return file;
  }

  /**
   * Before the live program is killed: what is left of its connections lets ports be opened again that are wanted (bind(2)). What
   * is here has its own setting again when this is closed.
   */
  reuseAddresses(processId: number, wanted: readonly WantedEnd[]): void {
    this.isLast = true;
    if (processId === 0 || !wanted.some(({ image }) => image && hasPort(image))) return;
    for (const file of this.files.values()) {
      const inode = inodeOf(file);
      const was = this.reuse.has(inode) ? -1 : shim.swapReuse(file, 1);
      if (was >= 0) this.reuse.set(inode, was);
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
    const inode = inodeOf(file);
    // At its ports, nothing is left of what nobody has any more (tcp(7), TIME_WAIT).
    if (this.isLast && this.own.has(key) && !this.found.has(inode)) shim.resetConnection(file);
    const reuse = this.reuse.get(inode);
    if (reuse !== undefined) shim.swapReuse(file, reuse);
    this.reuse.delete(inode);
    shim.close(file);
  }

  /** Sockets that were opened anew have other inodes. */
  private takeAlike(processId: number, wanted: readonly WantedEnd[]): void {
    let named = 0;
    for (const end of wanted) {
      if (end.child !== 0 || this.files.has(keyOf(end))) continue;
      const like = end.image ?? (named++ < MOST_NAMED ? end.names : undefined);
      if (like === undefined) continue;
      const file = takeLike(processId, like, end.image ? [...this.files.values()] : []);
      if (file === undefined) continue;
      this.files.set(keyOf(end), file);
      if (end.image) this.unconnected.add(keyOf(end));
    }
  }

  /** Connections of the program with itself. What somebody else may have got of them is left to that one. */
  private takeOwn(wanted: readonly WantedEnd[], isAlone: boolean): void {
    for (const key of wanted.filter(({ names }) => names).map(keyOf)) {
      if (!this.files.has(key)) continue;
      if (isAlone) this.own.add(key);
      else this.drop(key);
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
