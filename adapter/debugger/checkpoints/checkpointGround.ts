/** The live program as checkpoints need it, and where it stands. */
import type { MemoryAddress } from "../../target/addresses";
import type { Checkpointer } from "../../target/checkpointer";
import type { Execution, ExitStatus } from "../../target/target";
import type { LaunchSettings } from "../launchSettings";
import type { ModuleSnapshot } from "../modules/modules";
import type { RunControl } from "../runControl";
import type { HiddenCalls } from "../stack/frames";
import type { DebuggerEvents, Frame, Stop } from "../types";
import type { CheckpointList } from "./checkpointList";

/** What a program has loaded, and where a trap tells of changes. */
export interface Loaded extends ModuleSnapshot {
  readonly hook: MemoryAddress | undefined;
}

/** What a state has beside what its process holds. */
export interface Surroundings {
  readonly loaded: Loaded;
  /** The person stands before these calls, which registers cannot tell from standing in them. */
  readonly hiding: HiddenCalls;
  /** The stop that the program stands at; undefined: it was running, or has not stopped yet. */
  readonly stop: Stop | undefined;
}

/** Where a program stands. */
export interface Standing extends Surroundings {
  readonly frame: Frame;
  /** The frame that is named: that one, or a caller of it that has a source. */
  readonly place: Frame;
  readonly stopReason: string;
}

/** The live program as checkpoints need it. */
export interface CheckpointGround {
  /** Empty; its ids go on where an earlier program of the session left off. */
  readonly list: CheckpointList;
  readonly checkpointer: Checkpointer;
  readonly execution: Execution;
  readonly run: RunControl;
  readonly settings: Pick<LaunchSettings, "checkpoints" | "stopOnExit">;
  readonly events: Pick<DebuggerEvents, "output" | "checkpointsChanged">;
  /** Where the program stands, and why; `interrupted`: it was running until now. */
  standing(interrupted: boolean): Standing;
  /** How the program ends, while it stands at its exit or is gone. */
  exitStatus(): ExitStatus | undefined;
  /** Another process stands in the live one's place: nothing known of that one holds, but what was kept with its state. */
  replaced(kept: Surroundings | undefined): void;
  /** After a failed restore: the live copy that it left is taken over, or, without one, the end is told. */
  restoreFailed(): void;
  /** After a failed create while the program stood still: when it is there no more, its end is dealt with. */
  createFailed(): void;
}
