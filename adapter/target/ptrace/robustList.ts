/** A thread's list of the robust locks it holds (get_robust_list(2)): the kernel goes through it at the thread's end. */
import type { MemoryAddress } from "../addresses";
import type { LiveProcess } from "./liveProcess";
import { shim } from "./shim";
import type { Tracee } from "./tracee";

const SYS_SET_ROBUST_LIST = 273n;
const CALL_SIZE = 64;

/** Where calls are injected in a process image; the same in every copy of it. */
export interface InjectionSite {
  readonly instruction: MemoryAddress;
  readonly scratch: MemoryAddress;
}

/** The address of a stopped thread's list, read from outside; `held`: there is a lock on it. */
export function readRobustList(process: LiveProcess, tracee: Tracee): { address: bigint; held: boolean } {
  const bytes = Buffer.alloc(16);
  const held = Buffer.alloc(1);
  shim.getRobustList(tracee.tid, process.memory.descriptor, bytes, held);
  return { address: bytes.readBigUInt64LE(0), held: held[0] === 1 };
}

/** Makes a stopped thread forget its list, so that its end does not touch the locks on it. */
export function clearRobustList(process: LiveProcess, tracee: Tracee, site: InjectionSite): void {
  const call = Buffer.alloc(CALL_SIZE);
  // No other length is taken than that of struct robust_list_head.
  [SYS_SET_ROBUST_LIST, 0n, 24n].forEach((word, index) => call.writeBigUInt64LE(word, index * 8));
  const noScratch = Buffer.alloc(16);
  noScratch.writeBigUInt64LE(site.scratch, 0);
  shim.inject(tracee.tid, process.memory.descriptor, site.instruction, call, 1, noScratch);
  tracee.injected();
}
