/**
 * Files without an inode of their own (eventfd(2), epoll(7) ...) that the program has open, and who has them as well: its
 * children by fork(2), and the process that forked it. Of whoever was sent one (SCM_RIGHTS) nothing is known.
 */
import { shim } from "../../shim";
import type { Subject } from "../carried";
import { descriptorsLinkedTo, parentsOf, relatives } from "../connections/holders";
import { FileFormat } from "../files/descriptors";
import { readOpenFiles, type OpenFile } from "../files/openFiles";

/** What links in /proc/PID/fd say of those that a restart makes anew. */
export const AnonymousLink = {
  event: "anon_inode:[eventfd]",
  timer: "anon_inode:[timerfd]",
  signal: "anon_inode:[signalfd]",
  epoll: "anon_inode:[eventpoll]",
} as const;

const links: ReadonlySet<string> = new Set(Object.values(AnonymousLink));

const read = new WeakMap<Subject, readonly OpenFile[]>();

/** All of the program's, looked at once. */
export function anonymousFilesOf(subject: Subject): readonly OpenFile[] {
  const known = read.get(subject);
  if (known !== undefined) return known;
  const numbers = subject.descriptors.ofFormat(FileFormat.anonymous).map(({ number }) => number);
  const files = numbers.length > 0 ? readOpenFiles(subject.copy, numbers) : [];
  read.set(subject, files);
  return files;
}

type Sharers = ReadonlyMap<number, readonly number[]>;

const shared = new WeakMap<Subject, Sharers>();

/** The other processes that have them: a descriptor to their ids. */
export function sharersOf(subject: Subject): Sharers {
  const known = shared.get(subject) ?? lookForSharers(subject);
  shared.set(subject, known);
  return known;
}

function lookForSharers(subject: Subject): Sharers {
  const { live, copy, hasForked } = subject;
  const numbers = anonymousFilesOf(subject)
    .filter(({ link }) => links.has(link))
    .map(({ number }) => number);
  const sharers = new Map<number, number[]>();
  if (numbers.length === 0) return sharers;
  for (const other of [...(hasForked ? relatives(live.processId) : []), ...parentsOf(live.processId)])
    for (const number of sharedWith(copy, numbers, other))
      sharers.set(number, [...(sharers.get(number) ?? []), other]);
  return sharers;
}

/** Which of a process's files another one has, too. */
export function sharedWith(processId: number, numbers: readonly number[], other: number): number[] {
  const theirs = descriptorsLinkedTo(other, links);
  return theirs.length === 0 ? [] : among(processId, numbers, other, theirs);
}

/** Which of a process's descriptors are one of the files that are some of another's. */
export function among(
  processId: number,
  numbers: readonly number[],
  other: number,
  theirs: readonly number[],
): number[] {
  const encode = (all: readonly number[]): Buffer => Buffer.from(Int32Array.from(all).buffer);
  const places = Buffer.alloc(numbers.length * 4, 0xff);
  shim.matchFiles(processId, encode(numbers), numbers.length, other, encode(theirs), theirs.length, places);
  return numbers.filter((_, index) => places.readInt32LE(index * 4) >= 0);
}

/** Descriptors of the same open file belong together. */
export function groupedFiles(processId: number, files: readonly OpenFile[]): OpenFile[][] {
  const alike = new Map<string, OpenFile[]>();
  for (const file of files) {
    const key = likeness(file);
    alike.set(key, [...(alike.get(key) ?? []), file]);
  }
  return [...alike.values()].flatMap((some) => (some.length === 1 ? [some] : compared(processId, some)));
}

/** What is told of an open file under all of its numbers, and at any time. */
function likeness({ link, info }: OpenFile): string {
  return link + info.replace(/^(?:flags|it_value|ticks):.*$/gm, "");
}

function compared(processId: number, files: readonly OpenFile[]): OpenFile[][] {
  const first = Buffer.alloc(files.length * 4);
  const numbers = Buffer.from(Int32Array.from(files.map(({ number }) => number)).buffer);
  shim.groupFiles(processId, numbers, files.length, first);
  const groups = new Map<number, OpenFile[]>();
  files.forEach((file, index) => {
    const place = first.readInt32LE(index * 4);
    groups.set(place, [...(groups.get(place) ?? []), file]);
  });
  return [...groups.values()];
}
