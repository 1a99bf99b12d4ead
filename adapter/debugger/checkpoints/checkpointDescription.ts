/** What the list of checkpoints says of a state, and what a person is told of a restart. */
import path from "node:path";
import type { FileChange, FrozenState } from "../../target/checkpointer";
import type { Standing } from "./checkpointGround";
import type { CheckpointInfo, CheckpointKind } from "./checkpointTypes";

/** A state that was just frozen where the program stands. */
export function describeState(
  frozen: FrozenState,
  { frame, place, stopReason }: Standing,
  kind: CheckpointKind,
  label: string | undefined,
): Omit<CheckpointInfo, "id" | "parentId"> {
  return {
    kind,
    ...(label === undefined || label === "" ? {} : { label }),
    processId: frozen.processId,
    copyProcessId: frozen.copyProcessId,
    threads: frozen.threads.map(({ id, tid, name }) => ({ id, tid, name })),
    functionName: place.functionName,
    ...(place.source !== undefined && path.isAbsolute(place.source.path) ? { source: place.source } : {}),
    pc: frame.pc,
    createdAt: new Date(),
    stopReason,
    fidelity: frozen.fidelity,
  };
}

const fileActions: Readonly<Record<FileChange["action"], string>> = {
  write: "writes back the contents of a file",
  create: "makes a file again that was removed since",
  remove: "removes a file that was created since",
};

/** What a restart does to a file: `removes a file that was created since: /tmp/log`. */
export function fileChangeInWords({ action, path }: FileChange): string {
  return `${fileActions[action]}: ${path}`;
}
