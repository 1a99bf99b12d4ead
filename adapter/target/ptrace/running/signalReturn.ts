/** A signal handler that runs in the middle of a step: where it comes back to, so that the step can go on there. */
import { memoryAddress, offsetBy, type MemoryAddress } from "../../addresses";
import { TargetError, type BreakpointToken } from "../../target";
import type { Tracee } from "../threads/tracee";
import { catches } from "./events";
import type { LiveProcess } from "./liveProcess";

/** rt_sigreturn(2), as C libraries call it: `mov $15, %rax` or `%eax`, and `syscall`. */
const RESTORERS = ["48c7c00f0000000f05", "b80f0000000f05"];
/** In the struct ucontext at the stack pointer there (asm/ucontext.h, asm/sigcontext.h). */
const SAVED_SP = 160;
const SAVED_PC = 168;

interface Place {
  readonly address: MemoryAddress;
  readonly sp: MemoryAddress;
}

/** What is known of a handler whose step has been stopped in the midst of it. */
export interface InterruptedHandler {
  /** Where it comes back to. */
  readonly back: Place;
  /** The call of rt_sigreturn; undefined: not known, or done. */
  readonly restorer: Place | undefined;
  readonly entered: boolean;
  readonly moved: boolean;
}

export class SignalReturn {
  private restorer: Place | undefined;
  private entered = false;
  private moved = false;

  private constructor(
    private readonly process: LiveProcess,
    private readonly tokens: BreakpointToken[],
    private readonly exits: readonly MemoryAddress[],
    private back: Place,
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
    const handler = SignalReturn.at(process, { address: pc, sp }, exits);
    process.go(tracee, "deliver", true);
    return handler;
  }

  /** Takes up a step again in which a handler has been stopped; `exits` as for `enter`. */
  static again(
    process: LiveProcess,
    { back, restorer, entered, moved }: InterruptedHandler,
    exits: readonly MemoryAddress[],
  ): SignalReturn {
    const handler = SignalReturn.at(process, back, exits);
    handler.entered = entered;
    handler.moved = moved;
    if (restorer !== undefined && handler.trap(restorer.address)) handler.restorer = restorer;
    return handler;
  }

  private static at(process: LiveProcess, back: Place, exits: readonly MemoryAddress[]): SignalReturn {
    const token = process.sites.insert(back.address, undefined);
    const out = process.sites.insertAll(exits.map((address) => ({ address })));
    return new SignalReturn(process, [token, ...out.filter((token) => token !== undefined)], exits, back);
  }

  /** What `again` needs. */
  get state(): InterruptedHandler {
    const { back, restorer, entered, moved } = this;
    return { back, restorer, entered, moved };
  }

  /** Whether the thread has still to be stepped into the handler. */
  get isEntering(): boolean {
    return !this.entered;
  }

  /** Whether the handler has changed where the thread goes on. */
  get hasMoved(): boolean {
    return this.moved;
  }

  /** The thread stands at the handler's first instruction: from there it is known where what it interrupted is put back. */
  enters(tracee: Tracee): void {
    this.entered = true;
    const { sp } = tracee;
    const address = this.wordAt(sp);
    if (address === undefined) return;
    const code = this.process.memory.read(address, 9).toString("hex");
    if (!RESTORERS.some((restorer) => code.startsWith(restorer)) || !this.trap(address)) return;
    this.restorer = { address, sp: offsetBy(sp, 8) };
  }

  /** Whether the thread, stopped at a trap, has returned from the handler and is about to go back. */
  isRestoring(tracee: Tracee): boolean {
    return tracee.pc === this.restorer?.address && tracee.sp === this.restorer.sp;
  }

  /** Awaits the thread where the handler has it go on. */
  follow(tracee: Tracee): void {
    this.restorer = undefined;
    const pc = this.wordAt(offsetBy(tracee.sp, SAVED_PC));
    const sp = this.wordAt(offsetBy(tracee.sp, SAVED_SP));
    const { back } = this;
    if (pc === undefined || sp === undefined || (pc === back.address && sp === back.sp)) return;
    if (pc !== back.address && !this.trap(pc)) return;
    this.moved = true;
    this.back = { address: pc, sp };
  }

  /** Whether the thread, stopped at a trap, is back where it was interrupted, and not there in a deeper call. */
  isReturn(tracee: Tracee): boolean {
    return tracee.pc === this.back.address && tracee.sp === this.back.sp;
  }

  /** Whether one of the handler's traps stands at an address. */
  isAt(address: MemoryAddress): boolean {
    return this.tokens.some((token) => token.address === address);
  }

  /** Whether an address is one of the other ways out. */
  isExit(address: MemoryAddress): boolean {
    return address !== this.back.address && this.exits.includes(address);
  }

  /** Whether nobody else wants to know of the trap at an address. */
  isAlone(address: MemoryAddress): boolean {
    return this.process.sites.count(address) === 1;
  }

  cancel(): void {
    this.process.sites.removeAll(this.tokens);
  }

  private wordAt(address: MemoryAddress): MemoryAddress | undefined {
    const bytes = this.process.memory.read(address, 8);
    return bytes.length === 8 ? memoryAddress(bytes.readBigUInt64LE(0)) : undefined;
  }

  /** Gives whether a trap can stand there. */
  private trap(address: MemoryAddress): boolean {
    try {
      this.tokens.push(this.process.sites.insert(address, undefined));
      return true;
    } catch (error) {
      if (error instanceof TargetError) return false;
      throw error;
    }
  }
}
