/** What tests of memory in checkpoints share: how often they restart, what a process may do, what a checkpoint says. */
import { readFileSync } from "node:fs";
import type { Fidelity } from "../../adapter/target/checkpointer";

/** How often a checkpoint is gone back to. */
export const ROUNDS = 4;

/** capabilities(7). Without CAP_IPC_LOCK a limit binds, without one of the others map_files (proc(5)) is closed. */
export const CAP_IPC_LOCK = 14n;
export const CAP_SYS_ADMIN = 21n;
export const CAP_CHECKPOINT_RESTORE = 40n;

/** Whether a process has one of some capabilities. */
export function hasCapability(processId: number, ...capabilities: readonly bigint[]): boolean {
  const [, effective = "0"] =
    /^CapEff:\s+(\w+)/m.exec(readFileSync(`/proc/${processId}/status`, "latin1")) ?? [];
  return capabilities.some((capability) => (BigInt(`0x${effective}`) & (1n << capability)) !== 0n);
}

/** What a checkpoint says of a resource, if anything. */
export function lineOf(fidelity: readonly Fidelity[], resource: string): Fidelity | undefined {
  return fidelity.find((line) => line.resource === resource);
}
