/**
 * Random requests on programs of many kinds (monkey.ts): every one is answered, a refusal is a sentence, nothing is said on stderr,
 * and what is left of the checkpoints at the end is what they say. MONKEY_SEEDS: how many games each, default 1; MONKEY_SEED: the
 * first, default 1; MONKEY_REQUESTS: how many requests a game, default 150; MONKEY_ONLY: names of programs, or `all`, every program
 * of the sweep; MONKEY_TRACE: a file for the adapter's log.
 */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";
import { readFileSync } from "node:fs";
import type { LaunchArguments } from "../../adapter/protocol";
import { compileOptions, hazards } from "../debuggees/hazards/index";
import type { CompileOptions } from "../helpers/compile";
import { withDebuggee, type DebuggeeSession } from "../helpers/session";
import { sequence } from "../sweep/positions";
import { Monkey, type MonkeyPlan } from "./monkey";

const SEEDS = Number(process.env["MONKEY_SEEDS"] ?? 1);
const FIRST = Number(process.env["MONKEY_SEED"] ?? 1);
const REQUESTS = Number(process.env["MONKEY_REQUESTS"] ?? 150);
/** A few that differ much. */
const SOME =
  "storm,family,both,blockedAccept,cancelAsync,cxxAsync,execItself,faultRepair,leaderExits,parentId,threadStorm,timerSignal,vforkShadow";
const ONLY = (process.env["MONKEY_ONLY"] ?? SOME).split(",");

interface Subject {
  readonly name: string;
  readonly source: string;
  readonly options: CompileOptions;
  readonly args: readonly string[];
  readonly functions: readonly string[];
  /** The first two are what is the same again after a restart. */
  readonly expressions: readonly string[];
}

/** Programs that make processes. */
const families: readonly Subject[] = ["family", "follow", "both", "children", "forkwait"].map((name) => ({
  name,
  source: name,
  options: { flags: ["-pthread"] },
  args: [],
  functions: ["main", "fork", "wait"],
  expressions: ["$rip", "*(long *)$rsp", "(int)getpid()"],
}));

/** All threads at once, under locks; and with signals, timers and pipes. */
const storms: readonly Subject[] = [["locks"], ["locks", "signals", "timers", "pipes"]].map((activities) => ({
  name: `storm of ${activities.join()}`,
  source: "storm",
  options: { flags: ["-pthread"] },
  args: ["9", ...activities],
  functions: ["use_ring", "on_tick"],
  expressions: ["laps", "$rip", "locked + ticks", "received = 1"],
}));

/** Threads with all that the kernel has between them. */
const traffic: Subject = {
  name: "traffic",
  source: "traffic",
  options: { flags: ["-pthread"] },
  args: [],
  functions: ["turn_done", "send_number", "read"],
  expressions: ["offsets", "$rip", "timers + events", "errno"],
};

const everyHazard: readonly Subject[] = hazards().flatMap(({ name, source, builds }) =>
  builds.map((build) => ({
    name: `${name} (${build})`,
    source,
    options: compileOptions(build),
    args: [],
    functions: ["main", "checkpoint_here", "write"],
    expressions: ["*(long *)$rsp", "$rip", "errno", "(int)getpid()", "1 +"],
  })),
);

const subjects = [...storms, traffic, ...families, ...everyHazard].filter(
  (subject) => ONLY[0] === "all" || ONLY.some((name) => subject.name.startsWith(name)),
);

/** An ordinary user without any privilege. */
const NOBODY = 65534;
const isRoot = process.getuid?.() === 0;

const followed = ["parent", "suspend", "child", "both"] as const;

for (const subject of subjects)
  for (let seed = FIRST; seed < FIRST + SEEDS; seed++)
    test(`a monkey at ${subject.name}, seed ${seed}`, () => play(subject, seed));

async function play(subject: Subject, seed: number): Promise<void> {
  const { source, options, args, expressions, functions } = subject;
  const random = sequence(seedOf(`${subject.name} ${seed}`));
  const disturbed = random() < 0.4;
  const settings: Partial<LaunchArguments> = {
    args: [...args],
    ...(process.env["MONKEY_TRACE"] ? { trace: process.env["MONKEY_TRACE"] } : {}),
    stopOnEntry: true,
    followFork: followed[Math.floor(random() * 4)] ?? "parent",
    checkpoints: { sameProcessId: random() < 0.5 ? "auto" : "never" },
  };
  await withDebuggee(
    source,
    async (session) => {
      const { client } = session;
      const lines = codeLines(session.source);
      const outside = disturbed ? { tracer: client.process.pid ?? 0 } : {};
      const plan = { random, requests: REQUESTS, lines, functions, expressions, ...outside };
      const monkey = new Monkey(session, plan);
      try {
        await session.launchToStop(settings);
        const children = playChildren(session, { ...plan, requests: REQUESTS / 3 });
        const goesOn = await monkey.play();
        await children();
        if (goesOn && !disturbed) await monkey.verify(expressions.slice(0, 2));
        assert.equal(client.stderr, "", "nothing goes to the adapter's stderr");
      } catch (error) {
        const problem = error instanceof Error ? error.message : String(error);
        const asked = monkey.asked.slice(-40).join("\n");
        throw new Error(`${problem}\n${JSON.stringify(settings)}\n${asked}`, { cause: error });
      }
      await session.client.request("disconnect", { terminateDebuggee: true }).catch(() => undefined);
    },
    { ...options, ...(isRoot && random() < 0.3 ? { userId: NOBODY } : {}) },
  );
}

/** Has a monkey in every session that the adapter wants started. Gives what ends that. */
function playChildren(session: DebuggeeSession, plan: MonkeyPlan): () => Promise<void> {
  const games: Promise<unknown>[] = [];
  let isOver = false;
  const watch = async (): Promise<void> => {
    const child = await session.childSession();
    if (isOver) return;
    games.push(new Monkey(child, plan).play());
    await watch();
  };
  // None may come any more.
  watch().catch(() => undefined);
  return async () => {
    isOver = true;
    await Promise.all(games);
  };
}

/** Lines that end as statements do. */
function codeLines(source: string): number[] {
  const lines = readFileSync(source, "utf8").split("\n");
  return lines.flatMap((text, index) => (/;\s*(\/\/.*)?$/.test(text) ? [index + 1] : []));
}

function seedOf(text: string): number {
  return createHash("sha256").update(text).digest().readUInt32LE(0);
}
