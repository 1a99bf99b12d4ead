/** A signal handler that runs in the middle of a step: where it comes back to, so that the step can go on there. */
import type { MemoryAddress } from "../addresses";
import type { BreakpointToken } from "../target";
import { catches } from "./events";
import type { LiveProcess } from "./liveProcess";
import type { Tracee } from "./tracee";

export class SignalReturn {
  private constructor(
    private readonly process: LiveProcess,
    private readonly tokens: readonly BreakpointToken[],
    private readonly address: MemoryAddress,
    private readonly sp: MemoryAddress,
  ) {}

  /**
   * Delivers a thread's signal and lets its handler run. Undefined when the program has no handler for it: then
   * nothing was done.
   * @param exits other ways out of the handler, each a stop; an address where no trap can stand is left out.
   */
  static enter(
    process: LiveProcess,
    tracee: Tracee,
    exits: readonly MemoryAddress[],
  ): SignalReturn | undefined {
    const { signal, pc, sp } = tracee;
    if (signal === undefined || !catches(process.processId, signal.number)) return undefined;
    const back = process.sites.insert(pc, undefined);
    const out = process.sites.insertAll(exits.map((address) => ({ address })));
    const tokens = [back, ...out.filter((token) => token !== undefined)];
    process.go(tracee);
    return new SignalReturn(process, tokens, pc, sp);
  }

  /** Whether the thread, stopped at a trap, is back where it was interrupted, and not there in a deeper call. */
  isReturn(tracee: Tracee): boolean {
    return tracee.pc === this.address && tracee.sp === this.sp;
  }

  /** Whether one of the handler's traps stands at an address. */
  isAt(address: MemoryAddress): boolean {
    return this.tokens.some((token) => token.address === address);
  }

  /** Whether an address is one of the other ways out. */
  isExit(address: MemoryAddress): boolean {
    return address !== this.address && this.isAt(address);
  }

  /** Whether nobody else wants to know of the trap at an address. */
  isAlone(address: MemoryAddress): boolean {
    return this.process.sites.count(address) === 1;
  }

  cancel(): void {
    this.process.sites.removeAll(this.tokens);
  }
}
