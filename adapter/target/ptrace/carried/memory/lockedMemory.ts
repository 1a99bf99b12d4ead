/** Memory that is locked (mlock(2)). Children do not inherit locks. */
import { readFileSync } from "node:fs";
import { memoryAddress, type MemoryAddress } from "../../../addresses";
import type { Fidelity } from "../../../checkpointer";
import { TargetError } from "../../../target";
import type { RemoteCall, RemoteThread } from "../../remote/remoteThread";
import { errorName } from "../../shim";
import type { Carried, Subject } from "../carried";
import { surveyMemory } from "./memorySurvey";

/** asm/unistd_64.h. */
const SYS_MMAP = 9;
const SYS_MUNMAP = 11;
const SYS_MLOCKALL = 151;
const SYS_MLOCK2 = 325;
/** mlock2(2), mlockall(2), mmap(2). */
const MLOCK_ONFAULT = 1;
const MCL_FUTURE = 2;
const MCL_ONFAULT = 4;
const PRIVATE_ANONYMOUS = 0x22;
const PAGE = 4096;
const ENOMEM = -12n;

/** Calls that surely fit into the scratch memory at once. */
const AT_ONCE = 30;

interface LockedArea {
  readonly low: MemoryAddress;
  readonly high: MemoryAddress;
  readonly onFault: boolean;
}

/**
 * The areas of /proc/PID/smaps (proc(5)) that are locked. Slow; only for programs that lock memory. memfd_secret(2) is
 * always locked, and not by the program.
 */
function lockedAreas(tid: number): LockedArea[] {
  const text = readFileSync(`/proc/${tid}/smaps`, "latin1");
  const each = /^([0-9a-f]+)-([0-9a-f]+) ([^\n]*)\n(?:[^\n]*\n(?!VmFlags))*[^\n]*\nVmFlags:([^\n]*)$/gm;
  return [...text.matchAll(each)]
    .map(([, low = "0", high = "0", name = "", flags = ""]) => ({
      low: memoryAddress(BigInt(`0x${low}`)),
      high: memoryAddress(BigInt(`0x${high}`)),
      locked: / lo\b/.test(flags) && !name.includes("/secretmem"),
      onFault: / lf\b/.test(flags),
    }))
    .filter(({ locked }) => locked);
}

/**
 * The flags of mlockall(2) for memory that is mapped later. Nothing tells of them, so a page is mapped for a moment;
 * where it comes to be, and whether it is locked, says it.
 */
function futureFlags(live: RemoteThread, locked: number): number {
  const page = live.call(SYS_MMAP, 0, PAGE, 0, PRIVATE_ANONYMOUS, -1, 0);
  if (page < 0n) return 0;
  try {
    if (surveyMemory(live.tid, 0).locked === locked) return 0;
    const area = lockedAreas(live.tid).find(({ low, high }) => low <= page && page < high);
    return MCL_FUTURE | (area?.onFault === true ? MCL_ONFAULT : 0);
  } finally {
    live.call(SYS_MUNMAP, page, PAGE);
  }
}

class LockedMemory implements Carried {
  readonly reach = "process";

  constructor(
    private readonly areas: readonly LockedArea[],
    private readonly total: number,
    private readonly future: number,
  ) {}

  restore(fresh: RemoteThread): void {
    if (this.total === 0) return;
    const calls: RemoteCall[] = this.areas.map(({ low, high, onFault }) => [
      SYS_MLOCK2,
      low,
      high - low,
      onFault ? MLOCK_ONFAULT : 0,
    ]);
    if (this.future !== 0) calls.push([SYS_MLOCKALL, this.future]);
    const results: bigint[] = [];
    for (let at = 0; at < calls.length; at += AT_ONCE)
      results.push(...fresh.calls(calls.slice(at, at + AT_ONCE)));
    // Of memory without access, or behind the end of a file, the pages cannot be had; it is locked all the same.
    if (results.every((result) => result === 0n || result === ENOMEM)) {
      const { locked } = surveyMemory(fresh.tid, 0);
      if (locked >= this.total) return;
    }
    const failed = results.find((result) => result < 0n) ?? ENOMEM;
    throw new TargetError(
      `Memory could not be locked again (${errorName(Number(failed))}); raise the limit (ulimit -l).`,
    );
  }

  fidelity(): Fidelity[] {
    if (this.areas.length === 0) return [];
    const detail = `${this.total / 1024} KiB, locked again`;
    return [{ resource: "locked memory", state: "restored", detail }];
  }
}

/** Finds what is locked. */
export function carryLockedMemory({ live, memory: { locked } }: Subject): Carried {
  const areas = lockedAreas(live.tid);
  const total = areas.reduce((sum, { low, high }) => sum + Number(high - low), 0);
  return new LockedMemory(areas, total, futureFlags(live, locked));
}
