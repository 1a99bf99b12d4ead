/** Undoes what gave it, as VS Code's `Disposable` does. */
export interface Subscription {
  dispose(): void;
}

/** A list of listeners with the shape of VS Code's `EventEmitter`, for modules that must run without VS Code. */
export class Emitter<T> {
  private readonly listeners = new Set<(value: T) => void>();

  /** Calls the listener on every `fire` until the subscription is disposed. */
  readonly event = (listener: (value: T) => void): Subscription => {
    this.listeners.add(listener);
    return { dispose: () => this.listeners.delete(listener) };
  };

  /** Tells every listener. */
  fire(value: T): void {
    for (const listener of [...this.listeners]) listener(value);
  }
}
