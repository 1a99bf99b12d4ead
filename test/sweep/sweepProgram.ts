/**
 * One program of the sweep: checkpoints at many of its places, then each restarted and run to the end, again and again,
 * which must be the same end every time.
 */
import assert from "node:assert/strict";
import type { CheckpointToken, FrozenState, Restored } from "../../adapter/target/checkpointer";
import type { StopEvent } from "../../adapter/target/target";
import type { Expectation } from "../debuggees/hazards/index";
import { children, ownDescriptors, withProgram, type Running } from "../target/withTarget";
import { allSignals, runWithLimit, wordsOf } from "./observed";
import { atInterrupts, atPlaces, sequence, type Positions } from "./positions";

export interface SweepOptions {
  /** How many of the program's own places and how many interrupts at any moment. */
  readonly positions: number;
  readonly seed: number;
  readonly markersOnly: boolean;
  readonly needsIds: boolean;
  readonly expectation?: Expectation;
  /** Whether it is stopped at any moment, too, beside its own places. */
  readonly anyMoment: boolean;
  /** How its ids are kept: as the user may, or in a namespace of its own. */
  readonly sameProcessId: "auto" | "namespace";
}

/** What went wrong at one position. */
export interface SweepFailure {
  readonly position: string;
  readonly problem: string;
}

interface Position {
  readonly name: string;
  readonly frozen: FrozenState;
  /** How much the program had written. */
  readonly written: number;
}

/** Runs the sweep on one executable. Gives what failed, nothing when all went as it should. */
export async function sweepProgram(program: string, options: SweepOptions): Promise<SweepFailure[]> {
  const sweep = new Sweep(program, options);
  const before = targetDescriptors();
  await sweep.run();
  await sweep.guarded("afterwards", async () => {
    assert.deepEqual(children(), [], "processes are left");
    assert.deepEqual(targetDescriptors(), before, "descriptors are left");
  });
  return sweep.failures;
}

