/** A program under the target, run with a limit in time: what stopped it, what it wrote, what its threads were in. */
import { readFileSync, readdirSync } from "node:fs";
import type { ResumeRequest, StopEvent } from "../../adapter/target/target";
import type { Running } from "../target/withTarget";

/** No hazard program takes a tenth of it on an idle machine. */
const PATIENCE_MS = Number(process.env["SWEEP_PATIENCE_MS"] ?? 10_000);

/** Signals that stop the program for nobody: all but the debugger's own SIGTRAP. */
export const allSignals: ReadonlySet<number> = new Set(
  Array.from({ length: 64 }, (_, index) => index + 1).filter((number) => number !== 5),
);

export class HangError extends Error {}

/**
 * Lets the program go on to its next stop, at the latest to an interrupt. Throws HangError saying what each thread is doing
 * when there is none.
 */
export async function runWithLimit(
  running: Running,
  interruptAfterMs?: number,
  request: ResumeRequest = { mode: "run", others: "run" },
): Promise<StopEvent> {
  const stop = running.execution.resume(request);
  let late: NodeJS.Timeout | undefined;
  const interrupt =
    interruptAfterMs === undefined
      ? undefined
      : setTimeout(() => running.execution.interrupt(), interruptAfterMs);
  const limit = new Promise<never>((_, reject) => {
    late = setTimeout(
      () => reject(new HangError(`it hung: ${describeThreads(running.target.processId)}`)),
      PATIENCE_MS,
    );
  });
  try {
    return await Promise.race([stop, limit]);
  } finally {
    clearTimeout(late);
    clearTimeout(interrupt);
  }
}

/** What the kernel tells of every thread: state and system call (proc(5)). */
export function describeThreads(processId: number): string {
  const read = (file: string): string => {
    try {
      return readFileSync(file, "latin1").trim();
    } catch {
      return "gone";
    }
  };
  const folder = `/proc/${processId}/task`;
  let threads: string[];
  try {
    threads = readdirSync(folder);
  } catch {
    return `process ${processId} is gone`;
  }
  return threads
    .slice(0, 8)
    .map((tid) => {
      const state = /^State:\s+(.*)$/m.exec(read(`${folder}/${tid}/status`))?.[1] ?? "gone";
      return `[${tid} ${state}: ${read(`${folder}/${tid}/syscall`).split(" ").slice(0, 3).join(" ")}]`;
    })
    .join(" ");
}

/** One line on a stop, for messages. */
export function wordsOf(stop: StopEvent): string {
  return JSON.stringify(stop, (_, value: unknown) =>
    typeof value === "bigint" ? `0x${value.toString(16)}` : value,
  );
}
