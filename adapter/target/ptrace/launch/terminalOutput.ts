/** What the program writes to the terminal made for it. */
import { shim } from "../shim";
import { Waker } from "../waker";

const CHUNK = 65536;
/** Bytes handed on at one wake-up, so that a program that writes without end does not starve everything else. */
const PER_WAKE = 1 << 20;

/** What a program writes, as its target has it. */
export interface ProgramOutput {
  listener: (stream: "stdout" | "stderr", bytes: Buffer) => void;
  drain(): void;
}

export class TerminalOutput implements ProgramOutput {
  listener: (stream: "stdout" | "stderr", bytes: Buffer) => void = () => undefined;
  private readonly buffer = Buffer.alloc(CHUNK);
  private readonly wake = (): void => this.read(PER_WAKE);
  private open = true;

  /** Takes over both ends of a terminal; holding the slave's too, a read never meets its end. */
  constructor(
    private readonly master: number,
    private readonly slave: number,
  ) {
    Waker.get().outputListeners.add(this.wake);
    Waker.get().watch(master, false);
  }

  /** Hands on everything written so far. */
  drain(): void {
    this.read(Number.MAX_SAFE_INTEGER);
  }

  close(): void {
    if (!this.open) return;
    this.drain();
    this.open = false;
    Waker.get().outputListeners.delete(this.wake);
    Waker.get().unwatch(this.master);
    shim.close(this.master);
    shim.close(this.slave);
  }

  private read(limit: number): void {
    for (let total = 0; this.open && total < limit;) {
      const got = shim.readAvailable(this.master, this.buffer, CHUNK);
      if (got <= 0) return;
      total += got;
      this.listener("stdout", Buffer.from(this.buffer.subarray(0, got)));
    }
  }
}
