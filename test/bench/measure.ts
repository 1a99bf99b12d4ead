/** The rounds: what is compared takes turns, so that noise of the machine hits all alike. */
import { compile, markers } from "../helpers/compile";
import { markProcesses, type ProcessMark } from "../helpers/processes";
import { BareFork } from "./bareFork";
import { Criu } from "./criu";
import type { CriuProgram } from "./criuProgram";
import type { Program, Subject } from "./debuggers";
import { Forkpoint } from "./forkpoint";
import { Gdb } from "./gdb";
import { timed } from "./lines";

const workload = new URL("workload.c", import.meta.url).pathname;

/** Samples by what was measured, in milliseconds. */
export class Samples {
  private readonly all = new Map<string, number[]>();

  add(what: string, milliseconds: number): void {
    this.all.set(what, [...(this.all.get(what) ?? []), milliseconds]);
  }

  /** The median; throws for what was never measured. */
  median(what: string): number {
    const sorted = [...(this.all.get(what) ?? [])].sort((a, b) => a - b);
    const [low, high] = [sorted[(sorted.length - 1) >> 1], sorted[sorted.length >> 1]];
    if (low === undefined || high === undefined) throw new Error(`Nothing was measured of ${what}.`);
    return (low + high) / 2;
  }
}

/** How large the debuggee is. */
export interface Size {
  readonly descriptors: number;
  readonly mebibytes: number;
  /** Of which all but the first wait. */
  readonly threads?: number;
}

/** The name under which samples of an operation at one size stand. */
export function nameOf(
  who: string,
  operation: string,
  { descriptors, mebibytes, threads = 1 }: Size,
): string {
  return `${who}: ${operation}, ${descriptors} descriptors, ${mebibytes} MiB, ${threads} threads`;
}

interface Subjects {
  readonly gdb: Gdb;
  readonly forkpoint: Forkpoint;
  readonly bare: BareFork;
}

/** The program at a size. The caller ends all that it starts, by the mark. */
function programOf({ descriptors, mebibytes, threads = 1 }: Size, hits: number, mark: ProcessMark): Program {
  return {
    path: compile(workload, { flags: ["-pthread"] }),
    args: ["loop", descriptors, mebibytes, hits, threads].map(String),
    source: workload,
    env: { ...process.env, ...mark.environment },
  };
}

/** Runs `body` with both debuggers on the same program, and ends everything whatever happens. */
async function withSubjects(
  size: Size,
  hits: number,
  marker: string,
  body: (subjects: Subjects, lineOf: (marker: string) => number) => Promise<void>,
): Promise<void> {
  const mark = markProcesses();
  const program = programOf(size, hits, mark);
  const lineOf = (name: string): number => markers(workload)[name] ?? 0;
  const ends: (() => Promise<void> | void)[] = [];
  try {
    const gdb = await Gdb.launch(program, lineOf(marker));
    ends.push(() => gdb.end());
    const forkpoint = await Forkpoint.launch(program, lineOf(marker));
    ends.push(() => forkpoint.end());
    const bare = new BareFork(program);
    ends.push(() => bare.end());
    await body({ gdb, forkpoint, bare }, lineOf);
  } finally {
    for (const end of ends) await end();
    await mark.assertNoneLeft();
  }
}

/** Forkpoint beside CRIU: apart from what was measured of it beside GDB, which has left other things in the caches. */
export const THREADED = "forkpoint beside CRIU";

/** Rounds of one before it is the other's turn: one alone would mostly measure what the other left in the caches. */
const TURN = 5;

/** How often each is measured. GDB's may be fewer, where each of them takes seconds. */
export interface CheckpointRounds {
  readonly gdb: number;
  readonly forkpoint: number;
}

/** Creating and restarting at one size. A line is stepped between the two, so that a restart has a way to go. */
export async function measureCheckpoints(
  samples: Samples,
  size: Size,
  rounds: CheckpointRounds,
): Promise<void> {
  const round = async (into: Samples, name: string, subject: Subject): Promise<void> => {
    const created = await timed(() => subject.create());
    await subject.next();
    const restarted = await timed(() => subject.restart());
    await subject.clear();
    into.add(nameOf(name, "create", size), created);
    into.add(nameOf(name, "restart", size), restarted);
  };
  await withSubjects(size, 1, "LINES", async ({ gdb, forkpoint, bare }) => {
    const warmUp = new Samples();
    await round(warmUp, "gdb", gdb);
    await round(warmUp, "forkpoint", forkpoint);
    await bare.fork();
    const turns = Math.ceil(rounds.forkpoint / TURN);
    const share = (all: number, turn: number): number =>
      Math.floor(((turn + 1) * all) / turns) - Math.floor((turn * all) / turns);
    for (let turn = 0; turn < turns; turn++) {
      for (let left = share(rounds.gdb, turn); left > 0; left--) await round(samples, "gdb", gdb);
      for (let left = share(rounds.forkpoint, turn); left > 0; left--)
        await round(samples, "forkpoint", forkpoint);
      for (let left = share(rounds.forkpoint, turn); left > 0; left--)
        samples.add(nameOf("bare", "fork", size), await bare.fork());
    }
  });
}

