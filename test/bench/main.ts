/**
 * npm run bench: Forkpoint beside GDB, in one run, on the same program. Prints what was measured and writes it to
 * results.md. With --quick it makes few rounds, to see that all works, and writes nothing.
 */
import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { format, resolveConfig } from "prettier";
import { repository } from "../helpers/compile";
import { findCriu, type CriuProgram } from "./criuProgram";
import {
  measureCheckpoints,
  measureConditions,
  measureSteps,
  measureThreads,
  nameOf,
  Samples,
  THREADED,
  type CheckpointRounds,
  type Size,
} from "./measure";
import { checkpointTable, goalTable, machine, stepTable, threadTable, type Goal } from "./report";

const small: Size = { descriptors: 3, mebibytes: 1 };
const manyFiles: Size = { descriptors: 200, mebibytes: 1 };
const large: Size = { descriptors: 3, mebibytes: 1024 };
const sizes = [small, manyFiles, large];
const threaded: readonly Size[] = [1, 8, 64, 256].map((threads) => ({ ...small, threads }));

/** Hits of the false condition between two stops. */
const HITS = 2000;
/** Nothing takes this long, in milliseconds, or something hangs. */
const BOUND = 10 * 60_000;

interface Rounds {
  readonly checkpoints: readonly [
    small: CheckpointRounds,
    manyFiles: CheckpointRounds,
    large: CheckpointRounds,
  ];
  readonly threads: number;
  readonly steps: number;
  readonly conditions: number;
}

const thorough: Rounds = {
  checkpoints: [
    { gdb: 60, forkpoint: 60 },
    { gdb: 5, forkpoint: 60 },
    { gdb: 15, forkpoint: 15 },
  ],
  threads: 30,
  steps: 60,
  conditions: 9,
};
const quick: Rounds = {
  checkpoints: [
    { gdb: 3, forkpoint: 3 },
    { gdb: 1, forkpoint: 1 },
    { gdb: 1, forkpoint: 1 },
  ],
  threads: 2,
  steps: 5,
  conditions: 1,
};

function prepare(): void {
  if (spawnSync("gdb", ["--version"]).status !== 0)
    throw new Error("The benchmark compares with GDB: please install the package gdb.");
  const built = spawnSync(process.execPath, ["scripts/build.mjs"], { cwd: repository, stdio: "inherit" });
  if (built.status !== 0) throw new Error("The build failed: npm start or npm test sets up what it needs.");
}

interface Measured {
  readonly samples: Samples;
  /** Or why there are no figures of it. */
  readonly criu: CriuProgram | string;
}

async function measure(rounds: Rounds): Promise<Measured> {
  const samples = new Samples();
  for (const [index, size] of sizes.entries()) {
    console.log(`Checkpoints with ${size.descriptors} descriptors and ${size.mebibytes} MiB …`);
    await measureCheckpoints(samples, size, rounds.checkpoints[index] ?? { gdb: 1, forkpoint: 1 });
  }
  console.log("Threads …");
  const criu = findCriu();
  await measureThreads(samples, threaded, rounds.threads, typeof criu === "string" ? undefined : criu);
  console.log("Steps …");
  await measureSteps(samples, rounds.steps);
  console.log("Conditions …");
  await measureConditions(samples, HITS, rounds.conditions);
  return { samples, criu };
}

/** What each further thread costs, in microseconds, between the fewest that are many and the most. */
function perThread(samples: Samples, operation: string): number {
  const [few, most] = [threaded[1] ?? small, threaded.at(-1) ?? small];
  const cost = (size: Size): number => samples.median(nameOf(THREADED, operation, size));
  return ((cost(most) - cost(few)) * 1000) / ((most.threads ?? 1) - (few.threads ?? 1));
}

