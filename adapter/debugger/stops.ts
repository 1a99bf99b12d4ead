/** What a stop is called, for a person and for DAP. */
import type { Breakpoint } from "./breakpoint";
import type { RunStop } from "./runControl";
import { describeExit, describeSignal, explainSignal, trapSignal } from "./signals";
import type { Stop } from "./types";
import type { SignalInfo } from "../target/target";

const breakpointReasons = {
  source: "breakpoint",
  function: "function breakpoint",
  instruction: "instruction breakpoint",
} as const;

/** Names a stop; `fallbackThread` where the event names none. */
export function describeStop(
  stop: RunStop,
  breakpointOf: (id: number) => Breakpoint | undefined,
  fallbackThread: number,
): Stop {
  const { event, hits } = stop;
  const threadId = event.kind === "exited" ? fallbackThread : event.threadId;
  const given = stop.description === undefined ? {} : { description: stop.description };
  const ids = hits.length === 0 ? {} : { breakpointIds: hits };
  if (stop.reason !== undefined) return { reason: stop.reason, threadId, ...given, ...ids };
  switch (event.kind) {
    case "breakpoint": {
      const [first] = hits;
      const kind = first === undefined ? undefined : breakpointOf(first)?.wish.kind;
      return { reason: breakpointReasons[kind ?? "source"], threadId, ...ids };
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
    case "exec":
    case "forked":
    case "exited":
      return { reason: "pause", threadId, ...given };
  }
}

function signalTexts(signal: SignalInfo): Pick<Stop, "description" | "text" | "signal"> {
  return { description: describeSignal(signal), text: explainSignal(signal), signal };
}

/** A stop in a few words, for the list of checkpoints. */
export function stopInWords(stop: Stop | undefined): string {
  if (stop === undefined) return "launch";
  if (stop.description !== undefined) return stop.description;
  if (stop.breakpointIds !== undefined && stop.breakpointIds.length > 0)
    return `Breakpoint ${stop.breakpointIds.join(", ")}`;
  return stop.reason;
}
