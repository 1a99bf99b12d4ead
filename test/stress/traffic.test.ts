/**
 * Threads that pass numbers through all that the kernel has between them: checkpoint, run a little, restart, and again. Nothing may
 * be lost, doubled, out of order or early, and nothing be left behind. TRAFFIC_ROUNDS: how many rounds, default 30.
 * TRAFFIC_ACTIVITIES: which, by default all.
 */
import { test } from "node:test";
import { rounds, withStorm } from "./storm";

const ROUNDS = Number(process.env["TRAFFIC_ROUNDS"] ?? 30);
const SEED = Number(process.env["TRAFFIC_SEED"] ?? 1);

/** What the program counts, each of them an activity of it; see debuggees/traffic.c. */
const all =
  "timers events streams datagrams packets connections queued waits sleeps polls edges turns shares offsets rights";
const activities = process.env["TRAFFIC_ACTIVITIES"]?.split(",") ?? all.split(" ");

for (const sameProcessId of ["auto", "never"] as const)
  test(`all kinds of traffic, ${ROUNDS} rounds (process id ${sameProcessId})`, () =>
    withStorm(
      "traffic",
      { args: activities, names: activities, seed: SEED, launch: { sameProcessId } },
      (storm) => rounds(storm, ROUNDS),
    ));

// Beside others it seldom comes to wait for an acknowledgement.
test(`connections alone, ${2 * ROUNDS} rounds`, () =>
  withStorm("traffic", { args: ["connections"], names: ["connections"], seed: SEED, launch: {} }, (storm) =>
    rounds(storm, 2 * ROUNDS),
  ));
