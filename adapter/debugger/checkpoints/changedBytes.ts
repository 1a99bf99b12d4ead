/** Where two states differ, down to the byte: the pages are known, and only of those is anything read. */
import { memoryAddress, type MemoryAddress } from "../../target/addresses";
import type { ChangedPages } from "../../target/checkpointer";
import type { Memory } from "../../target/target";

type Readable = Pick<Memory, "read">;

export class ChangedBytes {
  private readonly starts: readonly MemoryAddress[];
  private read: { readonly start: bigint; readonly before: Buffer; readonly after: Buffer } | undefined;

  constructor(
    private readonly changed: ChangedPages,
    private readonly before: Readable,
    private readonly after: Readable,
  ) {
    this.starts = changed.pages.map(({ address }) => address);
  }

  /** The first address in [low, high) whose byte differs. */
  next(low: bigint, high: bigint): MemoryAddress | undefined {
    const { pageSize } = this.changed;
    for (let index = this.firstPage(low); index < this.starts.length; index++) {
      const start = this.starts[index] ?? high;
      if (start >= high) return undefined;
      const { before, after } = this.page(start);
      const from = low > start ? Number(low - start) : 0;
      const to = Math.min(pageSize, Number(high - start));
      for (let at = from; at < to; at++)
        if (before[at] !== after[at]) return memoryAddress(start + BigInt(at));
    }
    return undefined;
  }

  /** The index of the first changed page that ends behind an address. */
  private firstPage(address: bigint): number {
    let low = 0;
    let high = this.starts.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.starts[middle] ?? 0n) + BigInt(this.changed.pageSize) <= address) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  private page(start: bigint): { before: Buffer; after: Buffer } {
    if (this.read?.start !== start) {
      const { pageSize } = this.changed;
      this.read = {
        start,
        before: this.before.read(memoryAddress(start), pageSize),
        after: this.after.read(memoryAddress(start), pageSize),
      };
    }
    return this.read;
  }
}
