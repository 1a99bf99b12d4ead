/** What a stop is called, for a person and for DAP. */
import type { SignalInfo } from "../target/target";
import type { Breakpoint } from "./breakpoints/breakpoint";
import type { ExceptionFilter } from "./breakpoints/exceptions";
import type { RunStop } from "./runControl";
import { describeExit, describeSignal, explainSignal, trapSignal } from "./signals";
import type { Stop } from "./types";

const breakpointReasons = {
  source: "breakpoint",
  function: "function breakpoint",
  instruction: "instruction breakpoint",
  exception: "exception",
} as const;

/** What naming a stop asks of the program. */
export interface StopPlace {
  breakpointOf(id: number): Breakpoint | undefined;
  /** The thread to name where a stop has none. */
  readonly anyThread: number;
  /** The type of the exception that a thread is at. */
  exceptionAt(filter: ExceptionFilter, threadId: number): string | undefined;
}

/** Names a stop. */
export function describeStop(stop: RunStop, place: StopPlace): Stop {
  const { event, hits } = stop;
  const threadId = event.kind === "exited" ? place.anyThread : event.threadId;
  const given = stop.description === undefined ? {} : { description: stop.description };
  const ids = hits.length === 0 ? {} : { breakpointIds: hits };
  const origin = stop.origin === undefined ? {} : { origin: stop.origin };
  if (stop.reason !== undefined) return { reason: stop.reason, threadId, ...given, ...ids, ...origin };
  switch (event.kind) {
    case "breakpoint": {
      const [first] = hits;
      const wish = first === undefined ? undefined : place.breakpointOf(first)?.wish;
      if (wish?.kind === "exception")
        return { reason: "exception", threadId, ...exceptionTexts(wish.filter, threadId, place) };
      return { reason: breakpointReasons[wish?.kind ?? "source"], threadId, ...ids };
    }
    case "step":
      return { reason: "step", threadId };
    case "signal":
      return { reason: "exception", threadId, ...signalTexts(event.signal) };
    case "trap":
      return { reason: "exception", threadId, ...signalTexts(trapSignal()) };
    case "exiting":
      return { reason: "exit", threadId, description: describeExit(event.status) };
    case "restored":
      return { reason: "checkpoint", threadId, ...given };
    case "interrupted":
      return { reason: "pause", threadId, description: "Paused", ...given };
    case "exec":
    case "forked":
    case "exited":
      return { reason: "pause", threadId, ...given };
  }
}

function exceptionTexts(
  filter: ExceptionFilter,
  threadId: number,
  place: StopPlace,
): Pick<Stop, "description" | "text" | "exception"> {
  const type = place.exceptionAt(filter, threadId);
  const description = type === undefined ? filter.stop : `${filter.stop}: ${type}`;
  return { description, text: description, exception: { name: type ?? filter.stop, description } };
}

function signalTexts(signal: SignalInfo): Pick<Stop, "description" | "text" | "signal"> {
  return { description: describeSignal(signal), text: explainSignal(signal), signal };
}

/** A stop in a few words, for the list of checkpoints. */
export function stopInWords(stop: Stop | undefined): string {
  if (stop === undefined) return "launch";
  if (stop.origin !== undefined) return stopInWords(stop.origin);
  if (stop.description !== undefined) return stop.description;
  if (stop.breakpointIds !== undefined && stop.breakpointIds.length > 0)
    return `Breakpoint ${stop.breakpointIds.join(", ")}`;
  return stop.reason;
}
