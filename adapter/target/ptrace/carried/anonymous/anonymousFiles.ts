/** Files without an inode of their own (eventfd, timerfd, signalfd, epoll, inotify ...), as /proc shows them (proc(5)). */
import type { Fidelity } from "../../../checkpointer";
import { TargetError } from "../../../target";
import { NOTHING, type Carried, type Subject } from "../carried";
import { counted } from "../files/descriptors";
import type { OpenFile } from "../files/openFiles";
import { isLost } from "../process/kernelObjects";
import { carryEventCounters } from "./eventCounters";
import { carryInotify } from "./inotify";
import { carryProcessDescriptors } from "./processDescriptors";
import { renewal, renewedFilesOf } from "./renewedFiles";
import { AnonymousLink, anonymousFilesOf } from "./sharedAnonymous";
import { carrySignalDescriptors } from "./signalDescriptors";
import { carryTimerDescriptors } from "./timerDescriptors";

/** A kind of file: what its link in /proc/PID/fd says, and its carrier. */
type KindCarrier = (files: readonly OpenFile[], subject: Subject) => Carried;

const kinds: readonly (readonly [link: string, carrier: KindCarrier])[] = [
  [AnonymousLink.event, carryEventCounters],
  [AnonymousLink.timer, carryTimerDescriptors],
  [AnonymousLink.signal, carrySignalDescriptors],
  ["anon_inode:inotify", carryInotify],
  ["anon_inode:[pidfd]", carryProcessDescriptors],
];

/** Carrier of those that only the program has (renewedFiles.ts), but for epoll sets. */
export function carryOwnAnonymousFiles(subject: Subject): Carried {
  const files = renewedFilesOf(subject);
  if (files.length === 0) return NOTHING;
  const carried = carryKinds(files, subject);
  const renew = renewal(subject);
  return {
    ...carried,
    reach: "process",
    restore: (fresh, threadAt, rescued) => {
      renew(fresh);
      carried.restore(fresh, threadAt, rescued);
    },
  };
}

/** Carrier of all others, but for epoll sets: copies share them. */
export function carryAnonymousFiles(subject: Subject): Carried {
  const own = renewedFilesOf(subject);
  const files = anonymousFilesOf(subject).filter((file) => !own.includes(file));
  if (files.length === 0) return NOTHING;
  const carried = carryKinds(files, subject);
  return { ...carried, fidelity: () => [...carried.fidelity(), ...othersFidelity(files)] };
}

function carryKinds(files: readonly OpenFile[], subject: Subject): Carried {
  const carried = kinds.flatMap(([link, carrier]) => {
    const ofKind = files.filter((file) => file.link === link);
    return ofKind.length > 0 ? [carrier(ofKind, subject)] : [];
  });
  return {
    reach: "shared",
    restore: (fresh, threadAt, rescued) =>
      restoreAll(carried, (one) => one.restore(fresh, threadAt, rescued)),
    fidelity: () => carried.flatMap((one) => one.fidelity()),
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
  const known = new Set<string>([...kinds.map(([link]) => link), AnonymousLink.epoll]);
  const counts = new Map<string, number>();
  for (const { link } of files)
    if (!known.has(link) && !isLost(link)) counts.set(link, (counts.get(link) ?? 0) + 1);
  return [...counts].map(([link, count]) => {
    const name = link.replace(/^anon_inode:/, "").replace(/^\[(.*)\]$/, "$1");
    const detail = `${counted(count, "descriptor")}: shared with the live program, and as it is now`;
    return { resource: name, state: "notRestored", detail };
  });
}
