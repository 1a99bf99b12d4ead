/** Work that needs every thread of a program to stand still, while it runs: done between two events, and nobody notices. */
export class Interludes {
  private readonly waiting: (() => void)[] = [];

  get areWaiting(): boolean {
    return this.waiting.length > 0;
  }

  /** Gives what the work gives, once `serve` has done it. */
  add<T>(work: () => T): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      this.waiting.push(() => {
        try {
          resolve(work());
        } catch (error) {
          reject(error instanceof Error ? error : new Error(String(error)));
        }
      });
    });
  }

  /** Does all that waits; the program stands still, or has ended. */
  serve(): void {
    for (let work = this.waiting.shift(); work !== undefined; work = this.waiting.shift()) work();
  }
}