/** The descriptors that a target holds: of processes, their memory, terminals. */
function targetDescriptors(): string[] {
  return ownDescriptors().filter((link) => /^\/proc\/|pidfd|ptmx|\/pts\//.test(link));
}

class Sweep {
  readonly failures: SweepFailure[] = [];
  private readonly random: () => number;
  /** What the program writes, how often it comes to a place, and how long it takes, without any checkpoint. */
  private expected = "";
  private places = 0;
  private milliseconds = 0;

  constructor(
    private readonly program: string,
    private readonly options: SweepOptions,
  ) {
    this.random = sequence(options.seed);
  }

  private get launch(): Pick<SweepOptions, "sameProcessId"> {
    return { sameProcessId: this.options.sameProcessId };
  }

  async run(): Promise<void> {
    const { positions, markersOnly, expectation } = this.options;
    await this.guarded("without checkpoints", () => this.observe());
    if (this.failures.length > 0) return;
    await this.guarded("places", () =>
      this.sweepAt((running) => atPlaces(running, this.places, positions, this.random, !markersOnly)),
    );
    // What a program of this kind is about is not there at every moment.
    if (markersOnly || expectation || !this.options.anyMoment) return;
    await this.guarded("interrupts", () =>
      this.sweepAt((running) => atInterrupts(running, this.milliseconds, positions, this.random)),
    );
  }

  /** What `body` throws is a failure of that name. Gives whether all went well. */
  async guarded(position: string, body: () => Promise<void>): Promise<boolean> {
    try {
      await body();
      return true;
    } catch (error) {
      this.failures.push({ position, problem: error instanceof Error ? error.message : String(error) });
      return false;
    }
  }

  private async observe(): Promise<void> {
    await withProgram(this.program, this.launch, async (running) => {
      running.execution.passSignals = allSignals;
      const begin = performance.now();
      await toTheEnd(running, await runWithLimit(running));
      this.milliseconds = performance.now() - begin;
      this.expected = running.output();
      this.places = running.int("places_reached");
    });
    assert.match(this.expected, /EXIT-SUCCESS\n$/);
    assert.ok(this.places > 0, "it has no place for a checkpoint");
  }

  private async sweepAt(stops: (running: Running) => Positions): Promise<void> {
    await withProgram(this.program, this.launch, async (running) => {
      running.execution.passSignals = allSignals;
      const { expectation } = this.options;
      const positions: Position[] = [];
      const walk = stops(running);
      let next = await walk.next();
      for (; next.done !== true; next = await walk.next())
        positions.push(await checkpointAt(running, next.value, running.output().length));
      if (expectation?.restart !== "disturbed") {
        await toTheEnd(running, next.value);
        assert.equal(running.output(), this.expected, "with checkpoints it wrote something else");
      }
      const middle = Math.floor(this.random() * positions.length);
      // The last first: what the copies share is then furthest from what the first ones saw.
      for (const [index, position] of [...positions.entries()].reverse()) {
        const good = await this.guarded(position.name, async () => {
          if (expectation) tellsOf(expectation.resource, position.frozen);
          else await this.restarts(running, position, index === middle);
        });
        // The program runs still.
        if (!good && running.execution.running) return;
      }
    });
  }

  private async restarts(running: Running, position: Position, fromTheMidst: boolean): Promise<void> {
    await this.restart("first", running, position);
    await this.restart("second", running, position);
    if (fromTheMidst) await this.restartFromTheMidst(running, position);
  }

  /** Restarts and runs to the end. */
  private async restart(which: string, running: Running, position: Position): Promise<void> {
    const before = running.output().length;
    try {
      if (!(await this.goBack(running, position.frozen.token, false))) return;
      await toTheEnd(running, await runWithLimit(running));
      assert.equal(running.output().slice(before), this.expected.slice(position.written));
    } catch (error) {
      const said = running.output().slice(before).trim();
      throw new Error(
        `${which} restart: ${error instanceof Error ? error.message : String(error)} | ${said}`,
        {
          cause: error,
        },
      );
    }
  }

  /** Restarts, goes on a little, makes a checkpoint there and restarts again: the new one and the branch are restarted too. */
  private async restartFromTheMidst(running: Running, position: Position): Promise<void> {
    const { name, frozen, written } = position;
    if (!(await this.goBack(running, frozen.token, false))) return;
    const before = running.output().length;
    if (!this.options.markersOnly) {
      const stop = await runWithLimit(running, this.random() * this.milliseconds);
      if (stop.kind !== "interrupted") return;
    }
    const further = running.output().length - before + written;
    const nested = await checkpointAt(running, `${name} and further`, further);
    const left = await this.goBack(running, frozen.token, true);
    assert.ok(left?.left, "there is no branch");
    await toTheEnd(running, await runWithLimit(running));
    await this.restart("the branch's", running, { ...nested, frozen: left.left });
    await this.restart("the nested checkpoint's", running, nested);
  }

  /** Undefined where the ids have changed and the program cannot bear it. */
  private async goBack(
    running: Running,
    token: CheckpointToken,
    keepCurrent: boolean,
  ): Promise<Restored | undefined> {
    const restored = await running.checkpointer.restore(token, keepCurrent);
    assert.equal(restored.stop.kind, "restored");
    if (restored.idsChanged === undefined) return restored;
    assert.notEqual(process.getuid?.(), 0, restored.idsChanged);
    assert.equal(this.options.sameProcessId, "auto", restored.idsChanged);
    return this.options.needsIds ? undefined : restored;
  }
}

async function checkpointAt(running: Running, name: string, written: number): Promise<Position> {
  return { name, frozen: await running.checkpointer.create(), written };
}

/** A checkpoint of what a restart cannot bring back must say so. */
function tellsOf(resource: string, frozen: FrozenState): void {
  const told = frozen.fidelity.filter((line) => line.resource === resource);
  assert.ok(
    told.some((line) => line.state !== "restored"),
    `it does not say that a restart does not bring back ${resource}, but: ${JSON.stringify(told)}`,
  );
}

async function toTheEnd(running: Running, first: StopEvent): Promise<void> {
  let stop = first;
  while (stop.kind === "exec") stop = await runWithLimit(running);
  assert.ok(stop.kind === "exiting", `it stopped: ${wordsOf(stop)} | ${running.output().slice(-200).trim()}`);
  assert.ok("exitCode" in stop.status && stop.status.exitCode === 0, `it ended: ${wordsOf(stop)}`);
}
