/** What is said of descriptors whose offsets and status flags the agent puts back, and that need nothing more. */
import type { Fidelity } from "../../../checkpointer";
import type { Carried, Subject } from "../carried";
import { keyOf } from "../connections/holders";
import { namelessFilesOf } from "../memory/namelessFiles";
import { counted, FileFormat, type Descriptor } from "./descriptors";
import { ofFileSystem, withContents } from "./fileSystems";

/** open(2). */
const ACCESS = 3;

/** Devices without a state of their own (linux/major.h): /dev/null and its like; terminals (4, 5, 136 to 143). */
const MEMORY = 1;
const TERMINALS: ReadonlySet<number> = new Set([4, 5, 136, 137, 138, 139, 140, 141, 142, 143]);

/** makedev(3): what makes a pseudo-terminal (pts(4)). */
const PTMX = (5 << 8) | 2;

/** Carrier of nothing: a clone has the descriptors, and the agent sees to their offsets (native-shim/copies/thaw.c). */
export function carryFiles(subject: Subject): Carried {
  return {
    reach: "shared",
    restore: () => undefined,
    fidelity: () => [...fidelity(subject), ...kernelFiles(subject)],
  };
}

/** Regular files, to look at, that are no files. */
function kernelFiles({ copy, descriptors }: Subject): Fidelity[] {
  const files = descriptors.ofFormat(FileFormat.regular);
  const queues = writtenIn(ofFileSystem(copy, files, "queue"));
  const settings = writtenIn(ofFileSystem(copy, files, "kernel"));
  const ofQueues = `${counted(queues, "queue")}: messages stay as they are now, and a notice that was asked for (mq_notify) does not come`;
  const ofSettings = `${counted(settings, "file")} of the kernel (/sys, control groups …): what was written into them has been done`;
  return [
    ...(queues > 0 ? [{ resource: "message queues", state: "notRestored" as const, detail: ofQueues }] : []),
    ...(settings > 0 ? [{ resource: "files", state: "notRestored" as const, detail: ofSettings }] : []),
  ];
}

/** How many files are open for writing. */
function writtenIn(files: readonly Descriptor[]): number {
  return new Set(files.filter(({ flags }) => (flags & ACCESS) !== 0).map(keyOf)).size;
}

function fidelity(subject: Subject): Fidelity[] {
  const { copy, descriptors, keepsContents } = subject;
  const files = withContents(copy, descriptors.ofFormat(FileFormat.regular));
  const written = writtenIn(files) - namelessFilesOf(subject).filter(({ isOpen }) => isOpen).length;
  const devices = [
    ...descriptors.ofFormat(FileFormat.character),
    ...descriptors.ofFormat(FileFormat.block),
  ].filter(({ rdev }) => rdev >> 8 !== MEMORY && !TERMINALS.has(rdev >> 8)).length;
  const terminals = descriptors.ofFormat(FileFormat.character).filter(({ rdev }) => rdev === PTMX).length;
  return [
    ...(files.length > 0
      ? [
          {
            resource: "file offsets",
            state: "restored" as const,
            detail: counted(files.length, "file"),
          },
        ]
      : []),
    ...(written > 0 && !keepsContents
      ? [
          {
            resource: "files",
            state: "notRestored" as const,
            detail: `what is in ${counted(written, "file")} open for writing: what has been written since stays there`,
          },
        ]
      : []),
    ...(devices > 0
      ? [
          {
            resource: "devices",
            state: "notRestored" as const,
            detail: `${counted(devices, "device")} stay as they are now`,
          },
        ]
      : []),
    ...(terminals > 0
      ? [
          {
            resource: "terminals",
            state: "notRestored" as const,
            detail: `${counted(terminals, "pseudo-terminal")} of the program's own: what is in them and their settings stay as they are now`,
          },
        ]
      : []),
  ];
}
