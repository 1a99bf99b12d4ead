/** The files that a process has open for writing, seen from outside. */
import { readdirSync, statSync } from "node:fs";
import { keyOf } from "../connections/holders";
import { field, readOpenFiles, type OpenFile } from "./openFiles";

/** open(2). */
const ACCESS = 3;

export interface WritableFile {
  readonly path: string;
  /** Device and inode. */
  readonly key: string;
  /** Nanoseconds since the epoch (statx(2), stx_btime). */
  readonly createdAt: bigint;
}

/** Regular files that still have the name they were opened by. Empty when the process is gone. */
export function filesOpenForWriting(processId: number): WritableFile[] {
  try {
    const numbers = readdirSync(`/proc/${processId}/fd`).map(Number);
    return readOpenFiles(processId, numbers).flatMap(writableFile);
  } catch {
    return [];
  }
}

function writableFile(file: OpenFile): WritableFile[] {
  const { link } = file;
  if (!link.startsWith("/") || (parseInt(field(file, "flags") ?? "0", 8) & ACCESS) === 0) return [];
  const status = statSync(link, { bigint: true, throwIfNoEntry: false });
  if (!status?.isFile() || status.ino.toString() !== field(file, "ino")) return [];
  const key = keyOf({ device: status.dev, inode: status.ino });
  return [{ path: link, key, createdAt: status.birthtimeNs }];
}
