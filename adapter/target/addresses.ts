declare const fileBrand: unique symbol;
declare const memoryBrand: unique symbol;

/** An address as an ELF file states it, before the load bias is added. */
export type FileAddress = bigint & { readonly [fileBrand]: true };

/** An address in the memory of a running (or dead) program. */
export type MemoryAddress = bigint & { readonly [memoryBrand]: true };

/** What the loader added to every address of one module: memory address = file address + load bias. */
export type LoadBias = bigint;

/** Half-open range [low, high). */
export interface AddressRange<A extends bigint> {
  readonly low: A;
  readonly high: A;
}

/** Names a number as an address in an ELF file; wraps to 64 bits. */
export function fileAddress(value: bigint): FileAddress {
  return BigInt.asUintN(64, value) as FileAddress;
}

/** Names a number as an address in memory; wraps to 64 bits. */
export function memoryAddress(value: bigint): MemoryAddress {
  return BigInt.asUintN(64, value) as MemoryAddress;
}

/** Where a file address stands in memory, for a module loaded with `bias`. */
export function toMemory(address: FileAddress, bias: LoadBias): MemoryAddress {
  return memoryAddress(address + bias);
}

/** The file address behind a memory address, for a module loaded with `bias`. */
export function toFile(address: MemoryAddress, bias: LoadBias): FileAddress {
  return fileAddress(address - bias);
}

/** An address moved by a signed number of bytes. */
export function offsetBy(address: MemoryAddress, bytes: bigint | number): MemoryAddress {
  return memoryAddress(address + BigInt(bytes));
}

/** Whether `address` lies in the half-open range. */
export function contains<A extends bigint>(range: AddressRange<A>, address: A): boolean {
  return address >= range.low && address < range.high;
}

/** An address as people read it: 0x and lower-case hexadecimal, no padding. */
export function formatAddress(address: bigint): string {
  return `0x${BigInt.asUintN(64, address).toString(16)}`;
}
