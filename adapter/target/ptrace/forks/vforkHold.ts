/**
 * While a child runs in the program's memory (vfork(2), posix_spawn and system too) no trap may stand there, and the program's
 * other threads would run past theirs: a breakpoint would be missed, a step would not end. So they are held meanwhile, as GDB
 * does, but not for ever, since a child may wait for one of them. A child that has not run between two looks is taken for such a
 * one, unless it is only waiting for a processor.
 */
import { statusOf } from "../procStatus";
import type { EventInterpreter } from "../running/events";
import type { LiveProcess } from "../running/liveProcess";
import { isVfork, stopOthers } from "../running/stopper";
import type { WaitEvent } from "../shim";
import type { Tracee } from "../threads/tracee";
import { Waker } from "../waker";

/** Milliseconds between two looks at a child; most have started their program in one. */
const BETWEEN_LOOKS = 100;
/** Milliseconds for which a child that goes on running may hold others. */
const LONGEST_HOLD = 2000;
/** Milliseconds after which a person who waits for a stop is told that it waits for a child in vfork. */
const PATIENCE = 300;

/** What was seen of a child: how often it has been set going and put to sleep (proc(5)), and when to look again. */
interface Seen {
  readonly switches: string | undefined;
  readonly until: number;
}

/** Undefined: it runs, or would if there were a processor for it. */
function switchesOf(processId: number): string | undefined {
  const status = statusOf(processId);
  if (/^State:\s*R/m.test(status)) return undefined;
  return [...status.matchAll(/ctxt_switches:\s*(\d+)/g)].map(([, count]) => count).join();
}

/** The hold of one resume. */
export class VforkHold {
  private held = false;
  private readonly seen = new Map<number, Seen>();
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
    this.wakeAfter(BETWEEN_LOOKS);
  }

  /** To be called before threads are set going: those that do not wait for such a child may have to stay. */
  begins(): void {
    const left = this.timeLeft();
    this.held = left > 0 && this.process.tracees.size > 1;
    if (this.held) this.wakeAfter(left);
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
    if (!this.held || stopAsked) return this.held;
    const left = this.timeLeft();
    if (left > 0 && this.timer === undefined) this.wakeAfter(left);
    return left <= 0;
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

  /** Milliseconds for which children may still keep the others, until they are looked at again. */
  private timeLeft(): number {
    const now = performance.now();
    const inVfork = this.process.threads.filter((tracee) => tracee.inVfork);
    return Math.max(0, ...inVfork.map((tracee) => this.heldUntil(tracee, now) - now));
  }

  private heldUntil({ vforkChild, vforkBegun }: Tracee, now: number): number {
    const before = this.seen.get(vforkChild);
    const until = before?.until ?? vforkBegun + BETWEEN_LOOKS;
    if (until > now || now > vforkBegun + LONGEST_HOLD) return until;
    const switches = switchesOf(vforkChild);
    const hasRun = switches === undefined || switches !== before?.switches;
    const seen = { switches, until: hasRun ? now + BETWEEN_LOOKS : until };
    this.seen.set(vforkChild, seen);
    return seen.until;
  }

  private wakeAfter(milliseconds: number): void {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => {
      this.timer = undefined;
      // Another child may have come since.
      const left = this.timeLeft();
      if (left > 0) this.wakeAfter(left);
      else Waker.get().cancelWait();
    }, milliseconds + 1);
  }
}
