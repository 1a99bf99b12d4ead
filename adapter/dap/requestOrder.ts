/** Which requests wait for which, and which answers go before the events that they lead to. */
import { setImmediate } from "node:timers/promises";
import type { DebugProtocol } from "@vscode/debugprotocol";
import type { Debugger } from "../debugger/debugger";
import { isObject } from "./configurationReader";

/** Requests whose events (a stop, above all) a client must not see before the response. */
const answerFirst = new Set([
  ...["launch", "configurationDone", "restart", "restartCheckpoint", "terminate"],
  ...["continue", "next", "stepIn", "stepOut", "pause"],
]);

/** In the Debug Console a restart is an `evaluate`. */
export function isAnsweredFirst({ command, arguments: args }: DebugProtocol.Request): boolean {
  if (command !== "evaluate") return answerFirst.has(command);
  const expression = isObject(args) ? args["expression"] : undefined;
  return typeof expression === "string" && /^\s*restart\s/.test(expression);
}

/** Requests that a function which is being called, for a watch expression perhaps, must not keep from going on for ever. */
const goOn = new Set(["continue", "next", "stepIn", "stepOut", "goto", "restartCheckpoint", "restart"]);
/** What is left to it, in seconds. */
const PATIENCE = 2;

/** Resolves when a request may be served. */
export async function readyFor(command: string, core: Debugger): Promise<void> {
  if (atOnce.has(command)) return;
  // It must get through a call that does not end, and must not overtake a step that was sent before it: one turn later.
  if (command === "pause") await setImmediate();
  else await (goOn.has(command) ? core.settledWithin(PATIENCE) : core.settled);
}

/** Requests that later ones wait for. */
export const alone = new Set(["launch", "restart"]);

/** Requests that wait for nothing. */
export const atOnce = new Set(["disconnect", "terminate"]);
