/** Comparing checkpoints, and how a difference reads. */
import type { CompareCheckpointsResponseBody, VariableChange } from "../../adapter/protocol";
import type { DebuggeeSession } from "../helpers/session";

/** What differs between a checkpoint and another, or the live program. */
export function compare(
  { client }: DebuggeeSession,
  checkpointId: number,
  otherId?: number,
): Promise<CompareCheckpointsResponseBody> {
  return client.request("compareCheckpoints", {
    checkpointId,
    ...(otherId === undefined ? {} : { otherId }),
  });
}

/** A change as one line: `scope: type name before -> after`. */
export function line({ scope, type, name, before, after }: VariableChange): string {
  return `${scope}: ${type} ${name} ${before} -> ${after}`;
}
