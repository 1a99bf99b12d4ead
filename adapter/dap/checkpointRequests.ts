/** The custom requests on checkpoints, as adapter/protocol.ts defines them. */
import { UserError } from "../debugger/types";
import { text, type SessionContext } from "./context";
import { toCheckpoint, toCheckpointList } from "./convert";
import type { Handlers } from "./requests";

export function checkpointRequests(context: SessionContext): Handlers {
  const { debugger: core } = context;
  /** The id of a request that needs a program. */
  const idOf = (value: unknown) => {
    context.requireProgram();
    return toCheckpointId(value);
  };
  return {
    async createCheckpoint({ label }) {
      context.requireProgram();
      const checked = label == null ? undefined : text(label, "label");
      return { checkpoint: toCheckpoint(await core.createCheckpoint(checked || undefined)) };
    },
    async restartCheckpoint({ checkpointId, keepCurrent, keepFiles }) {
      const id = idOf(checkpointId);
      const isKept = flag(keepCurrent, "keepCurrent") ?? true;
      await core.restartCheckpoint(id, isKept, flag(keepFiles, "keepFiles") ?? false);
      return {};
    },
    async deleteCheckpoint({ checkpointId }) {
      await core.deleteCheckpoint(idOf(checkpointId));
      return {};
    },
    async renameCheckpoint({ checkpointId, label }) {
      const id = idOf(checkpointId);
      return { checkpoint: toCheckpoint(await core.renameCheckpoint(id, text(label, "label"))) };
    },
    checkpoints: () => toCheckpointList(core.checkpoints()),
  };
}

/** An argument that is true, false, or not there. */
function flag(value: unknown, name: string): boolean | undefined {
  if (value === undefined || value === null) return undefined;
  if (typeof value === "boolean") return value;
  throw new UserError(`"${name}" must be true or false, not ${JSON.stringify(value)}.`);
}

/**
 * The id that a request or a console command names. Throws UserError for what is no id at all, with the same sentence
 * that a number gets which no checkpoint has.
 */
export function toCheckpointId(value: unknown): number {
  if (value === undefined || value === null)
    throw new UserError(`"checkpointId" is missing: it is a checkpoint's number.`);
  if (typeof value === "number" && Number.isSafeInteger(value) && value > 0) return value;
  throw new UserError(`No checkpoint ${typeof value === "number" ? value : JSON.stringify(value)}.`);
}
