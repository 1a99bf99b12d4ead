/** Memory of a stopped program, read in blocks that are kept: a stack is read word by word, and each read costs a call. */
import { memoryAddress, type MemoryAddress } from "../../target/addresses";
import type { Memory } from "../../target/target";

const BLOCK = 512;

/** Valid until the program runs or the memory is written. */
export class ReadAhead implements Pick<Memory, "read"> {
  private readonly blocks = new Map<bigint, Buffer>();

  constructor(private readonly memory: Pick<Memory, "read">) {}

  /** As `Memory.read`. */
  read(address: MemoryAddress, length: number): Buffer {
    const offset = Number(address % BigInt(BLOCK));
    if (offset + length > BLOCK) return this.memory.read(address, length);
    const start = memoryAddress(address - BigInt(offset));
    let block = this.blocks.get(start);
    if (block === undefined) {
      block = this.memory.read(start, BLOCK);
      this.blocks.set(start, block);
    }
    // Where memory ends or begins inside the block.
    if (offset + length > block.length) return this.memory.read(address, length);
    return block.subarray(offset, offset + length);
  }
}
