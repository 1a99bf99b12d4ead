/** Programs whose copies get other ids than they have. */
import assert from "node:assert/strict";
import type { Restored } from "../../adapter/target/checkpointer";
import type { Running } from "./withTarget";

/** How a program is launched whose copies are to have other ids. */
export const newIds = { sameProcessId: "never" } as const;

/** Those that the C library keeps for itself (adapter/debugger/signals.ts), and SIGURG. */
export const OWN_SIGNALS: ReadonlySet<number> = new Set([23, 32, 33, 34]);

/** glibc's twice, and musl's. */
export const builds = [
  {},
  { variant: "static" },
  { compiler: "musl-gcc", variant: "static" },
  { compiler: "clang", variant: "optimized" },
] as const;

/** Runs to the end, at the latest for as long as an idle machine takes a hundred times. Gives what it wrote. */
export async function toTheEnd({ execution, run, output }: Running): Promise<string> {
  const before = output().length;
  const late = setTimeout(() => execution.interrupt(), 5000);
  const { kind } = await run();
  clearTimeout(late);
  return kind === "exiting" ? output().slice(before) : `it hung (${kind})`;
}

/** What a restart must say of them, and nothing else. */
export function hasNewIds({ idsChanged, missed }: Restored): void {
  assert.equal(idsChanged, "new process ids were asked for");
  assert.deepEqual(missed, []);
}
