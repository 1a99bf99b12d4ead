/** Has a stopped program open a file anew under the numbers that an older one has. */
import type { Descriptor } from "./descriptors";
import type { RemoteThread } from "./remoteThread";

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
  return descriptors.every((descriptor) => reopen(thread, path, descriptor));
}

function reopen(thread: RemoteThread, path: string, { number, flags, offset }: Descriptor): boolean {
  const name = Buffer.from(`${path}\0`);
  const [isClosing = 0n, opened = -1n] = thread.calls(
    [
      [SYS_FCNTL, number, F_GETFD],
      [SYS_OPEN, thread.dataAddress, flags],
    ],
    name,
  );
  if (opened < 0n) return false;
  const [copied = -1n] = thread.calls([
    [SYS_DUP3, opened, number, isClosing > 0n ? O_CLOEXEC : 0],
    [SYS_CLOSE, opened],
    [SYS_LSEEK, number, offset, 0],
  ]);
  return copied >= 0n;
}
