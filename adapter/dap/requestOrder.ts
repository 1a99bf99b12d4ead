/** Which requests wait for which, and which answers go before the events that they lead to. */
import type { DebugProtocol } from "@vscode/debugprotocol";
import { isObject } from "./configurationReader";

/** Requests whose events (a stop, above all) a client must not see before the response. */
const answerFirst = new Set([
  ...["launch", "configurationDone", "restart", "restartCheckpoint", "terminate"],
  ...["continue", "next", "stepIn", "stepOut", "pause"],
]);

/** In the Debug Console a restart is an `evaluate`. */
export function isAnsweredFirst({ command, arguments: args }: DebugProtocol.Request): boolean {
  if (command !== "evaluate") return answerFirst.has(command);
  return isObject(args) && /^\s*restart\s/.test(String(args["expression"]));
}

/** Requests that later ones wait for. */
export const alone = new Set(["launch", "restart"]);

/** Requests that wait for nothing. */
export const atOnce = new Set(["disconnect", "terminate"]);
