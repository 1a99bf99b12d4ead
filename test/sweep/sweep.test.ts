/**
 * The sweep: every hazard program, stopped at many places, restarted twice from each and run to the end: the same output and
 * EXIT-SUCCESS each time. As root, where process ids are given again, and as an ordinary user, where they are not but in a
 * namespace: there the programs are swept that need them.
 *
 * SWEEP_POSITIONS: places and interrupts for each program, default 3. SWEEP_SEED: which ones. SWEEP_ONLY: names of programs.
 * SWEEP_PENDING=1: those of pending.ts too. SWEEP_MOMENTS=1: an ordinary user's are stopped at any moment, too; with new ids one
 * may be met with an old id in a register. SWEEP_NAMESPACE=1: all programs there.
 */
import assert from "node:assert/strict";
import { after, describe, it } from "node:test";
import { compileOptions, hazards } from "../debuggees/hazards/index";
import { compile } from "../helpers/compile";
import { pending } from "./pending";
import { SweepWorker } from "./sweepWorker";

const positions = Number(process.env["SWEEP_POSITIONS"] ?? 3);
const seed = Number(process.env["SWEEP_SEED"] ?? 1);
const only = process.env["SWEEP_ONLY"]?.split(",");
const all = process.env["SWEEP_PENDING"] !== undefined;

const allInNamespace = process.env["SWEEP_NAMESPACE"] !== undefined;
const anyMoment = process.env["SWEEP_MOMENTS"] !== undefined;
const isRoot = process.getuid?.() === 0;

/** An ordinary user without any privilege. */
const nobody = 65534;

const notYet = Object.values(pending).flat();

const builds = hazards()
  .filter(({ name }) => only?.includes(name) ?? true)
  .flatMap((hazard) => hazard.builds.map((build) => ({ hazard, build, name: `${hazard.name} (${build})` })))
  .filter(({ name, hazard }) => only || all || !(notYet.includes(name) || notYet.includes(hazard.name)));

function sweepAs(who: string, userId: number | undefined, sameProcessId: "auto" | "namespace"): void {
  const isKept = sameProcessId === "namespace" || (isRoot && userId === undefined);
  const swept = builds.filter(({ hazard }) => sameProcessId === "auto" || allInNamespace || hazard.needsIds);
  describe(`the sweep as ${who}`, () => {
    const worker = new SweepWorker(userId);
    after(() => worker.end());
    for (const { hazard, build, name } of swept)
      it(name, async () => {
        const program = compile(hazard.source, compileOptions(build));
        const failures = await worker.sweep(
          { ...hazard, program, positions, seed, anyMoment: anyMoment || isKept, sameProcessId },
          60_000 + positions * 5000,
        );
        assert.deepEqual(failures, [], `${hazard.stresses}; seed ${seed}`);
      });
  });
}

describe("every hazard", { concurrency: 2 }, () => {
  const ordinary = isRoot ? nobody : undefined;
  if (isRoot) sweepAs("root", undefined, "auto");
  sweepAs("an ordinary user", ordinary, "auto");
  sweepAs("an ordinary user, in a namespace", ordinary, "namespace");
});

it("the list of what is pending names programs that there are", () => {
  const names = new Set(
    hazards().flatMap(({ name, builds: own }) => [name, ...own.map((build) => `${name} (${build})`)]),
  );
  assert.deepEqual(
    notYet.filter((name) => !names.has(name)),
    [],
  );
});
