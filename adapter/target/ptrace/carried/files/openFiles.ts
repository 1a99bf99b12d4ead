/** What /proc tells of open files from outside: /proc/PID/fd and /proc/PID/fdinfo (proc(5)). */
import { readlinkSync } from "node:fs";
import { TargetError } from "../../../target";
import { errorName, shim } from "../../shim";

const USUAL_SIZE = 512;
/** open(2), O_CLOEXEC: told among the status flags. */
const CLOSE_ON_EXEC = 0o2000000;

/** A descriptor, and whether it is closed by execve(2). */
export interface Place {
  readonly number: number;
  readonly closesOnExec: boolean;
}

export interface OpenFile {
  readonly number: number;
  /** What its link in /proc/PID/fd says; empty: it is not open. */
  readonly link: string;
  /** All of its fdinfo. */
  readonly info: string;
}

/** Looks at descriptors of a process, in one go. Throws TargetError when there is no room for what they say. */
export function readOpenFiles(processId: number, numbers: readonly number[]): OpenFile[] {
  const fds = Buffer.from(Int32Array.from(numbers).buffer);
  let texts = Buffer.alloc(numbers.length * USUAL_SIZE);
  let used = shim.readFdinfo(processId, fds, numbers.length, texts, texts.length);
  while (used > texts.length) {
    texts = Buffer.alloc(used + USUAL_SIZE);
    used = shim.readFdinfo(processId, fds, numbers.length, texts, texts.length);
  }
  if (used < 0) throw new TargetError(`They cannot be looked at (${errorName(used)}).`);
  const parts = texts.toString("latin1", 0, used).split("\0");
  return numbers.map((number, index) => {
    return { number, link: parts[2 * index] ?? "", info: parts[2 * index + 1] ?? "" };
  });
}

/** What the link of one descriptor says; empty: it is not open, or the process is gone. */
export function linkOf(processId: number, number: number): string {
  try {
    return readlinkSync(`/proc/${processId}/fd/${number}`);
  } catch {
    return "";
  }
}

/** A field of an fdinfo: the text behind `name:`. */
export function field({ info }: OpenFile, name: string): string | undefined {
  const start = `\n${info}`.indexOf(`\n${name}:`);
  if (start < 0) return undefined;
  const end = info.indexOf("\n", start);
  return info.slice(start + name.length + 1, end < 0 ? undefined : end).trim();
}

/** Status flags (fcntl(2), F_GETFL); undefined: the kernel does not tell. */
export function flagsOf(file: OpenFile): number | undefined {
  const text = field(file, "flags");
  return text === undefined ? undefined : parseInt(text, 8);
}

/** A descriptor as it stands in its process. */
export function placeOf(file: OpenFile): Place {
  return { number: file.number, closesOnExec: ((flagsOf(file) ?? 0) & CLOSE_ON_EXEC) !== 0 };
}

/** A number among the fields. Throws TargetError when the kernel does not tell. */
export function numberField(file: OpenFile, name: string, base: 10 | 16 = 10): bigint {
  const text = field(file, name);
  if (text === undefined || !/^[0-9a-f]+$/i.test(text))
    throw new TargetError(`This kernel does not tell the ${name} of descriptor ${file.number}.`);
  return BigInt(base === 16 ? `0x${text}` : text);
}
