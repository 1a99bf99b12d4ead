/** Programs that are not ours, under the ptrace target: checkpoints on their way, and what they write from each of them. */
import assert from "node:assert/strict";
import { launchPtraceTarget } from "../../adapter/target/ptrace/ptraceTarget";
import type { Checkpointer, CheckpointToken } from "../../adapter/target/checkpointer";
import type { Execution, ExitStatus, Target } from "../../adapter/target/target";

/** What such programs use for themselves: SIGUSR1, SIGSEGV (virtual machines), SIGPIPE, SIGALRM, SIGCHLD, timers ... */
const OWN_SIGNALS: ReadonlySet<number> = new Set([10, 11, 12, 13, 14, 17, 23, 26, 27, 28, 32, 33, 34]);

/** No single run takes this long, in milliseconds. */
const PATIENCE = 60_000;

export interface RealProgram {
  readonly target: Target;
  readonly execution: Execution;
  readonly checkpointer: Checkpointer;
  /** What it wrote since the last call. */
  takeOutput(): string;
  /** Lets it run for a while. Whether it is still there, stopped. */
  runFor(milliseconds: number): Promise<boolean>;
  runToExit(): Promise<ExitStatus>;
}

/** Starts a program in /tmp and stops it before its first instruction; nothing is left of it afterwards. */
async function withProgram(
  command: readonly [program: string, ...args: string[]],
  newIds: boolean,
  body: (program: RealProgram) => Promise<void>,
): Promise<void> {
  const [program, ...args] = command;
  const target = await launchPtraceTarget({
    program,
    args,
    cwd: "/tmp",
    env: { PATH: "/usr/local/bin:/usr/bin:/bin", HOME: "/tmp", LC_ALL: "C.UTF-8" },
    stdio: [null, null, null],
    disableASLR: true,
    sameProcessId: newIds ? "never" : process.getuid?.() === 0 ? "auto" : "namespace",
  });
  const watchdog = setTimeout(() => {
    throw new Error(`${program} does not end.`);
  }, PATIENCE);
  try {
    await body(driver(target));
  } finally {
    clearTimeout(watchdog);
    target.dispose();
  }
}

function driver(target: Target): RealProgram {
  const { execution, checkpointer } = target;
  assert.ok(execution && checkpointer);
  let written: Buffer[] = [];
  execution.onOutput = (_, bytes) => written.push(bytes);
  execution.passSignals = OWN_SIGNALS;
  execution.pauseAtExit = true;
  return {
    target,
    execution,
    checkpointer,
    takeOutput: () => {
      execution.drainOutput();
      const text = Buffer.concat(written).toString();
      written = [];
      return text;
    },
    runFor: async (milliseconds) => {
      const timer = setTimeout(() => execution.interrupt(), milliseconds);
      const stop = await execution.resume({ mode: "run", others: "run" });
      clearTimeout(timer);
      if (stop.kind !== "interrupted") assert.equal(stop.kind, "exiting");
      return stop.kind === "interrupted";
    },
    runToExit: async () => {
      const stop = await execution.resume({ mode: "run", others: "run" });
      assert.equal(stop.kind, "exiting");
      return stop.kind === "exiting" ? stop.status : { exitCode: -1 };
    },
  };
}

export interface Plan {
  /** How many checkpoints are taken, spread over the run: exactly these. */
  readonly checkpoints: number;
  /** How often the program is restarted from each. */
  readonly rounds: number;
  /** Its process and threads have other ids each time. */
  readonly newIds?: boolean;
}

interface Taken {
  readonly token: CheckpointToken;
  /** How much the program had written then. */
  readonly written: number;
}

/**
 * Takes checkpoints while a program runs, one before its first instruction; then goes back to each, last and first by turns:
 * every time it must write what it wrote from there on the first time, and end well. A program that ends
 * before all are taken is started again, and asked at shorter intervals.
 */
export async function sameFromEverywhere(
  command: readonly [program: string, ...args: string[]],
  plan: Plan,
): Promise<void> {
  let every = 0;
  const newIds = plan.newIds ?? false;
  await withProgram(command, newIds, async (program) => {
    const start = performance.now();
    await program.runToExit();
    every = (performance.now() - start) / plan.checkpoints;
  });
  for (let isDone = false; !isDone; every /= 2) {
    assert.ok(every > 0.5, `The program ends before it has ${plan.checkpoints} checkpoints.`);
    await withProgram(command, newIds, async (program) => {
      const { taken, written } = await takeOnTheWay(program, plan, every);
      isDone = taken.length === plan.checkpoints;
      if (isDone) await backToEach(program, taken, written, plan.rounds);
    });
  }
}

/** Lets the program run to its end, and gives its checkpoints and all that it wrote. */
async function takeOnTheWay(
  { checkpointer, runFor, runToExit, takeOutput }: RealProgram,
  { checkpoints }: Plan,
  every: number,
): Promise<{ taken: Taken[]; written: string }> {
  const taken: Taken[] = [];
  let written = "";
  let isThere = true;
  while (isThere && taken.length < checkpoints) {
    written += takeOutput();
    taken.push({ token: (await checkpointer.create()).token, written: written.length });
    isThere = await runFor(every);
  }
  if (isThere) assert.deepEqual(await runToExit(), { exitCode: 0 });
  written += takeOutput();
  assert.match(written, /EXIT-SUCCESS\s*$/);
  return { taken, written };
}

async function backToEach(
  { checkpointer, runToExit, takeOutput }: RealProgram,
  taken: readonly Taken[],
  all: string,
  rounds: number,
): Promise<void> {
  for (let round = 0; round < rounds; round++)
    for (const { token, written } of round % 2 === 0 ? [...taken].reverse() : taken) {
      const { missed } = await checkpointer.restore(token, false);
      assert.deepEqual(missed, []);
      assert.deepEqual(await runToExit(), { exitCode: 0 });
      assert.equal(takeOutput(), all.slice(written));
    }
}
