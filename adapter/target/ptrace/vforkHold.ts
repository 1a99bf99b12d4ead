/**
 * While a child runs in the program's memory (vfork(2), posix_spawn and system too) no trap may stand there, and the program's
 * other threads would run past theirs: a breakpoint would be missed, a step would not end. So they are held meanwhile, as GDB
 * does, but not for ever, since a child may wait for one of them.
 */
import type { EventInterpreter } from "./events";
import type { LiveProcess } from "./liveProcess";
import type { WaitEvent } from "./shim";
import { isVfork, stopOthers } from "./stopper";
import type { Tracee } from "./tracee";
import { Waker } from "./waker";

/** Milliseconds; most children have started their program in one. */
const LONGEST_HOLD = 200;
/** Milliseconds after which a person who waits for a stop is told that it waits for a child in vfork. */
const PATIENCE = 300;

/** The hold of one resume. */
export class VforkHold {
  private held = false;
  private timer: NodeJS.Timeout | undefined;
  private note: NodeJS.Timeout | undefined;

  constructor(
    private readonly process: LiveProcess,
    private readonly interpreter: EventInterpreter,
  ) {}

  /** To be called before an event is dealt with: one that tells of such a child stops all threads but the one that made it. */
  before(event: WaitEvent): void {
    if (this.process.tracees.size < 2 || !isVfork(event) || !this.process.tracees.has(event.tid)) return;
    stopOthers(this.process, this.interpreter, event.tid);
    this.held = true;
    this.wakeAfter(LONGEST_HOLD);
  }

  /** To be called before threads are set going: whether those that do not wait for such a child must stay. */
  begins(): boolean {
    const left = this.timeLeft();
    this.held = left > 0 && this.process.tracees.size > 1;
    if (this.held) this.wakeAfter(left);
    return this.held;
  }

  /** Whether a thread is kept from going on. */
  keeps(tracee: Tracee): boolean {
    return this.held && !tracee.inVfork;
  }

  /**
   * Whether what is held need not be any longer: the children have gone their own ways, or take too long, or the program is to
   * stop anyway.
   */
  isOver(stopAsked: boolean): boolean {
    return this.held && (stopAsked || this.timeLeft() <= 0);
  }

  /** A stop of the program was asked for: `tell` is told what that waits for, when it takes long. */
  stopAsked(tell: (sentence: string) => void): void {
    this.note ??= setTimeout(() => this.tellOfVfork(tell), PATIENCE);
  }

  /** The program stands still, or has ended. */
  dispose(): void {
    clearTimeout(this.timer);
    clearTimeout(this.note);
  }

  /** A thread in vfork stops only when it has come back from there: a program that has no other seems not to hear. */
  private tellOfVfork(tell: (sentence: string) => void): void {
    const running = this.process.threads.filter(({ state }) => state === "running");
    const [waiting] = running;
    if (waiting === undefined || running.some(({ inVfork }) => !inVfork)) return;
    tell(
      `The program waits in vfork for its child, process ${waiting.vforkChild}: ` +
        "it stops when that has started its program or has ended.",
    );
  }

  /** Milliseconds for which a child may still keep the others. */
  private timeLeft(): number {
    const begun = this.process.threads.filter(({ inVfork }) => inVfork).map(({ vforkBegun }) => vforkBegun);
    return begun.length === 0 ? 0 : Math.max(...begun) + LONGEST_HOLD - performance.now();
  }

  private wakeAfter(milliseconds: number): void {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => {
      // Another child may have come since.
      const left = this.timeLeft();
      if (left > 0) this.wakeAfter(left);
      else Waker.get().cancelWait();
    }, milliseconds + 1);
  }
}
