/** Requests that let the program run and that stop it. Their stop comes as an event, after the response. */
import type { StepGranularity } from "../debugger/stepping/stepping";
import { UserError } from "../debugger/types";
import { liveThread, type SessionContext } from "./context";
import { toThread } from "./convert";
import type { Handlers } from "./requests";

export function executionRequests(context: SessionContext): Handlers {
  return {
    continue({ threadId }) {
      context.debugger.continue(liveThread(context, threadId));
      return { allThreadsContinued: true };
    },
    next({ threadId, granularity }) {
      context.debugger.next(liveThread(context, threadId), toGranularity(granularity));
    },
    stepIn({ threadId, granularity }) {
      context.debugger.stepIn(liveThread(context, threadId), toGranularity(granularity));
    },
    stepOut({ threadId }) {
      context.debugger.stepOut(liveThread(context, threadId));
    },
    pause({ threadId }) {
      const [first] = context.debugger.threads();
      // All threads are paused: clients where none is selected send 0.
      context.debugger.pause(liveThread(context, threadId === 0 ? first?.id : threadId));
    },
    threads() {
      return { threads: context.debugger.threads().map(toThread) };
    },
  };
}

/** DAP: the default is `statement`. Throws UserError for one that DAP does not have. */
function toGranularity(granularity: unknown): StepGranularity {
  if (granularity == null) return "statement";
  if (granularity === "statement" || granularity === "line" || granularity === "instruction")
    return granularity;
  throw new UserError(
    `"granularity" must be "statement", "line" or "instruction", not ${JSON.stringify(granularity)}.`,
  );
}
