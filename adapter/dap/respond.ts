/** The one place that turns a handler's outcome, good or bad, into the response of its request. */
import type { DebugProtocol } from "@vscode/debugprotocol";
import type { TraceLog } from "../log";
import { sentenceOf } from "../debugger/failure";
import { UserError } from "../debugger/types";
import type { CustomRequestName } from "../protocol";
import { argumentsOf } from "./requestArguments";
import type { Handlers } from "./requests";

const ERROR_ID = 1;

/** Whoever sends one of these shows its refusal itself; with `showUser` VS Code would show it a second time. */
const shownBySender: Record<CustomRequestName, true> = {
  createCheckpoint: true,
  restartCheckpoint: true,
  deleteCheckpoint: true,
  detachCheckpoint: true,
  renameCheckpoint: true,
  checkpoints: true,
  evaluateInCheckpoint: true,
  compareCheckpoints: true,
};

/**
 * What VS Code's views send of their own accord, at every stop: a refusal stands where the value would, or the stop that was
 * meant is over. With `showUser` each would be a notification as well.
 */
const shownInPlace: ReadonlySet<string> = new Set([
  "threads",
  "stackTrace",
  "scopes",
  "variables",
  "evaluate",
  "setVariable",
  "setExpression",
  "completions",
  "exceptionInfo",
  "breakpointLocations",
  "disassemble",
  "loadedSources",
]);

/**
 * Runs the handler of a request and gives its response. Never rejects: what a handler throws or rejects with becomes
 * an error response, with the sentence itself where it was meant for a person.
 */
export async function respond(
  request: DebugProtocol.Request,
  handlers: Handlers,
  log: TraceLog,
): Promise<DebugProtocol.Response> {
  const response = { type: "response", seq: 0, request_seq: request.seq, command: request.command } as const;
  try {
    const body = await handlerOf(request.command, handlers)(argumentsOf(request));
    return body === undefined ? { success: true, ...response } : { success: true, body, ...response };
  } catch (error) {
    const sentence = sentenceFor(error, request.command, log);
    const showUser = !Object.hasOwn(shownBySender, request.command) && !shownInPlace.has(request.command);
    const message: DebugProtocol.Message = { id: ERROR_ID, ...formatOf(sentence), showUser };
    return { success: false, message: sentence, body: { error: message }, ...response };
  }
}

function handlerOf(command: string, handlers: Handlers): (args: unknown) => unknown {
  const table = handlers as Readonly<Record<string, ((args: unknown) => unknown) | undefined>>;
  const handler = Object.hasOwn(table, command) ? table[command] : undefined;
  if (!handler) throw new UserError(`Forkpoint does not know the request "${command}".`);
  return handler;
}

function sentenceFor(error: unknown, command: string, log: TraceLog): string {
  const meant = sentenceOf(error);
  if (meant !== undefined) return meant;
  log.unexpected(command, error);
  const detail = error instanceof Error ? error.message : String(error);
  return `Forkpoint failed inside "${command}": ${detail}. Set "trace" in the launch configuration and report what it says.`;
}

/** DAP's `format` takes `{name}` for a variable: what stands so in a sentence is a variable whose value is itself. */
function formatOf(sentence: string): Pick<DebugProtocol.Message, "format" | "variables"> {
  const names = [...sentence.matchAll(/\{([^}]+)\}/g)].map(([, name = ""]) => name);
  if (names.length === 0) return { format: sentence };
  return { format: sentence, variables: Object.fromEntries(names.map((name) => [name, `{${name}}`])) };
}
