/** Files without an inode of their own (eventfd, timerfd, signalfd, epoll, inotify ...), as /proc shows them (proc(5)). */
import { TargetError, type Fidelity } from "../target";
import type { Carried, Subject } from "./carried";
import { counted, FileFormat } from "./descriptors";
import { carryEventCounters } from "./eventCounters";
import { isLost } from "./kernelObjects";
import { readOpenFiles, type OpenFile } from "./openFiles";
import { carryInotify } from "./inotify";
import { carrySignalDescriptors } from "./signalDescriptors";
import { carryTimerDescriptors } from "./timerDescriptors";

/** A kind of file: what its link in /proc/PID/fd says, and its carrier. */
type KindCarrier = (files: readonly OpenFile[], subject: Subject) => Carried;

const kinds: readonly (readonly [link: string, carrier: KindCarrier])[] = [
  ["anon_inode:[eventfd]", carryEventCounters],
  ["anon_inode:[timerfd]", carryTimerDescriptors],
  ["anon_inode:[signalfd]", carrySignalDescriptors],
  ["anon_inode:inotify", carryInotify],
];

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

/** Carrier of all of them but epoll sets. */
export function carryAnonymousFiles(subject: Subject): Carried {
  const files = anonymousFilesOf(subject);
  if (files.length === 0) return { reach: "shared", restore: () => undefined, fidelity: () => [] };
  const carried = kinds.flatMap(([link, carrier]) => {
    const ofKind = files.filter((file) => file.link === link);
    return ofKind.length > 0 ? [carrier(ofKind, subject)] : [];
  });
  return {
    reach: "shared",
    restore: (fresh, threadAt, rescued) =>
      restoreAll(carried, (one) => one.restore(fresh, threadAt, rescued)),
    fidelity: () => [...carried.flatMap((one) => one.fidelity()), ...othersFidelity(files)],
    release: () => carried.forEach((one) => one.release?.()),
  };
}

/** What fails of one kind does not keep the others from being put back. */
function restoreAll(carried: readonly Carried[], restore: (one: Carried) => void): void {
  const failed: string[] = [];
  for (const one of carried)
    try {
      restore(one);
    } catch (error) {
      if (!(error instanceof TargetError)) throw error;
      failed.push(error.message);
    }
  if (failed.length > 0) throw new TargetError(failed.join(" "));
}

function othersFidelity(files: readonly OpenFile[]): Fidelity[] {
  const known = new Set([...kinds.map(([link]) => link), "anon_inode:[eventpoll]"]);
  const counts = new Map<string, number>();
  for (const { link } of files)
    if (!known.has(link) && !isLost(link)) counts.set(link, (counts.get(link) ?? 0) + 1);
  return [...counts].map(([link, count]) => {
    const name = link.replace(/^anon_inode:/, "").replace(/^\[(.*)\]$/, "$1");
    const detail = `${counted(count, "descriptor")}: shared with the live program, and as it is now`;
    return { resource: name, state: "notRestored", detail };
  });
}
