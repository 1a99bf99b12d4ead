/** What is said of descriptors whose offsets and status flags the agent puts back, and that need nothing more. */
import type { Fidelity } from "../target";
import type { Carried, Subject } from "./carried";
import { counted, FileFormat, type Descriptors } from "./descriptors";
import { keyOf } from "./holders";

/** open(2). */
const ACCESS = 3;

/** Devices without a state of their own (linux/major.h): /dev/null and its like; terminals (4, 5, 136 to 143). */
const MEMORY = 1;
const TERMINALS: ReadonlySet<number> = new Set([4, 5, 136, 137, 138, 139, 140, 141, 142, 143]);

/** Carrier of nothing: a clone has the descriptors, and the agent sees to their offsets (native-shim/thaw.c). */
export function carryFiles({ descriptors, keepsContents }: Subject): Carried {
  return { reach: "shared", restore: () => undefined, fidelity: () => fidelity(descriptors, keepsContents) };
}

function fidelity(descriptors: Descriptors, keepsContents: boolean): Fidelity[] {
  const files = descriptors.ofFormat(FileFormat.regular);
  const written = new Set(files.filter(({ flags }) => (flags & ACCESS) !== 0).map(keyOf)).size;
  const devices = [
    ...descriptors.ofFormat(FileFormat.character),
    ...descriptors.ofFormat(FileFormat.block),
  ].filter(({ rdev }) => rdev >> 8 !== MEMORY && !TERMINALS.has(rdev >> 8)).length;
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
  ];
}
