/** What is said of descriptors whose offsets and status flags the agent puts back, and that need nothing more. */
import type { Fidelity } from "../target";
import type { Carried, Subject } from "./carried";
import { counted, FileFormat, type Descriptors } from "./descriptors";

/** Devices without a state of their own (linux/major.h): /dev/null and its like; terminals (4, 5, 136 to 143). */
const MEMORY = 1;
const TERMINALS: ReadonlySet<number> = new Set([4, 5, 136, 137, 138, 139, 140, 141, 142, 143]);

/** Carrier of nothing: a clone has the descriptors, and the agent sees to their offsets (native-shim/thaw.c). */
export function carryFiles({ descriptors, keepsContents }: Subject): Carried {
  return { reach: "shared", restore: () => undefined, fidelity: () => fidelity(descriptors, keepsContents) };
}

function fidelity(descriptors: Descriptors, keepsContents: boolean): Fidelity[] {
  const files = descriptors.countOf(FileFormat.regular);
  const devices = [
    ...descriptors.ofFormat(FileFormat.character),
    ...descriptors.ofFormat(FileFormat.block),
  ].filter(({ rdev }) => rdev >> 8 !== MEMORY && !TERMINALS.has(rdev >> 8)).length;
  return [
    ...(files > 0
      ? [
          {
            resource: "file offsets",
            state: "restored" as const,
            detail:
              counted(files, "file") + (keepsContents ? "" : "; the contents of files are not wound back"),
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
