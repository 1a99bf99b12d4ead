/**
 * Checkpoints as a person has them. Requests are served one after another; the target freezes and restores, the list
 * keeps ids, labels and lineage.
 */
import type { CheckpointToken, Detached, FileChange, FrozenState, Restored } from "../../target/checkpointer";
import type { ExitStatus, StopEvent } from "../../target/target";
import { sentenceOf } from "../failure";
import type { RunStop } from "../runControl";
import { describeDeath } from "../signals";
import { UserError } from "../types";
import { describeState, fileChangeInWords } from "./checkpointDescription";
import type { CheckpointGround, Standing, Surroundings } from "./checkpointGround";
import type { CheckpointEntry, CheckpointList } from "./checkpointList";
import type { CheckpointInfo, CheckpointKind, CheckpointListInfo } from "./checkpointTypes";
import { MemoryCosts } from "./memoryCosts";

/** The resource of a checkpoint whose ids the kernel has not given again. */
const IDS = "process and thread ids";

export class Checkpoints {
  private readonly list: CheckpointList;
  private readonly costs: MemoryCosts;
  private readonly surroundings = new WeakMap<CheckpointToken, Surroundings>();
  private queue: Promise<unknown> = Promise.resolve();
  /** The live state is this checkpoint's own: nothing has run since, and nobody has changed it. */
  private standsAt: { readonly id: number; readonly generation: number } | undefined;

  constructor(private readonly ground: CheckpointGround) {
    this.list = ground.list;
    this.costs = new MemoryCosts(this.list, ground.checkpointer, () => ground.events.checkpointsChanged());
    ground.checkpointer.onLost = (token, status) => this.onLost(token, status);
    this.setExitPause();
  }

  /** Equal numbers, equal state: the program has not run, and nothing was written into it. */
  private get generation(): number {
    return this.ground.run.generation + this.ground.execution.revision;
  }

  get count(): number {
    return this.list.size;
  }

  info(): CheckpointListInfo {
    const exited = this.ground.exitStatus();
    return {
      checkpoints: this.list.all().map(({ info }) => info),
      ...(this.list.currentId === undefined ? {} : { currentParentId: this.list.currentId }),
      ...(exited === undefined ? {} : { exited }),
    };
  }

  create(label: string | undefined, kind: CheckpointKind = "manual"): Promise<CheckpointInfo> {
    return this.serve(() =>
      this.ground.run.whileStopped(async (interrupted) => {
        if (this.ground.exitStatus() !== undefined)
          throw new UserError("The program is at its exit: nothing can be copied there any more.");
        const standing = this.ground.standing(interrupted);
        const frozen = await this.freeze(interrupted);
        const { info } = this.add(frozen, standing, kind, label);
        this.list.currentId = info.id;
        this.standsAt = { id: info.id, generation: this.generation };
        this.thin();
        this.changed();
        return { value: info };
      }),
    );
  }

  /** A program that was killed while it stood still is missed only here; one that was running is missed by its run. */
  private async freeze(interrupted: boolean): Promise<FrozenState> {
    try {
      return await this.ground.checkpointer.create();
    } catch (error) {
      if (!interrupted) this.ground.createFailed();
      throw error;
    }
  }

  /** The side of the program's own fork that stands still from now on. */
  addFork(child: FrozenState, standing: Standing): void {
    this.add(child, standing, "fork", undefined);
    this.changed();
  }

  /** One of kind `auto` for the stop just told, unless the state is in the list already. */
  async createAutomatically(): Promise<void> {
    if (this.standsAt?.generation === this.generation) return;
    try {
      await this.create(undefined, "auto");
    } catch (error) {
      const sentence = sentenceOf(error);
      if (sentence === undefined) throw error;
      this.ground.events.output("console", `No automatic checkpoint: ${sentence}\n`);
    }
  }

  /** `keepFiles`: no file is written, whatever the checkpoint has of files. */
  restart(id: number, keepCurrent: boolean, keepFiles = false): Promise<void> {
    return this.serve(() => {
      this.list.get(id);
      return this.ground.run.whileStopped(async (interrupted) => {
        const entry = this.list.get(id);
        const unmoved = this.standsAt?.id === id && this.standsAt.generation === this.generation;
        const keep =
          keepCurrent && (!unmoved || entry.info.kind === "fork") && this.ground.exitStatus() === undefined;
        const standing = keep ? this.ground.standing(interrupted) : undefined;
        const files = keepFiles ? [] : this.announceFiles(entry);
        const stop = await this.restore(entry, standing, `Restarted from checkpoint ${id}`, files);
        return { value: undefined, stop };
      });
    });
  }

  delete(id: number): Promise<void> {
    return this.serve(() => {
      this.ground.checkpointer.discard(this.list.remove(id).token);
      this.changed();
      return Promise.resolve();
    });
  }

  rename(id: number, label: string): Promise<CheckpointInfo> {
    return this.serve(() => {
      const info = this.list.update(id, { label: label === "" ? undefined : label });
      this.changed();
      return Promise.resolve(info);
    });
  }

  /**
   * Goes back after an unexpected death: to the checkpoint the program came from, else the newest; to the next best when
   * that one is lost too. Undefined: there is none.
   */
  async revive(status: ExitStatus): Promise<RunStop | undefined> {
    for (let entry = this.list.refuge(); entry !== undefined; entry = this.list.refuge()) {
      const { id } = entry.info;
      try {
        return await this.restore(entry, undefined, `${describeDeath(status)}; back at checkpoint ${id}`);
      } catch (error) {
        const sentence = sentenceOf(error);
        if (sentence === undefined) throw error;
        this.ground.events.output("important", `Checkpoint ${id} cannot be restarted: ${sentence}\n`);
        if (this.list.find(id) !== undefined) this.ground.checkpointer.discard(this.list.remove(id).token);
      }
    }
    return undefined;
  }

