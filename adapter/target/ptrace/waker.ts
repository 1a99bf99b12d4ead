/** Wakes the event loop when a tracee changes state or a watched descriptor has something (native-shim/ptrace/waiter.c). */
import net from "node:net";
import { TargetError } from "../target";
import { errorName, shim } from "./shim";

const TRACEE = "w".charCodeAt(0);

/** One for the whole adapter: its threads see every tracee. */
export class Waker {
  private static shared: Waker | undefined;

  static get(): Waker {
    return (Waker.shared ??= new Waker());
  }

  /** A watched descriptor has something to read. Called at most once until `armOutput`. */
  readonly outputListeners = new Set<() => void>();
  private armed = false;
  private outputArmed = false;
  private waiting: (() => void)[] = [];

  private readonly socket: net.Socket;

  private constructor() {
    const descriptor = shim.startWaiter();
    if (descriptor < 0)
      throw new TargetError(`The waiting threads cannot be started (${errorName(descriptor)}).`);
    this.socket = new net.Socket({ fd: descriptor, readable: true, writable: false });
    this.socket.on("data", (bytes) => {
      for (const byte of bytes) this.wake(byte === TRACEE);
    });
    this.socket.unref();
  }

  /**
   * Resolves when some tracee has an event, or `cancelWait` is called. The event itself is not taken; there may turn
   * out to be none. `pressing`: the event loop is kept alive for it.
   */
  nextEvent(pressing = true): Promise<void> {
    if (!this.armed) shim.armWaiter();
    this.armed = true;
    // Only a wait that somebody waits for keeps the event loop alive.
    if (pressing) this.socket.ref();
    return new Promise((resolve) => this.waiting.push(resolve));
  }

  /** Resolves every pending `nextEvent`. */
  cancelWait(): void {
    this.socket.unref();
    const waiting = this.waiting;
    this.waiting = [];
    for (const resolve of waiting) resolve();
  }

  /** Wakes the listeners when there is something to read; `once`: one time only. Throws TargetError. */
  watch(descriptor: number, once: boolean): void {
    const result = shim.watch(descriptor, once ? 1 : 0);
    if (result < 0) throw new TargetError(`Too many processes to watch (${errorName(result)}).`);
    this.armOutput();
  }

  unwatch(descriptor: number): void {
    shim.unwatch(descriptor);
  }

  /** Asks for one more wake-up on watched descriptors. */
  armOutput(): void {
    if (this.outputArmed) return;
    this.outputArmed = true;
    shim.armOutput();
  }

  private wake(tracee: boolean): void {
    if (tracee) {
      this.armed = false;
      this.cancelWait();
      return;
    }
    this.outputArmed = false;
    for (const listener of this.outputListeners) listener();
    if (this.outputListeners.size > 0) this.armOutput();
  }
}
