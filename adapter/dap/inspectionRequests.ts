/** The custom requests that leave the live program as it is: looking at checkpoints, and letting a copy of one go. */
import { toCheckpointId } from "./checkpointRequests";
import { text, wholeNumber, type SessionContext } from "./context";
import { toEvaluated } from "./convert";
import type { Handlers } from "./requests";

export function inspectionRequests(context: SessionContext): Handlers {
  const { debugger: core } = context;
  /** The id of a request that needs a program. */
  const idOf = (value: unknown) => {
    context.requireProgram();
    return toCheckpointId(value);
  };
  return {
    async detachCheckpoint({ checkpointId }) {
      const { processId, note } = await core.detachCheckpoint(idOf(checkpointId));
      context.send("output", {
        category: "console",
        output: `${detachedLine(checkpointId, processId, note)}\n`,
      });
      return { processId };
    },
    async evaluateInCheckpoint({ checkpointId, expression, frameLevel, threadId }) {
      const id = idOf(checkpointId);
      const choice = {
        ...(frameLevel == null ? {} : { level: wholeNumber(frameLevel, "frameLevel") }),
        ...(threadId == null ? {} : { threadId: wholeNumber(threadId, "threadId") }),
      };
      return toEvaluated(
        await core.evaluateInCheckpoint(id, text(expression, "expression"), choice),
        context.stoppedOrNot,
      );
    },
    async compareCheckpoints({ checkpointId, otherId }) {
      const id = idOf(checkpointId);
      const other = otherId == null ? undefined : toCheckpointId(otherId);
      const { changes, ...counts } = await core.compareCheckpoints(id, other);
      return { changes: [...changes], ...counts };
    },
  };
}

/** What a person is told of a copy that runs free now. */
export function detachedLine(checkpointId: number, processId: number, note: string): string {
  return `A copy of checkpoint ${checkpointId} runs free as process ${processId}. ${note}`;
}
