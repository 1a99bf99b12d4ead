/** Notices that the program, which should stand still, was killed from outside. */
import type { ExitStatus } from "../../target";
import { eventBuffer } from "../shim";
import { killedBy, Signal } from "../signals";
import { hasKept, waitForThread, type Claimant } from "../threads/traceeEvents";
import { Waker } from "../waker";
import type { LiveProcess } from "./liveProcess";

/** Milliseconds of standing still after which the program's death is looked out for. */
const IDLE = 50;

/** What the watch must know of the execution that it belongs to, and tells it. */
export interface IdleProgram extends Claimant {
  /** Whether a resume is pending: then the program's end is that one's to tell. */
  readonly running: boolean;
  onKilled(status: ExitStatus): void;
}

export class IdleWatch {
  private timer: NodeJS.Timeout | undefined;
  private readonly event = eventBuffer();

  constructor(
    private readonly process: LiveProcess,
    /** Takes events of threads and children that go on while the program stands still. */
    private readonly look: () => void,
    private readonly program: IdleProgram,
  ) {}

  /** Tells of the program's death also while it stands still, once it has stood for a while: stepping has no use for it. */
  start(): void {
    this.stop();
    this.timer = setTimeout(() => {
      // Another target may have met it meanwhile.
      if (hasKept(this.program)) this.lookForDeath();
      else
        void Waker.get()
          .nextEvent(false)
          .then(() => this.lookForDeath());
    }, IDLE).unref();
  }

  /** Begins no look-out; one that waits for an event already looks once more. */
  stop(): void {
    clearTimeout(this.timer);
  }

  /** Whether the program, which should stand still, was killed from outside; then nothing is left of it. */
  wasKilled(): boolean {
    const { leader } = this.process;
    if (this.process.ended || this.program.running || leader?.state !== "stopped") return false;
    // A thread that ends the process (_exit(2)) has the kernel end the others: what comes of them is for the next resume.
    if (this.process.threads.some(({ state }) => state === "exiting")) return false;
    if (waitForThread(leader.tid, 0, this.event) === 0 && leader.isThere()) return false;
    this.process.kill();
    return true;
  }

  private lookForDeath(): void {
    if (this.program.running || this.process.ended) return;
    this.look();
    if (this.process.ended || this.wasKilled())
      this.program.onKilled(this.process.ended ?? killedBy(Signal.KILL));
    // What woke us may be no event of ours, and still be there.
    else this.start();
  }
}
