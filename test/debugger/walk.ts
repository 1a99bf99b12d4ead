/** Ways through a program, for tests of stepping. */
import assert from "node:assert/strict";
import type { LiveDebugger } from "./liveDebugger";

/** Runs to a line. */
export async function runTo(live: LiveDebugger, source: string, line: number): Promise<void> {
  live.breakAt(source, [line]);
  await live.debugger.start();
  let stop = await live.stop();
  while (stop.reason === "exception") stop = await live.continue();
  assert.equal(stop.reason, "breakpoint");
  assert.equal(live.line(), line);
}

/** Steps while it lasts, and gives the places it came to. */
export async function walk(live: LiveDebugger, how: "next" | "stepIn", count: number): Promise<string[]> {
  const places: string[] = [];
  for (let step = 0; step < count; step++) {
    live.debugger[how](1, "line");
    const told = await live.either(["stopped", "terminated"]);
    if (told.event !== "stopped") return [...places, "end"];
    places.push(live.place());
  }
  return places;
}
