/** The arguments of a request, as its handler takes them. */
import type { DebugProtocol } from "@vscode/debugprotocol";
import { isObject } from "./configurationReader";

/** Requests with a configuration, where null may be a value. */
export const withConfiguration = new Set(["launch", "attach", "restart"]);

/**
 * The arguments of a request; an empty object where there are none. What is null is left out: clients whose language has
 * one word for "nothing" (Emacs Lisp's nil) write it where DAP has an optional value.
 */
export function argumentsOf({ command, arguments: args }: DebugProtocol.Request): unknown {
  return (withConfiguration.has(command) ? args : withoutNulls(args)) ?? {};
}

function withoutNulls(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutNulls);
  if (!isObject(value)) return value;
  const entries = Object.entries(value).filter(([, each]) => each !== null);
  return Object.fromEntries(entries.map(([key, each]) => [key, withoutNulls(each)]));
}
