/** Turns of the event loop for what goes on in many pieces, none of which waits. */
import { setImmediate } from "node:timers/promises";

/** Milliseconds. */
const LONGEST_WITHOUT = 10;

export class Turns {
  private last = 0;

  /** What is to give turns begins now. */
  begin(): void {
    this.last = performance.now();
  }

  /** Lets others in, requests above all, when they have waited for a while. */
  async give(): Promise<void> {
    if (performance.now() - this.last < LONGEST_WITHOUT) return;
    await setImmediate();
    this.begin();
  }
}
