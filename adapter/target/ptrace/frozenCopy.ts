/** A frozen copy: a process that never runs, and what a fork does not carry, kept beside it. */
import { readFileSync, writeFileSync } from "node:fs";
import type { MemoryAddress } from "../addresses";
import type { CheckpointToken, Fidelity, TargetThread } from "../target";
import { FileOffsets } from "./fileOffsets";
import type { LiveProcess } from "./liveProcess";
import { whyNoCopy } from "./refusals";
import { findScratch, findSyscallInstruction } from "./remoteCalls";
import { readRobustList, type InjectionSite } from "./robustList";
import { shim } from "./shim";
import type { HeldSignal, Tracee } from "./tracee";

/** The out-of-memory killer takes frozen copies before the program, and the program before others. */
const OOM_SCORE = "500";

/** A frozen copy with all that is needed to make a live process of it. */
export interface Frozen {
  readonly pid: number;
  /** Readable once the copy is dead; undefined until it is watched. */
  pidfd: number | undefined;
  /** The program's process id, as it was. */
  readonly processId: number;
  readonly threads: readonly TargetThread[];
  readonly site: InjectionSite;
  /** Where the kernel writes at the thread's end (set_tid_address(2)); 0: nowhere. */
  readonly tidAddress: bigint;
  readonly robustList: bigint;
  readonly offsets: FileOffsets;
  readonly signal: HeldSignal | undefined;
  readonly toldAt: MemoryAddress | undefined;
  /** The program's own; undefined until the copy is given another. */
  oomScore: string | undefined;
}

/** What is asked of the live thread before it is copied. */
export type Captured = Omit<Frozen, "pid" | "pidfd" | "oomScore">;

export function tokenOf(frozen: Frozen): CheckpointToken {
  return frozen as unknown as CheckpointToken;
}

export function frozenOf(token: CheckpointToken): Frozen {
  return token as unknown as Frozen;
}

/** Reads what a copy of the live thread will need. Throws TargetError when the program cannot be asked. */
export function capture(process: LiveProcess, tracee: Tracee): Captured {
  const { processId } = process;
  const site = { instruction: findSyscallInstruction(process), scratch: findScratch(process, tracee) };
  const { signal, toldAt } = tracee;
  if (tracee.tidAddress === 0n) tracee.tidAddress = askTidAddress(process, tracee, site);
  return {
    processId,
    threads: [{ id: tracee.id, tid: tracee.tid, name: tracee.name }],
    site,
    tidAddress: tracee.tidAddress,
    robustList: readRobustList(process, tracee).address,
    offsets: FileOffsets.read(processId),
    signal,
    toldAt,
  };
}

function askTidAddress(
  process: LiveProcess,
  tracee: Tracee,
  { instruction, scratch }: InjectionSite,
): bigint {
  const address = Buffer.alloc(8);
  const result = shim.getTidAddress(tracee.tid, process.memory.descriptor, instruction, scratch, address);
  tracee.injected();
  if (result < 0) throw whyNoCopy(result, "The program could not be asked for its state");
  return address.readBigUInt64LE(0);
}

/** What a restart of a copy brings back of the program, and what not. */
export function fidelityOf(frozen: Frozen): Fidelity[] {
  return [
    { resource: "memory", state: "restored", detail: "all private memory" },
    { resource: "registers", state: "restored", detail: "general, floating-point and vector registers" },
    ...frozen.offsets.fidelity(),
  ];
}

/** Has the out-of-memory killer take the copy before the program, and remembers what the program's own score was. */
export function raiseOomScore(frozen: Frozen): void {
  try {
    frozen.oomScore = readFileSync(`/proc/${frozen.pid}/oom_score_adj`, "latin1").trim();
    writeOomScore(frozen.pid, OOM_SCORE);
  } catch {
    // Killed meanwhile: nothing needs to be preferred to it.
  }
}

/** How soon the out-of-memory killer takes a process (proc(5), oom_score_adj). */
export function writeOomScore(pid: number, score: string): void {
  try {
    writeFileSync(`/proc/${pid}/oom_score_adj`, score);
  } catch {
    // Lowering it takes a privilege; a score that is too high does no harm.
  }
}