  /** Memory costs change as the program runs: they are looked at again, later. */
  stopped(): void {
    this.costs.schedule();
  }

  /** All go with the program. */
  end(): void {
    this.costs.stop();
    if (this.list.clear().length > 0) this.ground.events.checkpointsChanged();
  }

  /** Throws UserError: `No checkpoint 7.` */
  get(id: number): CheckpointEntry {
    return this.list.get(id);
  }

  /** What is kept of a checkpoint's state beside its copy. */
  surroundingsOf(token: CheckpointToken): Surroundings | undefined {
    return this.surroundings.get(token);
  }

  /** Lets a fresh copy of a checkpoint run free. */
  detach(id: number): Promise<Detached> {
    return this.serve(() => this.ground.checkpointer.detach(this.list.get(id).token));
  }

  /** Runs a request on checkpoints when those before it are done. */
  serve<T>(request: () => Promise<T>): Promise<T> {
    const result = this.queue.then(request);
    this.queue = result.catch(() => undefined);
    return result;
  }

  /** `kept`: where the program stands, when that is to become a branch. */
  private async restore(
    entry: CheckpointEntry,
    kept: Standing | undefined,
    description: string,
    files: readonly FileChange[] = [],
  ): Promise<RunStop> {
    const { id } = entry.info;
    const { checkpointer, events } = this.ground;
    let restored: Restored;
    this.ground.execution.drainOutput();
    try {
      restored = await checkpointer.restore(entry.token, kept !== undefined, files);
    } catch (error) {
      this.ground.restoreFailed();
      throw error;
    }
    const isFork = entry.info.kind === "fork";
    if (kept !== undefined && restored.left !== undefined)
      this.add(restored.left, kept, isFork ? "fork" : "branch", undefined);
    if (kept !== undefined && restored.left === undefined)
      events.output(
        "console",
        `${["The state that was left could not be kept.", restored.whyNotKept].join(" ").trim()}\n`,
      );
    if (isFork) this.usedUp(entry);
    else this.list.currentId = id;
    this.standsAt = isFork ? undefined : { id, generation: this.generation };
    this.ground.replaced(this.surroundings.get(entry.token));
    this.noteIds(id, restored.idsChanged);
    for (const sentence of restored.missed) events.output("console", `Not put back: ${sentence}\n`);
    const repeats = isFork ? "" : " What the program writes from here on may repeat.";
    events.output("console", `${description}.${repeats}\n`);
    this.thin();
    this.changed();
    // It was taken where that thread had stopped.
    const event: StopEvent = isFork ? restored.stop : { kind: "restored", threadId: entry.threadId };
    const origin = this.surroundings.get(entry.token)?.stop;
    return { event, hits: [], reason: "checkpoint", description, origin };
  }

  /** Says what a restart is about to do to files, before it is done. */
  private announceFiles({ info, token }: CheckpointEntry): readonly FileChange[] {
    const changes = this.ground.checkpointer.fileChanges(token);
    for (const change of changes)
      this.ground.events.output("console", `Checkpoint ${info.id} ${fileChangeInWords(change)}\n`);
    return changes;
  }

  /** It is the process that is debugged now: there is nothing left to go back to. */
  private usedUp({ info }: CheckpointEntry): void {
    this.list.remove(info.id);
    this.list.currentId = info.parentId;
  }

  private noteIds(id: number, why: string | undefined): void {
    if (why === undefined) return;
    this.ground.events.output("console", `The program has other process or thread ids now: ${why}\n`);
    const { fidelity } = this.list.get(id).info;
    const others = fidelity.filter(({ resource }) => resource !== IDS);
    this.list.update(id, { fidelity: [...others, { resource: IDS, state: "notRestored", detail: why }] });
  }

  private add(
    frozen: FrozenState,
    standing: Standing,
    kind: CheckpointKind,
    label: string | undefined,
  ): CheckpointEntry {
    const { loaded, hiding, stop } = standing;
    this.surroundings.set(frozen.token, { loaded, hiding, stop });
    const info = describeState(frozen, standing, kind, label);
    return this.list.add(frozen.token, standing.frame.threadId, info);
  }

  private thin(): void {
    for (const id of this.list.surplus(this.ground.settings.checkpoints.limit))
      this.ground.checkpointer.discard(this.list.remove(id).token);
  }

  private onLost(token: CheckpointToken, status: ExitStatus): void {
    const entry = this.list.withToken(token);
    if (entry === undefined) return;
    const { id } = this.list.remove(entry.info.id).info;
    const how = "exitCode" in status ? "it ended" : `it was killed by ${status.signalName}`;
    this.ground.events.output("important", `Checkpoint ${id} is lost: ${how} from outside.\n`);
    this.changed();
  }

  private changed(): void {
    this.setExitPause();
    this.costs.schedule();
    this.ground.events.checkpointsChanged();
  }

  private setExitPause(): void {
    const { settings, execution } = this.ground;
    execution.pauseAtExit =
      settings.stopOnExit === "always" || (settings.stopOnExit === "whenCheckpoints" && this.list.size > 0);
  }
}
