/**
 * Memory that a clone lacks: areas that the program has asked to be left out of its children, or to be empty there
 * (madvise(2): MADV_DONTFORK, MADV_WIPEONFORK).
 */
import type { Fidelity } from "../../../checkpointer";
import { TargetError, type Mapping } from "../../../target";
import { readMappings } from "../../mappings";
import type { RemoteThread } from "../../remote/remoteThread";
import { errorName, shim } from "../../shim";
import type { Carried } from "../carried";
import type { MemorySurvey } from "./memorySurvey";

/** asm/unistd_64.h, asm-generic/mman-common.h. */
const SYS_MADVISE = 28;
const MADV_DONTFORK = 10;
const MADV_DOFORK = 11;

/** Calls that surely fit into the scratch memory at once. */
const AT_ONCE = 30;

type Area = Pick<Mapping, "low" | "high">;

export class ForkAdvice implements Carried {
  readonly reach = "process";
  /** Left out of children, and to be so again in a fresh copy. */
  private dontFork: Area[] = [];
  /** Left out of children by the kernel itself: memory of devices. */
  private unreachable: Mapping[] = [];
  private emptied = 0;

  /**
   * Has areas that a clone lacks be part of the next one. `origin`: the thread that makes the clones. Gives whether
   * another clone would have more than this one.
   */
  include(origin: RemoteThread, copy: number): boolean {
    const there = new Set(readMappings(copy).map(({ low }) => low));
    const missing = readMappings(origin.tid).filter(
      ({ low, path }) => !there.has(low) && path !== "[vsyscall]",
    );
    const results = advise(origin, missing, MADV_DOFORK);
    const included = missing.filter((_, index) => results[index] === 0n);
    this.unreachable = missing.filter((_, index) => results[index] !== 0n);
    this.dontFork = [...this.dontFork, ...included];
    return included.length > 0;
  }

  /** Whether clones of a copy have to be filled, too. */
  get emptiesClones(): boolean {
    return this.emptied > 0;
  }

  /** Gives a process the program's advice again. Throws TargetError when it cannot. */
  restore(to: RemoteThread): void {
    const failed = advise(to, this.dontFork, MADV_DONTFORK).find((result) => result < 0n);
    if (failed !== undefined)
      throw new TargetError(`Memory could not be left out of children again (${errorName(Number(failed))}).`);
  }

  /** Fills what is empty in a clone. Throws TargetError when it cannot. */
  fill(origin: number, copy: number, { wiped, wipedRanges }: MemorySurvey): void {
    this.emptied = Math.max(this.emptied, wiped);
    if (wiped === 0) return;
    const result = shim.copyMemory(origin, copy, wipedRanges, wiped);
    if (result < 0)
      throw new TargetError(`Memory that children do not get could not be copied (${errorName(result)}).`);
  }

  fidelity(): Fidelity[] {
    const count = this.dontFork.length + this.emptied;
    const lines: Fidelity[] = this.unreachable.map(({ path }) => ({
      resource: "device memory",
      state: "notRestored",
      detail: `${path === "" ? "memory" : path} that the kernel gives to no copy`,
    }));
    if (count > 0)
      lines.push({
        resource: "memory kept from children",
        state: "restored",
        detail: `${count} ${count === 1 ? "area" : "areas"} (MADV_DONTFORK, MADV_WIPEONFORK), advice included`,
      });
    return lines;
  }
}

function advise(thread: RemoteThread, areas: readonly Area[], advice: number): bigint[] {
  const results: bigint[] = [];
  for (let at = 0; at < areas.length; at += AT_ONCE)
    results.push(
      ...thread.calls(
        areas.slice(at, at + AT_ONCE).map(({ low, high }) => [SYS_MADVISE, low, high - low, advice]),
      ),
    );
  return results;
}
