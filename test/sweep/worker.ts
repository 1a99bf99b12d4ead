/**
 * Sweeps the programs that it is told of, one a line on stdin, and answers each with a line on stdout. A process of its
 * own, so that it can be another user's, and so that nothing that hangs in it takes the tests along.
 */
import { createInterface } from "node:readline";
import { sweepProgram, type SweepFailure, type SweepOptions } from "./sweepProgram";

export interface SweepTask extends SweepOptions {
  readonly program: string;
}

export interface SweepAnswer {
  readonly failures: readonly SweepFailure[];
}

async function serve(): Promise<void> {
  for await (const line of createInterface({ input: process.stdin })) {
    const { program, ...options } = JSON.parse(line) as SweepTask;
    const answer: SweepAnswer = { failures: await sweepProgram(program, options) };
    process.stdout.write(`${JSON.stringify(answer)}\n`);
  }
}

void serve();
