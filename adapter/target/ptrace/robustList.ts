/** A thread's list of the robust locks it holds (get_robust_list(2)): the kernel goes through it at the thread's end. */
import type { MemoryAddress } from "../addresses";
import type { LiveProcess } from "./liveProcess";
import { shim } from "./shim";
import type { Tracee } from "./tracee";

const SYS_SET_ROBUST_LIST = 273n;
const CALL_SIZE = 64;

export interface RobustList {
  readonly head: bigint;
  readonly length: bigint;
}

/** Where calls are injected in a process image; the same in every copy of it. */
export interface InjectionSite {
  readonly instruction: MemoryAddress;
  readonly scratch: MemoryAddress;
}

/** No list, of the length that the kernel insists on (struct robust_list_head). */
export const NO_LIST: RobustList = { head: 0n, length: 24n };

/** Reads a stopped thread's list from outside. `held`: there is a lock on it. */
export function readRobustList(process: LiveProcess, tracee: Tracee): { list: RobustList; held: boolean } {
  const bytes = Buffer.alloc(16);
  const held = Buffer.alloc(1);
  shim.getRobustList(tracee.tid, process.memory.descriptor, bytes, held);
  return { list: { head: bytes.readBigUInt64LE(0), length: bytes.readBigUInt64LE(8) }, held: held[0] === 1 };
}

/** Makes a stopped thread set its list. */
export function setRobustList(
  process: LiveProcess,
  tracee: Tracee,
  site: InjectionSite,
  list: RobustList,
): void {
  const call = Buffer.alloc(CALL_SIZE);
  [SYS_SET_ROBUST_LIST, list.head, list.length].forEach((word, index) =>
    call.writeBigUInt64LE(word, index * 8),
  );
  const noScratch = Buffer.alloc(16);
  noScratch.writeBigUInt64LE(site.scratch, 0);
  shim.inject(tracee.tid, process.memory.descriptor, site.instruction, call, 1, noScratch);
  tracee.injected();
}