function threadGoals({ samples, criu }: Measured): Goal[] {
  const eight = threaded[1] ?? small;
  return ["create", "restart"].flatMap((operation) => {
    const ours = samples.median(nameOf(THREADED, operation, eight));
    const beside = (): Goal => ({
      what: `${operation}, 8 threads: times as fast as CRIU`,
      value: samples.median(nameOf("criu", operation, eight)) / ours,
      atLeast: 5,
    });
    return [
      { what: `${operation}, 8 threads: ms`, value: ours, atMost: 2 },
      { what: `${operation}: µs for every further thread`, value: perThread(samples, operation), atMost: 40 },
      ...(typeof criu === "string" ? [] : [beside()]),
    ];
  });
}

function goals(samples: Samples): Goal[] {
  const of = (who: string, operation: string, size: Size): number =>
    samples.median(nameOf(who, operation, size));
  const ratio = (what: string): number =>
    samples.median(`gdb: ${what}`) / samples.median(`forkpoint: ${what}`);
  const both = (goal: (operation: string) => Goal): Goal[] => ["create", "restart"].map(goal);
  return [
    ...both((operation) => ({
      what: `${operation}: times as fast as GDB`,
      value: of("gdb", operation, small) / of("forkpoint", operation, small),
      atLeast: 20,
    })),
    ...both((operation) => ({
      what: `${operation}: 200 descriptors ÷ 3`,
      value: of("forkpoint", operation, manyFiles) / of("forkpoint", operation, small),
      atMost: 1.5,
    })),
    ...both((operation) => ({
      what: `${operation} at 1 GiB ÷ bare fork`,
      value: of("forkpoint", operation, large) / of("bare", "fork", large),
      atMost: 2,
    })),
    ...["next", "over a call", "instruction"].map((what) => ({
      what: `step (${what}): times as fast as GDB`,
      value: ratio(what),
      atLeast: 1,
    })),
    { what: "false conditions: times GDB's rate", value: ratio("condition"), atLeast: 5 },
  ];
}

function text(measured: Measured): string {
  const { samples, criu } = measured;
  return [
    "# Benchmark",
    "Written by `npm run bench`. Medians of rounds in which the two debuggers take turns (of five rounds) on the same program: GDB through " +
      "its machine interface, Forkpoint through the Debug Adapter Protocol on its adapter's stdio, each from the request to " +
      "the answer that it is done (for what stops: to the stop). The bare fork is `fork(2)`, timed inside a program that " +
      "holds as much.",
    machine(),
    "## Checkpoints",
    "GDB's restart uses its checkpoint up: it runs the copy itself. Forkpoint runs a copy of the copy and keeps the state " +
      "that was left, too.",
    checkpointTable(samples, sizes),
    "## Threads",
    "GDB refuses to make a checkpoint of more than one thread." +
      (typeof criu === "string"
        ? ` ${criu}.`
        : ` CRIU ${criu.version} dumps to files, with no debugger; its time is that of its command, of which ` +
          `${samples.median("criu: start").toPrecision(2)} ms are its start.`),
    threadTable(samples, threaded, typeof criu !== "string"),
    "## Steps and conditions",
    stepTable(samples),
    `Of Forkpoint's figures, ${samples.median("forkpoint: empty request").toPrecision(2)} ms are the wire: a request that does nothing.`,
    "## Goals",
    goalTable([...goals(samples), ...threadGoals(measured)]),
    "",
  ].join("\n\n");
}

async function main(): Promise<void> {
  const isQuick = process.argv.includes("--quick");
  prepare();
  const measured = await measure(isQuick ? quick : thorough);
  const file = fileURLToPath(new URL("results.md", import.meta.url));
  const config = await resolveConfig(file);
  const markdown = await format(text(measured), { ...config, parser: "markdown" });
  console.log(`\n${markdown}`);
  if (!isQuick) writeFileSync(file, markdown);
}

setTimeout(() => {
  console.error(`The benchmark gives up after ${BOUND / 60_000} minutes.`);
  process.exit(1);
}, BOUND).unref();

main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
});
