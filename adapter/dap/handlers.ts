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

/** Before `initialize` there is nothing to ask for. */
export function untilInitialized(handlers: Handlers): Handlers {
  const { initialize, disconnect } = handlers;
  const early = Object.keys(handlers).map((command) => [
    command,
    () => {
      throw new UserError(`"${command}" came before "initialize".`);
    },
  ]);
  return { ...(Object.fromEntries(early) as Handlers), initialize, disconnect };
}
