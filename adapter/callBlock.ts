/**
 * The memory in which calls of the shim stand (native-shim/shim_call.h): the function, its arguments, and copies of
 * the short buffers among them, so that nothing but the fact of the call has to cross.
 */

const MOST_ARGUMENTS = 12;
const COPIES_AT = (1 + MOST_ARGUMENTS) * 8;
const BLOCK_SIZE = 8192;
/** A buffer up to this long is copied, there and back, for less than it costs to ask where it is. */
const SHORT = 256;

/** What crosses: an int32_t, an int64_t (any 64 bits), or a uint8_t * (const or not) of the size of the Buffer. */
export type CallValue = number | bigint | Buffer;

/** Asks where a buffer lies in memory; its bytes stay there as long as it lives. */
export type AddressOf = (bytes: Buffer) => number;

export class CallBlock {
  /** To be shared with the shim. */
  readonly bytes = Buffer.alloc(BLOCK_SIZE);
  private readonly halves = new Int32Array(this.bytes.buffer, this.bytes.byteOffset, COPIES_AT / 4);
  private readonly wholes = new BigInt64Array(this.bytes.buffer, this.bytes.byteOffset, COPIES_AT / 8);
  private readonly addresses = new WeakMap<ArrayBufferLike, number>();
  private readonly start: number;
  private readonly copied: Buffer[] = [];
  private end = COPIES_AT;

  constructor(private readonly addressOf: AddressOf) {
    this.start = addressOf(this.bytes);
  }

  /** Writes a call of the function at an address. */
  write(address: number, values: readonly CallValue[]): void {
    if (values.length > MOST_ARGUMENTS) throw new Error("A function of the shim takes too many arguments.");
    this.copied.length = 0;
    this.end = COPIES_AT;
    this.put(0, address);
    for (let index = 0; index < values.length; index++) {
      const value = values[index] ?? 0;
      if (typeof value === "number") this.put(index + 1, value);
      else if (typeof value === "bigint") this.wholes[index + 1] = value;
      else this.put(index + 1, value.length <= SHORT ? this.copy(value) : this.place(value));
    }
  }

  /** Gives the short buffers of the call what the function has written to them. */
  read(): void {
    let at = COPIES_AT;
    for (const bytes of this.copied) {
      this.bytes.copy(bytes, 0, at, at + bytes.length);
      at = aligned(at + bytes.length);
    }
    this.copied.length = 0;
  }

  private put(index: number, value: number): void {
    this.halves[index * 2] = value;
    this.halves[index * 2 + 1] = Math.floor(value / 2 ** 32);
  }

  private copy(bytes: Buffer): number {
    const at = this.end;
    this.bytes.set(bytes, at);
    this.copied.push(bytes);
    this.end = aligned(at + bytes.length);
    return this.start + at;
  }

  private place(bytes: Buffer): number {
    const known = this.addresses.get(bytes.buffer);
    if (known !== undefined) return known + bytes.byteOffset;
    const address = this.addressOf(bytes);
    this.addresses.set(bytes.buffer, address - bytes.byteOffset);
    return address;
  }
}

function aligned(offset: number): number {
  return (offset + 7) & ~7;
}
