/** The checkpoints of a program, with the program as their ground: where it stands, and what a restart makes of it. */
import type { Checkpointer } from "../../target/checkpointer";
import type { Execution, Target } from "../../target/target";
import type { LaunchSettings } from "../launchSettings";
import type { DynamicLoader } from "../modules/dynamicLoader";
import type { LoadedModules } from "../modules/modules";
import type { SourcePaths } from "../modules/sourcePaths";
import type { ProgramStops } from "../programStops";
import type { RunControl } from "../runControl";
import type { Frames } from "../stack/frames";
import { stopInWords } from "../stops";
import { UserError } from "../types";
import type { DebuggerEvents, EvaluationContext, Frame } from "../types";
import type { Standing, Surroundings } from "./checkpointGround";
import { CheckpointInspection } from "./checkpointInspection";
import type { CheckpointList } from "./checkpointList";
import { Checkpoints } from "./checkpoints";

/** The program, as much of it as has to do with its checkpoints. */
interface CheckpointedProgram {
  readonly target: Target;
  readonly execution: Execution;
  readonly settings: LaunchSettings;
  readonly modules: LoadedModules;
  readonly sources: SourcePaths;
  readonly events: DebuggerEvents;
  readonly checkpointList: CheckpointList;
  readonly run: RunControl;
  readonly frames: Frames;
  readonly stops: ProgramStops;
  readonly loader: DynamicLoader;
  /** What an expression may ask of the live program, which it cannot call. */
  contextFor(threadId: number, frame?: Frame): EvaluationContext;
  anyThread(): number;
}

export class ProgramCheckpoints {
  readonly checkpoints: Checkpoints;
  /** Looks into them. */
  readonly inspection: CheckpointInspection;

  constructor(
    checkpointer: Checkpointer,
    private readonly program: CheckpointedProgram,
  ) {
    this.checkpoints = this.makeCheckpoints(checkpointer);
    this.inspection = this.makeInspection(checkpointer);
  }

  private makeCheckpoints(checkpointer: Checkpointer): Checkpoints {
    const { settings, checkpointList, execution, run, events, stops, target } = this.program;
    return new Checkpoints({
      checkpointer,
      settings,
      list: checkpointList,
      execution,
      run,
      events,
      standing: (interrupted) => this.standing(interrupted),
      exitStatus: () => stops.exitStatus,
      replaced: (kept) => this.replaced(kept),
      restoreFailed: () => this.restoreFailed(),
      createFailed: () => {
        if (target.threads.length === 0) stops.createLost();
      },
    });
  }

  private makeInspection(checkpointer: Checkpointer): CheckpointInspection {
    const { target, modules, sources, frames, run } = this.program;
    const contextFor = (threadId: number, frame?: Frame): EvaluationContext =>
      this.program.contextFor(threadId, frame);
    return new CheckpointInspection({
      checkpoints: this.checkpoints,
      checkpointer,
      run,
      sources,
      muslLibc: () => modules.muslLibc,
      live: () => ({ target, modules, frames, sources, contextFor }),
    });
  }

  private standing(interrupted: boolean): Standing {
    const { execution, frames, stops, loader, target } = this.program;
    if (target.threads.length === 0) throw new UserError("The program is not there any more.");
    const stopped = interrupted ? undefined : stops.last?.threadId;
    const stands = stopped !== undefined && execution.stands(stopped);
    const threadId = stands ? stopped : this.program.anyThread();
    const frame = frames.at(threadId, 0);
    if (frame === undefined) throw new UserError("The program is not there any more.");
    return {
      frame,
      place: frames.placeOf(threadId) ?? frame,
      stopReason: interrupted ? "running" : stopInWords(stops.last),
      stop: interrupted ? undefined : (stops.last?.origin ?? stops.last),
      loaded: loader.snapshot(),
      hiding: frames.hiding,
    };
  }

  private replaced(kept: Surroundings | undefined): void {
    const { frames, stops, loader } = this.program;
    stops.notExiting();
    frames.clear(kept?.hiding);
    if (kept === undefined) loader.refresh();
    else loader.goBack(kept.loaded);
  }

  /** Where the program is there still, it is as it was, with the same modules: nothing of it may have to be opened now. */
  private restoreFailed(): void {
    const { target, frames, stops } = this.program;
    if (target.threads.length === 0) return stops.restoreLost();
    frames.clear(frames.hiding);
  }
}
