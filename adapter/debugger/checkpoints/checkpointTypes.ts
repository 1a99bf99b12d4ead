/** A checkpoint as the debugger's users see it. */
import type { MemoryAddress } from "../../target/addresses";
import type { Fidelity } from "../../target/checkpointer";
import type { ExitStatus, TargetThread } from "../../target/target";

export type CheckpointKind = "manual" | "auto" | "branch" | "fork";

export interface CheckpointInfo {
  /** 1, 2, 3 ... never used twice in a session. */
  readonly id: number;
  readonly label?: string;
  readonly kind: CheckpointKind;
  /** The checkpoint that the state was reached from; absent: from the launch. */
  readonly parentId?: number;
  /** The program's process id, as it was. */
  readonly processId: number;
  readonly copyProcessId: number;
  readonly threads: readonly TargetThread[];
  readonly functionName?: string;
  readonly source?: { readonly path: string; readonly line: number; readonly column: number };
  readonly pc: MemoryAddress;
  readonly createdAt: Date;
  /** Why the program stood there: `Breakpoint 2`, `step`, `running`. */
  readonly stopReason: string;
  /** Memory that this checkpoint alone holds, in bytes; comes late. */
  readonly privateBytes?: number;
  readonly fidelity: readonly Fidelity[];
}

export interface CheckpointListInfo {
  readonly checkpoints: readonly CheckpointInfo[];
  /** The checkpoint that the live process came from; absent: from the launch. */
  readonly currentParentId?: number;
  /** How the program ends, while it stands at its exit. */
  readonly exited?: ExitStatus;
}
