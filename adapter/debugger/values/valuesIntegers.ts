/** Integers of any width in little-endian bytes. */

/** Reads all of `bytes` as one integer. */
export function decodeInteger(bytes: Uint8Array, signed: boolean): bigint {
  let value = 0n;
  for (let index = bytes.length - 1; index >= 0; index--) value = (value << 8n) | BigInt(bytes[index] ?? 0);
  return signed ? BigInt.asIntN(bytes.length * 8, value) : value;
}

/** The low `size` bytes of an integer; higher bits are dropped as a C conversion drops them. */
export function encodeInteger(value: bigint, size: number): Buffer {
  const bytes = Buffer.alloc(size);
  let rest = BigInt.asUintN(size * 8, value);
  for (let index = 0; index < size; index++) {
    bytes[index] = Number(rest & 0xffn);
    rest >>= 8n;
  }
  return bytes;
}

/** Takes `bitSize` bits from bit `bitOffset` on. */
export function extractBits(bytes: Uint8Array, bitOffset: number, bitSize: number, signed: boolean): bigint {
  const bits = decodeInteger(bytes, false) >> BigInt(bitOffset);
  return signed ? BigInt.asIntN(bitSize, bits) : BigInt.asUintN(bitSize, bits);
}

/** The bytes with `bitSize` bits from bit `bitOffset` on replaced by the low bits of `value`. */
export function replaceBits(bytes: Uint8Array, bitOffset: number, bitSize: number, value: bigint): Buffer {
  const mask = ((1n << BigInt(bitSize)) - 1n) << BigInt(bitOffset);
  const old = decodeInteger(bytes, false) & ~mask;
  return encodeInteger(old | ((value << BigInt(bitOffset)) & mask), bytes.length);
}

/** The smallest and largest value of an integer of so many bits. */
export function integerRange(bits: number, signed: boolean): { low: bigint; high: bigint } {
  const all = 1n << BigInt(bits);
  return signed ? { low: -all / 2n, high: all / 2n - 1n } : { low: 0n, high: all - 1n };
}
