/** What each checkpoint costs in memory. Asking the kernel is slow (11 ms at 1 GiB), so it is done in idle moments. */
import type { CheckpointList } from "./checkpointList";
import type { Checkpointer } from "../target/target";

/** Milliseconds after the last change, and between two looks. */
const CALM = 250;
const BREATH = 10;
/** Changes of fewer bytes are not worth telling. */
const NOTABLE = 64 * 1024;

export class MemoryCosts {
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly list: CheckpointList,
    private readonly checkpointer: Pick<Checkpointer, "privateBytes">,
    private readonly changed: () => void,
  ) {}

  /** Looks at all checkpoints when nothing has happened for a while. */
  schedule(): void {
    this.stop();
    if (this.list.size === 0) return;
    this.after(CALM, () =>
      this.sweep(
        this.list.all().map(({ info }) => info.id),
        false,
      ),
    );
  }

  stop(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
  }

  private sweep(ids: number[], notable: boolean): void {
    const id = ids.pop();
    if (id === undefined) {
      if (notable) this.changed();
      return;
    }
    const found = this.measure(id);
    this.after(BREATH, () => this.sweep(ids, notable || found));
  }

  private measure(id: number): boolean {
    const entry = this.list.find(id);
    const bytes = entry === undefined ? undefined : this.checkpointer.privateBytes(entry.token);
    if (entry === undefined || bytes === undefined) return false;
    const before = entry.info.privateBytes;
    this.list.update(id, { privateBytes: bytes });
    return before === undefined || Math.abs(before - bytes) >= NOTABLE;
  }

  private after(milliseconds: number, work: () => void): void {
    this.timer = setTimeout(work, milliseconds);
    this.timer.unref();
  }
}
