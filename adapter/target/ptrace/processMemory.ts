/** A process's memory through /proc/PID/mem (proc(5)): read-only pages can be written, unreadable ones read. */
import { TargetError, type Memory } from "../target";
import { formatAddress, type MemoryAddress } from "../addresses";
import { errorName, shim } from "./shim";

/** Memory as it is, traps and all. Belongs to the program that the process ran when this was opened. */
export class ProcessMemory implements Memory {
  private open = true;
  private constructor(readonly descriptor: number) {}

  /** Throws TargetError when the process is gone or may not be read. */
  static open(processId: number): ProcessMemory {
    const descriptor = shim.openMemory(processId);
    if (descriptor < 0)
      throw new TargetError(
        `The memory of process ${processId} cannot be opened (${errorName(descriptor)}).`,
      );
    return new ProcessMemory(descriptor);
  }

  /** Takes over a descriptor of /proc/PID/mem. */
  static of(descriptor: number): ProcessMemory {
    return new ProcessMemory(descriptor);
  }

  read(address: MemoryAddress, length: number): Buffer {
    const bytes = Buffer.allocUnsafe(Math.max(length, 1));
    const got = length > 0 ? shim.readMemory(this.descriptor, address, bytes, length) : 0;
    return bytes.subarray(0, Math.max(got, 0));
  }

  write(address: MemoryAddress, bytes: Uint8Array): void {
    if (bytes.length === 0) return;
    const buffer = Buffer.from(bytes);
    if (shim.writeMemory(this.descriptor, address, buffer, buffer.length) !== buffer.length)
      throw new TargetError(`Cannot write ${bytes.length} bytes of memory at ${formatAddress(address)}.`);
  }

  close(): void {
    if (this.open) shim.close(this.descriptor);
    this.open = false;
  }

  /** For somebody else to close: nothing can be read or written any more. */
  takeDescriptor(): number {
    this.open = false;
    return this.descriptor;
  }
}
