/** What signals descriptors of signalfd(2) take: the mask belongs to the open file, which copies share. */
import { TargetError } from "../../../target";
import { runOperations } from "../../remote/remoteOperations";
import type { Carried } from "../carried";
import { counted } from "../files/descriptors";
import { numberField, type OpenFile } from "../files/openFiles";

/** asm/unistd_64.h */
const SYS_SIGNALFD4 = 289;
const MASK_SIZE = 8;

export function carrySignalDescriptors(files: readonly OpenFile[]): Carried {
  const masks = files.map((file) => ({ number: file.number, mask: numberField(file, "sigmask", 16) }));
  const operations = masks.map(({ number, mask }) => {
    const data = Buffer.alloc(MASK_SIZE);
    data.writeBigUInt64LE(mask);
    return {
      what: `the signalfd that is descriptor ${number}`,
      data,
      calls: (address: bigint) => [[SYS_SIGNALFD4, number, address, MASK_SIZE, 0] as const],
    };
  });
  return {
    reach: "shared",
    restore: (fresh) => {
      const failed = runOperations(fresh, operations);
      if (failed.length > 0) throw new TargetError(`The signals of ${failed.join(", ")}.`);
    },
    fidelity: () => [
      {
        resource: "signal descriptors",
        state: "restored",
        detail: `what ${counted(files.length, "signalfd")} waits for`,
      },
    ],
  };
}
