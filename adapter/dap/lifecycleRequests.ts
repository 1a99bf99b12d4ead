/** Requests that begin and end a session. */
import type { DebugProtocol } from "@vscode/debugprotocol";
import { exceptionFilters } from "../debugger/breakpoints/exceptions";
import { UserError } from "../debugger/types";
import { CustomEvent } from "../protocol";
import { isObject } from "./configurationReader";
import { readLaunchArguments, type LaunchPlan } from "./launchArguments";
import type { Handlers } from "./requests";
import type { Session } from "./session";

/** What this adapter can do, of DAP's list; what is not here it cannot. */
export const capabilities: DebugProtocol.Capabilities = {
  supportsConfigurationDoneRequest: true,
  supportsFunctionBreakpoints: true,
  supportsConditionalBreakpoints: true,
  supportsHitConditionalBreakpoints: true,
  supportsLogPoints: true,
  supportsInstructionBreakpoints: true,
  supportsBreakpointLocationsRequest: true,
  supportsEvaluateForHovers: true,
  supportsClipboardContext: true,
  supportsSetVariable: true,
  supportsSetExpression: true,
  supportsCompletionsRequest: true,
  completionTriggerCharacters: [".", ">"],
  supportsSteppingGranularity: true,
  supportsDelayedStackTraceLoading: true,
  supportsDisassembleRequest: true,
  supportsReadMemoryRequest: true,
  supportsWriteMemoryRequest: true,
  supportsExceptionInfoRequest: true,
  exceptionBreakpointFilters: exceptionFilters.map(({ id, label, description }) => ({
    filter: id,
    label,
    description,
    default: false,
  })),
  supportsModulesRequest: true,
  supportsLoadedSourcesRequest: true,
  supportsRestartRequest: true,
  supportsTerminateRequest: true,
};

export function lifecycleRequests(session: Session): Handlers {
  return {
    initialize(args) {
      session.initialized(args);
      return capabilities;
    },
    launch: (args) => session.launch(planOf(args)),
    attach: (args) => session.attach(isObject(args) && args["confirmRestart"] === true),
    configurationDone: () => session.start(),
    async restart({ arguments: args, freeCheckpoints }) {
      session.requireProgramOrEnd();
      if (session.isOfChild) return refuseToStartAnew(session);
      const count = session.debugger.checkpoints().checkpoints.length;
      if (count > 0 && freeCheckpoints !== true) return refuseRestart(session, count);
      await session.restart(isObject(args) ? planOf(args) : undefined);
    },
    terminate: () => session.terminate(),
    disconnect: () => session.dispose(),
  };
}

function planOf(args: unknown): LaunchPlan {
  return readLaunchArguments(args, process.env);
}

/** VS Code takes a failed `restart` for the end of the session: there the sentence goes to the console. */
function refuseToStartAnew(session: Session): void {
  const sentence =
    "A process that the program made cannot be started anew: restart the program's own session, or go back to a checkpoint.";
  if (!session.asksBeforeRestart) throw new UserError(sentence);
  session.send("output", { category: "important", output: `${sentence}\n` });
}

/** A restart frees the checkpoints, so the user is asked: by the client where it can, else by an error. */
function refuseRestart(session: Session, checkpointCount: number): void {
  if (session.asksBeforeRestart) return session.send(CustomEvent.restartRequested, { checkpointCount });
  const [all, them] =
    checkpointCount === 1 ? ["the checkpoint", "it"] : [`all ${checkpointCount} checkpoints`, "them"];
  throw new UserError(
    `Starting the program anew would free ${all}. Delete ${them} first ("delete checkpoint N" in the console), or go back to one ("restart N"). A client can also send "freeCheckpoints": true.`,
  );
}
