/** Locks that threads are at: they take them, wait for them or give them back. */
import { memoryAddress } from "../../addresses";
import type { ProcessMemory } from "../processMemory";
import { GENERAL_REGISTERS, Register } from "../shim";
import { isBlocked, isFutex } from "../threads/blockedX64";
import type { ThreadRecords } from "../threads/threadRecords";
import type { LibraryFramesFinder } from "./libraryFramesX64";

/** More of a stack no function of a C library needs that has a lock in hand. */
const LARGEST = 4096;

/** Addresses that threads have in hand, of locks and of anything else. */
export function addressesInHand(
  records: ThreadRecords,
  memory: ProcessMemory,
  finder: LibraryFramesFinder,
): bigint[] {
  const all = new Set<bigint>();
  for (let index = 0; index < records.count; index++)
    for (const address of addressesOf(records.registers(index), memory, finder)) all.add(address);
  return [...all];
}

function addressesOf(registers: Buffer, memory: ProcessMemory, finder: LibraryFramesFinder): bigint[] {
  if (isFutex(registers)) return [registers.readBigUInt64LE(Register.rdi)];
  if (isBlocked(registers)) return [];
  const frames = finder.find(registers);
  if (!frames) return [];
  const top = registers.readBigUInt64LE(Register.rsp);
  const size = frames.bottom > top ? Math.min(Number(frames.bottom - top), LARGEST) : 0;
  const stack = memory.read(memoryAddress(top), size);
  return [
    ...GENERAL_REGISTERS.map((at) => registers.readBigUInt64LE(at)),
    ...Array.from({ length: stack.length >> 3 }, (_, word) => stack.readBigUInt64LE(word * 8)),
  ];
}
