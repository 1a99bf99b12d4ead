/** All handlers of a session, from the files that have some of them. */
import type { SourcePaths } from "../debugger/modules/sourcePaths";
import { UserError } from "../debugger/types";
import { breakpointRequests } from "./breakpointRequests";
import { checkpointRequests } from "./checkpointRequests";
import { consoleRequests } from "./consoleRequests";
import { dataRequests } from "./dataRequests";
import { executionRequests } from "./executionRequests";
import { inspectionRequests } from "./inspectionRequests";
import { lifecycleRequests } from "./lifecycleRequests";
import { memoryRequests } from "./memoryRequests";
import type { Handlers } from "./requests";
import type { Session } from "./session";

/** @param sourcePaths where the program's sources are, as it was launched. */
export function handlersOf(session: Session, sourcePaths: () => SourcePaths): Handlers {
  return {
    ...lifecycleRequests(session),
    ...breakpointRequests(session),
    ...executionRequests(session),
    ...dataRequests(session),
    ...consoleRequests(session),
    ...checkpointRequests(session),
    ...inspectionRequests(session),
    ...memoryRequests(session, sourcePaths),
  };
}

/** How far a session has come. */
export type Phase = "new" | "initialized" | "launched" | "started" | "ended";

/** The handlers as they are in a phase: what comes too early is refused. */
export function handlersIn(phase: Phase, handlers: Handlers): Handlers {
  if (phase === "new") return untilInitialized(handlers);
  return phase === "launched" ? untilStarted(handlers) : handlers;
}

/** There is nothing to ask for. */
function untilInitialized(handlers: Handlers): Handlers {
  const { initialize, disconnect } = handlers;
  return { ...refusing(Object.keys(handlers), `came before "initialize".`), initialize, disconnect };
}

const running = ["continue", "next", "stepIn", "stepOut", "pause"];

/** The program has not begun: nothing can go on, and nothing can be paused. */
function untilStarted(handlers: Handlers): Handlers {
  return { ...handlers, ...refusing(running, `came before "configurationDone", which starts the program.`) };
}

function refusing(commands: readonly string[], why: string): Handlers {
  const refusals = commands.map((command) => [
    command,
    () => {
      throw new UserError(`"${command}" ${why}`);
    },
  ]);
  return Object.fromEntries(refusals) as Handlers;
}
