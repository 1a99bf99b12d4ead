/** Looking at checkpoints without going back to them: values in their frames, and what differs between two. */
import type { ChangedPages, Checkpointer, CheckpointToken } from "../../target/checkpointer";
import { evaluate } from "../expressions/expressions";
import type { SourcePaths } from "../modules/sourcePaths";
import type { RunControl } from "../runControl";
import { UserError, type Frame, type VariableNode } from "../types";
import type { CheckpointEntry } from "./checkpointList";
import { frozenState, type ProgramState } from "./checkpointStates";
import type { Checkpoints } from "./checkpoints";
import { compareStates, type VariableChange } from "./stateComparison";

export interface Comparison {
  readonly changes: readonly VariableChange[];
  readonly pagesChanged: number;
  readonly bytesChanged: number;
}

/** Which frame of a checkpoint: by default the innermost, and for what is not known there the one that its place is of. */
export interface FrameChoice {
  readonly threadId?: number;
  readonly level?: number;
}

export interface InspectionGround {
  readonly checkpoints: Pick<Checkpoints, "get" | "serve" | "surroundingsOf">;
  readonly checkpointer: Checkpointer;
  readonly run: Pick<RunControl, "whileStopped">;
  readonly sources: SourcePaths;
  readonly muslLibc: () => boolean;
  /** The live program, while it stands still. */
  readonly live: () => ProgramState;
}

export class CheckpointInspection {
  private readonly states = new WeakMap<CheckpointToken, ProgramState>();

  constructor(private readonly ground: InspectionGround) {}

  /** Evaluates without side effects in a frame of a checkpoint. Throws UserError. */
  evaluate(id: number, expression: string, choice: FrameChoice): Promise<VariableNode> {
    return this.ground.checkpoints.serve(async () => {
      const entry = this.ground.checkpoints.get(id);
      const state = this.stateOf(entry);
      const { threadId = entry.threadId, level } = choice;
      if (!state.target.threads.some((thread) => thread.id === threadId))
        throw new UserError(`Checkpoint ${id} has no thread ${threadId}.`);
      const index = level ?? 0;
      const frame = index < 0 ? undefined : state.frames.at(threadId, index);
      if (frame === undefined) throw new UserError(`Checkpoint ${id} has no frame ${index}.`);
      const evaluateIn = (each: Frame): Promise<VariableNode> =>
        evaluate(expression, state.contextFor(threadId, each), { sideEffects: false });
      try {
        return await evaluateIn(frame);
      } catch (error) {
        const place =
          level === undefined && error instanceof UserError ? state.frames.placeOf(threadId) : frame;
        if (place === undefined || place.index === index) throw error;
        // In a call of a library's no name of the program's own is known.
        return evaluateIn(place).catch(() => {
          throw error;
        });
      }
    });
  }

  /** What changed from a checkpoint to another one, or to the live program, which is interrupted for it when it runs. */
  compare(id: number, otherId: number | undefined): Promise<Comparison> {
    const { checkpoints, checkpointer, run, live } = this.ground;
    return checkpoints.serve(async () => {
      const { token } = checkpoints.get(id);
      if (otherId !== undefined) {
        const other = checkpoints.get(otherId);
        const changed = await checkpointer.changedPages(token, other.token);
        return comparison(this.stateOf(checkpoints.get(id)), this.stateOf(other), changed);
      }
      return run.whileStopped(async () => {
        const changed = await checkpointer.changedPages(token);
        return { value: comparison(this.stateOf(checkpoints.get(id)), live(), changed) };
      });
    });
  }

  private stateOf({ token, info }: CheckpointEntry): ProgramState {
    const known = this.states.get(token);
    if (known !== undefined) return known;
    const { checkpoints, checkpointer, sources, muslLibc } = this.ground;
    const surroundings = checkpoints.surroundingsOf(token);
    if (surroundings === undefined)
      throw new UserError(`What was loaded at checkpoint ${info.id} is not known; restart it to look at it.`);
    const state = frozenState(checkpointer.viewOf(token), surroundings, sources, muslLibc());
    this.states.set(token, state);
    return state;
  }
}

function comparison(before: ProgramState, after: ProgramState, changed: ChangedPages): Comparison {
  return {
    changes: compareStates(before, after, changed),
    pagesChanged: changed.pages.length,
    bytesChanged: changed.pages.reduce((sum, page) => sum + page.bytesChanged, 0),
  };
}