/** Creating and restarting with several threads, which GDB refuses: beside CRIU, where it runs. */
export async function measureThreads(
  samples: Samples,
  sizes: readonly Size[],
  rounds: number,
  criuProgram: CriuProgram | undefined,
): Promise<void> {
  for (const size of sizes) {
    const mark = markProcesses();
    const program = programOf(size, 1, mark);
    const forkpoint = await Forkpoint.launch(program, markers(workload)["LINES"] ?? 0);
    let criu: Criu | undefined;
    try {
      criu = criuProgram && (await Criu.launch(criuProgram, program));
      const ours = (into: Samples): Promise<void> => roundOfThreads(into, forkpoint, size);
      const theirs = async (into: Samples): Promise<void> => {
        if (criu) await roundOfCriu(into, criu, size);
      };
      for (const round of [ours, theirs]) await round(new Samples());
      for (let count = 0; count < rounds; count += TURN)
        for (const round of [ours, theirs])
          for (let left = Math.min(TURN, rounds - count); left > 0; left--) await round(samples);
    } finally {
      criu?.end();
      await forkpoint.end();
      await mark.assertNoneLeft();
    }
  }
}

async function roundOfThreads(samples: Samples, forkpoint: Forkpoint, size: Size): Promise<void> {
  samples.add(nameOf(THREADED, "create", size), await timed(() => forkpoint.create()));
  await forkpoint.next();
  samples.add(nameOf(THREADED, "restart", size), await timed(() => forkpoint.restart()));
  await forkpoint.clear();
}

async function roundOfCriu(samples: Samples, criu: Criu, size: Size): Promise<void> {
  samples.add(nameOf("criu", "create", size), await criu.dump());
  samples.add(nameOf("criu", "restart", size), await criu.restore());
  samples.add("criu: start", await criu.startAlone());
}

/** Steps by line, over a call, and by instruction, and what a stop costs when an editor asks for its frame, too. */
export async function measureSteps(samples: Samples, rounds: number): Promise<void> {
  const stepsOf = async (name: string, subject: Subject): Promise<void> => {
    await subject.goOn();
    for (let line = 0; line < 3; line++) samples.add(`${name}: next`, await timed(() => subject.next()));
    for (let step = 0; step < 4; step++)
      samples.add(`${name}: instruction`, await timed(() => subject.stepInstruction()));
  };
  await withSubjects({ descriptors: 3, mebibytes: 1 }, 3, "LINES", async ({ gdb, forkpoint }, lineOf) => {
    for (let count = 0; count < rounds; count++) {
      await stepsOf("gdb", gdb);
      await stepsOf("forkpoint", forkpoint);
      samples.add("forkpoint: empty request", await timed(() => forkpoint.nothing()));
    }
    for (const subject of [gdb, forkpoint]) await subject.setBreakpoints([{ line: lineOf("CALL") }]);
    const overCall = async (name: string, subject: Subject): Promise<void> => {
      await subject.goOn();
      samples.add(`${name}: over a call`, await timed(() => subject.next()));
    };
    for (let count = 0; count < rounds; count += TURN) {
      for (const [name, subject] of Object.entries({ gdb, forkpoint }))
        for (let left = Math.min(TURN, rounds - count); left > 0; left--) await overCall(name, subject);
      const framed = timed(() => forkpoint.next().then(() => forkpoint.topFrame()));
      samples.add("forkpoint: next and its frame", await framed);
    }
  });
}

/** A condition that is never true, hit `hits` times between two stops. */
export async function measureConditions(samples: Samples, hits: number, rounds: number): Promise<void> {
  await withSubjects({ descriptors: 3, mebibytes: 1 }, hits, "ROUND", async ({ gdb, forkpoint }, lineOf) => {
    const conditional = { line: lineOf("TOUCH"), condition: "index == -1" };
    for (const subject of [gdb, forkpoint])
      await subject.setBreakpoints([conditional, { line: lineOf("ROUND") }]);
    for (let count = 0; count < rounds; count++)
      for (const [name, subject] of Object.entries({ gdb, forkpoint }))
        samples.add(`${name}: condition`, (await timed(() => subject.goOn())) / hits);
  });
}
