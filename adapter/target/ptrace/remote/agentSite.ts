/** Where in a stopped program the agent may stand while it makes system calls there, and memory it may use. */
import { readFileSync } from "node:fs";
import { memoryAddress, type MemoryAddress } from "../../addresses";
import { TargetError, type Mapping } from "../../target";
import { readMappings } from "../mappings";
import type { ProcessMemory } from "../processMemory";

/** FP_AGENT_SIZE and FP_AREA_HEAD of native-shim/shim_copies.h. */
const AGENT_SIZE = 1024;
const AREA_HEAD = 32;
/** Far enough below the stack pointer to clear the red zone (psABI 3.2.2). */
const BELOW_STACK = 1024;
const SCRATCH_SIZE = 16 * 1024;
/** Below this nothing useful can be done. */
const SMALLEST_SCRATCH = 2048;
/** The stack of the first thread has at most this size, mostly (setrlimit(2), RLIMIT_STACK). */
const STACK_LIMIT = 8n << 20n;

/** getauxval(3). */
const AT_RANDOM = 25;
const AT_SYSINFO_EHDR = 33;

const ELF_MAGIC = Buffer.from("\x7fELF", "latin1");

/** The same in every copy of a process image. */
export interface AgentSite {
  readonly code: MemoryAddress;
  readonly scratch: MemoryAddress;
  readonly size: number;
}

/** What does not change in a process image. */
export interface ImagePlaces {
  readonly code: MemoryAddress;
  /** An address near the top of the first thread's stack; 0: unknown. */
  readonly stackTop: bigint;
  /** The lowest address of that stack that was found to be there: it only grows. */
  stackLow: bigint;
}

/** A site as the shim takes it; -1: of memory that the shim opens itself. */
export function encodeSite(site: AgentSite, memory = -1): Buffer {
  const bytes = Buffer.alloc(24);
  bytes.writeInt32LE(memory, 0);
  bytes.writeUInt32LE(site.size, 4);
  bytes.writeBigUInt64LE(site.code, 8);
  bytes.writeBigUInt64LE(site.scratch, 16);
  return bytes;
}

/** Where the data of a call is while it runs. */
export function dataAddress(site: AgentSite): bigint {
  return site.scratch + BigInt(AREA_HEAD);
}

/** The auxiliary vector: AT_* type to value (getauxval(3)). `procId`: of a thread that has not exited. */
export function readAuxiliaryVector(procId: number): Map<number, bigint> {
  const bytes = readFileSync(`/proc/${procId}/auxv`);
  const vector = new Map<number, bigint>();
  for (let at = 0; at + 16 <= bytes.length; at += 16)
    vector.set(Number(bytes.readBigUInt64LE(at)), bytes.readBigUInt64LE(at + 8));
  return vector;
}

/**
 * Code goes over the vDSO's ELF header, which nobody executes and the dynamic linker reads once. Without a vDSO, over
 * the beginning of some code. Throws TargetError when there is none.
 */
export function findImagePlaces(procId: number, memory: ProcessMemory): ImagePlaces {
  const vector = readAuxiliaryVector(procId);
  const stackTop = vector.get(AT_RANDOM) ?? 0n;
  const vdso = memoryAddress(vector.get(AT_SYSINFO_EHDR) ?? 0n);
  if (memory.read(vdso, ELF_MAGIC.length).equals(ELF_MAGIC))
    return { code: vdso, stackTop, stackLow: stackTop };
  const code = readMappings(procId).find(
    ({ low, high, permissions, path }) =>
      permissions.includes("x") && path !== "[vsyscall]" && high - low >= BigInt(AGENT_SIZE),
  );
  if (code === undefined)
    throw new TargetError("The program has no executable memory, so it cannot be made to copy itself.");
  return { code: code.low, stackTop, stackLow: stackTop };
}

function isOnFirstStack(
  memory: ProcessMemory,
  places: ImagePlaces,
  sp: MemoryAddress,
  below: MemoryAddress,
): boolean {
  if (sp > places.stackTop || places.stackTop - sp > STACK_LIMIT) return false;
  if (below >= places.stackLow) return true;
  if (memory.read(below, 1).length !== 1) return false;
  places.stackLow = below;
  return true;
}

/**
 * A site for a stopped thread with stack pointer `sp`. The scratch memory is below its stack where that is known to be
 * mapped, else the end of the largest writable area. Throws TargetError when there is none.
 */
export function findAgentSite(
  procId: number,
  memory: ProcessMemory,
  places: ImagePlaces,
  sp: MemoryAddress,
): AgentSite {
  const { code } = places;
  const below = memoryAddress((sp - BigInt(BELOW_STACK + SCRATCH_SIZE)) & ~63n);
  if (isOnFirstStack(memory, places, sp, below)) return { code, scratch: below, size: SCRATCH_SIZE };
  const writable = readMappings(procId).filter(({ permissions }) => permissions.startsWith("rw-p"));
  // A program may use the stack pointer for something else: near 0 there is nothing below it.
  const around = writable.find(({ low, high }) => low <= below && below < sp && sp <= high);
  if (around !== undefined) return { code, scratch: below, size: SCRATCH_SIZE };
  const sizeOf = ({ low, high }: Mapping): bigint => high - low;
  const [largest] = writable.sort((a, b) => (sizeOf(a) < sizeOf(b) ? 1 : -1));
  if (largest === undefined || sizeOf(largest) < BigInt(SMALLEST_SCRATCH))
    throw new TargetError("The program has no writable memory, so it cannot be copied.");
  const size = Math.min(Number(sizeOf(largest)), SCRATCH_SIZE);
  return { code, scratch: memoryAddress(largest.high - BigInt(size)), size };
}
