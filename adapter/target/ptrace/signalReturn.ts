/** A signal handler that runs in the middle of a step: where it comes back to, so that the step can go on there. */
import type { MemoryAddress } from "../addresses";
import type { BreakpointToken } from "../target";
import { catches } from "./events";
import type { LiveProcess } from "./liveProcess";
import type { Tracee } from "./tracee";

export class SignalReturn {
  private constructor(
    private readonly process: LiveProcess,
    private readonly token: BreakpointToken,
    private readonly address: MemoryAddress,
    private readonly sp: MemoryAddress,
  ) {}

  /**
   * Delivers a thread's signal and lets its handler run. Undefined when the program has no handler for it: then
   * nothing was done.
   */
  static enter(process: LiveProcess, tracee: Tracee): SignalReturn | undefined {
    const { signal, pc, sp } = tracee;
    if (signal === undefined || !catches(process.processId, signal.number)) return undefined;
    const result = new SignalReturn(process, process.sites.insert(pc, undefined), pc, sp);
    process.go(tracee);
    return result;
  }

  /** Whether the thread, stopped at a trap, is back where it was interrupted, and not there in a deeper call. */
  isReturn(tracee: Tracee): boolean {
    return tracee.pc === this.address && tracee.sp === this.sp;
  }

  isAt(address: MemoryAddress): boolean {
    return address === this.address;
  }

  /** Whether nobody else wants to know of the trap. */
  isAlone(): boolean {
    return this.process.sites.count(this.address) === 1;
  }

  cancel(): void {
    this.process.sites.remove(this.token);
  }
}
