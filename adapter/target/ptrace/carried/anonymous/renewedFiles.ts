/**
 * Counters, timers, signals and epoll sets that only the program has (eventfd(2), timerfd_create(2), signalfd(2), epoll(7)). Were
 * they open in a copy, one that the program closes would not leave its epoll sets, and would go on telling there. So copies have
 * none, and a restart makes them anew.
 */
import { hasRoom } from "../../remote/descriptorRoom";
import { replaceAll, type Remake } from "../../remote/handover";
import type { RemoteCall, RemoteThread } from "../../remote/remoteThread";
import type { Subject } from "../carried";
import { flyingFiles } from "../connections/accompanied";
import { field, flagsOf, placeOf, type OpenFile } from "../files/openFiles";
import { vacateSoon } from "../files/vacancies";
import { among, AnonymousLink, anonymousFilesOf, groupedFiles, sharersOf } from "./sharedAnonymous";

/** asm/unistd_64.h */
const SYS_TIMERFD_CREATE = 283;
const SYS_SIGNALFD4 = 289;
const SYS_EVENTFD2 = 290;
const SYS_EPOLL_CREATE1 = 291;
const EFD_SEMAPHORE = 1;
/** O_NONBLOCK and O_CLOEXEC, by whatever names. */
const CREATION_FLAGS = 0o2004000;
const CLOSE_ON_EXEC = 0o2000000;
const MASK_SIZE = 8;
/** CLOCK_REALTIME_ALARM: that and later ones take a privilege (timerfd_create(2)). */
const FIRST_ALARM = 8;

/** The call that makes one like another, which is then set; undefined: that cannot be told, or not be done. */
function makerOf(file: OpenFile, { dataAddress }: RemoteThread): RemoteCall | undefined {
  const flags = (flagsOf(file) ?? 0) & CREATION_FLAGS;
  if (file.link === AnonymousLink.event) {
    const semaphore = field(file, "eventfd-semaphore");
    if (semaphore === undefined) return undefined;
    return [SYS_EVENTFD2, 0, flags | (semaphore === "1" ? EFD_SEMAPHORE : 0)];
  }
  if (file.link === AnonymousLink.timer) {
    const clock = Number(field(file, "clockid") ?? FIRST_ALARM);
    return clock < FIRST_ALARM ? [SYS_TIMERFD_CREATE, clock, flags] : undefined;
  }
  if (file.link === AnonymousLink.epoll) return [SYS_EPOLL_CREATE1, flags & CLOSE_ON_EXEC];
  // Whatever mask stands there.
  return file.link === AnonymousLink.signal ? [SYS_SIGNALFD4, -1, dataAddress, MASK_SIZE, flags] : undefined;
}

const renewed = new WeakMap<Subject, readonly OpenFile[]>();

/** Those of the program's files that a restart makes anew. */
export function renewedFilesOf(subject: Subject): readonly OpenFile[] {
  const known = renewed.get(subject) ?? findRenewed(subject);
  renewed.set(subject, known);
  return known;
}

function findRenewed(subject: Subject): OpenFile[] {
  const files = anonymousFilesOf(subject).filter((file) => makerOf(file, subject.live) !== undefined);
  if (files.length === 0 || !hasRoom(subject)) return [];
  const sharers = sharersOf(subject);
  const numbers = files.map(({ number }) => number);
  const kept = flyingFiles(subject);
  const flying = kept.length > 0 ? among(subject.copy, numbers, process.pid, kept) : [];
  return files.filter(({ number }) => !sharers.has(number) && !flying.includes(number));
}

/** Closes them in the copy. Gives what makes them anew in a fresh one, not set yet. */
export function renewal(subject: Subject): (fresh: RemoteThread) => void {
  const files = renewedFilesOf(subject);
  const groups = groupedFiles(subject.copy, files);
  vacateSoon(
    subject,
    files.map(({ number }) => number),
  );
  return (fresh) =>
    replaceAll(
      fresh,
      groups.flatMap((group): Remake[] => {
        const make = group[0] && makerOf(group[0], fresh);
        return make ? [{ make, places: group.map(placeOf) }] : [];
      }),
    );
}
