/** Where in a stopped program system calls can be injected, and memory they may use meanwhile. */
import { readFileSync } from "node:fs";
import { memoryAddress, offsetBy, type MemoryAddress } from "../addresses";
import { TargetError, type Mapping } from "../target";
import type { LiveProcess } from "./liveProcess";
import type { Tracee } from "./tracee";

const SYSCALL = Buffer.from([0x0f, 0x05]);
/** Far enough below the stack pointer to clear the red zone (psABI 3.2.2), near enough to be in the same page mostly. */
const BELOW_STACK = 1024;
const SCRATCH_SIZE = 512;
const LARGEST_SCAN = 1 << 22;

/** /proc/PID/maps (proc(5)). Empty when the process is gone. */
export function readMappings(processId: number): Mapping[] {
  let text: string;
  try {
    text = readFileSync(`/proc/${processId}/maps`, "latin1");
  } catch {
    return [];
  }
  return text.split("\n").flatMap((line) => {
    const parts = /^([0-9a-f]+)-([0-9a-f]+) (\S+) ([0-9a-f]+) \S+ (\d+)\s*(.*)$/.exec(line);
    if (!parts) return [];
    const [, low = "0", high = "0", permissions = "", offset = "0", inode = "0", path = ""] = parts;
    return [
      {
        low: memoryAddress(BigInt(`0x${low}`)),
        high: memoryAddress(BigInt(`0x${high}`)),
        permissions,
        offset: BigInt(`0x${offset}`),
        inode: Number(inode),
        path: Buffer.from(path, "latin1").toString("utf8"),
      },
    ];
  });
}

/**
 * A syscall instruction in the program: the vDSO has one, so do the C library and static programs. Throws TargetError
 * when there is none.
 */
export function findSyscallInstruction(process: LiveProcess): MemoryAddress {
  return (process.syscallInstruction ??= searchSyscallInstruction(process));
}

function searchSyscallInstruction(process: LiveProcess): MemoryAddress {
  const executable = readMappings(process.processId).filter(
    ({ permissions, path }) => permissions.includes("x") && path !== "[vsyscall]",
  );
  executable.sort((a, b) => Number(b.path === "[vdso]") - Number(a.path === "[vdso]"));
  for (const { low, high } of executable) {
    const size = Math.min(Number(high - low), LARGEST_SCAN);
    const at = process.sites.hide(low, process.memory.read(low, size)).indexOf(SYSCALL);
    if (at >= 0) return offsetBy(low, at);
  }
  throw new TargetError("The program has no system call instruction, so it cannot be made to copy itself.");
}

/** Memory of a stopped thread that injected calls may use; they put it back. Throws TargetError when there is none. */
export function findScratch(process: LiveProcess, tracee: Tracee): MemoryAddress {
  const below = memoryAddress((tracee.sp - BigInt(BELOW_STACK)) & ~63n);
  if (tracee.sp > BigInt(BELOW_STACK) && process.memory.read(below, SCRATCH_SIZE).length === SCRATCH_SIZE)
    return below;
  const writable = readMappings(process.processId).find(({ permissions }) => permissions.startsWith("rw-p"));
  if (writable === undefined)
    throw new TargetError("The program has no writable memory, so it cannot be copied.");
  return writable.low;
}
