/** What the handlers of a session share. */
import type { DebugProtocol } from "@vscode/debugprotocol";
import type { Debugger } from "../debugger/debugger";
import { UserError } from "../debugger/types";
import type { Frame } from "../debugger/types";
import { isObject } from "./configurationReader";
import type { StopState } from "./stopState";

export interface SessionContext {
  readonly debugger: Debugger;
  /** The handles of this stop. Throws UserError while the program runs, before it is launched and after its end. */
  readonly stopped: StopState;
  /** The same, or undefined. */
  readonly stoppedOrNot: StopState | undefined;
  /** Whether breakpoints are to be ignored (DAP's `noDebug`). */
  readonly noDebug: boolean;
  /** Throws UserError unless a program is there. */
  requireProgram(): void;
  send(event: string, body?: unknown): void;
}

/** A whole number among a request's arguments. Throws UserError naming it. */
export function wholeNumber(value: unknown, name: string): number {
  if (typeof value === "number" && Number.isSafeInteger(value)) return value;
  throw new UserError(`"${name}" must be a whole number, not ${JSON.stringify(value) ?? "missing"}.`);
}

/** The same where it may be left out. */
export function optionalWholeNumber(value: unknown, name: string, fallback: number): number {
  return value == null ? fallback : wholeNumber(value, name);
}

/** A whole number of at least 0 that may be left out. Throws UserError naming it. */
export function optionalCount(value: unknown, name: string, fallback: number): number {
  const count = optionalWholeNumber(value, name, fallback);
  if (count < 0) throw new UserError(`"${name}" must not be negative.`);
  return count;
}

/** A string among a request's arguments. Throws UserError naming it. */
export function text(value: unknown, name: string): string {
  if (typeof value === "string") return value;
  throw new UserError(`"${name}" must be a string, not ${JSON.stringify(value) ?? "missing"}.`);
}

/** A list of objects among a request's arguments. Throws UserError naming it. */
export function list<T>(value: readonly T[] | undefined, name: string): readonly T[] {
  const given: unknown = value;
  if (value === undefined || !Array.isArray(given)) throw new UserError(`"${name}" must be a list.`);
  if (!given.every(isObject)) throw new UserError(`"${name}" must be a list of objects.`);
  return value;
}

/** The frame that a request names, undefined where it names none. Throws UserError for one of another stop. */
export function frameOf(stopped: StopState, frameId: unknown): Frame | undefined {
  return stopped.frame(frameId === undefined ? undefined : wholeNumber(frameId, "frameId"));
}

/** A live thread's id. Throws UserError when there is no such thread. */
export function liveThread(context: SessionContext, value: unknown): number {
  context.requireProgram();
  const id = wholeNumber(value, "threadId");
  if (!context.debugger.threads().some((thread) => thread.id === id)) throw new UserError(`No thread ${id}.`);
  return id;
}

/** Absolute path of a request's source. Throws UserError for a source that is no file. */
export function sourcePath(source: DebugProtocol.Source | undefined): string {
  if (typeof source?.path !== "string" || source.path === "")
    throw new UserError(`"source.path" is missing: only files can have breakpoints.`);
  return source.path;
}
