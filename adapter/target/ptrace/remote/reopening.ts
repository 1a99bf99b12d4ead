/** Has a stopped program open a file anew under the numbers that an older one has. */
import type { Descriptor } from "../carried/files/descriptors";
import { NO_ROOM, unlessFull } from "./descriptorRoom";
import type { RemoteCall, RemoteThread } from "./remoteThread";

/** asm/unistd_64.h */
const SYS_OPEN = 2;
const SYS_CLOSE = 3;
const SYS_LSEEK = 8;
const SYS_FCNTL = 72;
const SYS_DUP3 = 292;
/** fcntl(2). */
const F_GETFD = 1;
const O_CLOEXEC = 0o2000000;

/** Gives whether all of the descriptors are of the file now; each gets an open file of its own. */
export function reopenFile(thread: RemoteThread, path: string, descriptors: readonly Descriptor[]): boolean {
  const name = Buffer.from(`${path}\0`);
  return descriptors.every(({ number, flags, offset }) => {
    if (!replaceDescriptor(thread, [SYS_OPEN, thread.dataAddress, flags], number, name)) return false;
    thread.call(SYS_LSEEK, number, offset, 0);
    return true;
  });
}

/** Puts what a call opens (`data` is at `dataAddress` meanwhile) under a number that is in use. Gives whether it is there. */
export function replaceDescriptor(
  thread: RemoteThread,
  open: RemoteCall,
  number: number,
  data: Buffer = Buffer.alloc(0),
): boolean {
  const [closesAtExec = 0n, opened = -1n] = unlessFull(
    thread,
    () => thread.calls([[SYS_FCNTL, number, F_GETFD], open], data),
    ([, file]) => file === NO_ROOM,
  );
  if (opened < 0n) return false;
  const [copied = -1n] = thread.calls([
    [SYS_DUP3, opened, number, closesAtExec > 0n ? O_CLOEXEC : 0],
    [SYS_CLOSE, opened],
  ]);
  return copied >= 0n;
}
