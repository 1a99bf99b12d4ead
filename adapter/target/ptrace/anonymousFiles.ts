/** Files without an inode of their own (eventfd, timerfd, signalfd, epoll, inotify ...), as /proc shows them (proc(5)). */
import { TargetError, type Fidelity } from "../target";
import type { Carried, Subject } from "./carried";
import { counted, FileFormat } from "./descriptors";
import { carryEpolls } from "./epoll";
import { carryEventCounters } from "./eventCounters";
import { isLost } from "./kernelObjects";
import { readOpenFiles, type OpenFile } from "./openFiles";
import { carryInotify } from "./inotify";
import { carrySignalDescriptors } from "./signalDescriptors";
import { carryTimerDescriptors } from "./timerDescriptors";

/** A kind of file: what its link in /proc/PID/fd says, and its carrier. */
type KindCarrier = (files: readonly OpenFile[], subject: Subject) => Carried;

/** In the order in which they are put back: epoll sets watch the others, and note what is done to them. */
const kinds: readonly (readonly [link: string, carrier: KindCarrier])[] = [
  ["anon_inode:[eventfd]", carryEventCounters],
  ["anon_inode:[timerfd]", carryTimerDescriptors],
  ["anon_inode:[signalfd]", carrySignalDescriptors],
  ["anon_inode:inotify", carryInotify],
  ["anon_inode:[eventpoll]", carryEpolls],
];

/** Carrier of all of them. */
export function carryAnonymousFiles(subject: Subject): Carried {
  const found = subject.descriptors.ofFormat(FileFormat.anonymous);
  if (found.length === 0) return { reach: "shared", restore: () => undefined, fidelity: () => [] };
  const files = readOpenFiles(
    subject.copy,
    found.map(({ number }) => number),
  );
  const carried = kinds.flatMap(([link, carrier]) => {
    const ofKind = files.filter((file) => file.link === link);
    return ofKind.length > 0 ? [carrier(ofKind, subject)] : [];
  });
  return {
    reach: "shared",
    restore: (fresh, threadAt) => restoreAll(carried, (one) => one.restore(fresh, threadAt)),
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
  const known = new Set(kinds.map(([link]) => link));
  const counts = new Map<string, number>();
  for (const { link } of files)
    if (!known.has(link) && !isLost(link)) counts.set(link, (counts.get(link) ?? 0) + 1);
  return [...counts].map(([link, count]) => {
    const name = link.replace(/^anon_inode:/, "").replace(/^\[(.*)\]$/, "$1");
    const detail = `${counted(count, "descriptor")}: shared with the live program, and as it is now`;
    return { resource: name, state: "notRestored", detail };
  });
}
