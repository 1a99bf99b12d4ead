/** The adapter's trace: silent unless the launch configuration asks for it, then to stderr or to a file. */
import { closeSync, openSync, writeSync } from "node:fs";

const STDERR = 2;

/** Where lines of the trace go. Never throws: a full disk or a closed stderr must not end a session. */
export class TraceLog {
  private descriptor: number | undefined;

  /**
   * Starts the trace.
   * @param to true for stderr, or the name of a file, which is appended to.
   * @throws the system's error when the file cannot be opened.
   */
  open(to: true | string): void {
    this.close();
    this.descriptor = to === true ? STDERR : openSync(to, "a", 0o600);
  }

  get isOpen(): boolean {
    return this.descriptor !== undefined;
  }

  /** Writes one line: the time in milliseconds, the part of the adapter, and what it says. */
  write(part: "protocol" | "ptrace" | "error", text: string): void {
    if (this.descriptor === undefined) return;
    this.writeTo(this.descriptor, part, text);
  }

  /** An error that nobody expected: kept in the trace, and on stderr where there is none. */
  unexpected(context: string, error: unknown): void {
    const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
    this.writeTo(this.descriptor ?? STDERR, "error", `${context}: ${text}`);
  }

  /** Ends the trace; later lines go nowhere. */
  close(): void {
    if (this.descriptor !== undefined && this.descriptor !== STDERR) closeSync(this.descriptor);
    this.descriptor = undefined;
  }

  private writeTo(descriptor: number, part: string, text: string): void {
    try {
      writeSync(descriptor, `${performance.now().toFixed(1)} ${part} ${text}\n`);
    } catch {
      this.descriptor = undefined;
    }
  }
}
