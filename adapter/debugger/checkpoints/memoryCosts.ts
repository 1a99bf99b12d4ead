/** What each checkpoint costs in memory. The kernel needs long to say (11 ms at 1 GiB), so it is asked in idle moments. */
import type { Checkpointer } from "../../target/checkpointer";
import type { CheckpointList } from "./checkpointList";

/** Milliseconds after the last change, and between two looks. */
const CALM = 250;
const BREATH = 10;
/** Changes of fewer bytes are not worth telling. */
const NOTABLE = 64 * 1024;

export class MemoryCosts {
  private timer: NodeJS.Timeout | undefined;
  /** Counts what has been started; an answer to an earlier question goes on with nothing. */
  private round = 0;

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
        this.round,
        this.list.all().map(({ info }) => info.id),
        false,
      ),
    );
  }

  stop(): void {
    this.round++;
    clearTimeout(this.timer);
    this.timer = undefined;
  }

  private sweep(round: number, ids: number[], notable: boolean): void {
    const id = ids.pop();
    if (id === undefined) {
      if (notable) this.changed();
      return;
    }
    void this.measure(id).then((found) => {
      if (round === this.round) this.after(BREATH, () => this.sweep(round, ids, notable || found));
    });
  }

  private async measure(id: number): Promise<boolean> {
    const token = this.list.find(id)?.token;
    const bytes = token === undefined ? undefined : await this.checkpointer.privateBytes(token);
    const entry = this.list.find(id);
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
