/** A state of the program that can be looked at: the live one, or that of a checkpoint, with its frames and modules. */
import type { MemoryAddress } from "../../target/addresses";
import type { Target } from "../../target/target";
import type { ModuleSnapshot } from "../modules/modules";
import type { SourcePaths } from "../modules/sourcePaths";
import { threadLocalAddress } from "../modules/threadLocals";
import { Frames } from "../stack/frames";
import type { EvaluationContext, Frame, LoadedModule, ModuleList } from "../types";
import type { Surroundings } from "./checkpointGround";

/** One state. Nothing of it may be changed through this. */
export interface ProgramState {
  readonly target: Target;
  readonly modules: ModuleList;
  readonly frames: Pick<Frames, "page" | "at" | "placeOf">;
  readonly sources: SourcePaths;
  /** What values of a frame's thread (or without one, of the whole program) are read with. */
  contextFor(threadId: number, frame?: Frame): EvaluationContext;
}

/** The modules that were loaded at a moment. */
class FormerModules implements ModuleList {
  readonly all: readonly LoadedModule[];
  readonly main: LoadedModule | undefined;

  constructor(private readonly snapshot: ModuleSnapshot) {
    this.all = snapshot.modules.map(({ module }) => module);
    this.main = snapshot.main;
  }

  at(address: MemoryAddress): LoadedModule | undefined {
    return this.snapshot.modules.find(({ module }) => module.covers(address))?.module;
  }
}

/** The state of a checkpoint: the view of its frozen copy, and what was loaded then. */
export function frozenState(
  target: Target,
  { loaded, hiding }: Surroundings,
  sources: SourcePaths,
  muslLibc: boolean,
): ProgramState {
  const modules = new FormerModules(loaded);
  const frames = new Frames({ target, modules, sources });
  frames.clear(hiding);
  return {
    target,
    modules,
    frames,
    sources,
    contextFor: (threadId, frame) => ({
      target,
      modules,
      threadId,
      callerOf: (inner) => frames.callerOf(inner),
      ...(frame === undefined ? {} : { frame }),
      threadLocalAddress: (module, offset) =>
        threadLocalAddress(target, { muslLibc }, threadId, module, offset),
      unchangeable: "A checkpoint is only looked at: restart it first to call a function or change a value.",
    }),
  };
}
